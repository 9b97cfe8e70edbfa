<?php
/**
 * The single file that went before this plugin.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * While that file runs, it sends the leads and this plugin sends nothing: both would send each twice.
 */
final class LeadOps_Old_File {

	/**
	 * Where the file is; empty where it is gone. It may also stand in a theme, which is loaded late.
	 *
	 * @return string
	 */
	public static function path() {
		if ( ! function_exists( 'leadops_send' ) ) {
			return '';
		}
		$code = new ReflectionFunction( 'leadops_send' );
		return (string) $code->getFileName();
	}

	/**
	 * Whether it runs.
	 *
	 * @return bool
	 */
	public static function is_there() {
		return '' !== self::path();
	}
}
