"""The people at the desk: how they log in, and what they did."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Second factor, lock-out, the pages of users and the audit."""

    name = "leadops.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Listen for logins, and to the daily pruning."""
        from leadops.accounts import lockout, policy_reports, security_log
        from leadops.accounts.login import proof
        from leads.signals import pruned

        security_log.listen()
        proof.listen()
        pruned.connect(lockout.forget, dispatch_uid="accounts.forget")
        pruned.connect(policy_reports.forget, dispatch_uid="accounts.forget_policy_reports")
