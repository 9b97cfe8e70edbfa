"""What was odd about a lead that arrived, in a closed list. Odd leads are stored, never refused."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Flag(TextChoices):
    """One oddity. The value is stored, the label is a title for people."""

    BAD_EMAIL = "bad_email", _("E-mail looks wrong")
    NO_CONTACT = "no_contact", _("No e-mail, no phone")
    CONVERTED = "converted", _("Value was not text")
    CLIPPED = "clipped", _("Cut in lists")
    LONG = "long", _("Unusually long")
    TOO_MANY = "too_many", _("Too many fields")
    REPAIRED = "repaired", _("Characters replaced")
    MENDED = "mended", _("Not as declared")
    GUESSED_TYPE = "guessed_type", _("Type guessed")
    ENTITIES = "entities", _("HTML decoded")
    UNSEEN = "unseen", _("Invisible characters")
    PLACEHOLDER = "placeholder", _("Placeholder left empty")
    FILE = "file", _("With a file")
    SAME_ID = "same_id", _("Same id, other fields")
    FOREIGN_PAGE = "foreign_page", _("From an unknown page")
    SUSPECT = "suspect", _("Filled in as programs do it")
    SAID_TEST = "said_test", _("Its address says test")

    @property
    def means(self) -> StrOrPromise:
        """What it says, in a sentence."""
        return MEANS[self]


MEANS: dict[str, StrOrPromise] = {
    Flag.BAD_EMAIL: _("The e-mail address is not written as one; mail to it will not arrive."),
    Flag.NO_CONTACT: _("There is neither an e-mail address nor a phone number."),
    Flag.CONVERTED: _("The site sent a number, a list or an object where a text belongs."),
    Flag.CLIPPED: _("Name, e-mail or phone is too long for the lists; the data has it whole."),
    Flag.LONG: _("A value of more than 20,000 characters, or more than 100 fields."),
    Flag.TOO_MANY: _("It has more than 2,000 fields; the body has them all, the data the first."),
    Flag.REPAIRED: _("Some characters were in another encoding or cannot be stored."),
    Flag.GUESSED_TYPE: _("The site did not say what kind of data it sent."),
    Flag.MENDED: _(
        "The site sent another kind of body than it said, or a broken one; it was read."
    ),
    Flag.ENTITIES: _(
        "Signs came as HTML, such as &amp; for &; they are read as what they stand for."
    ),
    Flag.UNSEEN: _("Characters that nobody sees were left out, so that addresses compare."),
    Flag.SAME_ID: _("The form tool gave it the id of another submission, with other fields."),
    Flag.FILE: _("A file came with it: its name and size are kept, its content is not."),
    Flag.PLACEHOLDER: _("The form sent a placeholder instead of a value; it counts as empty."),
    Flag.FOREIGN_PAGE: _("The page it was posted from was none that might post for the site."),
    Flag.SUSPECT: _("Its hidden field was filled in, or it was filled in within seconds."),
    Flag.SAID_TEST: _(
        "It was posted with dry_run or test behind the address, which says nothing there: a lead."
    ),
}


def write_flags(flags: AbstractSet[Flag]) -> str:
    """Flags as a lead keeps them: in the order of the list, separated by blanks."""
    return " ".join(flag.value for flag in Flag if flag in flags)


def read_flags(text: str) -> list[Flag]:
    """The flags that a lead keeps; what this code does not know is left out."""
    return [Flag(value) for value in text.split() if value in Flag.values]
