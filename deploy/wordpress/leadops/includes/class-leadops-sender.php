<?php
/**
 * From the queue to LeadOps.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Posts entries: those of this request when it ends, all others by WP-Cron.
 */
final class LeadOps_Sender {

	const VISITOR_SECONDS = 3;
	const CRON_SECONDS    = 15;
	const PASS_SECONDS    = 40;

	/**
	 * The keys of the entries that this request has brought.
	 *
	 * @var string[]
	 */
	private static $fresh = array();

	/**
	 * Registers what WordPress calls.
	 */
	public static function hook() {
		add_action( 'leadops_deliver', array( __CLASS__, 'deliver_due' ) );
		add_action( 'leadops_send', array( __CLASS__, 'adopt' ), 10, 2 );
		add_action( 'shutdown', array( __CLASS__, 'deliver_fresh' ), PHP_INT_MAX );
	}

	/**
	 * Has an entry sent when this request ends.
	 *
	 * @param string $key Its Idempotency-Key.
	 */
	public static function soon( $key ) {
		self::$fresh[] = $key;
	}

	/**
	 * Sends what this request has brought, after the visitor has the answer where PHP can do that.
	 *
	 * Elsewhere the visitor waits for three seconds at most; the rest is left to WP-Cron.
	 */
	public static function deliver_fresh() {
		$keys = array_splice( self::$fresh, 0 );
		if ( ! $keys || (int) get_option( 'leadops_rest_until', 0 ) > time() ) {
			return;
		}
		$seconds = self::let_the_visitor_go() ? self::CRON_SECONDS : self::VISITOR_SECONDS;
		$until   = time() + $seconds;
		foreach ( $keys as $key ) {
			$left = $until - time();
			if ( $left < 1 || ! self::may_send() ) {
				return;
			}
			$row = LeadOps_Queue::claim_key( $key );
			if ( $row && ! self::deliver( $row, $left ) ) {
				return;
			}
		}
	}

	/**
	 * Ends the answer, where PHP can go on after it.
	 *
	 * @return bool Whether it could.
	 */
	private static function let_the_visitor_go() {
		ignore_user_abort( true );
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				$finish();
				return true;
			}
		}
		return false;
	}

	/**
	 * Sends what is due, for as long as LeadOps answers.
	 */
	public static function deliver_due() {
		$until = time() + self::PASS_SECONDS;
		while ( time() < $until && self::may_send() ) {
			$row = LeadOps_Queue::claim_due();
			if ( ! $row || ! self::deliver( $row, self::CRON_SECONDS ) ) {
				return;
			}
		}
	}

	/**
	 * Whether leads are sent by this plugin now.
	 *
	 * @return bool
	 */
	private static function may_send() {
		return LeadOps_Settings::is_set_up() && ! LeadOps_Old_File::is_there();
	}

	/**
	 * Takes over a try that the old file had put off before it was removed.
	 *
	 * @param array  $fields The fields as it sent them.
	 * @param string $key    Its key, which LeadOps may know already.
	 */
	public static function adopt( $fields, $key ) {
		if ( LeadOps_Old_File::is_there() || ! is_array( $fields ) || ! is_string( $key ) || '' === $key ) {
			return;
		}
		LeadOps_Queue::add( $key, __( 'Left by the old file', 'leadops' ), (string) wp_json_encode( $fields ) );
		self::soon( $key );
	}

	/**
	 * Posts one entry, and takes it out of the queue or puts it back.
	 *
	 * @param object $row     The entry.
	 * @param int    $seconds How long to wait for the answer.
	 * @return bool Whether LeadOps is there.
	 */
	private static function deliver( $row, $seconds ) {
		$answer = self::post( $row, $seconds );
		if ( 422 === $answer->status && self::tell_sites_apart( $row ) ) {
			$answer = self::post( $row, $seconds );
		}
		if ( $answer->is_delivery ) {
			LeadOps_Queue::remove( (int) $row->id );
			update_option( 'leadops_delivered', time(), false );
			return true;
		}
		LeadOps_Queue::put_back( $row, $answer );
		if ( ! $answer->is_absence() ) {
			return true;
		}
		update_option( 'leadops_rest_until', time() + max( MINUTE_IN_SECONDS, $answer->wait ), false );
		return false;
	}

	/**
	 * Gives an entry a key with this site's name in it.
	 *
	 * The old file's keys count from one in every WordPress: where two share a site of LeadOps, the key
	 * may be that of the other's entry.
	 *
	 * @param object $row The entry.
	 * @return bool Whether it has a new key now.
	 */
	private static function tell_sites_apart( $row ) {
		if ( ! preg_match( '/^gravity-forms-\d+$/', $row->entry_key ) ) {
			return false;
		}
		$row->entry_key .= '-' . LeadOps_Intake::site();
		return LeadOps_Queue::rename( (int) $row->id, $row->entry_key );
	}

	/**
	 * One post.
	 *
	 * @param object $row     The entry.
	 * @param int    $seconds How long to wait for the answer.
	 * @return LeadOps_Answer
	 */
	private static function post( $row, $seconds ) {
		$headers = array(
			'Content-Type'    => 'application/json',
			'Accept'          => 'application/json',
			// The same for every try, so that no repeat makes a second lead.
			'Idempotency-Key' => $row->entry_key,
		);
		if ( ! LeadOps_Settings::is_webhook() ) {
			$headers['Authorization'] = 'Bearer ' . LeadOps_Settings::secret();
		}
		$call = array(
			'timeout'     => $seconds,
			'redirection' => 0,
			'headers'     => $headers,
			'body'        => LeadOps_Settings::is_webhook() ? self::with_key( $row ) : $row->body,
		);
		return new LeadOps_Answer( wp_remote_post( LeadOps_Settings::target(), $call ) );
	}

	/**
	 * The fields with the entry's key among them: a webhook address looks at no header of ours.
	 *
	 * @param object $row The entry.
	 * @return string
	 */
	private static function with_key( $row ) {
		$fields = json_decode( $row->body, true );
		$fields = is_array( $fields ) ? $fields : array();
		return (string) wp_json_encode(
			$fields + array(
				'leadops_form'  => $row->form,
				'leadops_entry' => $row->entry_key,
			)
		);
	}

	/**
	 * Tries address and secret, without a lead: asks for a receipt that nobody has, or posts nothing.
	 *
	 * @return string What is wrong, for people; empty where nothing is.
	 */
	public static function test() {
		$headers = array(
			'Accept'       => 'application/json',
			'Content-Type' => 'application/json',
		);
		if ( LeadOps_Settings::is_webhook() ) {
			$answer = new LeadOps_Answer( self::ask( 'POST', LeadOps_Settings::target(), $headers, '{}' ) );
			return $answer->is_delivery ? '' : LeadOps_Answer::meaning( $answer->status );
		}
		$headers['Authorization'] = 'Bearer ' . LeadOps_Settings::secret();
		$nobody                   = LeadOps_Settings::target() . '00000000-0000-0000-0000-000000000000/';
		$raw                      = self::ask( 'GET', $nobody, $headers, null );
		$answer                   = new LeadOps_Answer( $raw );
		// With the right key LeadOps says, in JSON, that there is no such lead.
		if ( 404 === $answer->status && '' !== $answer->said ) {
			return '';
		}
		return LeadOps_Answer::meaning( $answer->status );
	}

	/**
	 * One request of a test.
	 *
	 * @param string      $method  GET or POST.
	 * @param string      $url     Where.
	 * @param array       $headers Its headers.
	 * @param string|null $body    Its body.
	 * @return array|WP_Error
	 */
	private static function ask( $method, $url, $headers, $body ) {
		return wp_remote_request(
			$url,
			array(
				'method'      => $method,
				'timeout'     => self::CRON_SECONDS,
				'redirection' => 0,
				'headers'     => $headers,
				'body'        => $body,
			)
		);
	}
}
