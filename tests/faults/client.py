"""A site that posts leads and remembers what it was told: the first of three witnesses."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field

import requests

PATIENCE = 120.0
"""Seconds for which a site repeats one post, with the same key, until it is acknowledged."""
AGAIN_AFTER = 0.3


@dataclass
class Post:
    """One lead as the site knows it."""

    key: str
    email: str
    told: list[str] = field(default_factory=list)
    """What came back each time: a status, or the name of the error."""
    ids: set[str] = field(default_factory=set)

    @property
    def state(self) -> str:
        """acknowledged: a 202 came. unknown: it may be stored. refused: it is not."""
        if self.ids:
            return "acknowledged"
        return "refused" if set(self.told) <= {"503"} else "unknown"


class Client:
    """Posts `count` leads at `rate` a second over a few connections, each until it is taken."""

    def __init__(
        self,
        url: str,
        site_key: str,
        tag: str,
        count: int,
        rate: float = 20.0,
        threads: int = 4,
        marks: dict[int, str] | None = None,
    ) -> None:
        """`marks` puts a word before the addresses of some leads, by their number."""
        self.url = f"{url}/api/v1/leads/"
        self.site_key = site_key
        names = [(marks or {}).get(n, "lead") for n in range(count)]
        self.posts = [
            Post(f"{tag}-{n}", f"{name}.{tag}.{n}@example.com") for n, name in enumerate(names)
        ]
        self.interval = 1 / rate
        self.numbers = itertools.count()
        self.started = 0.0
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin to post."""
        self.started = time.monotonic()
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        """Wait until each lead is acknowledged or was given up."""
        for thread in self.threads:
            thread.join()

    @property
    def acknowledged(self) -> int:
        """How many leads were taken so far."""
        return sum(bool(post.ids) for post in self.posts)

    @property
    def is_done(self) -> bool:
        """Whether each lead is acknowledged or was given up."""
        return not any(thread.is_alive() for thread in self.threads)

    def _work(self) -> None:
        with requests.Session() as session:
            while (number := next(self.numbers)) < len(self.posts):
                time.sleep(max(0.0, self.started + number * self.interval - time.monotonic()))
                self._post(session, self.posts[number], number)

    def _post(self, session: requests.Session, post: Post, number: int) -> None:
        until = time.monotonic() + PATIENCE
        while not post.ids and time.monotonic() < until:
            try:
                answer = session.post(
                    self.url,
                    json={"contact_name": f"Person {number}", "email": post.email},
                    headers={
                        "Authorization": f"Bearer {self.site_key}",
                        "Idempotency-Key": post.key,
                    },
                    timeout=20,
                )
            except requests.RequestException as error:
                post.told.append(type(error).__name__)
            else:
                post.told.append(str(answer.status_code))
                if answer.status_code == 202:
                    post.ids.add(answer.json()["id"])
            if not post.ids:
                time.sleep(AGAIN_AFTER)
