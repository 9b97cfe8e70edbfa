"""A secret in an answer: told to who asked, as often as the same call comes, and kept with none.

What is kept of an answer is a row in clear text. So the secret of a key is made from what the
program alone has, the secret of its token, and from that row, which goes after a day: the same call
makes it again, and neither the database nor SECRET_KEY does. An address is read where it is kept,
encrypted.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import Act, OpsViews
from leads.models.key import Key

Tell = Callable[[Any, Request, dict[str, Any]], str]


class SecretViews(OpsViews):
    """Operations of which some make a secret."""

    @cached_property
    def secret(self) -> str:
        """A secret for what is made in this call."""
        if self.kept is None:
            return Key.new_secret()
        shown = self.request.headers["Authorization"].partition(" ")[2].strip()
        about = f"leadops.api.sites.secret {self.kept.pk} {self.kept.created_at.isoformat()}"
        made = hmac.digest(shown.encode(), about.encode(), "sha256")
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def telling(name: str, tell: Tell) -> Callable[[Act], Act]:
    """The operation with a secret in its answer, which no cache and no row of ours keeps."""

    def around(act: Act) -> Act:
        @sensitive_variables()
        @wraps(act)
        def view(self: OpsViews, request: Request, *args: Any, **kwargs: Any) -> Response:
            answer = act(self, request, *args, **kwargs)
            told = tell(self, request, answer.data)
            headers = {**answer.headers, "Cache-Control": "no-store"}
            return Response({**answer.data, name: told}, answer.status_code, headers=headers)

        return view

    return around
