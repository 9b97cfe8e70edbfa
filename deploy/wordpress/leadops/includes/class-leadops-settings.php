<?php
/**
 * Where the leads go, and with which secret.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * An address and a secret: the site's key, or the last part of a webhook address.
 *
 * The secret is an option that is not loaded with every page, and no page shows it.
 */
final class LeadOps_Settings {

	const INTAKE = '/api/v1/leads/';

	/**
	 * The address as it may be shown: that of the intake, or of a webhook without its secret.
	 *
	 * What stood in wp-config.php for the old file holds until something is saved here.
	 *
	 * @return string
	 */
	public static function address() {
		$saved = (string) get_option( 'leadops_address', '' );
		if ( '' === $saved && defined( 'LEADOPS_URL' ) ) {
			$saved = self::parse( (string) LEADOPS_URL )['address'];
		}
		return $saved;
	}

	/**
	 * The secret; empty where there is none.
	 *
	 * @return string
	 */
	public static function secret() {
		$saved = (string) get_option( 'leadops_key', '' );
		if ( '' === $saved && '' === (string) get_option( 'leadops_address', '' ) ) {
			$in_url = defined( 'LEADOPS_URL' ) ? self::parse( (string) LEADOPS_URL )['secret'] : '';
			$saved  = '' === $in_url && defined( 'LEADOPS_KEY' ) ? (string) LEADOPS_KEY : $in_url;
		}
		return $saved;
	}

	/**
	 * Whether leads are taken at all.
	 *
	 * @return bool
	 */
	public static function is_set_up() {
		return '' !== self::address();
	}

	/**
	 * Whether the address is a webhook's, which needs no key.
	 *
	 * @return bool
	 */
	public static function is_webhook() {
		return '/in/' === substr( self::address(), -4 );
	}

	/**
	 * Where to post. Never to be shown or logged: a webhook's address is its secret.
	 *
	 * @return string
	 */
	public static function target() {
		return self::is_webhook() ? self::address() . rawurlencode( self::secret() ) . '/' : self::address();
	}

	/**
	 * Saves what a person entered; an empty secret keeps the one that is saved for the same address.
	 *
	 * @param string $entered LeadOps's address, its intake's, or a webhook's.
	 * @param string $secret  The site's key; not needed with a webhook's address.
	 * @return bool Whether the address is one.
	 */
	public static function save( $entered, $secret ) {
		$parsed = self::parse( $entered );
		if ( '' === $parsed['address'] ) {
			return false;
		}
		$secret = '' === $parsed['secret'] ? trim( $secret ) : $parsed['secret'];
		if ( '' === $secret && self::address() === $parsed['address'] ) {
			$secret = self::secret();
		}
		// The secret of one address is never sent to another.
		update_option( 'leadops_address', $parsed['address'], false );
		update_option( 'leadops_key', $secret, false );
		return true;
	}

	/**
	 * Takes an address apart.
	 *
	 * @param string $entered What a person entered.
	 * @return array{address: string, secret: string} Both empty for what is no address.
	 */
	public static function parse( $entered ) {
		$nothing = array(
			'address' => '',
			'secret'  => '',
		);
		$entered = trim( $entered );
		if ( '' !== $entered && ! preg_match( '#^[a-z][a-z0-9+.-]*://#i', $entered ) ) {
			$entered = "https://$entered";
		}
		$parts = wp_parse_url( $entered );
		if ( empty( $parts['host'] ) || ! in_array( strtolower( $parts['scheme'] ), array( 'http', 'https' ), true ) ) {
			return $nothing;
		}
		$origin = strtolower( $parts['scheme'] . '://' . $parts['host'] ) . ( isset( $parts['port'] ) ? ":{$parts['port']}" : '' );
		$path   = isset( $parts['path'] ) ? $parts['path'] : '';
		if ( preg_match( '#^(.*/in/)([^/]*)/?$#', $path, $webhook ) ) {
			return array(
				'address' => $origin . $webhook[1],
				'secret'  => preg_match( '/^[\w-]+$/', $webhook[2] ) ? $webhook[2] : '',
			);
		}
		$below              = preg_replace( '#/(api(/.*)?|admin(/.*)?)?$#', '', $path );
		$nothing['address'] = $origin . $below . self::INTAKE;
		return $nothing;
	}
}
