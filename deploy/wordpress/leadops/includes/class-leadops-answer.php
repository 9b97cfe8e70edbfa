<?php
/**
 * What LeadOps's answers mean.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * One answer to one post.
 */
final class LeadOps_Answer {

	const LONGEST_WAIT = DAY_IN_SECONDS;

	/**
	 * The HTTP status; 0 where nothing answered.
	 *
	 * @var int
	 */
	public $status = 0;

	/**
	 * Its own words, without markup.
	 *
	 * @var string
	 */
	public $said = '';

	/**
	 * Seconds for which it asks to wait.
	 *
	 * @var int
	 */
	public $wait = 0;

	/**
	 * Whether LeadOps has the lead.
	 *
	 * @var bool
	 */
	public $is_delivery = false;

	/**
	 * Reads an answer.
	 *
	 * @param array|WP_Error $answer What wp_remote_post returned.
	 */
	public function __construct( $answer ) {
		if ( is_wp_error( $answer ) ) {
			// Its words may name the address, and that of a webhook is a secret.
			$this->said = __( 'no answer', 'leadops' );
			return;
		}
		$this->status = (int) wp_remote_retrieve_response_code( $answer );
		$body         = json_decode( (string) wp_remote_retrieve_body( $answer ), true );
		$body         = is_array( $body ) ? $body : array();
		$wait         = wp_remote_retrieve_header( $answer, 'retry-after' );
		$this->wait   = is_string( $wait ) && ctype_digit( $wait ) ? min( (int) $wait, self::LONGEST_WAIT ) : 0;
		$title        = isset( $body['title'] ) && is_string( $body['title'] ) ? $body['title'] : '';
		$this->said   = substr( sanitize_text_field( $title ), 0, 200 );
		// A page of somebody else's (a proxy's, a parked address's) answers 200 to anything.
		$this->is_delivery = in_array( $this->status, array( 201, 202, 204 ), true )
			|| ( 200 === $this->status && ( isset( $body['id'] ) || isset( $body['leads'] ) || isset( $body['status'] ) ) );
	}

	/**
	 * Whether the same post would be refused again.
	 *
	 * A wrong key, a disabled site and a wrong address (401, 403, 404, 405, 3xx) are mended by people:
	 * such entries are tried again.
	 *
	 * @return bool
	 */
	public function is_final() {
		return in_array( $this->status, array( 400, 406, 409, 411, 413, 414, 415, 422, 431 ), true );
	}

	/**
	 * Whether the fault is LeadOps's absence, so that the next visitor need not wait for it.
	 *
	 * @return bool
	 */
	public function is_absence() {
		return 0 === $this->status || 429 === $this->status || $this->status >= 500;
	}

	/**
	 * What an answer means and what to do, for people.
	 *
	 * @param int $status Its status.
	 * @return string
	 */
	public static function meaning( $status ) {
		$meanings = array(
			0   => __( 'LeadOps was not reached. Is the address right, and is LeadOps running?', 'leadops' ),
			400 => __( 'LeadOps could not read the entry.', 'leadops' ),
			401 => __( 'LeadOps does not know the key. Enter the right one under Settings › LeadOps.', 'leadops' ),
			403 => __( 'The site is disabled in LeadOps.', 'leadops' ),
			404 => __( 'Nothing is at this address, or the webhook address was revoked. Check it under Settings › LeadOps.', 'leadops' ),
			405 => __( 'This address takes no leads. Check it under Settings › LeadOps.', 'leadops' ),
			413 => __( 'The entry is too large for LeadOps.', 'leadops' ),
			415 => __( 'LeadOps does not take this kind of entry.', 'leadops' ),
			422 => __( 'LeadOps has another entry with the same Idempotency-Key.', 'leadops' ),
			429 => __( 'LeadOps gets more leads from this site than its quota allows.', 'leadops' ),
			503 => __( 'LeadOps could not store the entry.', 'leadops' ),
		);
		if ( isset( $meanings[ $status ] ) ) {
			return $meanings[ $status ];
		}
		if ( $status >= 300 && $status < 400 ) {
			return __( 'The address leads elsewhere. Enter the final one, beginning with https, under Settings › LeadOps.', 'leadops' );
		}
		if ( $status >= 500 ) {
			return __( 'LeadOps, or what stands before it, is out of order.', 'leadops' );
		}
		return __( 'What answers at this address is not LeadOps.', 'leadops' );
	}
}
