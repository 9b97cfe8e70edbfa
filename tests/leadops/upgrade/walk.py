"""What a person and a site do after an upgrade; run in a process of its own, prints what it saw."""

from __future__ import annotations

import json
import os

from django.contrib.auth.models import User
from django.test import Client

from leads.models import Lead

PAGES = (
    *("/admin/", "/admin/leads/failedlead/", "/admin/leads/lead/", "/admin/leads/apilog/"),
    *("/admin/leads/site/", "/admin/leads/site/1/change/", "/admin/stats.json", "/help/13002/"),
    *("/admin/leads/failedlead/?reason=missing_field", "/admin/leads/bulkretry/"),
)
KEY = os.environ["OLD_KEY"]


def asked(*pages: str) -> dict[str, int]:
    """How each page is answered to the old administrator."""
    staff = Client(SERVER_NAME="127.0.0.1")
    staff.force_login(User.objects.get(username="old-admin"))
    return {page: staff.get(page, follow=True).status_code for page in pages}


def posted_again() -> list[str]:
    """The ids that the first posts get when they are posted again with their keys."""
    site = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {KEY}"})
    answers = []
    for number in range(5):
        data = {
            "contact_name": f"Ana Old {number}",
            "email": f"ana{number}@old.example",
            "phone": "+49 30 5551106",
            "topic": ["a", "b"],
        }
        headers = {"Idempotency-Key": f"old-{number}"}
        answer = site.post("/api/v1/leads/", data, "application/json", headers=headers)
        answers.append(
            answer.json()["id"] if answer.status_code == 202 else answer.content.decode()
        )
    return answers


leads = [f"/admin/leads/lead/{pk}/change/" for pk in Lead.objects.values_list("pk", flat=True)]
print(json.dumps({"pages": asked(*PAGES, *leads), "ids": posted_again()}))
