"""One odd request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=cut"
POST = "/api/v1/leads/"
MARK = "<script>alert('canary-7391')</script>"
"""What no answer may repeat."""


@dataclass(frozen=True)
class Case:
    """What is sent, and the status codes that are right; `leads` says how many are stored."""

    category: str
    name: str
    body: bytes = b'{"contact_name": "Ana", "phone": "1"}'
    content_type: str = JSON
    status: tuple[int, ...] = (202,)
    method: str = "POST"
    path: str = POST
    headers: dict[str, str] = field(default_factory=dict)
    leads: int | None = None
    flags: tuple[str, ...] = ()
    """Flags that the lead must have, among others."""

    @property
    def stored(self) -> int:
        """How many leads there are afterwards."""
        taken = self.status in ((202,), (200,), (302,))
        return self.leads if self.leads is not None else int(taken)

    def __str__(self) -> str:
        """The test's name."""
        return f"{self.category}: {self.name}"


def refused(case: Case, *status: int) -> Case:
    """The same with another answer, and no lead."""
    return replace(case, status=status, leads=0)
