"""Writes docs/api/leadops.postman_collection.json out of the schema of the operations API.

Postman and Bruno read it. `python docs/generators/collection.py`, after an operation has changed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "api" / "leadops.postman_collection.json"
FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
Json = dict[str, Any]


def as_text(schema: Json) -> str:
    """The collection, as the file holds it."""
    folders: dict[str, list[Json]] = {}
    for path, operations in schema["paths"].items():
        folder = path.removeprefix("/api/ops/v1/").partition("/")[0]
        for method, operation in operations.items():
            folders.setdefault(folder, []).append(item(path, method, operation))
    found = {
        "info": {"name": "LeadOps operations", "schema": FORMAT},
        "auth": {"type": "bearer", "bearer": [variable("token", "{{token}}")]},
        "variable": [variable("url", "https://leads.example.com"), variable("token", "")],
        "item": [{"name": name, "item": items} for name, items in folders.items()],
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def variable(key: str, value: str) -> Json:
    """One variable."""
    return {"key": key, "value": value, "type": "string"}


def item(path: str, method: str, operation: Json) -> Json:
    """One request; what its path names is a variable, what may be asked is switched off."""
    asked = operation.get("parameters", [])
    query = [
        {"key": one["name"], "value": "", "disabled": True} for one in asked if one["in"] == "query"
    ]
    headers = [variable("Content-Type", "application/json")] if "requestBody" in operation else []
    if any(one["in"] == "header" for one in asked):
        headers.append(variable("Idempotency-Key", "{{$guid}}"))
    parts = path.replace("{", ":").replace("}", "").strip("/").split("/")
    request: Json = {
        "method": method.upper(),
        "header": headers,
        "url": {
            "raw": "{{url}}/" + "/".join(parts) + "/",
            "host": ["{{url}}"],
            "path": [*parts, ""],
            "query": query,
            "variable": [variable(part[1:], "1") for part in parts if part.startswith(":")],
        },
    }
    if "requestBody" in operation:
        request["body"] = {"mode": "raw", "raw": "{}"}
    return {"name": operation["summary"], "request": request}


def published() -> Json:
    """The schema of this version."""
    from django.test import RequestFactory

    from leadops.api.urls import SCHEMA

    answer = SCHEMA(RequestFactory().get("/"))
    schema: Json = json.loads(answer.render().content)
    return schema


def main() -> None:
    """Write the file."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    FILE.write_text(as_text(published()), encoding="utf-8")


if __name__ == "__main__":
    main()
