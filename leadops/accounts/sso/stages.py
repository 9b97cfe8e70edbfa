"""The second factor after a log-in at a provider."""

from __future__ import annotations

from allauth.mfa import stages
from django.http import HttpRequest

from leadops.accounts.sso.session import factor_was_shown


class AuthenticateStage(stages.AuthenticateStage):
    """allauth's; what was shown at the provider need not be shown here."""

    def _should_handle(self, request: HttpRequest) -> bool:
        asks = bool(super()._should_handle(request))
        return asks and not factor_was_shown(request, self.login.user)
