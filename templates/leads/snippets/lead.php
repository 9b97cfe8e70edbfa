{% autoescape off %}<?php
// Posts leads to LeadOps. Needs PHP 7.2 or newer with its curl extension.
//
// Site: {{ site }}

function send_lead(array $fields): array
{
    $url = {{ url }};
    $key = {{ key }}; // a secret: keep it on the server
    $headers = [
        'Authorization: Bearer ' . $key,
        'Content-Type: application/json',
        // One key for all tries: a repeat never makes a second lead.
        'Idempotency-Key: ' . bin2hex(random_bytes(16)),
    ];
    $asked = 0;
    foreach ([0, 2, 10, 30] as $pause) { // seconds before each try
        sleep(max($pause, $asked));
        $asked = 0;
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => json_encode($fields, JSON_INVALID_UTF8_SUBSTITUTE),
            CURLOPT_HTTPHEADER => $headers,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 30,
            CURLOPT_HEADERFUNCTION => function ($curl, $line) use (&$asked) {
                if (preg_match('/^Retry-After:\s*(\d+)/i', $line, $found)) {
                    $asked = (int) $found[1];
                }
                return strlen($line);
            },
        ]);
        $body = curl_exec($curl);
        $status = curl_getinfo($curl, CURLINFO_HTTP_CODE);
        if ($status === 202) {
            return json_decode($body, true);
        }
        if ($status > 0 && $status < 500 && $status !== 429) {
            throw new RuntimeException("LeadOps refused the lead ($status): $body");
        }
    }
    throw new RuntimeException('LeadOps was not reached: keep the lead and send it later');
}

print_r(send_lead([
    'contact_name' => 'Ada Lovelace',
    'email' => 'ada@example.com',
    'message' => 'Call me',
]));
{% endautoescape %}
