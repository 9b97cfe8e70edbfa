"""`manage.py secondfactor --remove NAME`: the way back in for who lost phone and codes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from leadops.accounts import second_factor
from leads.desk.kit.history import attribute


class Command(BaseCommand):
    """Lists who has a second factor, or takes somebody's away."""

    help = "List the accounts with a second factor, or take one's second factor away."

    def add_arguments(self, parser: CommandParser) -> None:
        """The account to take it from."""
        parser.add_argument("--remove", metavar="NAME", help="the login name of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each account, or what was done."""
        users = get_user_model().objects
        name = options["remove"]
        if name is None:
            for user in users.filter(is_staff=True, is_active=True).order_by("pk"):
                state = "yes" if second_factor.has_one(user) else "no"
                self.stdout.write(f"{user.get_username()}: {state}")
            return
        found = users.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is no account {name}.")
        if not second_factor.remove(found):
            raise CommandError(f"{name} has no second factor.")
        attribute(found, found, "The second factor was removed by a command.")
        self.stdout.write(f"{name} logs in with the password alone, and can enrol again.")
