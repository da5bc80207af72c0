"""The contract of every Store: what is said of a guest can be erased, and the chain still holds."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from access.ports import Refused, Store
from access.rules import asking, deciding, jobs
from access.rules.audit import canonical, verify
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.delivery import StepDone, fail, succeed
from access.rules.model import Job, JobKind, JobStatus, ObjectId, Panel, Record, State
from bot.store import SqliteStore
from tests.store.making import ANA, OMAR, PIA, TurnedClock, added, approve, cancel, told

LINK = "https://login.example/redeem?rd=canary-link"
CANARIES = (
    *(ANA, "Ana Canary", "canary runs the March audit", "dear canary", LINK),
    *("canary denial", "canary question", "canary answer", "canary project"),
)


async def delivering(store: Store) -> Record:
    """Return a request whose guest was invited and whose mail, with the link, still waits."""
    record = await added(store)
    request_id = record.request.request_id
    approved = await store.change(request_id, approve())
    assert isinstance(approved, Record)
    return await _step(store, approved, StepDone(guest_id=ObjectId("guest"), link=LINK))


async def _step(store: Store, record: Record, done: StepDone) -> Record:
    """Claim and finish the step that is ready."""
    request_id = record.request.request_id
    ready = _ready_step(record)
    await store.change(request_id, jobs.claim(ready.key, timedelta(seconds=30)))
    finished = await store.change(request_id, succeed(ready.key, ready.fence + 1, done, ZoneInfo("UTC")))
    assert isinstance(finished, Record)
    return finished


def _ready_step(record: Record) -> Job:
    steps = [job for job in record.jobs.values() if job.kind is JobKind.STEP]
    return next(job for job in steps if job.status is JobStatus.READY)


async def delivered(store: Store) -> Record:
    record = await delivering(store)
    while record.request.state is State.DELIVERING:
        record = await _step(store, record, StepDone())
    return record


async def failed(store: Store) -> Record:
    """Return a request that failed with the link in its journal and the guest's name in its words."""
    record = await delivering(store)
    request_id = record.request.request_id
    ready = _ready_step(record)
    await store.change(request_id, jobs.claim(ready.key, timedelta(seconds=30)))
    names = {"guest": "Ana Canary", "app": "Health Records"}
    ended = await store.change(request_id, fail(ready.key, ready.fence + 1, Cause.APP_GONE, names, ""))
    assert isinstance(ended, Record)
    return ended


async def denied(store: Store) -> Record:
    record = await added(store)
    await store.change(record.request.request_id, asking.ask(PIA, (Panel((PIA,)),), "canary question", None))
    omar = record.request.requestor.object_id
    await store.change(record.request.request_id, asking.answer(omar, "canary answer", None))
    ended = await store.change(
        record.request.request_id, deciding.deny(PIA, (Panel((PIA,)),), "canary denial")
    )
    assert isinstance(ended, Record)
    return ended


async def test_the_audit_never_holds_a_name_an_address_a_text_or_a_link(store: Store) -> None:
    record = await delivered(store)
    chain = [entry async for entry in store.audit_entries()]
    assert len(chain) > 8
    written = b"".join(canonical(entry.seq, entry.at, entry.fact, entry.previous) for entry in chain).decode()
    for said in (*CANARIES, OMAR.name, PIA.name, record.request.app.name):
        assert said not in written
    assert OMAR.object_id in written


@pytest.mark.parametrize("ended", [delivered, failed, denied])
async def test_forgetting_erases_what_was_said_of_the_guest_and_keeps_the_rest(
    store: Store, ended: object
) -> None:
    assert callable(ended)
    before = await ended(store)
    assert await store.forget(before.request.subject) == 1
    after = await store.record(before.request.request_id)
    assert after is not None
    assert not [said for said in CANARIES if said in repr(after)]
    assert after.request.address == after.request.guest_name == "(erased)"
    assert after.request.version == before.request.version + 1
    kept = ("number", "state", "requestor", "app", "give", "guest_id", "delivered_at", "ends_at", "subject")
    assert {name: getattr(after.request, name) for name in kept} == {
        name: getattr(before.request, name) for name in kept
    }


async def test_the_chain_holds_after_forgetting_and_says_that_it_was_done(store: Store) -> None:
    record = await denied(store)
    before = [entry async for entry in store.audit_entries()]
    await store.forget(record.request.subject)
    after = [entry async for entry in store.audit_entries()]
    assert after[:-1] == before
    assert after[-1].fact.what == "subject.forgotten"
    assert after[-1].fact.subject == record.request.subject
    assert verify(after) is None


async def test_every_request_of_the_subject_is_erased_and_no_other(store: Store) -> None:
    first = await denied(store)
    second = await denied(store)
    other = await added(store, "bo@fabrikam.com")
    assert await store.forget(first.request.subject) == 2
    erased = [await store.record(one.request.request_id) for one in (first, second)]
    assert [one.request.address for one in erased if one] == ["(erased)", "(erased)"]
    assert await store.record(other.request.request_id) == other


@pytest.mark.parametrize("still_open", [added, delivering])
async def test_an_open_request_is_named_instead_of_erased(store: Store, still_open: object) -> None:
    assert callable(still_open)
    await store.change((await added(store)).request.request_id, cancel)
    record = await still_open(store)
    with pytest.raises(Refused, match="R-1002"):
        await store.forget(record.request.subject)
    assert await store.record(record.request.request_id) == record


async def test_a_delivered_request_whose_mail_still_waits_is_open(store: Store) -> None:
    record = await delivering(store)
    while next(job.name for job in await store.due(50) if job.kind is JobKind.STEP) != "mail":
        record = await _step(store, record, StepDone())
    delivered_before_mail = newer(record.request, datetime.now(tz=ZoneInfo("UTC")), state=State.DELIVERED)
    await store.change(record.request.request_id, lambda *_: told(delivered_before_mail))
    with pytest.raises(Refused, match="R-1001"):
        await store.forget(record.request.subject)


async def test_a_subject_nobody_knows_is_no_error(store: Store) -> None:
    assert await store.forget(await store.subject("nobody@fabrikam.com")) == 0


async def test_forgotten_words_leave_the_file_itself(file: Path, clock: TurnedClock) -> None:
    store = await SqliteStore.open(file, clock, lambda _: None)
    await store.forget((await failed(store)).request.subject)
    await store.close()
    left = b"".join(one.read_bytes() for one in file.parent.iterdir())
    assert OMAR.name.encode() in left
    assert not [said for said in CANARIES if said.encode() in left]


async def test_whoever_is_forgotten_twice_is_counted_and_written_once(store: Store) -> None:
    record = await denied(store)
    assert [await store.forget(record.request.subject) for _ in range(3)] == [1, 0, 0]
    after = await store.record(record.request.request_id)
    assert after is not None
    assert after.request.version == record.request.version + 1
    chain = [entry.fact async for entry in store.audit_entries()]
    counts = [one.detail["requests"] for one in chain if one.what == "subject.forgotten"]
    assert counts == [1, 0, 0], "that somebody wanted it is an entry each time"


async def test_what_was_said_since_is_forgotten_in_its_turn(store: Store) -> None:
    record = await denied(store)
    await store.forget(record.request.subject)
    said = newer((await _known(store, record)).request, record.request.changed_at, message="dear canary")
    await store.change(record.request.request_id, lambda *_: told(said))
    await denied(store)
    assert await store.forget(record.request.subject) == 2
    assert "canary" not in repr(await _known(store, record))


async def _known(store: Store, record: Record) -> Record:
    found = await store.record(record.request.request_id)
    assert found is not None
    return found
