"""Finding by what was typed: words before parts of words, whatever their case and accents."""

import time
from difflib import SequenceMatcher, get_close_matches
from itertools import product
from random import Random

import pytest

from access.rules.finding import CANDIDATES, Names, Spellings, folded

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


@pytest.mark.parametrize("typed", ["zurich  bucherei", "ZÜRICH-BÜCHEREI", "Zürich Bücherei"])
def test_a_name_is_found_by_all_of_its_words_and_no_others(typed: str) -> None:
    names = Names((folded(name), name) for name in (*NAMES, "Zürich Bücherei", "Zürich"))
    assert names.called(typed) == ["Zürich Bücherei"] * 2
    assert names.called("Health") == names.called("") == names.called("Bücherei") == []
    assert names.called("zurich") == ["Zürich"]


# --- misspelt names -------------------------------------------------------------------------------------

AREAS = ("Cardiology", "Oncology", "Radiology", "Pharmacy", "Surgery", "Finance", "Logistics", "Research")
KINDS = ("Archive", "Board", "Calendar", "Desk", "Ledger", "Monitor", "Planner", "Portal", "Register")
CROWD = tuple(f"{area} {kind} {number}" for number, area, kind in product(range(70), AREAS, KINDS))


def spelt(names: tuple[str, ...]) -> Spellings[str]:
    spellings = Spellings[str]()
    for name in names:
        spellings.add(name, name)
    return spellings


def misspelt(name: str, die: Random) -> str:
    """Return a name with a letter left out, one doubled and two that stand the other way round."""
    letters = list(name)
    del letters[die.randrange(1, len(letters))]
    letters.insert(die.randrange(len(letters)), die.choice(letters))
    at = die.randrange(len(letters) - 1)
    letters[at : at + 2] = reversed(letters[at : at + 2])
    return "".join(letters)


def test_among_five_thousand_names_a_hundred_are_compared_and_the_suggestion_is_as_good() -> None:
    spellings, die = spelt(CROWD), Random(7)
    plain = [folded(name).strip() for name in CROWD]
    for name in die.sample(CROWD, 12):
        typed = folded(misspelt(name, die)).strip()
        compared = spellings.likely(typed, lambda _: True)
        assert len(compared) == CANDIDATES
        assert folded(name).strip() in {words for words, _ in compared}
        [best] = spellings.near(typed, 1, 0.5)
        [of_all] = get_close_matches(typed, plain, 1, 0.5)
        assert _alike(typed, folded(best).strip()) == _alike(typed, of_all)


def _alike(typed: str, name: str) -> float:
    return SequenceMatcher(None, name, typed).ratio()


def test_only_what_may_be_shown_is_suggested_and_what_may_not_takes_nobodys_place() -> None:
    spellings = spelt(CROWD)
    mine = CROWD[4321]
    typed = f"{mine[:4]}{mine[5:]}"
    assert spellings.near(typed, 3, 0.5, lambda name: name == mine) == [mine]
    assert spellings.near(typed, 3, 0.5, lambda _: False) == []


def test_each_spelling_is_suggested_once_and_nothing_that_is_too_different() -> None:
    spellings = spelt(("Épic", "epic", "Health Records", "★"))
    assert spellings.near("epci", 3, 0.5) == ["Épic"]
    assert spellings.near("ward planner", 3, 0.5) == []
    assert spellings.near("★★", 3, 0.5) == ["★"]
    assert spellings.near("x" * 5000, 3, 0.5) == []
