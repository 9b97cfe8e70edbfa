<?php
/**
 * Removes all that the plugin keeps: its table, with whatever still waits in it, and its options.
 *
 * @package LeadOps
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Of one site.
 */
function leadops_uninstall_site() {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL.InterpolatedNotPrepared
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}leadops_queue" );
	foreach ( array( 'address', 'key', 'forms', 'seen', 'rest_until', 'delivered', 'schema' ) as $leadops_option ) {
		delete_option( "leadops_$leadops_option" );
	}
	wp_clear_scheduled_hook( 'leadops_deliver' );
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $leadops_site ) {
		switch_to_blog( $leadops_site );
		leadops_uninstall_site();
		restore_current_blog();
	}
} else {
	leadops_uninstall_site();
}
