<?php
/**
 * Fluent Forms.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * An entry holds names and values; the form says what they are.
 */
final class LeadOps_Fluent {

	/**
	 * LeadOps's names for the parts of a name and of an address.
	 */
	const PARTS = array(
		'first_name'     => 'first_name',
		'last_name'      => 'last_name',
		'address_line_1' => 'street',
		'city'           => 'city',
		'state'          => 'state',
		'zip'            => 'zip',
		'country'        => 'country',
	);

	/**
	 * Registers what the plugin calls, in new versions and old ones: the same entry is taken once.
	 */
	public static function hook() {
		add_action( 'fluentform/submission_inserted', array( __CLASS__, 'take' ), 10, 3 );
		add_action( 'fluentform_submission_inserted', array( __CLASS__, 'take' ), 10, 3 );
	}

	/**
	 * Takes an entry.
	 *
	 * @param int    $entry_id The entry's number.
	 * @param array  $data     What was entered.
	 * @param object $form     The form.
	 */
	public static function take( $entry_id, $data, $form ) {
		static $taken = array();
		$form = (object) $form;
		$id   = isset( $form->id ) ? (string) $form->id : '';
		if ( isset( $taken[ "$id-$entry_id" ] ) ) {
			return;
		}
		$taken[ "$id-$entry_id" ] = true;

		$known  = self::elements( isset( $form->form_fields ) ? $form->form_fields : '' );
		$fields = array();
		foreach ( (array) $data as $name => $value ) {
			$field  = isset( $known[ $name ] ) ? $known[ $name ] : array( '', '' );
			$fields = array_merge( $fields, self::entered( $name, $field[0], $field[1], $value ) );
		}
		$title = isset( $form->title ) ? (string) $form->title : '';
		LeadOps_Intake::take( 'fluent', $id, $title, $fields, LeadOps_Intake::key( 'fluent', $id, $entry_id ) );
	}

	/**
	 * One field, or its parts where it has some.
	 *
	 * @param string $name  Its name.
	 * @param string $label What visitors read.
	 * @param string $type  Its type.
	 * @param mixed  $value What was entered.
	 * @return array[]
	 */
	private static function entered( $name, $label, $type, $value ) {
		if ( preg_match( '/^item__\d+__fluent/', (string) $name ) ) {
			return array(); // The honeypot.
		}
		$parts = is_array( $value ) ? array_intersect_key( $value, self::PARTS + array( 'middle_name' => '' ) ) : array();
		if ( ! $parts || ! in_array( $type, array( 'input_name', 'address', '' ), true ) ) {
			return array( LeadOps_Forms::field( $name, $label, $type, $value ) );
		}
		$fields = array();
		foreach ( $value as $part => $one ) {
			$ours     = isset( self::PARTS[ $part ] ) ? self::PARTS[ $part ] : '';
			$fields[] = LeadOps_Forms::field( "$name.$part", trim( "$label – $part", ' –' ), 'part', $one, $ours );
		}
		return $fields;
	}

	/**
	 * The labels and types of a form's fields, by name.
	 *
	 * @param mixed $json The form's fields as it keeps them.
	 * @return array[]
	 */
	private static function elements( $json ) {
		$all    = is_string( $json ) ? json_decode( $json, true ) : json_decode( (string) wp_json_encode( $json ), true );
		$fields = isset( $all['fields'] ) ? $all['fields'] : $all;
		return is_array( $fields ) ? self::named( $fields ) : array();
	}

	/**
	 * The named elements, those in columns too.
	 *
	 * @param array[] $elements The elements.
	 * @return array[]
	 */
	private static function named( $elements ) {
		$found = array();
		foreach ( $elements as $element ) {
			if ( ! empty( $element['attributes']['name'] ) ) {
				$label = isset( $element['settings']['label'] ) ? $element['settings']['label'] : '';
				$found[ $element['attributes']['name'] ] = array( (string) $label, isset( $element['element'] ) ? (string) $element['element'] : '' );
			}
			foreach ( isset( $element['columns'] ) ? (array) $element['columns'] : array() as $column ) {
				$found += self::named( isset( $column['fields'] ) ? (array) $column['fields'] : array() );
			}
		}
		return $found;
	}

	/**
	 * Its forms: title and fields, by id.
	 *
	 * @return array[]
	 */
	public static function forms() {
		global $wpdb;
		$forms = array();
		if ( ! defined( 'FLUENTFORM' ) && ! function_exists( 'wpFluentForm' ) ) {
			return $forms;
		}
		// phpcs:ignore WordPress.DB -- Its own table; its functions differ by version.
		foreach ( (array) $wpdb->get_results( "SELECT id, title, form_fields FROM {$wpdb->prefix}fluentform_forms ORDER BY id LIMIT 500" ) as $form ) {
			$fields = array();
			foreach ( self::elements( $form->form_fields ) as $name => $field ) {
				$fields[] = LeadOps_Forms::field( $name, $field[0], $field[1] );
			}
			$forms[ $form->id ] = array( $form->title, $fields );
		}
		return $forms;
	}
}
