{% autoescape off %}# Posts leads to LeadOps. Needs: pip install requests
#
# Site: {{ site }}
import time
import uuid

import requests

URL = {{ url }}
KEY = {{ key }}  # a secret: keep it on the server
PAUSES = (0, 2, 10, 30)  # seconds before each try


def send_lead(fields):
    """Returns {"id": …, "status": …} once the lead is stored; raises when it is not."""
    # One key for all tries: a repeat never makes a second lead.
    headers = {"Authorization": "Bearer " + KEY, "Idempotency-Key": str(uuid.uuid4())}
    asked = 0
    for pause in PAUSES:
        time.sleep(max(pause, asked))
        asked = 0
        try:
            answer = requests.post(URL, json=fields, headers=headers, timeout=30)
        except requests.RequestException:
            continue
        if answer.status_code != 429 and answer.status_code < 500:
            answer.raise_for_status()
            return answer.json()
        wait = answer.headers.get("Retry-After", "")
        asked = int(wait) if wait.isdigit() else 0
    raise RuntimeError("LeadOps was not reached: keep the lead and send it later")


print(send_lead({"contact_name": "Ada Lovelace", "email": "ada@example.com", "message": "Call me"}))
{% endautoescape %}
