"""What the published schema says of operations: their parameters, bodies and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from leadops.api.base import FEWEST, KEY, LONGEST_KEY, MOST, USUAL
from leadops.api.problems import MEDIA_TYPE, ProblemSerializer
from leads.criteria import CRITERIA

ALWAYS = (401, 403, 422, 429, 503)
PAGING = (
    OpenApiParameter("after", OpenApiTypes.STR, description="The “next” of another answer."),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": FEWEST, "maximum": MOST, "default": USUAL}
    ),
)
ONCE = OpenApiParameter(
    KEY,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description="A repeat within a day is answered as the first call, and does nothing.",
)
FILTER = tuple(
    OpenApiParameter(name, OpenApiTypes.STR, description=f"Takes {one.takes}.")
    for name, one in CRITERIA.items()
)
"""The failed table's filters, under their names there."""


def of(name: str, kind: Any = OpenApiTypes.STR, words: str = "") -> OpenApiParameter:
    """A parameter of the query."""
    return OpenApiParameter(name, kind, description=words)


def operation(
    name: str,
    summary: str,
    answer: Any,
    *,
    takes: Any = None,
    query: Iterable[OpenApiParameter] = (),
    refuses: tuple[int, ...] = (),
    status: int = 200,
    once: bool = False,
) -> Callable[[Any], Any]:
    """An operation of the schema, which takes these parameters and no others.

    `once` where it takes an Idempotency-Key.
    """
    asked = tuple(query)
    problem = OpenApiResponse(ProblemSerializer)
    refused = sorted({*ALWAYS, *refuses, *((400, 413, 415) if takes or once else ())})
    responses: dict[Any, Any] = {status: answer}
    responses |= {(code, MEDIA_TYPE): problem for code in refused}
    described: Callable[[Any], Any] = extend_schema(
        operation_id=name,
        summary=summary,
        request=takes,
        parameters=[*asked, *([ONCE] if once else [])],
        responses=responses,
    )

    def described_and_closed(method: Any) -> Any:
        found = described(method)
        found.asked = tuple(parameter.name for parameter in asked)
        return found

    return described_and_closed


def one(answer: Any, words: str = "") -> OpenApiResponse:
    """An answer with words."""
    return OpenApiResponse(answer, description=words)
