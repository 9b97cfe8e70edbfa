<?php
/**
 * From a form's fields to a lead's.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * A field is an array of `name`, `label`, `type`, `value` and perhaps `as`, LeadOps's name for it.
 *
 * What a form's own types or the table of names say is the person's name, address or number travels
 * under LeadOps's name, everything else under its label; what is a secret does not travel.
 */
final class LeadOps_Fields {

	/**
	 * Types of fields that hold no answer of a person, or a secret one.
	 */
	const NEVER = '/password|captcha|turnstile|honeypot|antispam|^spam$|nonce|csrf|quiz|submit|button|^html$|divider|section|^step$|^page$|pagebreak|custom_html|^hr$|shortcode|credit|^stripe|^square|^authorize_net/i';

	/**
	 * Words that name a secret, or what a page adds for itself.
	 */
	const SECRET = array( 'password', 'passwort', 'kennwort', 'passwd', 'pwd', 'passphrase', 'contrasena', 'wachtwoord', 'senha', 'haslo', 'nonce', 'wpnonce', 'csrf', 'xsrf', 'captcha', 'recaptcha', 'hcaptcha', 'turnstile', 'honeypot', 'cvv', 'cvc' );

	/**
	 * Names that are one as a whole.
	 */
	const SECRET_NAMES = array( 'pass', 'pass1', 'pass2', 'user pass', 'mot de passe', 'hp', 'token', 'wp http referer', 'h captcha response', 'cf turnstile response', 'card number', 'credit card', 'credit card number', 'security code' );

	/**
	 * LeadOps's names for the types that forms have.
	 */
	const TYPES = array(
		'email'          => 'email',
		'input_email'    => 'email',
		'tel'            => 'phone',
		'phone'          => 'phone',
		'input_phone'    => 'phone',
		'name'           => 'contact_name',
		'input_name'     => 'contact_name',
		'firstname'      => 'first_name',
		'lastname'       => 'last_name',
		'city'           => 'city',
		'zip'            => 'zip',
		'liststate'      => 'state',
		'listcountry'    => 'country',
		'select_country' => 'country',
	);

	/**
	 * The lead: values by their names, in the order of the form.
	 *
	 * @param array[] $fields The form's fields.
	 * @return array
	 */
	public static function lead( $fields ) {
		$fields = array_values( array_filter( $fields, array( __CLASS__, 'travels' ) ) );
		$lead   = array();
		foreach ( $fields as $place => $field ) {
			$value = self::value( $field['value'] );
			if ( null === $value ) {
				continue;
			}
			$ours = self::ours( $field );
			if ( '' === $ours && 'textarea' === $field['type'] && self::is_only_text( $fields ) ) {
				$ours = 'message';
			}
			$name          = '' !== $ours && ! isset( $lead[ $ours ] ) ? $ours : self::theirs( $field, $place, $lead );
			$lead[ $name ] = $value;
		}
		if ( isset( $lead['first_name'] ) && ! isset( $lead['last_name'] ) && ! isset( $lead['contact_name'] ) ) {
			$lead = array( 'contact_name' => $lead['first_name'] ) + $lead;
			unset( $lead['first_name'] );
		}
		return $lead;
	}

	/**
	 * Whether a form asks for an e-mail address or a phone number.
	 *
	 * @param array[] $fields Its fields; their values do not matter.
	 * @return bool
	 */
	public static function reach_somebody( $fields ) {
		foreach ( $fields as $field ) {
			if ( self::travels( $field ) && in_array( self::ours( $field ), array( 'email', 'phone' ), true ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether a field may leave the site.
	 *
	 * @param array $field A field.
	 * @return bool
	 */
	private static function travels( $field ) {
		if ( preg_match( self::NEVER, $field['type'] ) || '_' === substr( $field['name'], 0, 1 ) ) {
			return false;
		}
		if ( self::is_secret( $field['name'] ) ) {
			return false;
		}
		// A question may be about passwords; what asks for one says little else.
		return count( explode( ' ', self::folded( $field['label'] ) ) ) > 4 || ! self::is_secret( $field['label'] );
	}

	/**
	 * Whether a name is one of a secret.
	 *
	 * @param string $name A name or a label.
	 * @return bool
	 */
	private static function is_secret( $name ) {
		$folded = self::folded( $name );
		return in_array( $folded, self::SECRET_NAMES, true ) || array_intersect( explode( ' ', $folded ), self::SECRET );
	}

	/**
	 * LeadOps's name for a field; empty where it has none.
	 *
	 * @param array $field A field.
	 * @return string
	 */
	private static function ours( $field ) {
		if ( isset( $field['as'] ) ) {
			return $field['as'];
		}
		if ( isset( self::TYPES[ $field['type'] ] ) ) {
			return self::TYPES[ $field['type'] ];
		}
		$called = self::called( $field['label'] );
		return '' === $called ? self::called( $field['name'] ) : $called;
	}

	/**
	 * LeadOps's name for what a label asks for; empty where it has none.
	 *
	 * @param string $label A label or name.
	 * @return string
	 */
	private static function called( $label ) {
		static $table = null;
		if ( null === $table ) {
			$table = require __DIR__ . '/names.php';
		}
		$words = explode( ' ', self::folded( $label ) );
		$asked = array();
		foreach ( $words as $word ) {
			if ( ! isset( $table['polite'][ $word ] ) ) {
				$asked[] = $word;
			}
		}
		$asked = preg_replace( '/(?<=[a-z]) ?\d{1,3}$/', '', implode( ' ', $asked ? $asked : $words ) );
		return isset( $table['names'][ $asked ] ) ? $table['names'][ $asked ] : '';
	}

	/**
	 * A label as it is compared: words of plain small letters.
	 *
	 * @param string $label A label or name.
	 * @return string
	 */
	private static function folded( $label ) {
		$plain = preg_replace( '/(?<=[a-z0-9])(?=[A-Z])/', ' ', wp_strip_all_tags( $label ) );
		// In German, remove_accents would write ä as ae, elsewhere ß as s.
		$plain = strtr(
			$plain,
			array(
				'ä' => 'a',
				'ö' => 'o',
				'ü' => 'u',
				'Ä' => 'a',
				'Ö' => 'o',
				'Ü' => 'u',
				'ß' => 'ss',
			)
		);
		return trim( preg_replace( '/[^a-z0-9]+/', ' ', strtolower( remove_accents( $plain ) ) ) );
	}

	/**
	 * The form's own name for a field, told apart from those that are there.
	 *
	 * @param array $field A field.
	 * @param int   $place Its place in the form.
	 * @param array $lead  The lead as far as it is read.
	 * @return string
	 */
	private static function theirs( $field, $place, $lead ) {
		$label = trim( wp_strip_all_tags( $field['label'] ) );
		$name  = '' === $label ? $field['name'] : $label;
		$name  = '' === $name ? 'field ' . ( $place + 1 ) : $name;
		if ( ! isset( $lead[ $name ] ) ) {
			return $name;
		}
		$name .= " ({$field['name']})";
		return isset( $lead[ $name ] ) ? "$name " . ( $place + 1 ) : $name;
	}

	/**
	 * Whether a form has one field for a longer text, which is the message whatever it is called.
	 *
	 * @param array[] $fields Its fields.
	 * @return bool
	 */
	private static function is_only_text( $fields ) {
		$texts = 0;
		foreach ( $fields as $field ) {
			if ( 'message' === self::ours( $field ) ) {
				return false;
			}
			$texts += 'textarea' === $field['type'] ? 1 : 0;
		}
		return 1 === $texts;
	}

	/**
	 * A value as JSON has it; null for none.
	 *
	 * @param mixed $value What the form has.
	 * @return mixed
	 */
	private static function value( $value ) {
		if ( is_array( $value ) ) {
			$kept = array();
			foreach ( $value as $key => $one ) {
				$one = self::value( $one );
				if ( null !== $one && ! ( is_string( $key ) && self::is_secret( $key ) ) ) {
					$kept[ $key ] = $one;
				}
			}
			$is_list = ! array_filter( array_keys( $kept ), 'is_string' );
			return $kept ? ( $is_list ? array_values( $kept ) : $kept ) : null;
		}
		if ( null === $value || is_object( $value ) || false === $value ) {
			return null;
		}
		$text = is_bool( $value ) ? 'yes' : trim( (string) $value );
		return '' === $text ? null : $text;
	}
}
