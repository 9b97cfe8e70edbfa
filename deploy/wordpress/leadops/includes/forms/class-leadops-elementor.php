<?php
/**
 * Elementor Pro.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Its forms stand in the pages' own data, and its entries have no number here.
 */
final class LeadOps_Elementor {

	const MOST_PAGES = 300;

	/**
	 * Registers what the plugin calls.
	 */
	public static function hook() {
		add_action( 'elementor_pro/forms/new_record', array( __CLASS__, 'take' ), 10, 1 );
	}

	/**
	 * Takes an entry.
	 *
	 * @param object $record \ElementorPro\Modules\Forms\Classes\Form_Record.
	 */
	public static function take( $record ) {
		if ( ! is_object( $record ) || ! method_exists( $record, 'get' ) ) {
			return;
		}
		$fields = array();
		foreach ( (array) $record->get( 'fields' ) as $id => $field ) {
			$field    = (array) $field;
			$name     = isset( $field['id'] ) ? $field['id'] : $id;
			$fields[] = LeadOps_Forms::field( $name, isset( $field['title'] ) ? $field['title'] : '', isset( $field['type'] ) ? $field['type'] : '', isset( $field['value'] ) ? $field['value'] : '' );
		}
		LeadOps_Intake::take( 'elementor', (string) self::setting( $record, 'id' ), (string) self::setting( $record, 'form_name' ), $fields );
	}

	/**
	 * A setting of the form.
	 *
	 * @param object $record The entry.
	 * @param string $name   The setting.
	 * @return string
	 */
	private static function setting( $record, $name ) {
		$value = method_exists( $record, 'get_form_settings' ) ? $record->get_form_settings( $name ) : '';
		return is_scalar( $value ) ? (string) $value : '';
	}

	/**
	 * The forms of its pages: title and fields, by id.
	 *
	 * @return array[]
	 */
	public static function forms() {
		global $wpdb;
		if ( ! did_action( 'elementor/loaded' ) ) {
			return array();
		}
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- Only of pages with a form, on one page of the admin.
		$pages = $wpdb->get_col(
			$wpdb->prepare(
				"SELECT m.meta_value FROM $wpdb->postmeta m JOIN $wpdb->posts p ON p.ID = m.post_id
				WHERE m.meta_key = '_elementor_data' AND p.post_status = 'publish' AND m.meta_value LIKE %s LIMIT %d",
				'%' . $wpdb->esc_like( '"widgetType":"form"' ) . '%',
				self::MOST_PAGES
			)
		);
		$forms = array();
		foreach ( $pages as $page ) {
			$forms += self::forms_in( json_decode( $page, true ) );
		}
		return $forms;
	}

	/**
	 * The forms among a page's elements.
	 *
	 * @param mixed $elements The elements.
	 * @return array[]
	 */
	private static function forms_in( $elements ) {
		$forms = array();
		foreach ( is_array( $elements ) ? $elements : array() as $element ) {
			if ( isset( $element['widgetType'], $element['id'] ) && 'form' === $element['widgetType'] ) {
				$forms[ $element['id'] ] = self::form( isset( $element['settings'] ) ? (array) $element['settings'] : array() );
			}
			$forms += self::forms_in( isset( $element['elements'] ) ? $element['elements'] : array() );
		}
		return $forms;
	}

	/**
	 * A form's title and fields.
	 *
	 * @param array $settings Its settings.
	 * @return array
	 */
	private static function form( $settings ) {
		$fields = array();
		foreach ( isset( $settings['form_fields'] ) ? (array) $settings['form_fields'] : array() as $field ) {
			$fields[] = LeadOps_Forms::field(
				isset( $field['custom_id'] ) ? $field['custom_id'] : '',
				isset( $field['field_label'] ) ? $field['field_label'] : '',
				isset( $field['field_type'] ) ? $field['field_type'] : 'text'
			);
		}
		return array( isset( $settings['form_name'] ) ? (string) $settings['form_name'] : '', $fields );
	}
}
