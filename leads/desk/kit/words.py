"""The texts of the pages' scripts, which a page brings along where it is not English."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.translation.trans_real import DjangoTranslation

Words = dict[str, str | list[str]]


@cache
def of_scripts(language: str) -> Words:
    """The texts in a language by their English, of plural ones all forms; empty for English."""
    if language.startswith("en"):
        return {}
    locales = [str(folder) for folder in settings.LOCALE_PATHS]
    known = DjangoTranslation(language, domain="djangojs", localedirs=locales)
    words: Words = {}
    for key, text in known._catalog.items():  # type: ignore[attr-defined]
        if isinstance(key, tuple):
            words[key[0]] = [*words.get(key[0], []), text]
        elif key:
            words[key] = text
    return words
