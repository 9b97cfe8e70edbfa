"""Staff pages say what a dealer understands; what does not is folded under *Technical details*."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from leads.models import ApiLog, Lead
from leads.reasons import Reason
from tests.access.addresses import filled
from tests.access.matrix import MATRIX
from tests.access.people import SUPPORT
from tests.access.world import make_world
from tests.factories import make_user

pytestmark = pytest.mark.one_database

WORDS = {
    "JSON": r"\bJSON\b",
    "curl": r"\bcurl\b",
    "HTTP": r"\bHTTPS?\b(?!://)",
    "bytes": r"\bbytes?\b",
    "revision": r"\brevisions?\b",
    "payload": r"\bpayloads?\b",
    "UTF-8": r"\bUTF-?8\b",
    "UUID": r"\bUUIDs?\b",
    "a type of content": r"\b(application|multipart)/",
    "a reason's code": rf"\b({'|'.join(one for one in Reason.values if '_' in one)})\b",
    "a code of Zoho's": r"\b[A-Z]{3,}(_[A-Z]+)+\b",
}
"""What only a developer reads, and how it looks on a page."""
CODE = {"a response code": r"\b1300[23]\b(?![^(]*\))"}
"""One that is no aside in brackets: words come first."""
NUMBERED = {
    "help/13002/": "says what the number means",
    "admin/leads/apilog/": "each row is one attempt, with the code that it came to",
    "admin/leads/lead/<path:object_id>/change/": "the same, in the story of a lead",
    "admin/leads/failedlead/<path:object_id>/change/": "the same",
    "admin/notifications/notice/": "quotes a mail, whose subject is agreed with its readers",
    "admin/notifications/digest/<int:pk>/preview/": "the same",
}
"""Pages that say a response code by itself, and why."""
DEVELOPERS = {
    "admin/leads/apicall/": "one exchange with Zoho, for whoever looks for its words",
    "admin/leads/site/": "set up by whoever builds the site's form",
    "admin/leads/destination/": "set up by whoever runs LeadOps",
    "admin/notifications/channel/": "a receiver that somebody programmed",
    "admin/leads/failedlead/<int:pk>/correct/": "takes JSON for the other fields",
    "admin/leads/rejectedsubmission/<int:pk>/take/": "the same form",
}
"""Pages that may say such words, and why."""
PAGES = [
    route
    for route, entry in MATRIX.items()
    if SUPPORT in entry.see
    and not entry.redirects
    and route.startswith(("admin/", "help/"))
    and route != "admin/jsi18n/"  # a script
    and "." not in route.rsplit("/", 1)[-1]
    and not route.startswith(tuple(DEVELOPERS))
]


class Shown(HTMLParser):
    """The text of a page that is seen before anybody unfolds *Technical details*."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "rect", "use", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        folded = tag == "details" and "technical" in (dict(attrs).get("class") or "").split()
        if tag not in self.VOID:
            self.open.append((tag, folded or tag in ("head", "script", "style", "template")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(hidden for _tag, hidden in self.open):
            self.words.append(data)


def shown(page: str) -> str:
    """What is read there."""
    reader = Shown()
    reader.feed(page)
    return " ".join(" ".join(reader.words).split())


def said(page: str, route: str = "") -> list[str]:
    """The technical words that a page shows, each with its neighbours."""
    text = shown(page)
    words = WORDS | ({} if route.startswith(tuple(NUMBERED)) else CODE)
    return [
        f"{name}: …{text[max(0, found.start() - 40) : found.end() + 20]}…"
        for name, pattern in words.items()
        if (found := re.search(pattern, text))
    ]


@pytest.fixture
def support(db: None) -> Client:
    """Somebody who works the table all day."""
    client = Client()
    client.force_login(make_user(username="support", role="Support"))
    return client


def test_no_page_of_staff_says_a_technical_word_outside_its_details(support: Client) -> None:
    ids = make_world()[0]
    Lead.objects.filter(pk=ids["leads.lead"]).update(revision=1, content_type="application/json")
    Lead.objects.get(pk=ids["leads.lead"]).revisions.create(number=1, data={"contact_name": "Eva"})
    ApiLog.objects.update(status=202, revision=1)

    found = [
        f"/{route} says {word}"
        for route in PAGES
        for word in said(support.get(filled(route, ids)).content.decode(), route)
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<p>As JSON</p>", ["JSON"]),
        ('<details class="payload technical"><p>As JSON</p></details><p>fine</p>', []),
        ("<details><summary>More</summary>HTTP 500</details>", ["HTTP"]),
        ('<details class="technical"><br>curl</details>12 bytes', ["bytes"]),
        ("<p>INVALID_DATA: too_long</p>", ["a reason's code", "a code of Zoho's"]),
        ("<p>13002 of all attempts</p>", ["a response code"]),
        ("<p>Not arrived (13002), arrived (see 13003)</p>", []),
        ('<a href="/x.json" title="JSON">https://example.com</a><script>JSON</script>', []),
    ],
)
def test_what_is_folded_is_not_read(page: str, words: list[str]) -> None:
    assert [one.split(":")[0] for one in said(page)] == words


def test_the_two_reasons_of_an_empty_field_share_no_word() -> None:
    few = {"the", "a", "that", "is", "no"}
    ours, zohos = (
        set(Reason.title_of(code).lower().split()) - few
        for code in ("missing_field", "mandatory_missing")
    )

    assert not ours & zohos
