"""The outbox: cards are drawn as the request stands, in order, and nobody is told twice."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from access.ports import AccessError, Gone, NotDone, Refused, Store, Unknown, Unreachable
from access.rules import jobs, unshown
from access.rules.causes import Cause
from access.rules.model import (
    Change,
    Job,
    JobKind,
    JobStatus,
    ObjectId,
    Place,
    Record,
    Redemption,
    RequestId,
)
from access.rules.redemption import accept
from access.service.missed import Missed
from bot.store import StoreError
from tests.clinic import until
from tests.service.house import ALEX, MEGAN, NIA, THREAD, House

LOST = Unknown(Cause.UNAVAILABLE)


async def _job(house: House, record: Record, name: str) -> Job:
    return next(job for job in (await house.now(record)).jobs.values() if job.name == name)


async def _show(house: House, record: Record, name: str) -> None:
    await house.shows.run(await _job(house, record, name))


async def test_the_thread_and_each_approver_in_private_are_shown_the_request(house: House) -> None:
    await house.sent()
    await house.run_due()
    assert sorted(house.chat.posts) == [
        ("1:1/alex", "approver/alex", 1),
        ("1:1/nia", "approver/nia", 1),
        ("thread", "thread", 1),
    ]


async def test_a_card_shown_once_is_updated_in_place(house: House) -> None:
    record = await house.sent()
    await house.run_due()
    message = (await _job(house, record, "thread")).body[jobs.MESSAGE]
    await house.decisions.deny("R-1001", ALEX, "Not this quarter")
    await house.run_due()
    assert (message, "thread", 2) in house.chat.updates
    assert [post for post in house.chat.posts if post[1] == "requestor"] == [("1:1/megan", "requestor", 2)]
    assert await house.run_due() == []


async def test_what_changed_while_a_card_was_being_shown_is_shown_next(house: House) -> None:
    record = await house.sent()
    house.chat.meanwhile = lambda: house.decisions.cancel("R-1001", MEGAN)
    await _show(house, record, "thread")
    assert [version for _, _, version in house.chat.posts] == [1, 1, 1]
    await _show(house, record, "thread")
    assert sorted(shown[1:] for shown in house.chat.updates) == [
        ("approver/alex", 2),
        ("approver/nia", 2),
        ("thread", 2),
    ]
    assert (await _job(house, record, "thread")).status is JobStatus.DONE


async def test_an_approver_who_cannot_be_reached_is_named_in_the_thread(house: House) -> None:
    house.chat.without_app.add(NIA)
    record = await house.sent()
    await house.settle()
    assert [one.object_id for one in (await house.now(record)).request.unreached] == [NIA]
    assert ("thread", 2) in [update[1:] for update in house.chat.updates]
    assert house.faults.calls.count("reach") == 2, "nobody is tried again"
    assert isinstance(await house.decisions.approve("R-1001", NIA, None), Record), "who may still type"


async def test_who_comes_back_is_shown_what_was_missed_and_only_once(house: House) -> None:
    house.chat.without_app.add(NIA)
    record = await house.sent()
    await house.settle()
    house.chat.without_app.clear()
    await house.missed.again(ALEX)
    await house.missed.again(NIA)
    await house.missed.again(NIA)
    await house.settle()
    assert (await house.now(record)).request.unreached == ()
    assert [post[1] for post in house.chat.posts].count("approver/nia") == 1


async def test_where_the_requestor_cannot_be_told_the_operator_is_and_once(house: House) -> None:
    house.chat.without_app |= {MEGAN, ALEX, NIA}
    record = await house.sent()
    house.faults.before["post"] = [Unreachable(Cause.REFUSED)] * 30
    await house.settle()
    assert (await _job(house, record, "requestor")).status is JobStatus.DROPPED
    assert jobs.refusals(await _job(house, record, "thread")) > 0
    (said,) = house.alarms
    assert said == (
        "R-1001 (pendingApproval): its requestor cannot be told how it stands, neither where it was asked "
        "nor in their own chat."
    )
    for _ in unshown.PAUSES:
        house.clock.turn(hours=13)
        await house.settle()
    assert (await _job(house, record, "thread")).status is JobStatus.DROPPED
    assert house.alarms == [said]


async def _alone(house: House) -> Record:
    """Send a request that has no cards but its thread's."""
    house.chat.without_app |= {ALEX, NIA}
    record = await house.sent()
    await house.settle()
    return record


async def test_a_thread_that_refuses_once_is_shown_the_request_all_the_same(house: House) -> None:
    record = await _alone(house)
    house.faults.before["update"] = [Unreachable(Cause.REFUSED)]
    await house.decisions.cancel("R-1001", MEGAN)
    await house.settle()
    version = (await house.now(record)).request.version
    assert [update[1:] for update in house.chat.updates][-2:] == [
        ("thread", version - 1),
        ("requestor", version),
    ]
    assert [post[1] for post in house.chat.posts] == ["thread", "requestor"]
    assert house.alarms == []


async def test_a_thread_that_was_given_up_is_shown_the_request_where_we_are_spoken_to_again(
    house: House,
) -> None:
    record = await _alone(house)
    house.faults.before["update"] = [Unreachable(Cause.REFUSED)] * (len(unshown.PAUSES) + 1)
    await house.decisions.cancel("R-1001", MEGAN)
    for _ in unshown.PAUSES:
        await house.settle()
        house.clock.turn(hours=13)
    await house.settle()
    assert (await _job(house, record, "thread")).status is JobStatus.DROPPED
    before = len(house.chat.updates)

    await house.missed.reopened(Place("another thread"))
    await house.settle()
    assert len(house.chat.updates) == before
    await house.missed.reopened(Place("thread"))
    await house.missed.reopened(Place("thread"))
    await house.settle()
    assert [update[1] for update in house.chat.updates[before:]] == ["thread", "requestor"]


async def test_every_thread_that_was_refused_is_tried_where_a_team_has_us_again(house: House) -> None:
    record = await _alone(house)
    house.faults.before["update"] = [Unreachable(Cause.REFUSED)] * 5
    await house.decisions.cancel("R-1001", MEGAN)
    await house.settle()
    assert jobs.refusals(await _job(house, record, "thread")) == 5
    house.clock.turn(minutes=2)
    await house.missed.reopened(None)
    await house.run_due()
    assert jobs.refusals(await _job(house, record, "thread")) == 0


async def test_who_was_not_shown_a_card_for_another_cause_is_shown_it_when_they_write(house: House) -> None:
    record = await house.sent()
    house.faults.before["post"] = [Refused(Cause.REFUSED) for _ in range(200)]
    await house.settle()
    assert (await _job(house, record, f"approver/{ALEX}")).status is JobStatus.DROPPED
    house.faults.before.clear()
    await house.missed.again(ALEX)
    await house.settle()
    assert ALEX in {ObjectId(post[1].removeprefix(jobs.APPROVER)) for post in house.chat.posts}


async def test_who_comes_back_while_a_card_is_given_up_is_shown_it_with_their_next_word(house: House) -> None:
    house.chat.without_app.add(NIA)
    record = await house.sent()
    change = house.store.change

    class Meanwhile:
        """The real store; Nia writes right before her card is given up."""

        def __getattr__(self, name: str) -> Any:
            return getattr(house.store, name)

        async def change(self, request_id: RequestId, transition: Any) -> Any:
            if "drop" in getattr(transition, "__qualname__", ""):
                await house.missed.again(NIA)
            return await change(request_id, transition)

    house.shows.store = Meanwhile()
    await house.settle()
    assert (await _job(house, record, f"approver/{NIA}")).status is JobStatus.DROPPED
    house.chat.without_app.clear()
    await house.missed.again(NIA)
    await house.settle()
    assert f"approver/{NIA}" in {post[1] for post in house.chat.posts}


class Untimely:
    """The real store; right before a note is emptied, what it names is refused once more."""

    def __init__(self, house: House) -> None:
        self._house, self._store = house, house.store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def replace_note(self, key: str, was: str | None, value: str) -> bool:
        if was and not value:
            self._house.missed.store = self._store
            await self._house.run_due(JobKind.CARD)
        return await self._store.replace_note(key, was, value)


async def test_what_is_refused_again_while_somebody_comes_back_is_shown_with_their_next_word(
    house: House,
) -> None:
    house.chat.without_app.add(NIA)
    record = await house.sent()
    await house.settle()
    house.missed.store = Untimely(house)
    await house.missed.again(NIA)
    assert (await _job(house, record, f"approver/{NIA}")).status is JobStatus.DROPPED
    house.chat.without_app.clear()
    await house.missed.again(NIA)
    await house.settle()
    assert f"approver/{NIA}" in {post[1] for post in house.chat.posts}


async def test_what_a_thread_gives_up_again_while_it_is_tried_is_tried_with_the_next_word(
    house: House,
) -> None:
    record = await house.sent()
    house.faults.before["post"] = [Refused(Cause.REFUSED) for _ in range(200)]
    await house.settle()
    house.shows.tries, house.missed.store = 0, Untimely(house)
    await house.missed.reopened(THREAD)
    assert (await _job(house, record, "thread")).status is JobStatus.DROPPED
    house.faults.before.clear()
    await house.missed.reopened(THREAD)
    await house.settle()
    assert "thread" in {post[1] for post in house.chat.posts}


async def test_a_bug_is_told_although_the_store_fails_when_it_is_looked_after(house: House) -> None:
    class Away:
        """The real store, which reads no request."""

        def __getattr__(self, name: str) -> Any:
            return getattr(house.store, name)

        async def record(self, request_id: RequestId) -> Record | None:
            raise StoreError(f"{request_id} cannot be read.")

    async def bug() -> None:
        raise ZeroDivisionError

    record = await house.sent()
    for _ in range(jobs.MOST_STUMBLES - 1):
        house.chat.meanwhile = bug
        with pytest.raises(ZeroDivisionError):
            await _show(house, record, "thread")
        house.clock.turn(minutes=5)
    house.chat.meanwhile, house.shows.store = bug, Away()
    with pytest.raises(ZeroDivisionError):
        await _show(house, record, "thread")


async def test_what_another_replica_could_not_show_is_shown_to_who_writes_here_a_little_later(
    house: House,
) -> None:
    here = Missed(house.store, house.chat, lambda: house.clock.now().timestamp())
    await here.again(NIA)
    house.chat.without_app.add(NIA)
    await house.sent()
    await house.settle()
    house.chat.without_app.clear()
    house.clock.turn(seconds=11)
    await here.again(NIA)
    await house.settle()
    assert f"approver/{NIA}" in {post[1] for post in house.chat.posts}


async def test_that_nothing_was_missed_is_looked_up_once_in_a_while(house: House) -> None:
    class Counting:
        """The real store, and how often a note of it was read."""

        reads = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(house.store, name)

        async def note(self, key: str) -> str | None:
            self.reads += 1
            return await house.store.note(key)

    counting = Counting()
    missed = Missed(counting, house.chat, lambda: house.clock.now().timestamp())
    for _ in range(3):
        await missed.again(ALEX)
        await missed.reopened(Place("thread"))
    assert counting.reads == 2
    house.clock.turn(seconds=11)
    await missed.again(ALEX)
    await missed.reopened(Place("thread"))
    assert counting.reads == 4


async def test_a_message_that_is_gone_is_posted_anew(house: House) -> None:
    record = await house.sent()
    await _show(house, record, "thread")
    house.faults.before["update"] = [Gone(Cause.REFUSED)]
    await house.decisions.cancel("R-1001", MEGAN)
    await house.settle()
    (again,) = [audience for _, audience, version in house.chat.posts if version == 2]
    assert [audience for _, audience, _ in house.chat.posts].count(again) == 2
    assert again not in {audience for _, audience, _ in house.chat.updates}
    assert len(house.chat.updates) == 2


async def test_a_card_that_may_have_been_posted_is_posted_again(house: House) -> None:
    record = await house.sent()
    house.faults.after["post"] = [LOST]
    await _show(house, record, "thread")
    house.clock.turn(seconds=2)
    await _show(house, record, "thread")
    posts = Counter(audience for _, audience, _ in house.chat.posts)
    assert sorted(posts.values()) == [1, 1, 2]
    assert set(posts) == {"thread", "approver/alex", "approver/nia"}


async def _accepted(house: House) -> Record:
    record = await house.approved()
    await house.settle()
    guest_id = ObjectId("guest-1")
    house.tenant.accepts(guest_id)
    heard = accept(guest_id, Redemption.ACCEPTED, house.clock.now())
    assert isinstance(await house.store.change(record.request.request_id, heard), Record)
    return record


async def test_a_notice_is_posted_to_the_thread_and_to_the_requestor(house: House) -> None:
    await _accepted(house)
    await house.settle()
    told = [post[:2] for post in house.chat.posts if post[1].startswith("accepted/")]
    assert sorted(told) == [("1:1/megan", "accepted/requestor"), ("thread", "accepted/thread")]


async def test_a_notice_that_may_have_been_posted_is_not_posted_again(house: House) -> None:
    record = await _accepted(house)
    house.faults.after["post"] = [LOST]
    await _show(house, record, "accepted/thread")
    await house.settle()
    told = [audience for _, audience, _ in house.chat.posts if audience.startswith(jobs.ACCEPTED)]
    assert sorted(told) == ["accepted/requestor", "accepted/thread"]
    ended = [(await _job(house, record, audience)).status for audience in told]
    assert sorted(ended) == [JobStatus.DONE, JobStatus.DROPPED]


async def test_a_notice_that_surely_was_not_posted_is_tried_again(house: House) -> None:
    record = await _accepted(house)
    house.faults.before["post"] = [NotDone(Cause.THROTTLED, retry_after=20)]
    start = house.clock.now()
    await _show(house, record, "accepted/thread")
    await house.settle()
    assert [post[1] for post in house.chat.posts].count("accepted/thread") == 1
    assert house.clock.now() - start >= timedelta(seconds=20), "Retry-After is obeyed"


async def test_a_card_that_is_refused_again_and_again_is_given_up(house: House) -> None:
    record = await house.sent()
    house.faults.before["post"] = [Refused(Cause.REFUSED) for _ in range(100)]
    await house.settle()
    assert (await _job(house, record, "thread")).status is JobStatus.DROPPED
    assert (await house.now(record)).request.unreached, "who was not reached is named"


@pytest.mark.parametrize("trouble", [LOST, Refused(Cause.SIGN_IN_REFUSED)], ids=["down", "no sign-in"])
async def test_while_nobody_can_be_shown_anything_no_card_is_given_up(
    house: House, trouble: AccessError
) -> None:
    record = await house.sent()
    house.faults.down = trouble
    for _ in range(40):
        await house.run_due(JobKind.CARD)
        house.clock.turn(minutes=2)
    house.faults.down = None
    await house.settle()
    assert (await house.now(record)).request.unreached == ()
    assert {post[1] for post in house.chat.posts} == {"thread", "approver/alex", "approver/nia"}


async def test_two_workers_at_one_request_show_each_card_once(house: House) -> None:
    record = await house.sent()
    cards = [await _job(house, record, name) for name in ("thread", "approver/alex", "thread")]
    await asyncio.gather(*map(house.shows.run, cards))
    assert sorted(audience for _, audience, _ in house.chat.posts) == [
        "approver/alex",
        "approver/nia",
        "thread",
    ]


async def test_a_chat_that_hangs_holds_up_no_other_card_and_no_other_note(house: House) -> None:
    record = await house.sent()
    go = asyncio.Event()
    house.chat.meanwhile = go.wait
    showing = asyncio.create_task(_show(house, record, "thread"))

    async def all_but_one_are_noted() -> bool:
        shown = [job.body.get(jobs.SHOWN) for job in (await house.now(record)).jobs.values()]
        return shown.count(1) == 2

    await until(all_but_one_are_noted, "the others are noted")
    assert not showing.done()
    go.set()
    await showing
    assert len(house.chat.posts) == 3
    assert await house.run_due(JobKind.CARD) == []


class Hiccuping:
    """The real store, which does not take so many notes of what was shown."""

    def __init__(self, store: Store, times: int) -> None:
        self._store, self.times = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def change(self, request_id: RequestId, transition: Any) -> Any:
        return await self._store.change(request_id, self._looked(transition))

    def _looked(self, transition: Any) -> Any:
        def look(record: Record, now: datetime) -> Any:
            change = transition(record, now)
            noted = isinstance(change, Change) and any(job.body.get(jobs.SHOWN) for job in change.jobs)
            if noted and self.times > 0:
                self.times -= 1
                raise StoreError("The database cannot be reached.")
            return change

        return look


async def test_a_note_that_the_store_does_not_take_is_written_again_and_no_card_is_posted_twice(
    house: House,
) -> None:
    record = await house.sent()
    house.shows.store = Hiccuping(house.store, times=2)
    await _show(house, record, "thread")
    house.clock.turn(minutes=1)
    await house.settle()
    assert len(house.chat.posts) == 3


async def test_a_store_that_stays_away_cuts_off_no_other_card_and_is_told(house: House) -> None:
    record = await house.sent()
    house.shows.store, house.shows.lease = Hiccuping(house.store, times=99), timedelta(seconds=0.3)
    with pytest.raises(StoreError):
        await _show(house, record, "thread")
    assert len(house.chat.posts) == 3


async def test_whoever_is_cut_off_has_noted_what_was_shown_by_then(house: House) -> None:
    record = await house.sent()
    house.chat.meanwhile = asyncio.Event().wait
    showing = asyncio.create_task(_show(house, record, "thread"))

    async def posted() -> bool:
        return len(house.chat.posts) == 3

    await until(posted, "all are on their way")
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    cards = [job for job in (await house.now(record)).jobs.values() if job.kind is JobKind.CARD]
    assert Counter(job.body[jobs.SHOWN] for job in cards) == {0: 1, 1: 2}
    assert {job.lease_until for job in cards} == {None}


async def test_a_hanging_chat_holds_up_no_later_version_of_the_others(house: House) -> None:
    record = await house.sent()
    go = asyncio.Event()
    house.chat.meanwhile = go.wait
    hanging = asyncio.create_task(_show(house, record, "thread"))

    async def two_are_noted() -> bool:
        return [job.body.get(jobs.SHOWN) for job in (await house.now(record)).jobs.values()].count(1) == 2

    await until(two_are_noted, "the others are noted")
    await house.decisions.cancel("R-1001", MEGAN)
    await house.run_due(JobKind.CARD)
    assert [version for _, _, version in house.chat.updates] == [2, 2]
    go.set()
    await hanging
