"""What fitting and checking say: English where it is stored, the reader's language where shown."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext

import zoho.gateway  # noqa: F401 - it reads every module that says something
from leads.shown.sentences import CHOICES, INNER, PLACE, Sentence, shown
from zoho.fit.metadata import STANDARD_LEADS
from zoho.fit.values import NO_NUMBER
from zoho.mapping.record import Plan, to_record


def filled(template: str) -> dict[str, str]:
    """Something for each of its places."""
    known = {INNER: NO_NUMBER(), CHOICES: "your_mail or mail.2"}
    return {name: known.get(name, f"<{name}: 1, 2>") for name in PLACE.findall(template)}


@pytest.mark.parametrize("sentence", Sentence.known, ids=lambda one: one.template[:40])
def test_each_is_known_again_and_said_in_german(sentence: Sentence) -> None:
    values = filled(sentence.template)
    kept = sentence(**values)

    with translation.override("de"):
        german = {**values, INNER: "keine Zahl", CHOICES: "your_mail oder mail.2"}
        wanted = gettext(sentence.template) % german

        assert shown(kept) == wanted
    assert shown(kept) == kept


def test_repairs_of_a_record_are_kept_in_english_and_read_in_german() -> None:
    data = {
        "last_name": "Fortin",
        "email": "write to aisha@example.com, please",
        "postcode": "12 Long Street, Calgary",
        "phone": "no",
    }
    fitted = to_record(data, Plan(fields=STANDARD_LEADS))

    with translation.override("de"):
        read = [shown(one) for one in fitted.repairs]
    assert fitted.repairs[0] == (
        "email: the address was taken out of a longer text; the whole value is in Description"
    )
    assert read[0] == (
        "email: die Adresse wurde aus einem längeren Text genommen; "
        "der ganze Wert steht in Description"
    )
    assert not set(read) & set(fitted.repairs)


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        (
            "Frage: wann, moved to A?: longer than 30 characters, cut; the whole value is in D",
            "Frage: wann, moved to A?: länger als 30 Zeichen, gekürzt; der ganze Wert steht in D",
        ),
        (
            "not in Zoho's list, sent as a new choice, spelled as in Zoho's list",
            "nicht in Zohos Liste, als neue Auswahl gesendet, geschrieben wie in Zohos Liste",
        ),
        (
            "Zoho did not answer for another record, so this one follows. not a number",
            "Zoho hat bei einem anderen Datensatz nicht geantwortet, deshalb folgt dieser später. "
            "keine Zahl",
        ),
    ],
)
def test_several_in_a_row_and_names_that_look_like_sentences(kept: str, read: str) -> None:
    with translation.override("de"):
        assert shown(kept) == read


def test_what_zoho_says_itself_stays_as_it_said_it() -> None:
    said = "invalid data: Lead_Source, moved to nowhere; the whole value is in doubt. Really."

    with translation.override("de"):
        assert shown(said) == said
