<?php
/**
 * What an administrator has to be told.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Notices on all pages of the admin, until they are dismissed or no longer true.
 */
final class LeadOps_Notices {

	/**
	 * Registers what WordPress calls.
	 */
	public static function hook() {
		add_action( 'admin_notices', array( __CLASS__, 'show' ) );
		add_action( 'admin_post_leadops_dismiss', array( __CLASS__, 'dismiss' ) );
	}

	/**
	 * Shows them to those who can do something.
	 */
	public static function show() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		$file = LeadOps_Old_File::path();
		if ( '' !== $file ) {
			self::old_file( $file );
		} elseif ( ! LeadOps_Settings::is_set_up() ) {
			self::not_set_up();
		}
		foreach ( LeadOps_Queue::faults() as $fault ) {
			self::fault( $fault );
		}
	}

	/**
	 * That the old file sends the leads, and which file it is.
	 *
	 * @param string $file Its path.
	 */
	private static function old_file( $file ) {
		printf(
			'<div class="notice notice-warning" id="leadops-old-file"><p><strong>LeadOps</strong>: %s <code>%s</code></p></div>',
			esc_html__( 'this plugin sends nothing, because the single file that went before it is still installed and sends the leads of Contact Form 7 and Gravity Forms. Remove this file, and the plugin takes over:', 'leadops' ),
			esc_html( $file )
		);
	}

	/**
	 * That nothing is entered yet.
	 */
	private static function not_set_up() {
		printf(
			'<div class="notice notice-info" id="leadops-not-set-up"><p><strong>LeadOps</strong>: %s <a href="%s">%s</a></p></div>',
			esc_html__( 'no lead is sent yet.', 'leadops' ),
			esc_url( LeadOps_Admin::url() ),
			esc_html__( 'Enter address and key', 'leadops' )
		);
	}

	/**
	 * That entries did not arrive, and why.
	 *
	 * @param object $fault Status, entries, refused, since.
	 */
	private static function fault( $fault ) {
		$status  = (int) $fault->status;
		$entries = (int) $fault->entries;
		/* translators: 1: number of entries, 2: date and time of the first one. */
		$text = _n( '%1$s entry has not arrived, from %2$s.', '%1$s entries have not arrived, the first from %2$s.', $entries, 'leadops' );
		$text = sprintf( $text, number_format_i18n( $entries ), LeadOps_Admin::moment( (int) $fault->since ) );
		$then = (int) $fault->refused ? __( 'Kept until you send it again or remove it.', 'leadops' ) : __( 'Kept, and sent again by itself.', 'leadops' );
		?>
		<div class="notice notice-error leadops-fault" data-status="<?php echo esc_attr( (string) $status ); ?>">
			<p>
				<strong>LeadOps</strong>:
				<?php echo esc_html( "$text " . LeadOps_Answer::meaning( $status ) . ( $status ? " ($status)" : '' ) . " $then" ); ?>
			</p>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<p>
					<input type="hidden" name="action" value="leadops_dismiss">
					<input type="hidden" name="status" value="<?php echo esc_attr( (string) $status ); ?>">
					<?php wp_nonce_field( 'leadops_dismiss' ); ?>
					<a class="button" href="<?php echo esc_url( LeadOps_Admin::url() . '#leadops-waiting' ); ?>"><?php esc_html_e( 'See them', 'leadops' ); ?></a>
					<button class="button-link"><?php esc_html_e( 'Dismiss', 'leadops' ); ?></button>
				</p>
			</form>
		</div>
		<?php
	}

	/**
	 * A person has read a notice.
	 */
	public static function dismiss() {
		LeadOps_Admin::demand( 'leadops_dismiss' );
		LeadOps_Queue::dismiss( isset( $_POST['status'] ) ? absint( $_POST['status'] ) : 0 ); // phpcs:ignore WordPress.Security.NonceVerification -- Verified above.
		$back = wp_get_referer();
		wp_safe_redirect( $back ? $back : LeadOps_Admin::url() );
		exit;
	}
}
