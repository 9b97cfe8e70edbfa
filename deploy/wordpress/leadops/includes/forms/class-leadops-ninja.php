<?php
/**
 * Ninja Forms.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * An entry is numbered where the form's action “Store Submission” is on.
 */
final class LeadOps_Ninja {

	/**
	 * Registers what the plugin calls.
	 */
	public static function hook() {
		add_action( 'ninja_forms_after_submission', array( __CLASS__, 'take' ), 10, 1 );
	}

	/**
	 * Takes an entry.
	 *
	 * @param array $data The submission.
	 */
	public static function take( $data ) {
		$id     = isset( $data['form_id'] ) ? (string) $data['form_id'] : '';
		$title  = isset( $data['settings']['title'] ) ? (string) $data['settings']['title'] : '';
		$number = isset( $data['actions']['save']['sub_id'] ) ? $data['actions']['save']['sub_id'] : 0;
		$fields = array();
		foreach ( isset( $data['fields'] ) ? (array) $data['fields'] : array() as $name => $field ) {
			$field    = (array) $field;
			$settings = isset( $field['settings'] ) ? (array) $field['settings'] : array();
			$field   += $settings;
			$fields[] = self::field( isset( $field['key'] ) ? $field['key'] : $name, $field );
		}
		LeadOps_Intake::take( 'ninja', $id, $title, $fields, LeadOps_Intake::key( 'ninja', $id, $number ) );
	}

	/**
	 * One field.
	 *
	 * @param string|int $name  Its name.
	 * @param array      $field The field with its settings.
	 * @return array
	 */
	private static function field( $name, $field ) {
		$type  = isset( $field['type'] ) ? (string) $field['type'] : '';
		$ours  = 'address' === $type ? 'street' : '';
		$value = isset( $field['value'] ) ? $field['value'] : '';
		if ( 'checkbox' === $type ) {
			$value = in_array( $value, array( 1, '1', true ), true ) ? 'yes' : $value;
		}
		return LeadOps_Forms::field( $name, isset( $field['label'] ) ? $field['label'] : '', $type, $value, $ours );
	}

	/**
	 * Its forms: title and fields, by id.
	 *
	 * @return array[]
	 */
	public static function forms() {
		$forms = array();
		if ( ! function_exists( 'Ninja_Forms' ) ) {
			return $forms;
		}
		foreach ( Ninja_Forms()->form()->get_forms() as $form ) {
			$fields = array();
			foreach ( Ninja_Forms()->form( $form->get_id() )->get_fields() as $field ) {
				$settings = (array) $field->get_settings();
				$fields[] = self::field( isset( $settings['key'] ) ? $settings['key'] : '', $settings );
			}
			$forms[ $form->get_id() ] = array( (string) $form->get_setting( 'title' ), $fields );
		}
		return $forms;
	}
}
