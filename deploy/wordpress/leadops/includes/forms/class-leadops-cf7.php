<?php
/**
 * Contact Form 7.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Its entries have no number: each has a key of its own, as with the old file.
 */
final class LeadOps_CF7 {

	/**
	 * The submission that was taken before its mail, until its mail is sent or not.
	 *
	 * @var array
	 */
	private static $before = array();

	/**
	 * Registers what the plugin calls.
	 *
	 * Before the mail, so that a mail server that hangs costs no lead; after it, where that hook was
	 * left out. The same submission is taken once.
	 */
	public static function hook() {
		add_action( 'wpcf7_before_send_mail', array( __CLASS__, 'before_mail' ), PHP_INT_MAX, 2 );
		add_action( 'wpcf7_mail_sent', array( __CLASS__, 'after_mail' ) );
		add_action( 'wpcf7_mail_failed', array( __CLASS__, 'after_mail' ) );
	}

	/**
	 * Takes a submission that no other plugin stopped.
	 *
	 * @param object $form    WPCF7_ContactForm.
	 * @param bool   $aborted Whether another plugin stopped it.
	 */
	public static function before_mail( $form = null, $aborted = false ) {
		if ( ! $aborted ) {
			self::take( $form );
			self::$before = self::submission() ? (array) self::submission()->get_posted_data() : array();
		}
	}

	/**
	 * Takes a submission that was not taken before its mail.
	 *
	 * @param object $form WPCF7_ContactForm.
	 */
	public static function after_mail( $form = null ) {
		$before       = self::$before;
		self::$before = array();
		if ( ! $before || ! self::submission() || (array) self::submission()->get_posted_data() !== $before ) {
			self::take( $form );
		}
	}

	/**
	 * The submission of this request; null for none.
	 *
	 * @return object|null
	 */
	private static function submission() {
		return class_exists( 'WPCF7_Submission' ) ? WPCF7_Submission::get_instance() : null;
	}

	/**
	 * Takes the submission of this request.
	 *
	 * @param object $form WPCF7_ContactForm.
	 */
	private static function take( $form ) {
		$submission = self::submission();
		if ( ! $submission ) {
			return;
		}
		if ( ! is_object( $form ) && method_exists( $submission, 'get_contact_form' ) ) {
			$form = $submission->get_contact_form();
		}
		$id    = is_object( $form ) && method_exists( $form, 'id' ) ? $form->id() : 0;
		$title = is_object( $form ) && method_exists( $form, 'title' ) ? $form->title() : '';
		LeadOps_Intake::take( 'cf7', (string) $id, (string) $title, self::entered( $submission, $form ) );
	}

	/**
	 * The fields with what was entered.
	 *
	 * @param object $submission WPCF7_Submission.
	 * @param object $form       WPCF7_ContactForm.
	 * @return array[]
	 */
	private static function entered( $submission, $form ) {
		$types  = array_column( self::tags( $form ), 'type', 'name' );
		$files  = method_exists( $submission, 'uploaded_files' ) ? (array) $submission->uploaded_files() : array();
		$fields = array();
		foreach ( (array) $submission->get_posted_data() as $name => $value ) {
			if ( isset( $files[ $name ] ) ) {
				$value = array_map( 'wp_basename', (array) $files[ $name ] );
			}
			$value    = is_array( $value ) && 1 === count( $value ) ? reset( $value ) : $value;
			$fields[] = LeadOps_Forms::field( $name, '', isset( $types[ $name ] ) ? $types[ $name ] : '', $value );
		}
		return $fields;
	}

	/**
	 * A form's fields, without values.
	 *
	 * @param object|null $form WPCF7_ContactForm.
	 * @return array[]
	 */
	private static function tags( $form ) {
		$fields = array();
		if ( is_object( $form ) && method_exists( $form, 'scan_form_tags' ) ) {
			foreach ( $form->scan_form_tags() as $tag ) {
				$tag      = (array) $tag;
				$type     = isset( $tag['basetype'] ) ? $tag['basetype'] : ( isset( $tag['type'] ) ? $tag['type'] : '' );
				$fields[] = LeadOps_Forms::field( isset( $tag['name'] ) ? $tag['name'] : '', '', rtrim( (string) $type, '*' ) );
			}
		}
		return $fields;
	}

	/**
	 * Its forms: title and fields, by id.
	 *
	 * @return array[]
	 */
	public static function forms() {
		$forms = array();
		if ( class_exists( 'WPCF7_ContactForm' ) && method_exists( 'WPCF7_ContactForm', 'find' ) ) {
			foreach ( WPCF7_ContactForm::find( array( 'posts_per_page' => 500 ) ) as $form ) {
				$forms[ $form->id() ] = array( $form->title(), self::tags( $form ) );
			}
		}
		return $forms;
	}
}
