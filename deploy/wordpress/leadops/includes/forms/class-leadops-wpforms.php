<?php
/**
 * WPForms.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Names and addresses come whole and in parts.
 */
final class LeadOps_WPForms {

	const PARTS = array(
		'name'    => array(
			'first'  => 'first_name',
			'middle' => '',
			'last'   => 'last_name',
		),
		'address' => array(
			'address1' => 'street',
			'address2' => '',
			'city'     => 'city',
			'state'    => 'state',
			'postal'   => 'zip',
			'country'  => 'country',
		),
	);

	/**
	 * Registers what the plugin calls.
	 */
	public static function hook() {
		add_action( 'wpforms_process_complete', array( __CLASS__, 'take' ), 10, 4 );
	}

	/**
	 * Takes an entry. The free version does not number them.
	 *
	 * @param array[]    $fields   What was entered.
	 * @param array      $entry    The post as it came.
	 * @param array      $form     The form.
	 * @param int|string $entry_id The entry's number; 0 for none.
	 */
	public static function take( $fields, $entry, $form, $entry_id = 0 ) {
		$id      = isset( $form['id'] ) ? (string) $form['id'] : '';
		$title   = isset( $form['settings']['form_title'] ) ? $form['settings']['form_title'] : '';
		$entered = array();
		foreach ( (array) $fields as $number => $field ) {
			$entered = array_merge( $entered, self::entered( $number, (array) $field ) );
		}
		LeadOps_Intake::take( 'wpforms', $id, (string) $title, $entered, LeadOps_Intake::key( 'wpforms', $id, $entry_id ) );
	}

	/**
	 * One field, or its parts where it has some.
	 *
	 * @param string|int $number Its number.
	 * @param array      $field  The field.
	 * @return array[]
	 */
	private static function entered( $number, $field ) {
		$type  = isset( $field['type'] ) ? (string) $field['type'] : '';
		$label = isset( $field['name'] ) ? $field['name'] : '';
		$parts = array();
		foreach ( isset( self::PARTS[ $type ] ) ? self::PARTS[ $type ] : array() as $part => $ours ) {
			if ( ! empty( $field[ $part ] ) ) {
				$parts[] = LeadOps_Forms::field( "$number.$part", "$label – $part", 'part', $field[ $part ], $ours );
			}
		}
		if ( $parts && ( 'name' !== $type || ! empty( $field['last'] ) ) ) {
			return $parts;
		}
		$value = isset( $field['value'] ) ? $field['value'] : '';
		// Of several ticks each is on a line of its own.
		if ( is_string( $value ) && in_array( $type, array( 'checkbox', 'select', 'file-upload' ), true ) && strpos( $value, "\n" ) ) {
			$value = preg_split( '/\R/', $value );
		}
		return array( LeadOps_Forms::field( $number, $label, $type, $value ) );
	}

	/**
	 * Its forms: title and fields, by id.
	 *
	 * @return array[]
	 */
	public static function forms() {
		$forms = array();
		if ( ! post_type_exists( 'wpforms' ) ) {
			return $forms;
		}
		$posts = get_posts(
			array(
				'post_type'   => 'wpforms',
				'numberposts' => 500,
			)
		);
		foreach ( $posts as $post ) {
			$content = json_decode( $post->post_content, true );
			$fields  = array();
			foreach ( isset( $content['fields'] ) ? (array) $content['fields'] : array() as $number => $field ) {
				$fields[] = LeadOps_Forms::field( $number, isset( $field['label'] ) ? $field['label'] : '', isset( $field['type'] ) ? $field['type'] : '' );
			}
			$forms[ $post->ID ] = array( $post->post_title, $fields );
		}
		return $forms;
	}
}
