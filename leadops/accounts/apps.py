"""The people at the desk: how they log in, and what they did."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Second factor, lock-out, the pages of users and the audit."""

    name = "leadops.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Listen for log-ins and all else that is evidence, and to the daily pruning."""
        from leadops.accounts import policy_reports
        from leadops.accounts.evidence import listeners
        from leadops.accounts.login import proof, sessions, tries
        from leadops.accounts.tokens import answers
        from leads.signals import pruned

        listeners.listen()
        proof.listen()
        sessions.listen()
        pruned.connect(tries.forget, dispatch_uid="accounts.forget")
        pruned.connect(policy_reports.forget, dispatch_uid="accounts.forget_policy_reports")
        pruned.connect(answers.forget, dispatch_uid="accounts.forget_answers")
        pruned.connect(sessions.forget, dispatch_uid="accounts.forget_sessions")
