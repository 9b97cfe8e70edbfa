"""Browser forms: origins, and what a public token opens."""

from __future__ import annotations

from dataclasses import replace

from tests.leads.intake.corpus.case import FORM, JSON, MARK, Case

OWN = "https://www.example.com"
PATH = "/f/TOKEN/"
BODY = b"contact_name=Ana&phone=1"
FOREIGN = (
    "null",
    "https://evil.example",
    "http://www.example.com",
    "https://www.example.com.evil.example",
    "https://evil.example/https://www.example.com",
    "https://www.example.com@evil.example",
    "https://www.example.com:444",
    "https://shop.example.com",
    "https://www.example.co",
    "https://www.example.com%00.evil.example",
    "https://www.example.com\\.evil.example",
    "https://www.example.com, https://evil.example",
    "file://",
    "http://[",
    "x" * 10_000,
    MARK,
)
NEXT = (
    b"https://evil.example/",
    b"//evil.example",
    b"javascript:alert('canary-7391')",
    b"https://www.example.com@evil.example",
    b"https://www.example.com%5C@evil.example",
    b"https://www.example.com%0d%0aSet-Cookie:x=1",
    b"data:text/html,x",
)


def form(name: str, body: bytes = BODY, kind: str = FORM, *status: int, **headers: str) -> Case:
    """A post to the form, from the site's own page unless told otherwise."""
    headers = {"Origin": OWN} | headers
    return Case("CORS", name, body, kind, status or (200,), path=PATH, headers=headers)


def held(name: str, *status: int, **headers: str) -> Case:
    """A post from an unknown page, which is kept for a person."""
    return replace(form(name, BODY, FORM, *status, **headers), flags=("foreign_page",))


CASES = [
    form("an own page"),
    form("an own page without its www", Origin="https://example.com"),
    form("an own page in capitals", Origin=OWN.upper()),
    form("an own page by script", BODY, FORM, 202, Accept="application/json"),
    *(held(f"a foreign page {page[:40]!r}", 200, Origin=page) for page in FOREIGN),
    *(
        held(f"a foreign page by script {page[:40]!r}", 202, Origin=page, Accept="application/json")
        for page in FOREIGN
    ),
    *(form(f"next {target.decode()[:40]!r}", BODY + b"&_next=" + target) for target in NEXT),
    form("JSON", b'{"contact_name": "Ana"}', JSON),
    form("nothing", b"", FORM, 400),
    form("a megabyte and a byte", b"a=" + b"x" * 1024 * 1024, FORM, 413),
    form("a filled trap", BODY + b"&_note_2=x"),
    form("a forged stamp", BODY + b"&_started=1:2:3"),
    *(
        Case("CORS", f"{method} to the form", BODY, FORM, (405,), method, PATH, {"Origin": OWN})
        for method in ("GET", "HEAD", "PUT", "DELETE", "TRACE")
    ),
    Case("CORS", "a preflight", b"", "", (204,), "OPTIONS", PATH, {"Origin": OWN}),
    Case("CORS", "a foreign preflight", b"", "", (204,), "OPTIONS", PATH, {"Origin": "https://x"}),
    Case(
        "CORS",
        "a secret key as a token",
        BODY,
        FORM,
        (401,),
        path="/f/KEY/",
        headers={"Origin": OWN},
    ),
    *(
        Case(
            "CORS",
            f"the token {token[:20]!r}",
            BODY,
            FORM,
            (401, 404),
            path=f"/f/{token}/",
            headers={"Origin": OWN},
            leads=0,
        )
        for token in ("unknown", "%00", "%ff", "x" * 5000, "'", "<script>", "..", "%2e%2e")
    ),
]
