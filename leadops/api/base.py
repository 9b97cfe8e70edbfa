"""What the views of the operations API have in common: rights, bodies, pages, and deciding once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from leadops.accounts.tokens.answers import ApiAnswer
from leadops.api.guard import Right, TokenAuthentication, token_of
from leadops.api.problems import Problem, answer_problem, invalid
from leads.intake.api import OnlyJson
from leads.intake.body.fields import clean
from leads.intake.body.formats.read_json import parse
from leads.models.queries.keyset import Keyset
from leads.via import acting_via

FEWEST, MOST, USUAL = 1, 200, 50
"""Rows of a page."""
KEY = "Idempotency-Key"
LONGEST_KEY = 255
Act = Callable[..., Response]
Inputs = TypeVar("Inputs", bound=serializers.BaseSerializer[Any])


class Body(BaseParser):
    """One JSON object, in numbers and texts that every database holds."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002 - its caller's signature
        """The object. Raises Problem or Unreadable."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body = stream.read(most + 1)
        if len(body) > most:
            raise Problem(413, "too_large", "A request has a megabyte at most.")
        try:
            found = clean(parse(body.decode("utf-8-sig")))
        except UnicodeDecodeError:
            raise Problem(400, "unreadable", "The body is not UTF-8.") from None
        if not isinstance(found, dict):
            raise Problem(400, "unreadable", "Send one JSON object.")
        return found


class AnswersJson(OnlyJson):
    """JSON, whatever the Accept header says; bodies are read by their type."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """That of the body's type; of an empty one none is asked for."""
        kind = (request.content_type or "").partition(";")[0].strip().casefold()
        return next((one for one in parsers if one.media_type == kind), None)


class OpsViews(ViewSet):
    """Operations about one kind of thing. `rights` says what each takes; without one it is 403."""

    authentication_classes = [TokenAuthentication]
    content_negotiation_class = AnswersJson
    renderer_classes = [JSONRenderer]
    parser_classes = [Body]
    rights: ClassVar[dict[str, Right]] = {}
    kept: ApiAnswer | None = None
    """The row of the call's Idempotency-Key, once it decides."""

    def get_exception_handler(self) -> Any:
        """Problems, and not what intake answers."""
        return answer_problem

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, and whether the token and its account may."""
        super().initial(request, *args, **kwargs)
        action = self.action or ""
        if action not in self.rights:
            self.http_method_not_allowed(request)
        self.rights[action].demand(token_of(request), request.user)
        check_asked(request, getattr(getattr(self, action), "asked", ()))


def check_asked(request: Request, known: Sequence[str]) -> None:
    """Raises Problem for a parameter of the address that means nothing here, or stands twice.

    Left out in silence, a filter that is misspelt answers with everything.
    """
    query = request.query_params
    faults = dict.fromkeys(set(query) - set(known), "unknown")
    faults |= {name: "more than once" for name in query if len(query.getlist(name)) > 1}
    if faults:
        names = ", ".join(sorted(known)) or "none"
        raise invalid(f"Parameters are not understood. There are: {names}.", faults)


def read(kind: type[Inputs], request: Request) -> dict[str, Any]:
    """What was posted, as a serializer understands it. Raises ValidationError."""
    given: Any = kind(data=request.data)
    unknown = set(request.data) - set(given.fields)
    if unknown:
        raise invalid("There are fields that mean nothing here.", dict.fromkeys(unknown, "unknown"))
    given.is_valid(raise_exception=True)
    found: dict[str, Any] = given.validated_data
    return found


# --- Pages ----------------------------------------------------------------------------------------


def page(
    request: Request,
    rows: QuerySet[Any],
    order: Sequence[str],
    shown: Callable[[list[Any]], list[Any]],
) -> Response:
    """The rows after the cursor, and the cursor of those after them; no counting, no offset."""
    keys, size = Keyset(order), size_of(request)
    after = request.query_params.get("after", "")
    if after and not keys.knows(after):
        raise invalid("“after” is the “next” of another answer.", {"after": "no cursor"})
    found = list(keys.beyond(rows.order_by(*order), after)[: size + 1])
    here = found[:size]
    following = keys.cursor(here[-1]) if len(found) > size else None
    return Response({"results": shown(here), "next": following})


def size_of(request: Request) -> int:
    """How many rows were asked for. Raises Problem."""
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdecimal() and len(text) < 5) or not (
        FEWEST <= int(text) <= MOST
    ):
        words = f"a number from {FEWEST} to {MOST}"
        raise invalid("“limit” is not understood.", {"limit": words})
    return int(text)


# --- Deciding once --------------------------------------------------------------------------------


def deciding(act: Act) -> Act:
    """The operation, in a transaction and via the token: with an Idempotency-Key, once.

    What it did and what it answered commit together, so that a call that comes again, or twice at
    once, gets the first one's answer. What was refused is no answer, and may be tried again.
    """

    @wraps(act)
    def view(self: OpsViews, request: Request, *args: Any, **kwargs: Any) -> Response:
        token, key = token_of(request), request.headers.get(KEY)
        if key is not None and not 0 < len(key) <= LONGEST_KEY:
            raise invalid(f"{KEY} has 1 to {LONGEST_KEY} characters.", {KEY: "length"})
        with transaction.atomic(), acting_via(token.name):
            kept = ApiAnswer.objects.begin(token, key, digest_of(request)) if key else None
            self.kept = kept
            if kept and kept.status:
                return _again(kept, digest_of(request))
            answer = act(self, request, *args, **kwargs)
            if kept:
                kept.keep(answer.status_code, answer.data)
        return answer

    return view


def digest_of(request: Request) -> str:
    """What was asked, whole."""
    asked = repr((request.method, request.get_full_path(), request.data))
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()


def _again(kept: ApiAnswer, digest: str) -> Response:
    if kept.digest != digest:
        raise Problem(422, "key_reused", f"Take another {KEY} for another request.")
    return Response(kept.body, kept.status, headers={"Idempotent-Replayed": "true"})
