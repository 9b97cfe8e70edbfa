{% autoescape off %}curl -X POST {{ url }} \
  -H {{ bearer }} \
  -H "Content-Type: application/json" \
  -H "Idempotency-Key: $(date +%s)-$$" \
  -d '{"contact_name": "Ada Lovelace", "email": "ada@example.com", "message": "Call me"}' \
  -sS --fail-with-body --max-time 30 --retry 4 --retry-connrefused
{% endautoescape %}
