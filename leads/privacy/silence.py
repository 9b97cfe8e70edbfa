"""Errors of tasks, without the values they quote: the queue writes an error's text into a row."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


class TaskFailed(Exception):
    """A task ended with an error, named by its type; the log has the trace."""


def silent(task: Callable[P, T]) -> Callable[P, T]:
    """The task, which raises TaskFailed instead of whatever it raised."""

    @wraps(task)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return task(*args, **kwargs)
        except Exception as error:
            log.exception("task %s failed", task.__name__)
            raise TaskFailed(type(error).__name__) from None

    return run
