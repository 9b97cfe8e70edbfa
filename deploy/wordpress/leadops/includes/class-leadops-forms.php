<?php
/**
 * The forms of this site, and which of them send leads.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * A form is on where a person said so; where nobody said anything, if it asks how to reach somebody.
 */
final class LeadOps_Forms {

	const PLUGINS = array(
		'cf7'       => array( 'Contact Form 7', 'LeadOps_CF7' ),
		'gravity'   => array( 'Gravity Forms', 'LeadOps_Gravity' ),
		'wpforms'   => array( 'WPForms', 'LeadOps_WPForms' ),
		'elementor' => array( 'Elementor', 'LeadOps_Elementor' ),
		'fluent'    => array( 'Fluent Forms', 'LeadOps_Fluent' ),
		'ninja'     => array( 'Ninja Forms', 'LeadOps_Ninja' ),
	);

	const MOST_SEEN = 200;

	/**
	 * Registers what the form plugins call.
	 */
	public static function hook() {
		foreach ( self::PLUGINS as $plugin ) {
			call_user_func( array( $plugin[1], 'hook' ) );
		}
	}

	/**
	 * Whether a form's entries are sent.
	 *
	 * @param string  $plugin The form plugin's short name.
	 * @param string  $id     The form.
	 * @param array[] $fields Its fields.
	 * @return bool
	 */
	public static function is_on( $plugin, $id, $fields ) {
		$chosen = (array) get_option( 'leadops_forms', array() );
		$form   = "$plugin:$id";
		return isset( $chosen[ $form ] ) ? (bool) $chosen[ $form ] : LeadOps_Fields::reach_somebody( $fields );
	}

	/**
	 * Saves what a person chose. What is as it would be by itself stays unsaid.
	 *
	 * @param string[] $shown The forms that were shown.
	 * @param string[] $on    Those that were ticked.
	 */
	public static function choose( $shown, $on ) {
		$chosen = (array) get_option( 'leadops_forms', array() );
		foreach ( self::all() as $form => $found ) {
			if ( ! in_array( $form, $shown, true ) ) {
				continue;
			}
			$chosen[ $form ] = in_array( $form, $on, true ) ? 1 : 0;
			if ( (bool) $chosen[ $form ] === $found['reaches'] ) {
				unset( $chosen[ $form ] );
			}
		}
		update_option( 'leadops_forms', $chosen, false );
	}

	/**
	 * Remembers a form that has sent something: not every plugin can list its own.
	 *
	 * @param string  $plugin The form plugin's short name.
	 * @param string  $id     The form.
	 * @param string  $title  Its title.
	 * @param array[] $fields Its fields.
	 */
	public static function saw( $plugin, $id, $title, $fields ) {
		$seen = (array) get_option( 'leadops_seen', array() );
		$now  = array(
			'title'   => sanitize_text_field( $title ),
			'reaches' => LeadOps_Fields::reach_somebody( $fields ),
		);
		$form = "$plugin:$id";
		if ( isset( $seen[ $form ] ) ? $seen[ $form ] === $now : count( $seen ) >= self::MOST_SEEN ) {
			return;
		}
		$seen[ $form ] = $now;
		update_option( 'leadops_seen', $seen, false );
	}

	/**
	 * All forms that are known: those that the plugins list, and those that have sent something.
	 *
	 * @return array[] By `plugin:id`: plugin (its title), title, reaches, on.
	 */
	public static function all() {
		$chosen = (array) get_option( 'leadops_forms', array() );
		$forms  = self::listed() + (array) get_option( 'leadops_seen', array() );
		foreach ( $forms as $form => $found ) {
			$plugin = strtok( $form, ':' );
			if ( ! isset( self::PLUGINS[ $plugin ] ) ) {
				unset( $forms[ $form ] );
				continue;
			}
			$forms[ $form ]['plugin'] = self::PLUGINS[ $plugin ][0];
			$forms[ $form ]['on']     = isset( $chosen[ $form ] ) ? (bool) $chosen[ $form ] : $found['reaches'];
		}
		ksort( $forms, SORT_NATURAL );
		return $forms;
	}

	/**
	 * The forms that the plugins list.
	 *
	 * @return array[] By `plugin:id`: title, reaches.
	 */
	private static function listed() {
		$forms = array();
		foreach ( self::PLUGINS as $name => $plugin ) {
			foreach ( call_user_func( array( $plugin[1], 'forms' ) ) as $id => $form ) {
				$forms[ "$name:$id" ] = array(
					'title'   => $form[0],
					'reaches' => LeadOps_Fields::reach_somebody( $form[1] ),
				);
			}
		}
		return $forms;
	}

	/**
	 * A field as LeadOps_Fields reads it.
	 *
	 * @param mixed  $name  Its name or number in the form.
	 * @param mixed  $label What visitors read.
	 * @param mixed  $type  Its type, as the plugin calls it.
	 * @param mixed  $value What was entered.
	 * @param string $ours  LeadOps's name for it, where the plugin knows.
	 * @return array
	 */
	public static function field( $name, $label, $type, $value = '', $ours = '' ) {
		$field = array(
			'name'  => is_scalar( $name ) ? (string) $name : '',
			'label' => is_scalar( $label ) ? (string) $label : '',
			'type'  => is_scalar( $type ) ? (string) $type : '',
			'value' => $value,
		);
		return '' === $ours ? $field : $field + array( 'as' => $ours );
	}
}
