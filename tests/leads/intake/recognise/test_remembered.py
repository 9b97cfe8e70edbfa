"""What is remembered of names: short ones, and no more of them than a process has room for."""

from __future__ import annotations

from leads.intake.recognise.remembered import LONGEST, remembered


def test_short_names_are_judged_once_and_long_ones_each_time() -> None:
    asked = []

    @remembered
    def judge(names: tuple[str, ...]) -> int:
        asked.append(names)
        return len(names)

    short, long = ("form", "name"), ("form", "n" * LONGEST)

    assert [judge(short), judge(short), judge(long), judge(long)] == [2] * 4
    assert asked == [short, long, long]


def test_names_apart_are_not_taken_for_one_another() -> None:
    assert [remembered(list)(names) for names in (("a", "b"), ("ab",))] == [["a", "b"], ["ab"]]
