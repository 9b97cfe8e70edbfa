"""Keys that open nothing."""

from __future__ import annotations

from tests.leads.intake.corpus.case import POST, Case

SHOWN = {
    "nothing": "",
    "a scheme alone": "Bearer",
    "a blank key": "Bearer  ",
    "another scheme": "Basic YTpi",
    "digest": 'Digest username="a"',
    "no scheme": "KEY",
    "an unknown key": "Bearer unknown",
    "a key of 100,000 characters": "Bearer " + "k" * 100_000,
    "a NUL": "Bearer \x00",
    "Latin-1": "Bearer \xe9\xff",
    "a script": "Bearer <script>alert('canary-7391')</script>",
    "SQL": "Bearer ' OR 1=1 --",
    "a digest": "Bearer e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "a JSON web token without a signature": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "two keys": "Bearer a, Bearer b",
    "a token of a form": "FORM",
    "a key with a letter more": "MORE",
    "a key with a letter less": "LESS",
    "a key in other case": "CASE",
}

CASES = [
    *(
        Case("auth", name, status=(401,), headers={"Authorization": shown})
        for name, shown in SHOWN.items()
    ),
    Case(
        "auth",
        "two megabytes from a stranger",
        b"x" * 2_097_152,
        status=(401,),
        headers={"Authorization": "Bearer unknown"},
    ),
    Case(
        "auth",
        "bytes from a stranger",
        bytes(range(256)),
        "nonsense",
        (401,),
        headers={"Authorization": "Bearer unknown"},
    ),
    Case(
        "auth",
        "a key in the query",
        status=(401,),
        path=POST + "?key=KEY&access_token=KEY",
        headers={"Authorization": ""},
    ),
    Case(
        "auth", "a key in the body", b'{"key": "KEY"}', status=(401,), headers={"Authorization": ""}
    ),
    Case(
        "auth",
        "a receipt without a key",
        b"",
        "",
        (401,),
        "GET",
        POST + "7d444840-9dc0-11d1-b245-5ffdce74fad2/",
        {"Authorization": ""},
    ),
    Case(
        "auth",
        "an unknown receipt",
        b"",
        "",
        (404,),
        "GET",
        POST + "7d444840-9dc0-11d1-b245-5ffdce74fad2/",
    ),
    *(
        Case("auth", f"the receipt {name!r}", b"", "", (404,), "GET", f"{POST}{name}/")
        for name in (
            "1",
            "0",
            "-1",
            "null",
            "%00",
            "%ff",
            "a" * 5000,
            "'",
            "{}",
            "*",
            "..",
            "%2e%2e",
        )
    ),
]
