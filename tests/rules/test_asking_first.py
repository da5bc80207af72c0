"""Sponsor and whom to ask first: what they change, and what they do not."""

from dataclasses import replace
from typing import Any

from access.rules import deciding, jobs, replanning, sending, unshown
from access.rules.model import Change, Panel, Record, Request, Term
from access.rules.plan import make_plan, sponsor_of
from tests.rules.making import ALEX, APP, GIVE, LEASE, MEGAN, NIA, NOW, STRANGER, plan, request


def sent(**changes: Any) -> Record:
    change = sending.send(replace(request(plan()), **changes), NOW, personal=False)
    return Record(request=change.request, jobs={job.key: job for job in change.jobs})


def asked(record: Record) -> set[str]:
    names = {job.name for job in record.jobs.values()}
    return {name.removeprefix(jobs.APPROVER) for name in names if name.startswith(jobs.APPROVER)}


def without(record: Record, who: str) -> Record:
    """Return the record after this person's card was given up, because they cannot be reached."""
    key = jobs.key_of(record.request.request_id, 0, f"{jobs.APPROVER}{who}")
    held = applied(record, jobs.claim(key, LEASE)(record, NOW))
    return applied(held, unshown.drop(key, held.jobs[key].fence)(held, NOW))


def applied(record: Record, change: object) -> Record:
    assert isinstance(change, Change), change
    return Record(request=change.request, jobs={**record.jobs, **{job.key: job for job in change.jobs}})


def test_a_card_goes_to_those_who_are_asked_first_and_to_all_where_nobody_is() -> None:
    assert asked(sent()) == {"alex", "nia"}
    assert asked(sent(ask_first=(NIA,))) == {"nia"}


def test_where_one_of_those_asked_first_can_be_reached_nobody_else_is_asked() -> None:
    record = sent(approvers=(ALEX, NIA, STRANGER), ask_first=(NIA, ALEX))
    assert asked(without(record, "nia")) == {"alex", "nia"}
    assert asked(without(without(record, "nia"), "alex")) == {"alex", "nia", "diego"}


def test_a_card_that_was_lost_after_the_decision_asks_nobody_else() -> None:
    record = sent(ask_first=(NIA,))
    decided = applied(record, deciding.deny(ALEX, (Panel((ALEX, NIA)),), "not now")(record, NOW))
    assert asked(without(decided, "nia")) == {"nia"}


def test_who_is_not_asked_first_decides_all_the_same() -> None:
    record = sent(ask_first=(NIA,))
    facts = deciding.Facts((Panel((ALEX, NIA)),), record.request.plan, "defaults")
    assert isinstance(deciding.approve(ALEX, facts, None)(record, NOW), Change)


def test_who_may_decide_no_more_is_not_asked_first_either() -> None:
    record = sent(ask_first=(NIA,))
    moved = deciding.Facts((Panel((ALEX,)),), replace(plan(landing="https://other.example")), "defaults")
    after = applied(record, replanning.replan(moved)(record, NOW))
    assert after.request.ask_first == ()
    assert asked(after) == {"alex", "nia"}


def test_the_hash_covers_the_sponsor_and_not_whom_is_asked_and_says_nothing_of_the_requestor() -> None:
    usual = {"guest": None, "app": APP, "give": GIVE, "term": Term(days=90), "rule": "defaults"}
    more = {"landing": "https://records.example", "mailbox": True}
    named = make_plan(**usual, **more, sponsor=ALEX.object_id)  # type: ignore[arg-type]  # as above
    assert named.hash != plan().hash
    assert "sponsor" not in plan().parts
    assert named.parts["sponsor"] == ALEX.object_id


def test_the_requestor_is_the_sponsor_where_nobody_is_named() -> None:
    made: Request = request(plan())
    assert sponsor_of(made) == MEGAN
    assert sponsor_of(replace(made, sponsor=ALEX)) == ALEX
