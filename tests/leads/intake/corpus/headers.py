"""Content types, encodings, methods, addresses and Idempotency-Keys."""

from __future__ import annotations

import gzip
import zlib

from tests.leads.intake.corpus.case import FORM, JSON, PARTS, POST, Case

NAME = b'{"contact_name": "Ana"}'
TAKEN = (
    "APPLICATION/JSON",
    "application/json;",
    "application/json ; charset=utf-8",
    "application/json; charset=UTF8",
    'application/json; charset="utf-8"',
    "application/json; charset='utf-8'",
    "application/json; charset=us-ascii",
    "application/json; charset=ISO-8859-1",
    "application/json; charset=windows-1252",
    "application/json; odata=verbose; charset=utf-8",
    "application/json; charset=",
    "application/json; charset=../../etc",
    "application/vnd.api+json",
    "application/ld+json",
    "text/json",
    "",
    " ",
    ";",
)
OTHERS = (
    "text/plain",
    "text/html",
    "text/xml",
    "application/xml",
    "application/octet-stream",
    "application/x-ndjson",
    "application/jsonp",
    "application/*",
    "*/*",
    "json",
    "application/json, text/plain",
    "multipart/mixed; boundary=x",
    "image/png",
    "x" * 5000,
    "application/json; charset=utf-16",
    "application/json; charset=utf-32",
    "application/json; charset=utf-7",
    "application/json; charset=nonsense",
)
COMPRESSED = {"gzip": gzip.compress(NAME), "X-GZIP": gzip.compress(NAME)} | {
    "deflate": zlib.compress(NAME),
    "Deflate": zlib.compress(NAME, wbits=-15),
}
PART = b'--cut\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
END = b"--cut--\r\n"
MULTIPART: dict[str, tuple[bytes, str, int]] = {
    "one field": (PART % (b"contact_name", b"", b"Ana") + END, PARTS, 202),
    "an empty file": (
        PART % (b"a", b"", b"1") + PART % (b"cv", b'; filename=""', b"") + END,
        PARTS,
        202,
    ),
    "a file": (
        PART % (b"a", b"", b"1") + PART % (b"cv", b'; filename="x.pdf"', b"%PDF") + END,
        PARTS,
        202,
    ),
    "a file with a path": (PART % (b"cv", b'; filename="../../x"', b"%PDF") + END, PARTS, 202),
    "an encoded file name": (PART % (b"cv", b"; filename*=utf-8''x", b"%PDF") + END, PARTS, 202),
    "no end": (PART % (b"contact_name", b"", b"Ana"), PARTS, 202),
    "no boundary": (PART % (b"a", b"", b"1") + END, "multipart/form-data", 400),
    "an empty boundary": (END, "multipart/form-data; boundary=", 400),
    "another boundary": (PART % (b"a", b"", b"1") + END, "multipart/form-data; boundary=x", 202),
    "a boundary of 5,000 characters": (END, "multipart/form-data; boundary=" + "x" * 5000, 400),
    "no parts": (END, PARTS, 400),
    "no name": (b"--cut\r\nContent-Disposition: form-data\r\n\r\n1\r\n" + END, PARTS, 400),
    "no disposition": (b"--cut\r\n\r\n1\r\n" + END, PARTS, 400),
    "1,001 fields": (
        b"".join(PART % (b"f%d" % n, b"", b"") for n in range(1001)) + END,
        PARTS,
        202,
    ),
    "a name of Latin-1": (PART % (b"stra\xdfe", b"", b"1") + END, PARTS, 202),
    "a value of Latin-1": (PART % (b"city", b"", b"K\xf6ln") + END, PARTS, 202),
    "a NUL": (PART % (b"ci\x00ty", b"", b"a\x00b") + END, PARTS, 202),
    "base64": (
        b'--cut\r\nContent-Disposition: form-data; name="a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n" + END,
        PARTS,
        202,
    ),
}
FORMS: dict[str, tuple[bytes, int]] = {
    "no equals sign": (b"hello", 202),
    "only ampersands": (b"&&&&", 202),
    "only equals signs": (b"===", 202),
    "semicolons": (b"a=1;b=2", 202),
    "a percent sign": (b"contact_name=100%", 202),
    "half an escape": (b"contact_name=%4", 202),
    "no escape": (b"contact_name=%zz", 202),
    "an escaped NUL": (b"contact_name=A%00na", 202),
    "a raw NUL": (b"contact_name=A\x00na", 202),
    "Latin-1": (b"contact_name=K%F6ln", 202),
    "raw Latin-1": (b"contact_name=K\xf6ln", 202),
    "an overlong escape": (b"contact_name=%C0%AF", 202),
    "a surrogate": (b"contact_name=%ED%A0%80", 202),
    "brackets": (b"lead[name]=Ana&lead[tags][]=1&lead[tags][]=2", 202),
    "1,000 fields": (b"&".join(b"f%d=1" % n for n in range(1000)), 202),
    "1,001 fields": (b"&".join(b"f%d=1" % n for n in range(1001)), 202),
    "5,000 fields": (b"&".join(b"f%d=1" % n for n in range(5000)), 202),
    "JSON in disguise": (b'{"contact_name": "Ana"}', 202),
    "a byte order mark": (b"\xef\xbb\xbfcontact_name=Ana", 202),
    "empty": (b"", 400),
    "line breaks": (b"\r\n\r\n", 400),
}
KEYS = {
    "blank": (" ", 202),
    "255 characters": ("k" * 255, 202),
    "256 characters": ("k" * 256, 400),
    "64 KB": ("k" * 65_536, 400),
    "quotes": ('"k"; DROP TABLE', 202),
    "a script": ("<script>alert('canary-7391')</script>", 202),
    "Latin-1": ("k\xe9y", 202),
    "a NUL": ("k\x00y", 400),
    "a line break": ("k\r\ny", 400),
    "a delete": ("k\x7f", 400),
    "a comma": ("k1, k2", 202),
    "an UUID": ("7d444840-9dc0-11d1-b245-5ffdce74fad2", 202),
}
NOWHERE = (
    "/api/v1/",
    "/api/v1/lead/",
    "/api/v1/leads//",
    "/api/v1/leads/x/y/",
    "/api/v1/leads/..%2f..%2f/x",
    "/api/v2/leads/",
    "/API/v1/leads/",
    "//api/v1/leads/",
)

CASES = [
    *(Case("content types", f"{kind[:40]!r} is read", NAME, kind) for kind in TAKEN),
    *(
        Case("content types", f"JSON as {kind[:40]!r}", NAME, kind, flags=("mended",))
        for kind in OTHERS
    ),
    *(
        Case("content types", f"text as {kind[:40]!r}", b"contact_name: Ana", kind, (400, 415))
        for kind in OTHERS
    ),
    *(
        Case(
            "content types",
            f"compressed by {coding}",
            body,
            JSON,
            headers={"Content-Encoding": coding},
        )
        for coding, body in COMPRESSED.items()
    ),
    *(
        Case("content types", f"parts: {name}", body, kind, (status,))
        for name, (body, kind, status) in MULTIPART.items()
    ),
    *(
        Case("content types", f"a form: {name}", body, FORM, (status,))
        for name, (body, status) in FORMS.items()
    ),
    *(
        Case(
            "content types",
            f"encoded as {coding!r}",
            NAME,
            JSON,
            (415,),
            headers={"Content-Encoding": coding},
        )
        for coding in ("gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip", "x" * 1000)
    ),
    *(
        Case("content types", f"encoded as {coding!r}", NAME, headers={"Content-Encoding": coding})
        for coding in ("", "identity", " Identity ")
    ),
    *(
        Case("methods", f"{method} to the leads", NAME, status=(405,), method=method)
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X")
    ),
    *(
        Case(
            "methods",
            f"{method} to a receipt",
            NAME,
            status=(405,),
            method=method,
            path=POST + "7d444840-9dc0-11d1-b245-5ffdce74fad2/",
        )
        for method in ("POST", "PUT", "DELETE", "OPTIONS")
    ),
    Case("methods", "an override", NAME, headers={"X-HTTP-Method-Override": "DELETE"}),
    Case("methods", "a method in the query", NAME, path=POST + "?_method=DELETE"),
    Case("methods", "no slash", NAME, path="/api/v1/leads"),
    Case("methods", "a format in the query", NAME, path=POST + "?format=xml"),
    *(Case("methods", f"POST {path}", NAME, status=(404,), path=path) for path in NOWHERE),
    *(
        Case(
            "idempotency",
            f"a key of {name}",
            NAME,
            status=(status,),
            headers={"Idempotency-Key": key},
        )
        for name, (key, status) in KEYS.items()
    ),
    *(
        Case("content types", f"Accept {kind!r}", NAME, headers={"Accept": kind})
        for kind in ("", "*/*", "text/html", "application/xml", "nonsense", "a/b;q=x")
    ),
]
