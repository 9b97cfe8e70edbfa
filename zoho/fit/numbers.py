"""Reading numbers as people write them where a site is at home. Pure.

Points, commas, blanks and apostrophes divide thousands here and fractions there. The country
decides where a text can be either (1.200 is 1200 in Germany); without one it is read as programs
write it, and said to be a guess.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from zoho.fit.readers import LONGEST, Reading

_POINT_COUNTRIES_TEXT = """
    AE AU BD BH BN BW BZ CA CH CN CR DO EG ET GB GH GT HK HN IE IL IN IQ IR JM JO JP KE KR
    KW LB LI LK LY MM MO MT MX MY NG NI NP NZ OM PA PE PH PK PR QA SA SD SG SV TH TT TW TZ
    UG US YE ZM ZW
"""
POINT_COUNTRIES = frozenset(_POINT_COUNTRIES_TEXT.split())
"""Countries that write 12.50: Unicode CLDR, by the language that most people there write. Canada's
French and South Africa's law want a comma, and most forms there have a point."""
_POINT_COUNTRY = "GB"
_COMMA_COUNTRIES_TEXT = """
    AD AL AO AR AT AZ BA BE BG BO BR BY CL CM CO CU CY CZ DE DK DZ EC EE ES FI FO FR GE GL
    GR HR HU ID IS IT KG KZ LT LU LV MA MC MD ME MK MN MZ NL NO PL PT PY RO RS RU SE SI SK
    SM SN TN TR UA UY UZ VA VE VN XK ZA
"""
COMMA_COUNTRIES = frozenset(_COMMA_COUNTRIES_TEXT.split())
"""Countries that write 12,50."""

_WORDS_TEXT = """
    aed ars aud bam bdt bgn bob brl cad cfa chf clp cny cop czk dh dhs din dkk dzd egp eur euro
    euros f.cfa fcfa fr ft gbp gel ghs gs hkd huf idr ils inr jod jpy kč kcs kd kes kn kr krw
    ksh kshs kwd kzt lei lkr mad mdl mkd mxn myr nok nt nzd omr pen php pkr pln qar r rd rm rmb
    ron rp rs rsd rub s/ sar sek sfr sgd sh shs thb tl try tsh tnd twd tzs uah ugx usd ush uyu
    uzs vnd xaf xof zar zl zł dollar dollars pound pounds lira rand rupee rupees
    đ đồng 円 圓 元 원 บาท грн ден дин лв р руб рублей тг тенге сом сум р.с د.إ د.م ر.س ريال درهم
"""
_WORDS = frozenset(_WORDS_TEXT.split())
_MARKA = "KM"
"""Bosnia's, of which kilometres are told apart by their letters."""
_ARABIC_POINT = "\u066b"
"""It divides a fraction in every country."""
_ONE_KIND: dict[str, str] = {
    " ": "\u00a0\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))),
    # The Arabic divider of thousands divides nothing else, as an apostrophe does.
    "'": "’ʼ‘`´\u02b9\u2032\u2018\uff07\u066c",
    "-": "−‒–\u2010\u2011\ufe63\uff0d",
    "+": "\uff0b",
    ".": "\uff0e" + _ARABIC_POINT,
    ",": "\uff0c",
    "(": "\uff08",
    ")": "\uff09",
    "%": "\uff05\u066a",
    "": "\u061c\u200e\u200f\u2066\u2067\u2068\u2069",  # they say which way a text runs
}
"""What a sign is read as, with all that look alike."""
_READ_AS = str.maketrans({sign: one for one, signs in _ONE_KIND.items() for sign in signs})
_WRITTEN = re.compile(
    r"([+-]?) ?"
    r"([^0-9+-]*?) ?"  # a currency
    r"([+-]?)([0-9]+(?:[ '.,][0-9]+)*)"
    r"(?:[.,:](?:--?|—)|/[-=]|(-))? ?"  # no cents: 5.–, 5:-, 5/-, 5/=; or a minus behind it
    r"([^0-9]*)"  # a currency, or per cent
)
_BRACKETED = re.compile(r"([^()]*)\(([^()]+)\)([^()]*)")
"""A number in brackets: as bookkeepers write one below nothing."""
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:S[0-9]{3})+")
_LAKHS = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")


def read_number(text: str, country: str = "", only_whole: bool = False) -> Reading | None:
    """A decimal number; None where it is none.

    What had a currency, or could be a thousand or a fraction and is not sure, is not `whole`.
    Where `only_whole` numbers can be meant, 1,200 and 1.200 are thousands in every country.
    """
    if len(text) > LONGEST:
        return None
    if _ARABIC_POINT in text:
        country, only_whole = _POINT_COUNTRY, False
    plain = _plain(text)
    bracketed = _BRACKETED.fullmatch(plain)
    found = _WRITTEN.fullmatch("".join(bracketed.groups()) if bracketed else plain)
    if found is None:
        return None
    signs = [sign for sign in (found[1], found[3], found[5], bracketed and "-") if sign]
    named = [word for word in (found[2].strip(), found[6].strip(" %")) if word]
    read = _digits(found[4], country.upper(), only_whole)
    if read is None or len(signs) > 1 or len(named) > 1 or not all(map(_is_currency, named)):
        return None
    digits, is_sure = read
    is_plain = not named and not bracketed and not found[5]
    return Reading(Decimal("".join(signs) + digits), is_sure and is_plain)


def _plain(text: str) -> str:
    """One kind of each sign, and of the digits, which every script has of its own."""
    read = text.translate(_READ_AS)
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in read).strip(" ")


def _is_currency(word: str) -> bool:
    """A sign such as € or R$, or a usual word such as EUR."""
    letters = "".join(sign for sign in word if unicodedata.category(sign) != "Sc")
    if letters != word:
        return len(word) <= 4 and (not letters or letters.isalpha())
    return word == _MARKA or word.rstrip(".").casefold() in _WORDS


def _digits(text: str, country: str, only_whole: bool) -> tuple[str, bool] | None:
    """The digits with a point before the fraction, and whether that is sure; None for no number."""
    separators = re.findall("[^0-9]", text)
    if not separators:
        return text, True
    kinds, last = set(separators), separators[-1]
    whole, _separator, fraction = text.rpartition(last)
    if len(kinds) == 1:
        return _one_kind(text, last, len(separators), country, only_whole)
    if len(kinds) > 2 or last not in ".," or separators.count(last) > 1:
        return None
    other = next(iter(kinds - {last}))
    return (f"{_joined(whole)}.{fraction}", True) if _is_grouped(whole, other) else None


def _one_kind(
    text: str, separator: str, number: int, country: str, only_whole: bool
) -> tuple[str, bool] | None:
    """A text with separators of one kind: thousands, or one fraction."""
    grouped = _is_grouped(text, separator)
    if separator not in ".," or number > 1:
        return (_joined(text), True) if grouped else None
    fraction = text.replace(",", ".")
    if not grouped or text.startswith("0"):
        return fraction, True
    if country in POINT_COUNTRIES or country in COMMA_COUNTRIES:
        if only_whole:
            return _joined(text), False
        is_fraction = separator == ("." if country in POINT_COUNTRIES else ",")
        return (fraction, True) if is_fraction else (_joined(text), False)
    return (fraction, True) if separator == "." else (_joined(text), False)


def _is_grouped(text: str, separator: str) -> bool:
    """Whether thousands are divided by this; in India also the hundreds of thousands."""
    thousands = _THOUSANDS.pattern.replace("S", re.escape(separator))
    lakhs = separator == "," and bool(_LAKHS.fullmatch(text))
    return bool(re.fullmatch(thousands, text)) or lakhs


def _joined(text: str) -> str:
    return re.sub("[^0-9]", "", text)
