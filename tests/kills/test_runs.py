"""A run of the torture: what it deals, how it is taken up again, what it says of itself."""

import signal
import subprocess
from collections import Counter, deque
from pathlib import Path
from random import Random
from typing import cast

import aiohttp

from bench.processes import ROOT
from tests.kills import report
from tests.kills.batch import Result
from tests.kills.fleet import Deck, Replica
from tests.kills.front import Post
from tests.kills.grounds import OnSqlite
from tests.kills.nursery import Child, Nursery
from tests.kills.plans import AT_RANDOM, POINTS, deal
from tests.kills.runs import Run, commit, interrupted
from tests.kills.tap import Tap
from tests.kills.troubles import Trouble, Turmoil


def everything(run: Run) -> Result:
    """Return the result of a batch in which all of its plans came true."""
    plans = run.plans(len(run.batches))
    return Result(
        hits=Counter(plan.point for plan in plans if not plan.pause),
        pauses=Counter(plan.point for plan in plans if plan.pause),
        troubles=Counter(
            {
                "the database's disk full for four seconds": 1,
                "the hosts' clocks an hour forward": 1,
                "the hosts' clocks an hour back": 1,
            }
        ),
        requests=45,
        probes=100,
        slowest_probe=0.5,
    )


def whole(folder: Path) -> Run:
    run = Run.open("sqlite", 7, 200, folder)
    while not run.ended:
        run.keep(everything(run))
    return run


def test_two_hundred_kills_come_by_every_point_twice_and_more() -> None:
    dealt = Counter(plan.point for plan in deal(7, 200) if not plan.pause)

    assert dealt.total() == 200
    assert min(dealt[point] for point in (*POINTS, AT_RANDOM)) >= 2
    assert deal(7, 200) == deal(7, 200) != deal(8, 200)


def test_an_interrupted_run_goes_on_after_its_last_batch_with_the_deaths_that_are_left(
    tmp_path: Path,
) -> None:
    first = Run.open("postgres", 7, 100, tmp_path)
    first.keep(everything(first))
    assert interrupted(("sqlite", "postgres"), 100, tmp_path) == 7

    again = Run.open("postgres", 7, 100, tmp_path)
    while not again.ended:
        again.keep(everything(again))

    assert again.done == 100
    assert again.commit == first.commit
    assert interrupted(("sqlite", "postgres"), 100, tmp_path) is None
    assert Run.open("postgres", 7, 100, tmp_path).batches == []


def test_a_run_of_another_commit_is_not_gone_on_with(tmp_path: Path) -> None:
    first = Run.open("sqlite", 7, 100, tmp_path)
    first.commit = "0123abc"
    first.keep(everything(first))

    assert interrupted(("sqlite",), 100, tmp_path) is None
    again = Run.open("sqlite", 7, 100, tmp_path)
    assert (again.batches, again.commit) == ([], commit())


def test_a_run_that_did_all_of_it_lacks_nothing(tmp_path: Path) -> None:
    assert whole(tmp_path).lacking() == []


def test_a_run_says_what_it_lacks(tmp_path: Path) -> None:
    run = whole(tmp_path)
    for batch in run.batches:
        batch["hits"].pop("before-claim give", None)
        batch["troubles"].pop("the database's disk full for four seconds")
        batch["pauses"].clear()
        batch["requests"] = 10

    lacking = "\n".join(run.lacking())

    for words in (
        "before-claim give: 0 kills",
        "disk full",
        "80 requests",
        "stopped beyond its lease",
        "kills of 200",
    ):
        assert words in lacking
    assert "less than it was to do" in report.told(run)


def test_a_result_stands_between_the_marks_of_its_database_alone(tmp_path: Path) -> None:
    target = tmp_path / "reliability.md"
    target.write_text(
        "Before.\n<!-- sqlite -->\nold\n<!-- /sqlite -->\n<!-- postgres -->\nkept\n<!-- /postgres -->\n"
    )
    run = whole(tmp_path)
    run.batches[0]["faults"] = ["R-1001: 2 mails"]

    report.write(run, target)

    text = target.read_text(encoding="utf-8")
    assert text.startswith("Before.\n<!-- sqlite -->\n`make torture DATABASE=sqlite ROUNDS=200 SEED=7`")
    assert "**200 kills** of one process" in text
    assert "- R-1001: 2 mails" in text
    assert "\nold\n" not in text
    assert text.endswith("<!-- postgres -->\nkept\n<!-- /postgres -->\n")


def test_the_documentation_has_a_place_for_each_database() -> None:
    text = report.TARGET.read_text(encoding="utf-8")

    marks = [f"{kind}{name}" for name in report.NAMES for kind in ("", "lists-", "races-")]
    assert all(f"<!-- {mark} -->" in text and f"<!-- /{mark} -->" in text for mark in marks)


def test_make_torture_passes_on_what_it_is_asked() -> None:
    given = ["ROUNDS=7", "SEED=3", "DATABASE=postgres", "BACKGROUND=1", "RACES=9", "LISTS=4"]
    asked = ["make", "--dry-run", "torture", *given]

    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "-m tests.kills --rounds 7 --database postgres --seed 3 --background --races 9 --lists 4" in said


def test_on_postgresql_no_jump_of_the_hosts_clocks_is_asked_for(tmp_path: Path) -> None:
    run = Run.open("postgres", 7, 25, tmp_path)
    run.keep(everything(run))

    lacking = run.lacking()

    assert not [lack for lack in lacking if "clocks" in lack]
    assert f"never: {Trouble.LOSS}" in lacking


async def test_a_replica_is_counted_as_gone_only_when_it_was_killed_and_none_took_its_place(
    tmp_path: Path,
) -> None:
    async with aiohttp.ClientSession() as http:
        nursery, deck, dice = cast("Nursery", None), Deck(deque()), Random(7)
        replica = Replica(Post("c", 0), {}, nursery, Tap(), tmp_path, deck, dice, http)
        turmoil = Turmoil(OnSqlite(tmp_path, None), tmp_path, [replica], ())
        replica.gone, replica.born = True, [Child(1)]
        turmoil.count_losses()
        assert not turmoil.done, "it lives"

        for code, lost in ((0, 0), (-signal.SIGKILL, 1)):
            replica.born[-1].code = code
            replica.born[-1].ended.set()
            turmoil.done.clear()
            turmoil.count_losses()
            assert turmoil.done[Trouble.LOSS] == lost, code

        replica.born.append(Child(2))
        turmoil.done.clear()
        turmoil.count_losses()
        assert not turmoil.done, "another took its place"
