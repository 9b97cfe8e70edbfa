<?php
/**
 * Gravity Forms.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Its entries name their fields by number; the form says what the numbers are.
 */
final class LeadOps_Gravity {

	/**
	 * LeadOps's names for the parts of a name and of an address.
	 */
	const PARTS = array(
		'name'    => array(
			'3' => 'first_name',
			'6' => 'last_name',
		),
		'address' => array(
			'1' => 'street',
			'3' => 'city',
			'4' => 'state',
			'5' => 'zip',
			'6' => 'country',
		),
	);

	/**
	 * Registers what the plugin calls.
	 */
	public static function hook() {
		add_action( 'gform_after_submission', array( __CLASS__, 'take' ), 10, 2 );
		add_action( 'gform_update_status', array( __CLASS__, 'released' ), 10, 3 );
	}

	/**
	 * Takes an entry that is not spam.
	 *
	 * @param array $entry The entry.
	 * @param array $form  Its form.
	 */
	public static function take( $entry, $form = array() ) {
		if ( isset( $entry['status'] ) && 'spam' === $entry['status'] ) {
			return;
		}
		$fields = array();
		$known  = self::fields_of( $form );
		foreach ( $known as $field ) {
			$fields = array_merge( $fields, self::entered( $field, $entry ) );
		}
		if ( ! $known ) {
			foreach ( $entry as $number => $value ) {
				$fields[] = is_numeric( $number ) ? LeadOps_Forms::field( $number, '', '', $value ) : null;
			}
			$fields = array_filter( $fields );
		}
		$id    = isset( $form['id'] ) ? $form['id'] : ( isset( $entry['form_id'] ) ? $entry['form_id'] : 0 );
		$title = isset( $form['title'] ) ? $form['title'] : '';
		// The old file's key, letter by letter: what it has sent is known under it.
		$key = empty( $entry['id'] ) ? '' : 'gravity-forms-' . $entry['id'];
		LeadOps_Intake::take( 'gravity', (string) $id, (string) $title, $fields, $key );
	}

	/**
	 * Takes an entry when a person says that it was no spam.
	 *
	 * @param int    $entry_id Its number.
	 * @param string $now      Its status.
	 * @param string $before   Its status until now.
	 */
	public static function released( $entry_id, $now, $before ) {
		if ( 'spam' !== $before || 'active' !== $now || ! class_exists( 'GFAPI' ) ) {
			return;
		}
		$entry = GFAPI::get_entry( $entry_id );
		if ( is_array( $entry ) ) {
			$entry['status'] = 'active';
			$form            = GFAPI::get_form( $entry['form_id'] );
			self::take( $entry, is_array( $form ) ? $form : array() );
		}
	}

	/**
	 * What was entered into a field, which may be several.
	 *
	 * @param array $field The field.
	 * @param array $entry The entry.
	 * @return array[]
	 */
	private static function entered( $field, $entry ) {
		$id     = $field['id'];
		$parts  = isset( self::PARTS[ $field['type'] ] ) ? self::PARTS[ $field['type'] ] : array();
		$fields = array();
		$many   = array();
		foreach ( $field['inputs'] as $input ) {
			$number = (string) $input['id'];
			$value  = isset( $entry[ $number ] ) ? $entry[ $number ] : '';
			$part   = substr( (string) strrchr( $number, '.' ), 1 );
			if ( $parts ) {
				$label    = trim( $field['label'] . ' – ' . $input['label'], ' –' );
				$fields[] = LeadOps_Forms::field( $number, $label, 'part', $value, isset( $parts[ $part ] ) ? $parts[ $part ] : '' );
			} elseif ( '' !== $value && ! ( 'consent' === $field['type'] && '1' !== $part ) ) {
				$many[] = 'consent' === $field['type'] ? 'yes' : $value;
			}
		}
		if ( isset( $entry[ $id ] ) && '' !== $entry[ $id ] ) {
			$many = $entry[ $id ];
		}
		if ( ! $fields || $many ) {
			$many     = is_array( $many ) && 1 === count( $many ) ? reset( $many ) : $many;
			$fields[] = LeadOps_Forms::field( $id, $field['label'], $field['type'], $many );
		}
		return $fields;
	}

	/**
	 * A form's fields as arrays; they are objects in all newer versions.
	 *
	 * @param array $form The form.
	 * @return array[]
	 */
	private static function fields_of( $form ) {
		$fields = array();
		foreach ( isset( $form['fields'] ) ? (array) $form['fields'] : array() as $field ) {
			$field = is_object( $field ) ? get_object_vars( $field ) : (array) $field;
			$type  = isset( $field['type'] ) ? (string) $field['type'] : '';
			if ( ! empty( $field['inputType'] ) && 'password' === $field['inputType'] ) {
				$type = 'password';
			}
			$fields[] = array(
				'id'     => isset( $field['id'] ) ? (string) $field['id'] : '',
				'type'   => $type,
				'label'  => empty( $field['label'] ) ? '' : (string) $field['label'],
				'inputs' => isset( $field['inputs'] ) && is_array( $field['inputs'] ) ? self::inputs( $field['inputs'] ) : array(),
			);
		}
		return $fields;
	}

	/**
	 * The inputs of a field.
	 *
	 * @param array[] $inputs As Gravity Forms has them.
	 * @return array[]
	 */
	private static function inputs( $inputs ) {
		$read = array();
		foreach ( $inputs as $input ) {
			$input  = (array) $input;
			$read[] = array(
				'id'    => isset( $input['id'] ) ? $input['id'] : '',
				'label' => isset( $input['label'] ) ? (string) $input['label'] : '',
			);
		}
		return $read;
	}

	/**
	 * Its forms: title and fields, by id.
	 *
	 * @return array[]
	 */
	public static function forms() {
		$forms = array();
		foreach ( class_exists( 'GFAPI' ) ? GFAPI::get_forms() : array() as $form ) {
			$fields = array();
			foreach ( self::fields_of( $form ) as $field ) {
				$fields[] = LeadOps_Forms::field( $field['id'], $field['label'], $field['type'] );
			}
			$forms[ $form['id'] ] = array( (string) $form['title'], $fields );
		}
		return $forms;
	}
}
