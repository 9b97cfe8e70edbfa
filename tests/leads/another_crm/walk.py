"""The way of two leads into another CRM, as JSON. `python -m tests.leads.another_crm.walk`"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any


def walk() -> dict[str, Any]:
    """What became of a lead that the CRM takes and of one that it refuses."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from leads import tasks
    from leads.models import Destination, Lead

    call_command("migrate", verbosity=0)
    Destination.objects.get_or_create(name="Console")
    key = io.StringIO()
    call_command("createsite", "Landing page", stdout=key)
    client = Client(headers={"Authorization": f"Bearer {key.getvalue().strip()}"})
    for lead in ({"contact_name": "Ana", "email": "ana@example.com"}, {"contact_name": "Bob"}):
        answer = client.post("/api/v1/leads/", json.dumps(lead), "application/json")
        assert answer.status_code == 202, answer.content
    tasks.drain(Lead.objects.values_list("destination_id", flat=True)[0])
    staff = Client()
    staff.force_login(get_user_model().objects.create_superuser("staff"))
    leads = Lead.objects.order_by("pk")
    pages = [f"/admin/leads/lead/{lead.pk}/change/" for lead in leads]
    pages += [
        "/admin/",
        "/admin/leads/failedlead/",
        f"/admin/leads/failedlead/{leads[1].pk}/entry/",
        f"/admin/leads/failedlead/{leads[1].pk}/correct/",
        "/admin/leads/bulkretry/fill/?reason=mandatory_missing",
    ]
    return {
        "leads": [[lead.status, lead.zoho_id, lead.reason, lead.reason_field] for lead in leads],
        "pages": [staff.get(page).status_code for page in pages],
        "zoho": sorted(name for name in sys.modules if name.partition(".")[0] == "zoho"),
    }


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.leads.another_crm.settings"
    import django

    django.setup()
    print(json.dumps(walk()))
