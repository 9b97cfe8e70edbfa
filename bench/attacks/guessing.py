"""What guessed passwords cost a site that posts: `python -m bench.attacks.guessing [--quick]`.

25 tries a second from 25 addresses on 25 names, half of them accounts, while leads come in evenly.
Rounds with and without them take turns; before each with them all counts are forgotten, so that it
is the worst moment of an attack: most tries are hashed that may be. A proxy's header says where a
try comes from.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from urllib.parse import urlencode

from bench.kit.load import Order, Result
from bench.kit.machine import Watch
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, middle, show, spread
from bench.kit.stage import HERE, Stage, expect, stage

PATH = "/api/v1/leads/"
LOG_IN = "/admin/login/"
GUESSERS = 25
"""Addresses, names, and tries a second."""
PACE = 50.0
"""Posts a second: what two cores take with ease, beside the generator."""
ROUND = 4
"""Times as long as a round of intake: a p99 needs many posts."""
MAKE_PEOPLE = """
from django.contrib.auth.models import User
for n in range(12):
    User.objects.create_user(f"guessed{n}", password="not-to-be-guessed", is_staff=True)
"""


@dataclass
class Guessers:
    """25 of them, each at an address of its own with a try a second, until told to stop."""

    port: int
    answers: Counter[int] = field(default_factory=Counter)
    refused: list[float] = field(default_factory=list)
    """Milliseconds of the answers 429."""
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Guessers:
        self.threads = [threading.Thread(target=self.guess, args=(n,)) for n in range(GUESSERS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def guess(self, number: int) -> None:
        """One after the other, on all names in turn."""
        connection = http.client.HTTPConnection(HERE, self.port, timeout=30)
        token = self.token(connection)
        due = time.monotonic() + number / GUESSERS
        name = number
        while not self.over.wait(max(0.0, due - time.monotonic())):
            self.one(connection, number, f"guessed{name % GUESSERS}", token)
            due, name = due + 1, name + 1
        connection.close()

    def token(self, connection: http.client.HTTPConnection) -> str:
        """A cookie of the log-in page, which its form repeats."""
        connection.request("GET", LOG_IN)
        answer = connection.getresponse()
        answer.read()
        return answer.headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0]

    def one(
        self, connection: http.client.HTTPConnection, number: int, name: str, token: str
    ) -> None:
        """A wrong password."""
        body = urlencode({"username": name, "password": "wrong", "csrfmiddlewaretoken": token})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={token}",
            "X-Forwarded-For": f"203.0.113.{number}",
        }
        began = time.perf_counter()
        connection.request("POST", LOG_IN, body, headers)
        answer = connection.getresponse()
        answer.read()
        self.answers[answer.status] += 1
        if answer.status == http.HTTPStatus.TOO_MANY_REQUESTS:
            self.refused.append((time.perf_counter() - began) * 1000)


def measure(scene: Stage, length: Length) -> Part:
    """The rounds. Raises Failed when a post was refused."""
    database = scene.database("guessing")
    env = scene.leadops(database) | {"INTAKE_QUOTA": "1000000000"}
    key = scene.run("manage.py", "createsite", "Usual", env=env).strip()
    scene.run("manage.py", "shell", "-c", MAKE_PEOPLE, env=env)
    scene.run("manage.py", "collectstatic", "--no-input", "-v0", env=env)
    port, process = scene.gunicorn("leadops", "leadops.wsgi", env, "/healthz/live")
    headers = {"Authorization": f"Bearer {key}"}
    order = Order(port, PATH, length.seconds * ROUND, headers=headers, pace=PACE)

    def turn() -> Result:
        said = scene.run("-m", "bench.kit.load", env={}, given=json.dumps(asdict(order)))
        result = Result(**json.loads(said))
        expect("posts that were refused", result.errors, 0)
        return result

    turn()  # every thread opens its connection and every import is done
    quiet, loud, answers, refused = [], [], Counter[int](), list[float]()
    watch, cpu = Watch(), process.cpu()
    for _ in range(length.rounds):
        quiet.append(turn())
        database.execute("DELETE FROM accounts_logintry")
        with Guessers(port) as guessers:
            loud.append(turn())
        answers += guessers.answers
        refused += guessers.refused
    part = Part(f"Guessing: {GUESSERS} tries a second beside {PACE:.0f} posts a second")
    for name in ("p99", "median"):
        with_them, without = ([getattr(one, name) for one in side] for side in (loud, quiet))
        ratio = spread([mine / theirs for mine, theirs in zip(with_them, without, strict=True)])
        part.rows.append(
            Row(
                f"{name} of posts, ms",
                spread(with_them, ".0f"),
                f"without {spread(without, '.0f')}",
                ratio,
                "≤ 2" if name == "p99" else "",
            )
        )
    said = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    late = f"; a 429 takes {middle(refused):.0f} ms" if refused else ""
    part.notes = [f"tries: {said}{late}", f"CPU of the web processes: {process.cpu() - cpu:.0f} s"]
    part.notes.append(watch.says())
    return part


def main() -> None:
    """Print it."""
    asked = arguments("What guessed passwords cost a site that posts.").parse_args()
    with stage() as scene:
        show(measure(scene, QUICK if asked.quick else FULL))


if __name__ == "__main__":
    main()
