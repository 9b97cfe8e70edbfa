"""From bytes to fields. What is odd but readable is a lead; only the unreadable is refused."""

from __future__ import annotations

from leads.intake.body.declared import read_declared, type_of
from leads.intake.body.mended import SeveralLeads, inflated_or_refused, read_mended
from leads.intake.body.submission import FORM, JSON, MAX_BODY, MULTIPART, Submission
from leads.intake.errors import Unreadable, Unsupported

__all__ = ["FORM", "JSON", "MAX_BODY", "MULTIPART", "Submission", "parse_submission"]

JSON_BEGINS = (b"{", b"[", b"%7B", b"%7b", b"%5B", b"%5b")


def parse_submission(content_type: str, body: bytes, encoding: str = "") -> Submission:
    """Read a body as what it claims to be, else as what it is; that is flagged.

    `encoding` is the request's Content-Encoding. Raises Unsupported, Unreadable with the place of
    the fault, or TooLarge for what is more than a megabyte once it is inflated.
    """
    body = inflated_or_refused(body, encoding)
    try:
        submission = read_declared(content_type, body)
    except (Unreadable, Unsupported) as refusal:
        try:
            return read_mended(content_type, body)
        except SeveralLeads:
            raise
        except (Unreadable, Unsupported):
            raise refusal from None
    if body.lstrip().startswith(JSON_BEGINS) and type_of(content_type, body) == FORM:
        return json_in_a_form(content_type, submission)
    return submission


def json_in_a_form(content_type: str, submission: Submission) -> Submission:
    """What programs send by mistake: whole JSON, declared as a form. Else as it was read."""
    try:
        return read_mended(content_type, submission.body)
    except (Unreadable, Unsupported):
        return submission
