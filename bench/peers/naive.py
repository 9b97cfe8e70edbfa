"""The naive way: a task of the queue for each lead, and a call to Zoho in each task.

What a first version of such a program looks like, on the same models, queue and sandbox.
`python -m bench.peers.naive` enqueues a task for every lead that waits; `manage.py qcluster` runs
them with as many workers as LeadOps has.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

TIMEOUT = 30


def enqueue() -> None:
    """One task a lead."""
    from django_q.tasks import async_task

    from leads.models import Lead

    for pk in Lead.objects.order_by("pk").values_list("pk", flat=True):
        async_task("bench.peers.naive.send", pk)


def send(pk: int) -> None:
    """Insert one lead into Zoho and write down what came of it."""
    import requests
    from django.db import transaction
    from django.utils import timezone

    from leads.models import ApiLog, Lead
    from zoho.mapping.record import to_record

    lead = Lead.objects.get(pk=pk)
    record = to_record(lead.data).record
    record["Lead_Ref"] = str(lead.reference)
    answer = requests.post(
        f"{token()['api_domain']}/crm/v8/Leads",
        json={"data": [record]},
        headers={"Authorization": f"Zoho-oauthtoken {token()['access_token']}"},
        timeout=TIMEOUT,
    )
    item = answer.json()["data"][0]
    now = timezone.now()
    with transaction.atomic():
        lead.status = Lead.Status.DELIVERED
        lead.zoho_id = item["details"]["id"]
        lead.due_at = lead.queued_at = None
        lead.settled_at = now
        lead.save()
        ApiLog.objects.create(
            lead=lead,
            site_id=lead.site_id,
            response_code=13003,
            zoho_id=lead.zoho_id,
            status=answer.status_code,
            answer=answer.text[:2000],
            created_at=now,
        )


@cache
def token() -> dict[str, Any]:
    """An access token, asked for once in each process."""
    import requests
    from django.conf import settings

    zoho = settings.ZOHO
    form = {
        "grant_type": "refresh_token",
        "client_id": zoho["client_id"],
        "client_secret": zoho["client_secret"],
        "refresh_token": zoho["refresh_token"],
    }
    answer = requests.post(f"{zoho['accounts_url']}/oauth/v2/token", data=form, timeout=TIMEOUT)
    content: dict[str, Any] = answer.json()
    return content


def main() -> None:
    """Enqueue what waits in the database of the environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    enqueue()


if __name__ == "__main__":
    main()
