"""Finding by what was typed: words before parts of words, whatever their case and accents."""

import time

import pytest

from access.rules.finding import Names, folded

NAMES = (
    "Health Records",
    "Old Health Records",
    "Record Health Check",
    "Patient-Portal (EU)",
    "Ward Planner",
    "Zürich Bücherei",
    "Øresund Łódź",
    "Unhealthy Food",
    "病院システム",
)


def found(text: str, most: int = 15, names: tuple[str, ...] = NAMES) -> list[str]:
    return Names((folded(name), name) for name in names).best(text, most)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("health", ["Health Records", "Old Health Records", "Record Health Check", "Unhealthy Food"]),
        ("HEALTH REC", ["Health Records", "Old Health Records", "Record Health Check"]),
        ("rec hea", ["Record Health Check", "Health Records", "Old Health Records"]),
        ("ecord", ["Health Records", "Old Health Records", "Record Health Check"]),
        ("portal eu", ["Patient-Portal (EU)"]),
        ("patient portal (eu)", ["Patient-Portal (EU)"]),
        ("zurich", ["Zürich Bücherei"]),
        ("ZÜRICH buch", ["Zürich Bücherei"]),
        ("oresund lodz", ["Øresund Łódź"]),
        ("システム", ["病院システム"]),
        ("ward  \u200bplan", ["Ward Planner"]),
        ("nothing of it", []),
    ],
)
def test_words_that_begin_so_come_before_parts_of_words(typed: str, names: list[str]) -> None:
    assert found(typed) == names


def test_what_is_found_alike_keeps_its_order_and_no_more_comes_than_was_asked_for() -> None:
    assert found("", 2) == ["Health Records", "Old Health Records"]
    assert found("!?", 2) == ["Health Records", "Old Health Records"]
    assert found("health", 2) == ["Health Records", "Old Health Records"]
    assert found("health", 4) == found("health")


def test_what_may_not_be_shown_takes_no_row_of_what_may() -> None:
    names = Names((folded(name), name) for name in NAMES)
    assert names.best("health", 1, lambda name: name.startswith("Old")) == ["Old Health Records"]


@pytest.mark.parametrize("text", ["Ａｐｐ", "a\u0300pp", "ÀPP", "a\u200bp\u00adp"])
def test_letters_are_the_same_however_they_are_written(text: str) -> None:
    assert folded(text) == " app"


def test_where_there_is_nothing_nothing_is_found() -> None:
    assert found("a", names=()) == []
    assert found("", names=()) == []
    assert found("a", names=("", "!", "a")) == ["a"]


def test_a_very_long_text_costs_no_more_than_a_long_one() -> None:
    names = tuple(f"App {number} of the whole organisation" for number in range(5_000))
    begun = time.process_time()
    assert found("a " * 50_000, names=names)
    assert found("é" * 100_000, names=names) == []
    assert time.process_time() - begun < 2
