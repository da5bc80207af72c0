"""Whatever changes, is decided or is done stands in the chain first; what cannot be does not happen."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from access.ports import AccessError
from access.rules import jobs
from access.rules.changing import newer
from access.rules.lifecycle import TABLE, Event
from access.rules.model import Change, JobKind, JobStatus, Record, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import Duplicate
from access.rules.trail import untold
from bot.store.sql_store import SqlStore
from tests.audit.chains import tamper
from tests.backups import Database
from tests.cards import gallery
from tests.service.house import ALEX, MEGAN, NIA, RECORDS, House, draft
from tests.store.making import added, approve, asking, cancel

LEASE = timedelta(seconds=30)
AWAY, BACK = "ALTER TABLE audit RENAME TO away", "ALTER TABLE away RENAME TO audit"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = await House.open(tmp_path / "guestlist.db")
    yield opened
    await opened.store.close()


@pytest.mark.parametrize(("source", "event"), TABLE)
def test_a_change_of_state_without_an_entry_is_found(source: State, event: Event) -> None:
    before = gallery.pending()
    before = replace(before, request=replace(before.request, state=source))
    target = TABLE[source, event]
    mute = Change(request=newer(before.request, gallery.ASKED_AT, state=target))
    assert bool(untold(before, mute)) == (source is not target)


def test_a_step_that_begins_or_ends_without_an_entry_is_found() -> None:
    record = gallery.approved()
    steps = [job for job in record.jobs.values() if job.kind is JobKind.STEP]
    assert steps
    for step in steps:
        for changed in (
            replace(step, fence=step.fence + 1),
            replace(step, status=JobStatus.DONE),
            replace(step, status=JobStatus.FAILED),
        ):
            assert untold(record, Change(request=record.request, jobs=(changed,)))
        assert not untold(record, Change(request=record.request, jobs=(replace(step, tries=1),)))


def mute(act: Callable[[Record, datetime], object]) -> Callable[[Record, datetime], Change]:
    """Return the same act without its entries."""

    def transition(record: Record, now: datetime) -> Change:
        change = act(record, now)
        assert isinstance(change, Change)
        return replace(change, audit=())

    return transition


async def test_a_change_that_is_not_told_of_is_not_written(store: SqlStore) -> None:
    record = await added(store)
    for act in (cancel, approve()):
        with pytest.raises(ValueError, match="is not in the audit"):
            await store.change(record.request.request_id, mute(act))
    assert await store.record(record.request.request_id) == record


async def test_where_the_audit_cannot_be_written_nothing_is(database: Database, store: SqlStore) -> None:
    record = await added(store)
    request_id = record.request.request_id
    begun = await store.change(request_id, approve())
    assert isinstance(begun, Record)
    await tamper(database, AWAY)
    with pytest.raises(AccessError):
        await store.add(await asking(store, "ben@fabrikam.com"))
    for step in (job for job in begun.jobs.values() if job.kind is JobKind.STEP):
        if step.status is JobStatus.READY:
            with pytest.raises(AccessError):
                await store.change(request_id, jobs.claim(step.key, LEASE))
    await tamper(database, BACK)
    assert await store.record(request_id) == begun
    assert len(await store.requested_by(record.request.requestor.object_id, 9)) == 1


def put(house: House, statement: str) -> None:
    path = house.store._witness.with_name("guestlist.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


async def test_where_the_audit_cannot_be_written_nobody_decides_and_no_call_is_made(house: House) -> None:
    waits = await house.sent()
    approved = await house.approved(draft(address="ben@fabrikam.com"))
    put(house, AWAY)
    with pytest.raises(AccessError):
        await house.decisions.approve(waits.request.label, ALEX, None)
    with pytest.raises(AccessError):
        await house.decisions.cancel(waits.request.label, MEGAN)
    with pytest.raises(AccessError):
        await house.run_due(JobKind.STEP)
    assert house.tenant.invitations == []
    put(house, BACK)
    assert (await house.now(waits)).request.state is State.PENDING_APPROVAL
    await house.delivered(approved)


async def test_what_the_policy_does_not_let_somebody_ask_for_is_an_entry(house: House) -> None:
    house.tenant.owners[RECORDS].remove(MEGAN)
    await house.send()
    [refused] = [entry.fact for entry in await house.audit()]
    assert refused.what == "request.refused"
    assert refused.subject is not None
    assert refused.detail == {"refused": ["not-allowed"]}


MONTH = """[defaults]
term = { default = "30d", longest = "30d" }
justification = { pattern = "CHG-[0-9]{4}", expected = "a change number" }
[[defaults.stage]]
approvers = ["app-owners"]
quorum = 2
"""


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        ({"term": "31d", "justification": "For CHG-1042"}, ["term-too-long"]),
        ({"term": "30d"}, ["justification-without"]),
        ({"term": "30d", "justification": "CHG"}, ["justification-short"]),
        ({"term": "31d"}, ["term-too-long", "justification-without"]),
        ({"term": "30d", "justification": "For CHG-1042"}, ["too-few-approvers"]),
    ],
)
async def test_what_does_not_keep_to_what_the_policy_asks_for_is_an_entry(
    house: House, answers: dict[str, str], refused: list[str]
) -> None:
    house.policy.policy = read_policy(MONTH)
    house.tenant.owners[RECORDS].remove(NIA)
    await house.send(draft(**answers))
    [entry] = [one.fact for one in await house.audit()]
    assert (entry.what, entry.detail) == ("request.refused", {"refused": refused})


async def test_what_was_only_left_out_or_mistyped_is_no_entry(house: House) -> None:
    await house.send(draft(address="ana@", app="Helth Records", term="soon", justification=""))
    assert await house.audit() == []


async def test_that_the_same_was_asked_for_already_is_an_entry_of_the_first_request(house: House) -> None:
    first = (await house.sent()).request
    assert isinstance(await house.send(by=ALEX), Duplicate)
    refused = (await house.audit())[-1].fact
    assert (refused.what, refused.request_id) == ("act.refused", first.request_id)
    assert (refused.actor, refused.subject) == (ALEX, first.subject)
    assert refused.detail == {"act": "request", "refused": "Duplicate", "state": "pendingApproval"}
