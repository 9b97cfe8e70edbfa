<?php
/**
 * Plugin Name:       LeadOps
 * Description:       Sends what visitors enter in this site's forms to LeadOps: each entry once, and again while LeadOps is not reached.
 * Version:           1.0.0
 * Requires at least: 5.6
 * Requires PHP:      7.4
 * Author:            LeadOps
 * License:           MIT
 * License URI:       https://opensource.org/licenses/MIT
 * Text Domain:       leadops
 *
 * @package LeadOps
 */

defined( 'ABSPATH' ) || exit;

define( 'LEADOPS_VERSION', '1.0.0' );
define( 'LEADOPS_FILE', __FILE__ );

foreach ( array( 'old-file', 'settings', 'queue', 'answer', 'sender', 'fields', 'forms', 'intake', 'admin', 'notices' ) as $leadops_part ) {
	require_once __DIR__ . "/includes/class-leadops-$leadops_part.php";
}
foreach ( array( 'cf7', 'gravity', 'wpforms', 'elementor', 'fluent', 'ninja' ) as $leadops_part ) {
	require_once __DIR__ . "/includes/forms/class-leadops-$leadops_part.php";
}
unset( $leadops_part );

LeadOps_Queue::hook();
LeadOps_Sender::hook();
LeadOps_Forms::hook();
LeadOps_Admin::hook();
LeadOps_Notices::hook();

register_activation_hook( __FILE__, array( 'LeadOps_Queue', 'activate' ) );
register_deactivation_hook( __FILE__, array( 'LeadOps_Queue', 'deactivate' ) );
