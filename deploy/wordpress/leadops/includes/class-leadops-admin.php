<?php
/**
 * Settings › LeadOps.
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

/**
 * Address and key, the forms, and what waits.
 */
final class LeadOps_Admin {

	const PAGE       = 'leadops';
	const MOST_ROWS  = 100;
	const FORM_START = '<form method="post" action="%s"><input type="hidden" name="action" value="%s">';

	/**
	 * Registers what WordPress calls.
	 */
	public static function hook() {
		add_action( 'admin_menu', array( __CLASS__, 'menu' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( LEADOPS_FILE ), array( __CLASS__, 'link' ) );
		foreach ( array( 'save', 'test', 'forms', 'row' ) as $action ) {
			add_action( "admin_post_leadops_$action", array( __CLASS__, $action ) );
		}
	}

	/**
	 * The page's place in the menu.
	 */
	public static function menu() {
		add_options_page( 'LeadOps', 'LeadOps', 'manage_options', self::PAGE, array( __CLASS__, 'show' ) );
	}

	/**
	 * A link to it on the page of plugins.
	 *
	 * @param string[] $links Those that are there.
	 * @return string[]
	 */
	public static function link( $links ) {
		$link = sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Settings', 'leadops' ) );
		return array_merge( array( $link ), $links );
	}

	/**
	 * The page's address.
	 *
	 * @return string
	 */
	public static function url() {
		return admin_url( 'options-general.php?page=' . self::PAGE );
	}

	/**
	 * A moment in the site's own zone and format.
	 *
	 * @param int $moment Seconds since 1970.
	 * @return string
	 */
	public static function moment( $moment ) {
		return (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $moment );
	}

	/**
	 * Ends the request of whoever may not do this, or did not press the button.
	 *
	 * @param string $action The action that the nonce is for.
	 */
	public static function demand( $action ) {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You are not allowed to do this.', 'leadops' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	/**
	 * Back to the page, with something to say.
	 *
	 * @param string $text What; empty for nothing.
	 * @param string $kind Success or error.
	 */
	private static function back( $text = '', $kind = 'success' ) {
		if ( '' !== $text ) {
			set_transient( 'leadops_said_' . get_current_user_id(), array( $kind, $text ), MINUTE_IN_SECONDS );
		}
		wp_safe_redirect( self::url() );
		exit;
	}

	// phpcs:disable WordPress.Security.NonceVerification -- Each begins with demand().

	/**
	 * Address and key.
	 */
	public static function save() {
		self::demand( 'leadops_save' );
		$address = isset( $_POST['address'] ) ? sanitize_text_field( wp_unslash( $_POST['address'] ) ) : '';
		$key     = isset( $_POST['key'] ) ? sanitize_text_field( wp_unslash( $_POST['key'] ) ) : '';
		if ( ! LeadOps_Settings::save( $address, $key ) ) {
			self::back( __( 'This is no address. It looks like https://leads.example.com', 'leadops' ), 'error' );
		}
		delete_option( 'leadops_rest_until' );
		LeadOps_Queue::wake();
		self::test_and_back( __( 'Saved.', 'leadops' ) );
	}

	/**
	 * A try of the connection.
	 */
	public static function test() {
		self::demand( 'leadops_test' );
		self::test_and_back( '' );
	}

	/**
	 * Tries the connection, and says what came of it.
	 *
	 * @param string $first What is said before.
	 */
	private static function test_and_back( $first ) {
		$wrong = LeadOps_Sender::test();
		$text  = '' === $wrong ? __( 'LeadOps answers and will take the leads. No lead was made.', 'leadops' ) : $wrong;
		self::back( trim( "$first $text" ), '' === $wrong ? 'success' : 'error' );
	}

	/**
	 * Which forms send.
	 */
	public static function forms() {
		self::demand( 'leadops_forms' );
		$shown = isset( $_POST['shown'] ) ? array_map( 'sanitize_text_field', wp_unslash( (array) $_POST['shown'] ) ) : array();
		$on    = isset( $_POST['on'] ) ? array_map( 'sanitize_text_field', wp_unslash( (array) $_POST['on'] ) ) : array();
		LeadOps_Forms::choose( $shown, $on );
		self::back( __( 'Saved.', 'leadops' ) );
	}

	/**
	 * What a person decides about an entry: to send it again, or to remove it.
	 */
	public static function row() {
		self::demand( 'leadops_row' );
		$decided = isset( $_POST['decided'] ) ? sanitize_text_field( wp_unslash( $_POST['decided'] ) ) : '';
		if ( preg_match( '/^remove-(\d+)$/', $decided, $found ) ) {
			LeadOps_Queue::remove( (int) $found[1] );
			self::back( __( 'Removed.', 'leadops' ) );
		}
		if ( preg_match( '/^send-(\d+)$/', $decided, $found ) ) {
			$before = LeadOps_Queue::count();
			LeadOps_Queue::wake( (int) $found[1] );
			LeadOps_Sender::deliver_due();
			$sent = max( 0, $before - LeadOps_Queue::count() );
			/* translators: %s: number of entries. */
			$text = sprintf( _n( '%s entry sent.', '%s entries sent.', $sent, 'leadops' ), number_format_i18n( $sent ) );
			self::back( $text, $sent ? 'success' : 'error' );
		}
		self::back();
	}

	// phpcs:enable WordPress.Security.NonceVerification

	/**
	 * The page.
	 */
	public static function show() {
		echo '<div class="wrap"><h1>LeadOps</h1>';
		$said = get_transient( 'leadops_said_' . get_current_user_id() );
		if ( is_array( $said ) ) {
			delete_transient( 'leadops_said_' . get_current_user_id() );
			printf( '<div class="notice notice-%s" id="leadops-said"><p>%s</p></div>', esc_attr( $said[0] ), esc_html( $said[1] ) );
		}
		self::show_connection();
		self::show_forms();
		self::show_queue();
		echo '</div>';
	}

	/**
	 * Begins a form that posts to one of the actions.
	 *
	 * @param string $action The action.
	 */
	private static function begin( $action ) {
		printf( self::FORM_START, esc_url( admin_url( 'admin-post.php' ) ), esc_attr( $action ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- Constant markup.
		wp_nonce_field( $action );
	}

	/**
	 * Address and key. What is secret is not printed, not even masked.
	 */
	private static function show_connection() {
		$has_secret = '' !== LeadOps_Settings::secret();
		$address    = LeadOps_Settings::address();
		echo '<h2>' . esc_html__( 'Connection', 'leadops' ) . '</h2>';
		self::begin( 'leadops_save' );
		?>
		<table class="form-table" role="presentation">
			<tr>
				<th scope="row"><label for="leadops-address"><?php esc_html_e( 'Address', 'leadops' ); ?></label></th>
				<td>
					<input type="text" class="regular-text code" id="leadops-address" name="address" value="<?php echo esc_attr( $address ); ?>" placeholder="https://leads.example.com" required autocomplete="off">
					<p class="description">
						<?php esc_html_e( 'Your LeadOps, or a webhook address (…/in/…), which needs no key. The last part of a webhook address is a secret: it is kept and not shown again.', 'leadops' ); ?>
					</p>
					<?php if ( 0 === strpos( $address, 'http://' ) ) : ?>
						<p class="description"><strong><?php esc_html_e( 'This address begins with http: what visitors enter travels unencrypted.', 'leadops' ); ?></strong></p>
					<?php endif; ?>
				</td>
			</tr>
			<tr>
				<th scope="row"><label for="leadops-key"><?php esc_html_e( 'Key', 'leadops' ); ?></label></th>
				<td>
					<input class="regular-text code" id="leadops-key" name="key" type="password" value="" autocomplete="new-password" placeholder="<?php echo esc_attr( $has_secret ? __( 'Saved. Leave empty to keep it', 'leadops' ) : '' ); ?>">
					<p class="description"><?php esc_html_e( 'The site’s secret key, from LeadOps › Sites. It is not shown again.', 'leadops' ); ?></p>
				</td>
			</tr>
		</table>
		<?php
		submit_button( __( 'Save and test', 'leadops' ) );
		echo '</form>';
		if ( LeadOps_Settings::is_set_up() ) {
			self::begin( 'leadops_test' );
			submit_button( __( 'Test the connection', 'leadops' ), 'secondary', 'submit', false );
			echo '</form>';
		}
	}

	/**
	 * The forms.
	 */
	private static function show_forms() {
		echo '<h2>' . esc_html__( 'Forms', 'leadops' ) . '</h2>';
		$forms = LeadOps_Forms::all();
		if ( ! $forms ) {
			echo '<p>' . esc_html__( 'No form was found yet. Forms of Contact Form 7, Gravity Forms, WPForms, Elementor Pro, Fluent Forms and Ninja Forms appear here, at the latest when one is sent.', 'leadops' ) . '</p>';
			return;
		}
		echo '<p>' . esc_html__( 'At first those are on that ask for an e-mail address or a phone number. All fields are sent but passwords, captchas and the like.', 'leadops' ) . '</p>';
		self::begin( 'leadops_forms' );
		printf(
			'<table class="widefat striped" id="leadops-forms"><thead><tr><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>',
			esc_html__( 'Sends leads', 'leadops' ),
			esc_html__( 'Form', 'leadops' ),
			esc_html__( 'Made with', 'leadops' )
		);
		foreach ( $forms as $form => $found ) {
			$title = '' === $found['title'] ? $form : $found['title'];
			printf(
				'<tr><td><input type="hidden" name="shown[]" value="%1$s"><input type="checkbox" name="on[]" value="%1$s" id="leadops-form-%1$s"%2$s></td><td><label for="leadops-form-%1$s">%3$s</label></td><td>%4$s</td></tr>',
				esc_attr( $form ),
				checked( $found['on'], true, false ),
				esc_html( $title ),
				esc_html( $found['plugin'] )
			);
		}
		echo '</tbody></table>';
		submit_button( __( 'Save the forms', 'leadops' ) );
		echo '</form>';
	}

	/**
	 * What waits, and why.
	 */
	private static function show_queue() {
		$count = LeadOps_Queue::count();
		$last  = (int) get_option( 'leadops_delivered', 0 );
		echo '<h2 id="leadops-waiting">' . esc_html__( 'Not delivered yet', 'leadops' ) . '</h2>';
		if ( $last ) {
			/* translators: %s: date and time. */
			echo '<p>' . esc_html( sprintf( __( 'The last lead was delivered on %s.', 'leadops' ), self::moment( $last ) ) ) . '</p>';
		}
		if ( ! $count ) {
			echo '<p>' . esc_html__( 'Nothing waits.', 'leadops' ) . '</p>';
			return;
		}
		/* translators: %s: number of entries. */
		echo '<p>' . esc_html( sprintf( _n( '%s entry waits.', '%s entries wait.', $count, 'leadops' ), number_format_i18n( $count ) ) ) . '</p>';
		self::begin( 'leadops_row' );
		echo '<p><button class="button" name="decided" value="send-0">' . esc_html__( 'Send all now', 'leadops' ) . '</button></p>';
		echo '<div style="overflow-x: auto"><table class="widefat striped" id="leadops-queue"><thead><tr>';
		foreach ( array( __( 'Entered', 'leadops' ), __( 'Form', 'leadops' ), __( 'Tries', 'leadops' ), __( 'Last answer', 'leadops' ), __( 'Next try', 'leadops' ), __( 'Decide', 'leadops' ) ) as $head ) {
			echo '<th scope="col">' . esc_html( $head ) . '</th>';
		}
		echo '</tr></thead><tbody>';
		array_map( array( __CLASS__, 'show_row' ), LeadOps_Queue::rows( self::MOST_ROWS ) );
		echo '</tbody></table></div></form>';
	}

	/**
	 * One entry that waits.
	 *
	 * @param object $row The entry.
	 */
	private static function show_row( $row ) {
		$answer = (int) $row->tries ? LeadOps_Answer::meaning( (int) $row->status ) : '';
		$answer = trim( $answer . ( (int) $row->status ? " ({$row->status} {$row->said})" : '' ) );
		$next   = 'refused' === $row->state ? __( 'when you say so', 'leadops' ) : self::moment( (int) $row->due_at );
		$fields = json_decode( $row->body, true );
		$fields = is_array( $fields ) ? $fields : array( '…' => __( 'too large to be shown', 'leadops' ) );
		echo '<tr>';
		foreach ( array( self::moment( (int) $row->created_at ), $row->form, $row->tries, $answer, $next ) as $cell ) {
			echo '<td>' . esc_html( $cell ) . '</td>';
		}
		echo '<td><button class="button button-small" name="decided" value="' . esc_attr( "send-{$row->id}" ) . '">' . esc_html__( 'Send now', 'leadops' ) . '</button> ';
		echo '<details><summary>' . esc_html__( 'Fields', 'leadops' ) . '</summary><dl>';
		foreach ( $fields as $name => $value ) {
			$value = is_array( $value ) ? (string) wp_json_encode( $value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) : $value;
			echo '<dt><strong>' . esc_html( (string) $name ) . '</strong></dt><dd>' . esc_html( (string) $value ) . '</dd>';
		}
		echo '</dl><button class="button-link button-link-delete" name="decided" value="' . esc_attr( "remove-{$row->id}" ) . '">' . esc_html__( 'Remove', 'leadops' ) . '</button></details></td></tr>';
	}
}
