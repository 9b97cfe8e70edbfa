"""Every stored filter is read once by the rules of before, and kept as version 1.

Those rules passed over what they did not understand, so such a filter meant more leads than it
said. What cannot be read is listed, and kept as it is: a bulk retry carries the reason, and stops
if it was under way; a saved view is refused, with the reason, wherever it is shown. Code of before
reads the rows as ever, because it passes over the two names that are new among the parameters.
"""

import re
from datetime import date
from urllib.parse import parse_qsl, urlencode

from django.db import migrations
from django.utils import timezone

REASONS = """
    missing_field duplicate_email quarantined duplicate_record too_long wrong_type wrong_pattern
    not_in_list wrong_probability wrong_wizard_path invalid_value mandatory_missing
    expected_missing dependent_missing dependent_mismatch ambiguous several_errors record_locked
    already_modified not_allowed not_approved too_many_items dependent_service service_refuses
    service_full refused batch_refused batch_too_large not_reached no_answer server_error
    service_unavailable unreadable_answer throttled outcome_unknown worker_died
    stopped_the_worker not_connected token_revoked token_refused not_authenticated scope_missing
    no_permission not_privileged wrong_module wrong_address wrong_method wrong_option
    paused_by_hand
""".split()
NUMBER = "[0-9]{1,18}"
RULES = {
    "tab": "failed|waiting|delivered|entered|discarded",
    "reason": "|".join(REASONS),
    "owner": "zoho|setup|site|data",
    "site": NUMBER,
    "span": "today|24h|7d|since-[0-9]{1,10}",
    "from": r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
    "to": r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
    "tries": "[0125]",
    "same": f"(?:email|phone)-{NUMBER}",
    "ids": rf"{NUMBER}(?:\.{NUMBER}){{0,199}}",
    "bulk": NUMBER,
    "at": "(?:[0-9]{1,12}-[0-9]{0,12}|-[0-9]{1,12})",
    "test": "no|only",
    "q": "[0-9]{1,7}|[0-9a-fA-F-]{32,36}",
}
MARKS = ("version", "not_understood")


def read(asked):
    """The filter as version 1 has it, and the names that are not understood."""
    kept, faults = {}, []
    for name, text in asked.items():
        if text == "":
            continue  # no choice
        if name in RULES and isinstance(text, str) and re.fullmatch(RULES[name], text):
            try:
                kept[name] = day(text) if name in ("from", "to") else text
                continue
            except ValueError:
                pass  # a date like 2026-13-40
        faults.append(str(name)[:30])
    return kept, faults


def day(text):
    """A date as version 1 has it: 2026-1-5 was one, too."""
    return date(*map(int, text.split("-"))).isoformat()


def forwards(apps, editor):
    """Into version 1; what could not be read is printed, by the row's number."""
    lost = [*bulk_retries(apps.get_model("leads", "BulkRetry"))]
    lost += saved_views(apps.get_model("leads", "SavedView"))
    for line in lost:
        print(f"\n    not understood: {line}", end="")


def bulk_retries(model):
    """Each gets its version; those that cannot be read the reason, and they stop."""
    for row in model.objects.order_by("pk").iterator():
        stored = row.filter
        is_dict = isinstance(stored, dict)
        if is_dict and "version" in stored:
            continue
        kept, faults = read(stored) if is_dict else ({}, ["the whole of it"])
        row.filter = {**kept, "version": 1}
        if faults:
            why = f"Not understood in the filter as it was stored: {', '.join(faults)}."
            whole = stored if is_dict else {"stored": stored}
            row.filter = {**whole, "version": 1, "not_understood": why}
            if row.state in ("planned", "running"):
                row.state, row.ended_at, row.walked_at = "stopped", timezone.now(), None
            yield f"bulk retry {row.pk}: {', '.join(faults)}"
        row.save(update_fields=["filter", "state", "ended_at", "walked_at"])


def saved_views(model):
    """Each is the address that version 1 writes; those that cannot be read stay as they are."""
    for row in model.objects.order_by("pk").iterator():
        kept, faults = read(dict(parse_qsl(row.query, keep_blank_values=True)))
        if faults:
            yield f"saved view {row.pk}: {', '.join(faults)}"
        elif (query := urlencode(sorted(kept.items()))) != row.query:
            row.query = query
            row.save(update_fields=["query"])


def backwards(apps, editor):
    """The filters without what version 1 added; what was stopped stays stopped."""
    model = apps.get_model("leads", "BulkRetry")
    for row in model.objects.order_by("pk").iterator():
        if isinstance(row.filter, dict) and "version" in row.filter:
            kept = {name: text for name, text in row.filter.items() if name not in MARKS}
            row.filter = kept.get("stored", kept)
            row.save(update_fields=["filter"])


class Migration(migrations.Migration):

    dependencies = [("leads", "0028_counter_names")]

    operations = [migrations.RunPython(forwards, backwards)]
