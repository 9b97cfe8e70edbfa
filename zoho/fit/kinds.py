"""The field types of Zoho: what each takes, and how a value is made to fit it. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from zoho.fit import text, values
from zoho.fit.metadata import Field
from zoho.fit.readers import Home
from zoho.fit.text import Fit, Fitter


class Kind(NamedTuple):
    """What one or more field types take, and how values are made to fit; both for people too."""

    types: tuple[str, ...]
    takes: str
    repairs: str
    fit: Fitter


KINDS = (
    Kind(
        ("text", "textarea"),
        "Text up to the field's length: 255 in a single line, 2,000 or 32,000 in several",
        "Too long: the field keeps the beginning, the whole value goes to Description",
        text.fit_text,
    ),
    Kind(
        ("email",),
        "An e-mail address up to the field's length, 100",
        "An address inside a longer text is taken out of it, the whole goes to Description; "
        "anything else goes to Description",
        text.fit_email,
    ),
    Kind(
        ("phone",),
        "Digits and letters in groups, up to the field's length, 30",
        "Odd separators become blanks, a number inside a longer text is taken out of it, and the "
        "whole goes to Description; anything else goes to Description",
        text.fit_phone,
    ),
    Kind(
        ("website",),
        "A web address up to the field's length, 255, with or without https://",
        "Anything else goes to Description",
        text.fit_website,
    ),
    Kind(
        ("picklist",),
        "Any text of up to 120 characters, listed or new",
        "Spelled as in Zoho's list where only capitals and blanks differ; too long, or refused by "
        "Zoho as not in its list: goes to Description",
        text.fit_choice,
    ),
    Kind(
        ("multiselectpicklist",),
        "A list of choices",
        "A single value becomes a list, a text of which all parts are in Zoho's list one of them; "
        "where a choice cannot be sent, the whole list also goes to Description",
        text.fit_choices,
    ),
    Kind(
        ("date",),
        "yyyy-MM-dd",
        "31.12.2026, 12/31/2026, 31 December 2026 and the like are rewritten, the value as it came "
        "is kept in Description; anything else goes to Description",
        values.fit_date,
    ),
    Kind(
        ("datetime",),
        "yyyy-MM-ddTHH:mm:ss±HH:mm",
        "As dates; without an offset it is the site's own time",
        values.fit_datetime,
    ),
    Kind(
        ("integer",),
        "A whole number of up to 9 digits",
        "1,200, 1.200, 1 200 and 1'200 become 1200, the value as it came is kept in Description; "
        "anything else goes to Description",
        values.fit_integer,
    ),
    Kind(
        ("bigint",),
        "A whole number of up to 18 digits, sent as text",
        "As whole numbers",
        values.fit_bigint,
    ),
    Kind(
        ("double", "currency"),
        "A number of up to 16 digits, and the field's decimals, 9 at most",
        "1.234,50, 1'234.50 and EUR 12 become numbers, too many decimals are rounded, the value "
        "as it came is kept in Description; anything else goes to Description",
        values.fit_number,
    ),
    Kind(
        ("percent",),
        "A number of up to 5 digits",
        "25 % becomes 25, the value as it came is kept in Description; anything else goes to "
        "Description",
        values.fit_number,
    ),
    Kind(
        ("boolean",),
        "true or false",
        "yes, on, 1, ja, oui and their opposites are read, the value as it came is kept in "
        "Description; anything else goes to Description",
        values.fit_boolean,
    ),
    Kind(
        ("lookup", "ownerlookup", "userlookup", "layout"),
        "The id of a Zoho record",
        'Digits become {"id": …}; anything else goes to Description',
        values.fit_link,
    ),
    Kind(
        ("tags",),
        "A list of tags",
        "Names, in a list or separated by commas, become tags; of one over 25 characters the "
        "beginning, the whole goes to Description; anything else goes to Description",
        values.fit_tags,
    ),
    Kind(
        ("subform", "multiselectlookup", "multiuserlookup", "participants"),
        "A list of JSON objects",
        "Passed on as it is; anything else goes to Description",
        values.fit_list,
    ),
    Kind(
        ("fileupload", "imageupload"),
        "Ids of files that were uploaded to Zoho",
        "Passed on as they are; anything else goes to Description",
        values.fit_files,
    ),
)
BY_JSON: dict[str, Fitter] = {
    "jsonarray": values.fit_list,
    "jsonobject": values.fit_object,
    "boolean": values.fit_boolean,
}
BY_TYPE = {name: kind for kind in KINDS for name in kind.types}


def fit(value: Any, field: Field, home: Home) -> Fit:
    """The value as the field takes it. Types that are not in `KINDS` go by their JSON type."""
    if field.api_name == "Tag":  # a text by its type, an array by its JSON type
        return values.fit_tags(value, field, home)
    if field.type in BY_TYPE:
        return BY_TYPE[field.type].fit(value, field, home)
    return BY_JSON.get(field.json_type, text.fit_text)(value, field, home)
