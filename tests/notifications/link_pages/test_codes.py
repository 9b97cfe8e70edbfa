"""Codes: six digits, ten minutes, five tries, once; whoever guesses, from however many sides."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leads.clock import database_now
from notifications.models import Reader
from notifications.models.reader import CODE_FOR, CODE_TRIES

pytestmark = pytest.mark.django_db


def a_reader(address: str = "dealer@example.com") -> Reader:
    return Reader.objects.keep(address, database_now() + timedelta(days=14))


def new_code(reader: Reader, now: datetime) -> str:
    code = Reader.objects.new_code(reader.recipient, now)
    assert code is not None
    return code


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_code_is_six_digits_and_only_its_digest_is_kept() -> None:
    reader = a_reader()

    code = new_code(reader, database_now())

    assert len(code) == 6
    assert code.isdecimal()
    assert code not in str(Reader.objects.filter(pk=reader.pk).values("code_digest"))


def test_no_code_is_made_for_who_reads_nothing() -> None:
    assert Reader.objects.new_code("stranger@example.com", database_now()) is None


def test_two_readers_with_the_same_code_have_digests_of_their_own() -> None:
    assert a_reader("a@example.com").digest_of("123456") != a_reader("b@example.com").digest_of(
        "123456"
    )


@pytest.mark.parametrize("address", ["Dealer@example.com", "DEALER@EXAMPLE.COM"])
def test_a_reader_is_one_in_whatever_case_the_address_is_written(address: str) -> None:
    assert a_reader(address).pk == a_reader().pk


class Codes(RuleBasedStateMachine):
    """Asking, guessing and waiting in any order, beside what is promised of it."""

    def __init__(self) -> None:
        super().__init__()
        Reader.objects.all().delete()
        self.reader, self.now = a_reader(), database_now()
        self.code, self.made_at, self.tries = "", self.now, 0

    @rule()
    def ask(self) -> None:
        self.code = new_code(self.reader, self.now)
        self.made_at, self.tries = self.now, 0

    @rule(minutes=st.sampled_from([0, 1, 5, 9, 10, 11]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @property
    def works(self) -> bool:
        in_time = self.now < self.made_at + CODE_FOR
        return bool(self.code) and in_time and self.tries < CODE_TRIES

    @rule()
    @precondition(lambda self: self.code)
    def guess_wrong(self) -> None:
        assert not Reader.objects.show_code(self.reader.pk, another(self.code), self.now)
        self.tries += 1

    @rule()
    @precondition(lambda self: self.code)
    def show(self) -> None:
        works = self.works

        assert Reader.objects.show_code(self.reader.pk, self.code, self.now) == works
        self.tries += 1
        if works:
            assert not Reader.objects.show_code(self.reader.pk, self.code, self.now)
            self.code = ""

    @invariant()
    def never_more_than_five_tries(self) -> None:
        assert Reader.objects.get(pk=self.reader.pk).code_tries <= CODE_TRIES


def test_a_code_opens_once_within_its_time_and_its_tries() -> None:
    few = settings(deadline=None, max_examples=40, stateful_step_count=16)

    run_state_machine_as_test(Codes, settings=few)


def test_the_last_try_counts_and_the_next_one_does_not() -> None:
    reader, now = a_reader(), database_now()
    code = new_code(reader, now)
    for _try in range(CODE_TRIES - 1):
        Reader.objects.show_code(reader.pk, another(code), now)

    assert Reader.objects.show_code(reader.pk, code, now)


def test_a_code_of_before_is_over_when_the_next_one_is_made() -> None:
    reader, now = a_reader(), database_now()
    old, new = new_code(reader, now), new_code(reader, now)

    assert old == new or not Reader.objects.show_code(reader.pk, old, now)
    assert Reader.objects.show_code(reader.pk, new, now)


def test_a_second_code_is_not_asked_for_within_a_minute() -> None:
    reader, now = a_reader(), database_now()

    assert Reader.objects.asks(reader.pk, now)
    assert not Reader.objects.asks(reader.pk, now + timedelta(seconds=59))
    assert Reader.objects.asks(reader.pk, now + timedelta(seconds=60))
