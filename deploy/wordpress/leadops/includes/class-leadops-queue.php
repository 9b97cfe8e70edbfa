<?php
/**
 * The leads that are not delivered yet.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- A table of its own, whose name is no input.

/**
 * A table: an entry is in it before it is sent, and leaves it when LeadOps has it, or a person removes it.
 *
 * It outlives deactivation; uninstall.php removes it.
 */
final class LeadOps_Queue {

	const SCHEMA = '1';
	const PAUSES = array( 1, 2, 5, 10, 30, 60, 120, 360 );
	const DAYS   = 14;
	const LEASE  = 60;

	/**
	 * Registers what WordPress calls.
	 */
	public static function hook() {
		// phpcs:ignore WordPress.WP.CronInterval -- An indexed look at a table that is mostly empty.
		add_filter( 'cron_schedules', array( __CLASS__, 'every_minute' ) );
		add_action( 'init', array( __CLASS__, 'ready' ) );
	}

	/**
	 * The table's name.
	 *
	 * @return string
	 */
	public static function table() {
		global $wpdb;
		return "{$wpdb->prefix}leadops_queue";
	}

	/**
	 * A schedule that WordPress does not have.
	 *
	 * @param array $schedules Those that it has.
	 * @return array
	 */
	public static function every_minute( $schedules ) {
		$schedules['leadops_minute'] = array(
			'interval' => MINUTE_IN_SECONDS,
			'display'  => __( 'Every minute (LeadOps)', 'leadops' ),
		);
		return $schedules;
	}

	/**
	 * Makes the table, and sees that it is looked at.
	 */
	public static function activate() {
		global $wpdb;
		$table   = self::table();
		$charset = $wpdb->get_charset_collate();
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			"CREATE TABLE $table (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				entry_key varchar(191) NOT NULL,
				form varchar(200) NOT NULL DEFAULT '',
				body longtext NOT NULL,
				state varchar(10) NOT NULL DEFAULT 'waiting',
				tries int(10) unsigned NOT NULL DEFAULT 0,
				status smallint(5) unsigned NOT NULL DEFAULT 0,
				said varchar(200) NOT NULL DEFAULT '',
				dismissed tinyint(1) NOT NULL DEFAULT 0,
				created_at bigint(20) unsigned NOT NULL,
				due_at bigint(20) unsigned NOT NULL,
				leased_until bigint(20) unsigned NOT NULL DEFAULT 0,
				PRIMARY KEY  (id),
				UNIQUE KEY entry_key (entry_key),
				KEY due (state,due_at)
			) $charset;"
		);
		update_option( 'leadops_schema', self::SCHEMA );
		self::schedule();
	}

	/**
	 * Sees to table and schedule on each site of a network, and after a file-only update.
	 */
	public static function ready() {
		if ( self::SCHEMA !== get_option( 'leadops_schema' ) ) {
			self::activate();
		}
		self::schedule();
	}

	/**
	 * Has WordPress look at the table every minute.
	 */
	private static function schedule() {
		if ( ! wp_next_scheduled( 'leadops_deliver' ) ) {
			wp_schedule_event( time() + MINUTE_IN_SECONDS, 'leadops_minute', 'leadops_deliver' );
		}
	}

	/**
	 * Stops looking; what waits stays.
	 */
	public static function deactivate() {
		wp_clear_scheduled_hook( 'leadops_deliver' );
	}

	/**
	 * Puts an entry in; one whose key is in already is the same entry.
	 *
	 * @param string $key  The entry's Idempotency-Key.
	 * @param string $form The form's title.
	 * @param string $body The fields as JSON.
	 * @return bool Whether it is stored.
	 */
	public static function add( $key, $form, $body ) {
		global $wpdb;
		$table = self::table();
		$form  = function_exists( 'mb_substr' ) ? mb_substr( $form, 0, 190 ) : substr( $form, 0, 190 );
		$query = $wpdb->prepare( "INSERT IGNORE INTO $table (entry_key, form, body, created_at, due_at) VALUES (%s, %s, %s, %d, %d)", $key, $form, $body, time(), time() );
		if ( false === $wpdb->query( $query ) ) {
			self::activate();
			return false !== $wpdb->query( $query );
		}
		return true;
	}

	/**
	 * Wins an entry for this process, so that no other sends it meanwhile.
	 *
	 * @param string $where A condition on the row.
	 * @return object|null The row; null where there is none to win.
	 */
	private static function claim( $where ) {
		global $wpdb;
		$table = self::table();
		$now   = time();
		$free  = "state = 'waiting' AND leased_until <= $now AND $where";
		$id    = (int) $wpdb->get_var( "SELECT id FROM $table WHERE $free ORDER BY due_at, id LIMIT 1" );
		$lease = $now + self::LEASE;
		if ( ! $id || 1 !== $wpdb->query( "UPDATE $table SET leased_until = $lease WHERE id = $id AND $free" ) ) {
			return null;
		}
		return $wpdb->get_row( "SELECT * FROM $table WHERE id = $id" );
	}

	/**
	 * The entry that has waited longest of those that may be tried.
	 *
	 * @return object|null
	 */
	public static function claim_due() {
		return self::claim( 'due_at <= ' . time() );
	}

	/**
	 * The entry with a key.
	 *
	 * @param string $key Its Idempotency-Key.
	 * @return object|null
	 */
	public static function claim_key( $key ) {
		global $wpdb;
		return self::claim( $wpdb->prepare( 'entry_key = %s', $key ) );
	}

	/**
	 * Takes an entry out: LeadOps has it, or a person has removed it.
	 *
	 * @param int $id The row.
	 */
	public static function remove( $id ) {
		global $wpdb;
		$wpdb->delete( self::table(), array( 'id' => $id ), array( '%d' ) );
	}

	/**
	 * Gives an entry another key.
	 *
	 * @param int    $id  The row.
	 * @param string $key The new key.
	 * @return bool Whether nothing else has it.
	 */
	public static function rename( $id, $key ) {
		global $wpdb;
		$table = self::table();
		return 1 === $wpdb->query( $wpdb->prepare( "UPDATE IGNORE $table SET entry_key = %s WHERE id = %d", $key, $id ) );
	}

	/**
	 * Notes an answer that is no delivery, and when to try again.
	 *
	 * @param object         $row    The entry.
	 * @param LeadOps_Answer $answer What came.
	 */
	public static function put_back( $row, $answer ) {
		global $wpdb;
		$tries   = (int) $row->tries + 1;
		$pauses  = self::PAUSES;
		$pause   = MINUTE_IN_SECONDS * $pauses[ min( $tries, count( $pauses ) ) - 1 ];
		$pause   = (int) ( $pause * wp_rand( 90, 110 ) / 100 );
		$too_old = (int) $row->created_at < time() - self::DAYS * DAY_IN_SECONDS;
		$same    = (int) $row->status === $answer->status;
		$wpdb->update(
			self::table(),
			array(
				'state'        => $answer->is_final() || $too_old ? 'refused' : 'waiting',
				'tries'        => $tries,
				'status'       => $answer->status,
				'said'         => $answer->said,
				'dismissed'    => $same && ! $too_old ? (int) $row->dismissed : 0,
				'due_at'       => time() + max( $pause, $answer->wait ),
				'leased_until' => 0,
			),
			array( 'id' => (int) $row->id )
		);
	}

	/**
	 * Lets entries be tried at once: those refused too.
	 *
	 * @param int $id A row; 0 for all.
	 */
	public static function wake( $id = 0 ) {
		global $wpdb;
		$table = self::table();
		$which = $id ? $wpdb->prepare( 'id = %d', $id ) : '1 = 1';
		$wpdb->query( $wpdb->prepare( "UPDATE $table SET state = 'waiting', due_at = %d WHERE $which", time() ) );
	}

	/**
	 * No more notices about entries with this answer.
	 *
	 * @param int $status The answer's status; 0 for none.
	 */
	public static function dismiss( $status ) {
		global $wpdb;
		$table = self::table();
		$wpdb->query( $wpdb->prepare( "UPDATE $table SET dismissed = 1 WHERE tries > 0 AND status = %d", $status ) );
	}

	/**
	 * The entries, oldest first; without the fields of one that no page can show.
	 *
	 * @param int $most How many at most.
	 * @return object[]
	 */
	public static function rows( $most ) {
		global $wpdb;
		$table = self::table();
		return $wpdb->get_results( $wpdb->prepare( "SELECT id, form, state, tries, status, said, created_at, due_at, IF(length(body) < 50000, body, '') AS body FROM $table ORDER BY id LIMIT %d", $most ) );
	}

	/**
	 * How many there are.
	 *
	 * @return int
	 */
	public static function count() {
		global $wpdb;
		$table = self::table();
		return (int) $wpdb->get_var( "SELECT count(*) FROM $table" );
	}

	/**
	 * What people have to be told: answers and how many entries got them, since when.
	 *
	 * Silence and 5xx are told once they have lasted for a quarter of an hour.
	 *
	 * @return object[]
	 */
	public static function faults() {
		global $wpdb;
		$table = self::table();
		$since = time() - 15 * MINUTE_IN_SECONDS;
		return $wpdb->get_results(
			$wpdb->prepare(
				"SELECT status, count(*) AS entries, sum(state = 'refused') AS refused, min(created_at) AS since FROM $table
				WHERE dismissed = 0 AND tries > 0 AND (state = 'refused' OR (status BETWEEN 200 AND 499 AND status <> 429) OR created_at < %d)
				GROUP BY status ORDER BY status",
				$since
			)
		);
	}
}
