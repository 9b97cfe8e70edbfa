"""Writes docs/reasons.md from the code: `python docs/generators/reasons.py`. A test compares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "docs" / "reasons.md"
HEAD = """\
# Why a lead is not in Zoho

Every 13002 has one of these reasons. It stands on the lead's row, on its page, in the mail and in
the receipt of the API (as the code in the first column). Zoho's own words are kept beside it; where
Zoho answers with a code that is not listed here, they are the text of the reason "{refused}".

Written from the code by `python docs/generators/reasons.py`.

| reason | Zoho's answer | meaning | who acts | what to do |
| --- | --- | --- | --- | --- |
"""


ACTS = """
## What helps

The table's chips, its bar and the plan of a bulk retry offer the act that helps a reason; where a
plain retry would end where it began, they say so before.

- **Fill in** (correct, retry, personal data): every field of Zoho that a reason names has an input
  by its kind, in *Edit and retry*, on the entry card, and for all leads of the cause at once: a
  value, or a place where each lead holds its own. The preview says what the first twenty would
  become and how many of the newest 500 would still fail; only what was previewed can be sent. It is
  a bulk retry that corrects each lead on its way, a revision each, and can be stopped like one.
  *And from now on* adds [a rule](mapping.md#values-that-people-fill-in).

    ![One value for all leads of a cause, before it is sent](screenshots/fill-light.png)

- **Check** judges the record as Zoho will: by its fields, by what its pages ask of the module, and
  by what it said of this lead: a field that is still empty, a value that it refused before.
- **Send anyway**, **Release**, **Update existing**, **Discard**: for all leads of their reason,
  once confirmed. Leads of other reasons in the selection are left alone.
"""
FIGURES = """
## What each figure counts

The dashboard, the page *What 13002 means*, `/admin/stats.json`, `leadstats --json` and `/metrics`
show the same figures. Test leads are in none of them.

| figure | counts |
| --- | --- |
{rows}

Until November 2026 what is `held` today was counted among the 13002. The figures of before were
moved by their reasons; the dashboard tells for 30 days how many.
"""
COUNTS = [
    ("`received`, and each status", "leads, once each, by what became of them"),
    ("`attempts`: `13003`", "pushes to Zoho after which the record was there"),
    (
        "`attempts`: `13002`",
        "pushes that ended otherwise, and refusals of the preflight: a record that Zoho would "
        "refuse stays here without a call",
    ),
    ("sent to Zoho", "both together"),
    (
        "`held`",
        "times that a rule held a lead, at intake or at a retry: {rules}. Its log is a 13002, its "
        "notice and mail go out, and it was never sent: it is in no attempt and no rate",
    ),
    ("`success_rate`", "13003 ÷ attempts, in percent; `failure_rate` is the rest of 100"),
    ("`outcome_rate`", "delivered ÷ settled leads, in percent"),
]


def as_markdown() -> str:
    """One row for each reason, in the order of the list."""
    from leads.reasons import RULES, Reason

    answers = zoho_answers()
    rows = [
        f"| **{reason.label}**<br>`{reason.value}` | {answers.get(reason, '')} "
        f"| {reason.about.means} | {reason.owner.label} | {reason.about.advice} |"
        for reason in Reason
    ]
    rules = ", ".join(f"`{reason.value}`" for reason in Reason if reason in RULES)
    head = HEAD.format(refused=Reason.REFUSED.label)
    counts = "\n".join(f"| {name} | {what.format(rules=rules)} |" for name, what in COUNTS)
    return head + "\n".join(rows) + "\n" + ACTS + FIGURES.format(rows=counts)


def zoho_answers() -> dict[str, str]:
    """Which answers of Zoho's lead to a reason."""
    from zoho.api.faults import BY_CODE, CASES

    found: dict[str, list[str]] = {}
    for code, (_verdict, reason) in BY_CODE.items():
        found.setdefault(reason, []).append(f"`{code}`")
    for code, cases in CASES.items():
        for words, _test, (_verdict, reason) in cases:
            found.setdefault(reason, []).append(f"`{code}`: {words}")
    return {reason: "<br>".join(answers) for reason, answers in found.items()}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    TARGET.write_text(as_markdown())
