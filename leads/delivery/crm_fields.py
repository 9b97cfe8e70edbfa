"""What the desk may ask of a CRM whose own fields people fill in: their inputs, and their rules.

A CRM that says nothing of its fields lacks `FillsFields`; then people correct our own fields only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol, runtime_checkable

from django.utils.translation import gettext as _

from leads.delivery.gateway import Preview, get_gateway
from leads.models import Lead, Site


class InputKind(Enum):
    """How a person enters a value of a field."""

    TEXT = auto()
    LONG_TEXT = auto()
    CHOICE = auto()
    CHOICES = auto()
    DATE = auto()
    MOMENT = auto()
    WHOLE = auto()
    NUMBER = auto()
    YES_NO = auto()
    RECORD = auto()
    """Another record or a user, by its name: `{"id": …, "name": …}`."""
    JSON = auto()

    @property
    def is_plain(self) -> bool:
        """Whether an input for text enters it as well."""
        return self in (InputKind.TEXT, InputKind.LONG_TEXT)


@dataclass(frozen=True)
class CrmField:
    """One field of the CRM that a person may fill in."""

    name: str
    """As the CRM's answers name it."""
    label: str
    kind: InputKind = InputKind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    """What may be chosen, as (value, words); of a record its id and name."""
    most: int | None = None
    """Characters of a text, digits of a number."""
    of: str = ""
    """What a record is one of, in words: Accounts, users."""
    is_described: bool = True
    """Whether the CRM says what it is; else only its name is known."""

    @property
    def of_words(self) -> str:
        """What a record is one of, for the reader: modules are called as the CRM calls them."""
        return _("users") if self.of == "users" else self.of


Meaning = Callable[[str], CrmField | None]
"""What tells the field that a name or a label means; None for one that means none."""


class RuleTrial(NamedTuple):
    """What a dry run of rules came to: leads looked at, how many would fail, how many do today."""

    leads: int = 0
    failing: int = 0
    today: int = 0

    @property
    def is_grave(self) -> bool:
        """Whether most leads would fail: that is asked for once more before it is saved."""
        return self.failing * 2 > self.leads


class NotFound(ValueError):
    """No record of that name, or more than one; its text tells people which there are."""


@runtime_checkable
class FillsFields(Protocol):
    """A CRM that says what its fields take, and whose rules may fill them from now on."""

    rule_permission: str
    """Who may save a rule, as `has_perm` takes it."""

    def fields_named(self, site: Site, names: Iterable[str]) -> list[CrmField]:
        """Those of the fields that a person may fill in for the site's leads. Asks nobody."""

    def meaning(self, site: Site) -> Meaning:
        """What tells the field that a name or a label means: None where a rule reads the name."""

    def find_record(self, site: Site, field: CrmField, name: str) -> dict[str, str]:
        """The record or user of a name or an id. Asks the CRM; raises NotFound."""

    def value_at(self, data: dict[str, Any], path: str) -> Any:
        """What stands at a path of a lead's data, as rules read it."""

    def previews(self, pairs: Iterable[tuple[Lead, dict[str, Any]]]) -> list[Preview]:
        """What would be sent for each of these leads with these data. Asks nobody."""

    def rule_faults(self, site: Site, field: str, value: Any, path: str) -> list[str]:
        """Why the value, or the one at a path, cannot be filled in from now on."""

    def rule_trial(
        self, site: Site, field: str, value: Any, path: str, most: int = 1000
    ) -> RuleTrial:
        """What that rule would make of the site's newest leads, `most` of them. Asks nobody.

        Of one that is there already nothing.
        """

    def add_rule(self, site: Site, field: str, value: Any, path: str) -> bool:
        """Save that rule behind those of the site; whether it is a new one."""


def filling() -> FillsFields | None:
    """The gateway, where its fields can be filled in."""
    gateway = get_gateway()
    return gateway if isinstance(gateway, FillsFields) else None


def named_in(text: str) -> list[str]:
    """The fields that a reason names: one, or several with commas between."""
    return list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


Finder = Callable[[CrmField, str], dict[str, str]]
"""What finds a record by its name. Raises NotFound."""
