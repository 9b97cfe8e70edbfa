"""Hashes of passwords, made at the lowest priority: a post does not wait for one.

Whoever logs in waits a third of a second at any rate, and on a busy machine a bit longer.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.contrib.auth.hashers import PBKDF2PasswordHasher

LOWEST = 19
_of_thread = threading.local()


class Patient(PBKDF2PasswordHasher):
    """Django's own in all that is kept: old code reads it, and this one what old code made."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The hash, made in a thread that has the time which others leave."""

        def make() -> tuple[str, float]:
            began = time.thread_time()
            made = PBKDF2PasswordHasher.encode(self, password, salt, iterations)
            return made, time.thread_time() - began

        with ThreadPoolExecutor(1, initializer=step_back) as last:
            made, seconds = last.submit(make).result()
        _of_thread.seconds = spent() + seconds
        return made


def spent() -> float:
    """Seconds of a processor that hashes took which this thread waited for."""
    return float(getattr(_of_thread, "seconds", 0.0))


def step_back() -> None:
    """Let all else go first, for as long as this thread lives."""
    if sys.platform == "linux":  # elsewhere a priority is a process's
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
