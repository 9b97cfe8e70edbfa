"""While a process starts it makes nothing but what stays: to look for garbage among it was four
tenths of a start (`manage.py check`: 1.73 s of a processor's time, 1.06 s without; 3 runs each, by
turns).
"""

from __future__ import annotations

import gc
import sys


def begin() -> None:
    """Look for no garbage until everything is there. Django says so: see `is_over`."""
    gc.disable()


def is_over() -> None:
    """From now on look for it, among what comes. What is there stays, in forked processes too."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def has_pages() -> bool:
    """Whether pages are shown here or linked to: not by a worker's supervisor, nor by delivery."""
    return sys.argv[1:2] != ["worker"] or "notices" in sys.argv
