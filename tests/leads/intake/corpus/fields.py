"""Types, unicode, length and injection: values that are odd and a lead all the same."""

from __future__ import annotations

import json
from typing import Any

from tests.leads.intake.corpus.case import FORM, MARK, Case

TYPES: dict[str, Any] = {
    "a number for a name": {"contact_name": 42},
    "zero for a name": {"contact_name": 0},
    "a float for a name": {"contact_name": 1.5},
    "true for a name": {"contact_name": True},
    "false for a name": {"contact_name": False},
    "a list for a name": {"contact_name": ["Ana", "Silva"]},
    "an empty list for a name": {"contact_name": []},
    "a list of lists for a name": {"contact_name": [["Ana"], [["Silva"]]]},
    "a list of nothings for a name": {"contact_name": [None, None]},
    "an object for a name": {"contact_name": {"first": "Ana", "last": "Silva"}},
    "an empty object for a name": {"contact_name": {}},
    "an object of objects for a name": {"contact_name": {"a": {"b": {"c": "Ana"}}}},
    "a number for an e-mail": {"contact_name": "Ana", "email": 5},
    "a list for an e-mail": {"contact_name": "Ana", "email": ["a@b.example", "c@d.example"]},
    "an object for an e-mail": {"contact_name": "Ana", "email": {"address": "a@b.example"}},
    "a number for a phone": {"contact_name": "Ana", "phone": 5551234},
    "a huge number for a phone": {"contact_name": "Ana", "phone": 10**300},
    "a negative number for a phone": {"contact_name": "Ana", "phone": -1},
    "a number for a zip": {"contact_name": "Ana", "zip": 1234},
    "a list of objects for a message": {"contact_name": "Ana", "message": [{"a": 1}, {"b": 2}]},
    "true for everything": dict.fromkeys(("contact_name", "email", "phone", "city"), True),
}
NOTHINGS: dict[str, Any] = {
    "null for a name": {"contact_name": None},
    "null for everything": dict.fromkeys(("contact_name", "email", "phone", "city"), None),
    "an empty name": {"contact_name": ""},
    "a blank name": {"contact_name": " \t\n\u00a0\u2003"},
    "a first name alone": {"first_name": "Ana"},
    "unknown fields alone": {"colour": "blue", "n": 1, "deep": {"a": [1, None, {"b": True}]}},
}
UNICODE: dict[str, str] = {
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "right to left": "\u202eanA",
    "zero width": "A\u200bn\u200ca\ufeff",
    "combining marks by the hundred": "A" + "\u0301" * 500,
    "controls": "A\x01\x02\x07\x08\x1b[31mna",
    "line breaks of every kind": "A\r\nn\u2028a\u2029\x85\x0b\x0c",
    "private use": "\ue000\U000f0000\U0010fffd",
    "no characters": "\ufffe\uffff\U0001fffe",
    "a replacement character": "\ufffd",
    "dotted capital I": "\u0130" * 200,
    "sharp s": "\u00df" * 300,
    "ligatures that grow": "\ufb03" * 200,
    "full width": "\uff21\uff4e\uff41",
    "Cyrillic that looks Latin": "\u0410n\u0430",
    "Han": "\u674e\u5c0f\u9f99",
    "Arabic digits": "\u0661\u0662\u0663",
    "Tamil": "\u0b85\u0ba9\u0bbe",
    "tags": "\U000e0041\U000e006e",
}
INJECTION: dict[str, str] = {
    "a script": MARK,
    "an image": "<img src=x onerror=alert(1)>",
    "an attribute": '" onmouseover="alert(1)',
    "a template of Django": "{{ settings.SECRET_KEY }}{% debug %}",
    "a template of Jinja": "{{ ''.__class__.__mro__ }}",
    "a format": "%s%s%n {0.__class__} ${7*7} #{7*7}",
    "SQL": "'; DROP TABLE leads_lead; --",
    "SQL with a comment": "admin'/*",
    "a backslash quote": "\\'; SELECT pg_sleep(10); --",
    "a LIKE pattern": "%_%\\_",
    "JSON path": "$.a[*]",
    "NoSQL": '{"$gt": ""}',
    "LDAP": "*)(uid=*))(|(uid=*",
    "a shell": "$(sleep 10) `id` ; | & > /tmp/x",
    "a path": "../../../../etc/passwd\x00.png",
    "a formula": '=HYPERLINK("http://x")',
    "a formula with a plus": "+1+1",
    "a formula with an at": "@SUM(1)",
    "mail headers": "ana@example.com\r\nBcc: everybody@example.com",
    "an SMTP command": "x\r\n.\r\nQUIT\r\n",
    "HTTP headers": "a\r\nSet-Cookie: b=1\r\n\r\n<html>",
    "a log line": "x\n2026-01-01 ERROR forged",
    "jndi": "${jndi:ldap://127.0.0.1/a}",
    "an address of ours": "http://169.254.169.254/latest/meta-data/",
    "XML": "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
    "markdown": "[x](javascript:alert(1))",
    "CSS": "</style><style>*{display:none}",
}
EMAILS = (
    "ana",
    "@",
    "ana@",
    "@example.com",
    "ana@@example.com",
    "ana@example",
    "ana @example.com",
    "ana@example.com,eva@example.com",
    "Ana <ana@example.com>",
    "mailto:ana@example.com",
    "a" * 300 + "@example.com",
    "ana@" + "e" * 300 + ".com",
    "ana@exa mple.com\n",
)
GOOD_EMAILS = (
    "ana+tag@example.com",
    "ANA@EXAMPLE.COM",
    " ana@example.com ",
    "ana@b\u00fccher.example",
)
LENGTHS = (200, 201, 254, 255, 50_000, 900_000)


def lead(category: str, name: str, data: dict[str, Any], *flags: str) -> Case:
    """A case of JSON that is a lead."""
    return Case(category, name, json.dumps(data).encode(), flags=flags)


CASES = [
    *(lead("types", name, data, "converted") for name, data in TYPES.items()),
    *(lead("types", name, data) for name, data in NOTHINGS.items()),
    *(
        lead(
            "unicode", name, {"contact_name": f"Ana {text}", "email": text, "city": text, text: "1"}
        )
        for name, text in UNICODE.items()
    ),
    *(
        lead("injection", name, {"contact_name": text, "email": text, "message": text, text: text})
        for name, text in INJECTION.items()
    ),
    *(
        lead(
            "types",
            f"the e-mail {email[:20]!r}",
            {"contact_name": "Ana", "email": email},
            "bad_email",
        )
        for email in EMAILS
    ),
    *(
        lead("types", f"the e-mail {email!r}", {"contact_name": "Ana", "email": email})
        for email in GOOD_EMAILS
    ),
    *(
        lead(
            "length",
            f"a {field} of {length:,} characters",
            {"contact_name": "Ana", field: "x" * length},
        )
        for field in ("contact_name", "phone", "message", "unknown")
        for length in LENGTHS
    ),
    Case("length", "a form value of 900,000 characters", b"contact_name=" + b"x" * 900_000, FORM),
    Case("length", "a megabyte and a byte", b" " * (1024 * 1024 + 1), status=(413,)),
    Case("length", "exactly a megabyte", b'{"a": "' + b"x" * (1024 * 1024 - 9) + b'"}'),
]
