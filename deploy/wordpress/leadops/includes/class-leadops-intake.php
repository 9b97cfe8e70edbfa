<?php
/**
 * From a form's entry to the queue.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Where every form plugin's entries come together.
 */
final class LeadOps_Intake {

	/**
	 * Takes an entry: into the queue first, then out when the request ends.
	 *
	 * @param string  $plugin The form plugin's short name.
	 * @param string  $id     The form.
	 * @param string  $title  Its title.
	 * @param array[] $fields Its fields, with what was entered.
	 * @param string  $key    The entry's Idempotency-Key; empty where the plugin numbers none.
	 */
	public static function take( $plugin, $id, $title, $fields, $key = '' ) {
		LeadOps_Forms::saw( $plugin, $id, $title, $fields );
		if ( LeadOps_Old_File::is_there() || ! LeadOps_Settings::is_set_up() ) {
			return;
		}
		if ( ! LeadOps_Forms::is_on( $plugin, $id, $fields ) ) {
			return;
		}
		$lead = LeadOps_Fields::lead( $fields );
		if ( ! $lead ) {
			return;
		}
		$lead += array(
			'form_name' => $title,
			'page_url'  => self::page(),
		);
		$key   = '' === $key ? wp_generate_uuid4() : substr( $key, 0, 190 );
		$body  = wp_json_encode( array_filter( $lead, array( __CLASS__, 'is_something' ) ), JSON_INVALID_UTF8_SUBSTITUTE );
		if ( LeadOps_Queue::add( $key, $title, (string) $body ) ) {
			LeadOps_Sender::soon( $key );
			return;
		}
		error_log( "LeadOps: an entry of form $plugin:$id could not be stored" ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- The only trace that is left.
	}

	/**
	 * The key of a numbered entry. Numbers count from one in every WordPress, so its name is part of it.
	 *
	 * @param string     $plugin The form plugin's short name.
	 * @param string     $form   The form.
	 * @param string|int $entry  The entry's number; 0 or empty for none.
	 * @return string
	 */
	public static function key( $plugin, $form, $entry ) {
		return $entry ? implode( '-', array( $plugin, self::site(), $form, $entry ) ) : '';
	}

	/**
	 * This WordPress's name: its host, and its folder if it has one.
	 *
	 * @return string
	 */
	public static function site() {
		$home = wp_parse_url( home_url() );
		$path = isset( $home['path'] ) ? rtrim( $home['path'], '/' ) : '';
		$name = strtolower( $home['host'] ) . $path;
		return strlen( $name ) > 80 ? md5( $name ) : $name;
	}

	/**
	 * Whether a value is one.
	 *
	 * @param mixed $value A value.
	 * @return bool
	 */
	private static function is_something( $value ) {
		return '' !== $value;
	}

	/**
	 * The page that the form is on, without its query.
	 *
	 * @return string
	 */
	private static function page() {
		$page = wp_get_raw_referer();
		$page = is_string( $page ) ? strtok( $page, '?#' ) : '';
		return is_string( $page ) && preg_match( '#^https?://#', $page ) ? esc_url_raw( $page ) : '';
	}
}
