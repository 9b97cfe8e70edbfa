"""The closed lists: response codes, reasons, and what is known of each of them."""

from leads.reasons.catalogue import ABOUT, About, Owner, Remedy
from leads.reasons.codes import REFUSED_AGAIN, RULES, Reason, ResponseCode

__all__ = [
    "ABOUT",
    "REFUSED_AGAIN",
    "RULES",
    "About",
    "Owner",
    "Reason",
    "Remedy",
    "ResponseCode",
]
