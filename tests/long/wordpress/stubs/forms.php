<?php
/**
 * Stands for the form plugins: fires their hooks with objects of their shapes, one visitor at a time.
 *
 * POST /?stub=PLUGIN&form=N with {name, email, phone, …}; form 2 asks nothing about a person.
 */

class WPCF7_FormTag {
	public $type;
	public $basetype;
	public $name;
	public function __construct( $type, $name ) {
		$this->type     = $type;
		$this->basetype = rtrim( $type, '*' );
		$this->name     = $name;
	}
}

class WPCF7_ContactForm {
	private $id;
	public function __construct( $id ) {
		$this->id = $id;
	}
	public static function find( $args = array() ) {
		return array( new self( 1 ), new self( 2 ) );
	}
	public function id() {
		return $this->id;
	}
	public function title() {
		return 1 === $this->id ? 'CF7 contact' : 'CF7 poll';
	}
	public function scan_form_tags() {
		if ( 2 === $this->id ) {
			return array( new WPCF7_FormTag( 'text', 'colour' ), new WPCF7_FormTag( 'submit', '' ) );
		}
		return array(
			new WPCF7_FormTag( 'text*', 'your-name' ),
			new WPCF7_FormTag( 'email*', 'your-email' ),
			new WPCF7_FormTag( 'tel', 'your-tel' ),
			new WPCF7_FormTag( 'textarea', 'your-message' ),
			new WPCF7_FormTag( 'checkbox', 'topics' ),
			new WPCF7_FormTag( 'quiz', 'quiz-1' ),
			new WPCF7_FormTag( 'submit', '' ),
		);
	}
}

class WPCF7_Submission {
	private static $instance;
	private $data;
	private $form;
	public function __construct( $data, $form ) {
		$this->data     = $data;
		$this->form     = $form;
		self::$instance = $this;
	}
	public static function get_instance() {
		return self::$instance;
	}
	public function get_posted_data( $name = '' ) {
		return $this->data;
	}
	public function get_contact_form() {
		return $this->form;
	}
	public function uploaded_files() {
		return array();
	}
}

class GF_Field {
	public function __construct( $properties ) {
		foreach ( $properties as $name => $value ) {
			$this->$name = $value;
		}
	}
	public $id, $type, $label, $inputs, $inputType;
}

class GFAPI {
	public static function get_forms() {
		return array( self::get_form( 1 ), self::get_form( 2 ) );
	}
	public static function get_form( $id ) {
		$parts = array( array( 'id' => '1.3', 'label' => 'First' ), array( 'id' => '1.6', 'label' => 'Last' ) );
		$ticks = array( array( 'id' => '6.1', 'label' => 'Solar' ), array( 'id' => '6.2', 'label' => 'Heat pump' ) );
		$all   = array(
			1 => array(
				array( 'id' => 1, 'type' => 'name', 'label' => 'Name', 'inputs' => $parts ),
				array( 'id' => 2, 'type' => 'email', 'label' => 'Email', 'inputs' => null ),
				array( 'id' => 3, 'type' => 'phone', 'label' => 'Phone', 'inputs' => null ),
				array( 'id' => 4, 'type' => 'textarea', 'label' => 'Tell us more', 'inputs' => null ),
				array( 'id' => 6, 'type' => 'checkbox', 'label' => 'Topics', 'inputs' => $ticks ),
				array( 'id' => 7, 'type' => 'password', 'label' => 'Secret', 'inputs' => array( array( 'id' => '7', 'label' => 'Enter Password' ) ) ),
				array( 'id' => 8, 'type' => 'captcha', 'label' => 'CAPTCHA', 'inputs' => null ),
			),
			2 => array( array( 'id' => 1, 'type' => 'text', 'label' => 'Colour', 'inputs' => null ) ),
		);
		$fields = array();
		foreach ( $all[ $id ] as $field ) {
			$fields[] = new GF_Field( $field );
		}
		return array( 'id' => $id, 'title' => 1 === $id ? 'Gravity contact' : 'Gravity poll', 'fields' => $fields );
	}
}

class Form_Record {
	private $fields;
	private $settings;
	public function __construct( $fields, $settings ) {
		$this->fields   = $fields;
		$this->settings = $settings;
	}
	public function get( $what ) {
		return 'fields' === $what ? $this->fields : array();
	}
	public function get_form_settings( $name ) {
		return isset( $this->settings[ $name ] ) ? $this->settings[ $name ] : null;
	}
}

define( 'FLUENTFORM', true );
do_action( 'elementor/loaded' );
add_action(
	'init',
	function () {
		register_post_type( 'wpforms' );
	}
);

class NF_Stub {
	private $settings;
	private $fields;
	public function __construct( $settings, $fields = array() ) {
		$this->settings = $settings;
		$this->fields   = $fields;
	}
	public function get_id() {
		return $this->settings['id'];
	}
	public function get_setting( $name ) {
		return $this->settings[ $name ];
	}
	public function get_settings() {
		return $this->settings;
	}
	public function get_fields() {
		return $this->fields;
	}
}

class NF_Stubs {
	public function form( $id = '' ) {
		return $id ? $this->get_forms()[ $id ] : $this;
	}
	public function get_forms() {
		$email  = new NF_Stub( array( 'id' => 5, 'key' => 'email', 'label' => 'Email', 'type' => 'email' ) );
		$colour = new NF_Stub( array( 'id' => 6, 'key' => 'colour', 'label' => 'Colour', 'type' => 'textbox' ) );
		return array(
			81 => new NF_Stub( array( 'id' => 81, 'title' => 'Ninja listed' ), array( $email ) ),
			82 => new NF_Stub( array( 'id' => 82, 'title' => 'Ninja poll listed' ), array( $colour ) ),
		);
	}
}

function Ninja_Forms() {
	return new NF_Stubs();
}

/**
 * Forms where the plugins keep theirs, two of each.
 */
function stub_keep_forms() {
	global $wpdb;
	$fluent = "{$wpdb->prefix}fluentform_forms";
	$wpdb->query( "CREATE TABLE $fluent (id int, title varchar(255), form_fields longtext)" );
	foreach ( array( '' => array( 'email', 'Email' ), ' poll' => array( 'text', 'Colour' ) ) as $kind => $field ) {
		list( $type, $label ) = $field;
		$content = array( 'fields' => array( 1 => array( 'id' => 1, 'type' => $type, 'label' => $label ) ) );
		wp_insert_post( array( 'post_type' => 'wpforms', 'post_status' => 'publish', 'post_title' => "WPForms$kind listed", 'post_content' => wp_slash( wp_json_encode( $content ) ) ) );

		$form = array( 'id' => "f$type", 'elType' => 'widget', 'widgetType' => 'form', 'settings' => array( 'form_name' => "Elementor$kind listed", 'form_fields' => array( array( 'custom_id' => 'x', 'field_type' => $type, 'field_label' => $label ) ) ) );
		$page = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Contact' ) );
		add_post_meta( $page, '_elementor_data', wp_slash( wp_json_encode( array( array( 'elType' => 'container', 'elements' => array( $form ) ) ) ) ) );

		$element = array( 'element' => "input_$type", 'attributes' => array( 'name' => 'x' ), 'settings' => array( 'label' => $label ) );
		$wpdb->insert( $fluent, array( 'id' => '' === $kind ? 71 : 72, 'title' => "Fluent$kind listed", 'form_fields' => wp_json_encode( array( 'fields' => array( $element ) ) ) ) );
	}
}

function stub_cf7( $in, $form ) {
	$contact_form = new WPCF7_ContactForm( $form );
	$data         = 2 === $form ? array( 'colour' => 'red' ) : array(
		'your-name'            => $in['name'],
		'your-email'           => $in['email'],
		'your-tel'             => $in['phone'],
		'your-message'         => $in['message'],
		'topics'               => array( 'Solar', 'Heat pump' ),
		'quiz-1'               => 'SECRET-quiz',
		'user-password'        => 'SECRET-password',
		'g-recaptcha-response' => 'SECRET-captcha',
	);
	$submission   = new WPCF7_Submission( $data, $contact_form );
	$abort        = false;
	if ( empty( $in['without_first_hook'] ) ) {
		do_action_ref_array( 'wpcf7_before_send_mail', array( $contact_form, &$abort, $submission ) );
	}
	do_action( empty( $in['mail_fails'] ) ? 'wpcf7_mail_sent' : 'wpcf7_mail_failed', $contact_form );
}

function stub_gravity( $in, $form ) {
	list( $first, $last ) = explode( ' ', $in['name'], 2 );
	$entry = array( 'id' => $in['entry'], 'form_id' => $form, 'date_created' => '2026-11-29 06:00:00', 'status' => 'active' );
	$entry += 2 === $form ? array( '1' => 'red' ) : array(
		'1.3' => $first,
		'1.6' => $last,
		'2'   => $in['email'],
		'3'   => $in['phone'],
		'4'   => $in['message'],
		'6.1' => 'Solar',
		'6.2' => 'Heat pump',
		'7'   => 'SECRET-password',
		'8'   => 'SECRET-captcha',
	);
	do_action( 'gform_after_submission', $entry, GFAPI::get_form( $form ) );
}

function stub_wpforms( $in, $form ) {
	list( $first, $last ) = explode( ' ', $in['name'], 2 );
	$fields = 2 === $form ? array( 1 => array( 'name' => 'Colour', 'value' => 'red', 'id' => 1, 'type' => 'text' ) ) : array(
		0 => array( 'name' => 'Name', 'value' => $in['name'], 'id' => 0, 'type' => 'name', 'first' => $first, 'middle' => '', 'last' => $last ),
		1 => array( 'name' => 'Email', 'value' => $in['email'], 'id' => 1, 'type' => 'email' ),
		2 => array( 'name' => 'Phone', 'value' => $in['phone'], 'id' => 2, 'type' => 'phone' ),
		3 => array( 'name' => 'Comment or Message', 'value' => $in['message'], 'id' => 3, 'type' => 'textarea' ),
		4 => array( 'name' => 'Topics', 'value' => "Solar\nHeat pump", 'id' => 4, 'type' => 'checkbox' ),
		5 => array( 'name' => 'Choose one', 'value' => 'SECRET-password', 'id' => 5, 'type' => 'password' ),
	);
	$data = array( 'id' => $form, 'settings' => array( 'form_title' => 1 === $form ? 'WPForms contact' : 'WPForms poll' ), 'fields' => array() );
	do_action( 'wpforms_process_complete', $fields, array( 'nonce' => 'SECRET-nonce' ), $data, $in['entry'] );
}

function stub_elementor( $in, $form ) {
	$fields = 2 === $form ? array( 'colour' => array( 'id' => 'colour', 'type' => 'text', 'title' => 'Colour', 'value' => 'red', 'raw_value' => 'red' ) ) : array(
		'name'      => array( 'id' => 'name', 'type' => 'text', 'title' => 'Your name', 'value' => $in['name'], 'raw_value' => $in['name'], 'required' => '1' ),
		'email'     => array( 'id' => 'email', 'type' => 'email', 'title' => 'Email', 'value' => $in['email'], 'raw_value' => $in['email'], 'required' => '1' ),
		'field_1ab' => array( 'id' => 'field_1ab', 'type' => 'tel', 'title' => '', 'value' => $in['phone'], 'raw_value' => $in['phone'] ),
		'message'   => array( 'id' => 'message', 'type' => 'textarea', 'title' => 'Message', 'value' => $in['message'], 'raw_value' => $in['message'] ),
		'field_2ab' => array( 'id' => 'field_2ab', 'type' => 'checkbox', 'title' => 'Topics', 'value' => 'Solar, Heat pump', 'raw_value' => array( 'Solar', 'Heat pump' ) ),
		'field_3ab' => array( 'id' => 'field_3ab', 'type' => 'password', 'title' => '', 'value' => 'SECRET-password', 'raw_value' => 'SECRET-password' ),
		'field_4ab' => array( 'id' => 'field_4ab', 'type' => 'honeypot', 'title' => '', 'value' => 'SECRET-honeypot', 'raw_value' => 'SECRET-honeypot' ),
	);
	$settings = array( 'id' => 'abc123' . $form, 'form_name' => 1 === $form ? 'Elementor contact' : 'Elementor poll' );
	do_action( 'elementor_pro/forms/new_record', new Form_Record( $fields, $settings ), null );
}

function stub_fluent( $in, $form ) {
	list( $first, $last ) = explode( ' ', $in['name'], 2 );
	$element = function ( $element, $name, $label ) {
		return array( 'element' => $element, 'attributes' => array( 'name' => $name ), 'settings' => array( 'label' => $label ) );
	};
	$fields  = 2 === $form ? array( $element( 'input_text', 'input_text', 'Colour' ) ) : array(
		$element( 'input_name', 'names', 'Name' ),
		array(
			'element' => 'container',
			'columns' => array(
				array( 'fields' => array( $element( 'input_email', 'email', 'Email' ) ) ),
				array( 'fields' => array( $element( 'phone', 'phone', 'Phone/Mobile' ) ) ),
			),
		),
		$element( 'textarea', 'message', 'Your Message' ),
		$element( 'input_checkbox', 'checkbox', 'Topics' ),
		$element( 'input_password', 'access', 'Choose one' ),
	);
	$data = 2 === $form ? array( 'input_text' => 'red' ) : array(
		'__fluent_form_embded_post_id' => '7',
		'_fluentform_1_fluentformnonce' => 'SECRET-nonce',
		'_wp_http_referer' => '/contact/',
		'names'    => array( 'first_name' => $first, 'last_name' => $last ),
		'email'    => $in['email'],
		'phone'    => $in['phone'],
		'message'  => $in['message'],
		'checkbox' => array( 'Solar', 'Heat pump' ),
		'access'   => 'SECRET-password',
		'item__1__fluent_checkme_' => 'SECRET-honeypot',
		'g-recaptcha-response' => 'SECRET-captcha',
	);
	$object = (object) array( 'id' => $form, 'title' => 1 === $form ? 'Fluent contact' : 'Fluent poll', 'form_fields' => json_encode( array( 'fields' => $fields ) ) );
	do_action( 'fluentform/submission_inserted', $in['entry'], $data, $object );
	do_action( 'fluentform_submission_inserted', $in['entry'], $data, $object );
}

function stub_ninja( $in, $form ) {
	$field  = function ( $id, $type, $label, $value ) {
		return array( 'id' => $id, 'key' => "{$type}_$id", 'type' => $type, 'label' => $label, 'value' => $value, 'settings' => array( 'type' => $type, 'label' => $label ) );
	};
	$fields = 2 === $form ? array( 1 => $field( 1, 'textbox', 'Colour', 'red' ) ) : array(
		1 => $field( 1, 'textbox', 'Name', $in['name'] ),
		2 => $field( 2, 'email', 'Email', $in['email'] ),
		3 => $field( 3, 'phone', 'Phone', $in['phone'] ),
		4 => $field( 4, 'textarea', 'Message', $in['message'] ),
		5 => $field( 5, 'listcheckbox', 'Topics', array( 'Solar', 'Heat pump' ) ),
		6 => $field( 6, 'password', 'Choose one', 'SECRET-password' ),
		7 => $field( 7, 'recaptcha', '', 'SECRET-captcha' ),
		8 => $field( 8, 'submit', 'Submit', '' ),
	);
	$data = array(
		'form_id'  => $form,
		'settings' => array( 'title' => 1 === $form ? 'Ninja contact' : 'Ninja poll' ),
		'fields'   => $fields,
		'actions'  => array( 'save' => array( 'sub_id' => $in['entry'] ) ),
	);
	do_action( 'ninja_forms_after_submission', $data );
}

/**
 * One submission, and the same once more.
 */
function stub_cf7_twice( $in, $form ) {
	stub_cf7( $in, $form );
	stub_cf7( $in, $form );
}

/**
 * The lead that some fields make.
 */
function stub_fields( $in ) {
	$fields = array();
	foreach ( $in['fields'] as $field ) {
		$fields[] = LeadOps_Forms::field( ...$field );
	}
	wp_send_json( LeadOps_Fields::lead( $fields ) );
}

/**
 * Brings the plugin's schedule forward, as a minute would.
 */
function stub_due() {
	wp_clear_scheduled_hook( 'leadops_deliver' );
	wp_schedule_event( time() - 1, 'leadops_minute', 'leadops_deliver' );
}

/**
 * What the old file leaves when LeadOps is away: a try that is put off.
 */
function stub_put_off( $in ) {
	wp_schedule_single_event( time() - 1, 'leadops_send', array( $in['fields'], $in['key'], 3 ) );
}

add_action(
	'init',
	function () {
		if ( isset( $_GET['stub'] ) ) {
			$in = json_decode( file_get_contents( 'php://input' ), true );
			call_user_func( 'stub_' . $_GET['stub'], $in, isset( $_GET['form'] ) ? (int) $_GET['form'] : 1 );
			echo 'Thank you';
			exit;
		}
	},
	20
);
