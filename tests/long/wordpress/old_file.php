<?php
/* Plugin Name: LeadOps
   Sends what visitors enter in Contact Form 7 and Gravity Forms to LeadOps, and again while it is
   not reached. Needs in wp-config.php:
     define('LEADOPS_URL', 'https://leads.example.com/api/v1/leads/');
     define('LEADOPS_KEY', 'KEY'); */

add_action('leadops_send', 'leadops_send', 10, 3);

// Contact Form 7: the names of the form's fields on the right.
add_action('wpcf7_before_send_mail', function () {
    $submission = WPCF7_Submission::get_instance();
    $entered = $submission ? $submission->get_posted_data() : [];
    leadops_send([
        'contact_name' => $entered['your-name'] ?? '',
        'email' => $entered['your-email'] ?? '',
        'phone' => $entered['your-phone'] ?? '',
        'message' => $entered['your-message'] ?? '',
    ], wp_generate_uuid4());
});

// Gravity Forms: the numbers of the form's fields on the right.
add_action('gform_after_submission', function ($entry) {
    leadops_send([
        'first_name' => $entry['1.3'] ?? '',
        'last_name' => $entry['1.6'] ?? '',
        'email' => $entry['2'] ?? '',
        'phone' => $entry['3'] ?? '',
        'message' => $entry['4'] ?? '',
    ], 'gravity-forms-' . $entry['id']);
});

function leadops_send($fields, $key, $tries = 0)
{
    $answer = wp_remote_post(LEADOPS_URL, [
        'timeout' => 10,
        'headers' => [
            'Authorization' => 'Bearer ' . LEADOPS_KEY,
            'Content-Type' => 'application/json',
            // The same for every try, so that no repeat makes a second lead.
            'Idempotency-Key' => $key,
        ],
        'body' => wp_json_encode($fields),
    ]);
    $status = is_wp_error($answer) ? 0 : (int) wp_remote_retrieve_response_code($answer);
    if ($status === 202) {
        return;
    }
    if ($status >= 400 && $status < 500 && $status !== 429) {
        error_log("LeadOps refused a lead: $status"); // a wrong key, a disabled site
        return;
    }
    if ($tries < 8) { // after 1, 2, 4, … minutes, two hours at the end
        wp_schedule_single_event(time() + 60 * 2 ** $tries, 'leadops_send', [$fields, $key, $tries + 1]);
    }
}
