"""What the site was told × what LeadOps says × what Zoho's stand-in holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.client import Post

SETTLED = ("delivered", "failed", "entered", "discarded")


class Evidence(Protocol):
    """Where the second and the third witness are asked."""

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""

    def records(self) -> list[dict[str, Any]]:
        """Zoho's records."""

    def stats(self) -> dict[str, Any]:
        """LeadOps' figures."""


@dataclass
class Verdict:
    """What was found; a run is good when nothing is in the last three."""

    posted: int = 0
    acknowledged: int = 0
    unknown: int = 0
    repeated: int = 0
    """Posts that had to be made more than once."""
    delivered: int = 0
    failed: int = 0
    others: int = 0
    """Leads that came another way: the fault's own, and those put into the database."""
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing twice, counters balanced."""
        return not (self.lost or self.twice or self.unbalanced)

    def __str__(self) -> str:
        """The counts, and some of what was found."""
        found = [*self.lost[:3], *self.twice[:3], *self.unbalanced[:3]]
        return (
            f"{self.posted} posted, {self.acknowledged} acknowledged, {self.unknown} unknown, "
            f"{self.delivered} delivered, {self.failed} failed, {len(self.lost)} lost, "
            f"{len(self.twice)} twice, {len(self.unbalanced)} unbalanced"
            + "".join(f"\n  {line}" for line in found)
        )


def judge(posts: list[Post], evidence: Evidence, since: int = 0) -> Verdict:
    """Join the three witnesses, for the leads that came after the one with the number `since`.

    A record is known by the lead's address, not by the reference: that is what is on trial.
    """
    rows = evidence.sql(
        "SELECT idempotency_key, reference, status, zoho_id, email FROM leads_lead"
        f" WHERE id > {since}"
    )
    leads = {str(key): (_plain(ref), status, zoho_id) for key, ref, status, zoho_id, _ in rows}
    rows_of = Counter(str(row[0]) for row in rows)
    records = evidence.records()
    held = {str(record["id"]) for record in records}
    records_of = Counter(str(record.get("Email")) for record in records)
    verdict, leads_posted = Verdict(posted=len(posts)), {post.key for post in posts}
    for post in posts:
        reference, status, zoho_id = leads.get(post.key, ("", "", ""))
        verdict.acknowledged += post.state == "acknowledged"
        verdict.unknown += post.state == "unknown"
        verdict.repeated += len(post.told) > 1
        verdict.delivered += status == "delivered"
        verdict.failed += status == "failed"
        if post.ids and _plain(*post.ids) != reference:
            verdict.lost.append(f"{post.key}: acknowledged as {post.ids}, stored as {reference!r}")
        elif status and status not in SETTLED:
            verdict.lost.append(f"{post.key}: still {status}")
        elif status == "delivered" and zoho_id not in held:
            verdict.lost.append(f"{post.key}: delivered as {zoho_id}, which Zoho does not hold")
        if rows_of[post.key] > 1 or records_of[post.email] > 1:
            found = f"{rows_of[post.key]} rows, {records_of[post.email]} records"
            verdict.twice.append(f"{post.key}: {found}")
    addresses = Counter(str(row[4]) for row in rows if row[4])
    for key, reference, status, zoho_id, email in rows:
        if str(key) in leads_posted:
            continue
        verdict.others += 1
        if status not in SETTLED or (status == "delivered" and zoho_id not in held):
            verdict.lost.append(f"{reference}: {status} as {zoho_id!r}")
        if email and records_of[email] > addresses[email]:
            verdict.twice.append(f"{reference}: {records_of[email]} records")
    verdict.unbalanced = unbalanced(evidence)
    return verdict


def _plain(*ids: str) -> str:
    """An id without hyphens, as SQLite keeps it."""
    return "/".join(str(one).replace("-", "") for one in ids)


def unbalanced(evidence: Evidence) -> list[str]:
    """Where the figures differ from a recount of the rows."""
    leads = {
        str(status): int(number)
        for status, number in evidence.sql("SELECT status, count(*) FROM leads_lead GROUP BY 1")
    }
    codes = {
        str(code): int(number)
        for code, number in evidence.sql(
            "SELECT response_code, count(*) FROM leads_apilog GROUP BY 1"
        )
    }
    stats = evidence.stats()
    told = {name: stats[name] for name in ("queued", "sending", *SETTLED) if stats[name]}
    told_codes = {code: number for code, number in stats["attempts"].items() if number}
    found = []
    if told != leads:
        found.append(f"figures say {told}, rows {leads}")
    if stats["received"] != sum(leads.values()):
        found.append(f"received {stats['received']}, rows {sum(leads.values())}")
    if told_codes != codes:
        found.append(f"figures say {told_codes}, logs {codes}")
    return found
