"""Who holds a job keeps it, who lost it writes nothing more, and a bug does not run for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import Drafted, Given, Invitation, Invited, Letter, NotDone, Refused, Unknown, check_lease
from access.ports.lease import machine_time
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import (
    Give,
    Job,
    JobKind,
    JobStatus,
    MailState,
    ObjectId,
    Place,
    Record,
    State,
)
from access.service.holding import LEASE
from tests.clinic import until
from tests.service.fakes import FakeAccess, FakeChat, FakeMail
from tests.service.house import ALEX, House


class Bug(Exception):
    """What nobody expects."""


class SlowAccess(FakeAccess):
    """Invites when told to, and asks before it does, as the adapters do."""

    def __init__(self, house: House) -> None:
        super().__init__(house.tenant, house.faults)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def invite(self, invitation: Invitation) -> Invited:
        self.asked.set()
        await self.go.wait()
        check_lease()
        return await super().invite(invitation)


class HangingGive(FakeAccess):
    """Gives nothing, and never answers."""

    def __init__(self, house: House) -> None:
        super().__init__(house.tenant, house.faults)
        self.asked = asyncio.Event()

    async def give(self, guest_id: ObjectId, app_id: ObjectId, give: Give, *, fresh: bool = False) -> Given:
        self.asked.set()
        await asyncio.Event().wait()
        return await super().give(guest_id, app_id, give, fresh=fresh)


async def invite_of(house: House, record: Record) -> Job:
    return next(job for job in (await house.now(record)).jobs.values() if job.name == "invite")


def _over(at: float) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return machine_time() > at

    return look


def quick(house: House, seconds: float) -> None:
    house.deliveries.patience = replace(house.deliveries.patience, lease=timedelta(seconds=seconds))


async def test_a_lease_is_short_enough_for_another_replica_to_take_over_within_twenty_seconds() -> None:
    assert timedelta(seconds=10) <= LEASE <= timedelta(seconds=18)


async def test_a_step_that_runs_for_long_keeps_its_lease(house: House) -> None:
    quick(house, 0.15)
    slow = house.deliveries.access = SlowAccess(house)
    record = await house.approved()
    running = asyncio.create_task(house.run_due(JobKind.STEP))
    await slow.asked.wait()
    for _ in range(3):
        house.clock.turn(seconds=0.1)

        async def renewed() -> bool:
            return (await invite_of(house, record)).lease_until == house.clock.now() + timedelta(seconds=0.15)

        await until(renewed, "the lease is renewed")
        assert (await invite_of(house, record)).fence == 1
    slow.go.set()
    await running
    assert (await invite_of(house, record)).status is JobStatus.DONE


async def test_whoever_lost_a_step_to_another_writes_nothing_and_finishes_nothing(house: House) -> None:
    quick(house, 0.3)
    slow = house.deliveries.access = SlowAccess(house)
    record = await house.approved()
    mine = await invite_of(house, record)
    running = asyncio.create_task(house.deliveries.run(mine))
    await slow.asked.wait()
    house.clock.turn(seconds=1)
    taken = await house.store.change(mine.request_id, jobs.claim(mine.key, LEASE))
    assert isinstance(taken, Record)

    await until(_over(machine_time() + 0.2), "the holder has heard of it, or its part of the lease is over")
    slow.go.set()
    await running
    assert house.tenant.invitations == []
    assert (await house.now(record)).jobs[mine.key] == taken.jobs[mine.key]


async def test_a_holder_that_cannot_renew_stops_writing_before_anybody_else_may_begin(house: House) -> None:
    quick(house, 0.15)
    slow = house.deliveries.access = SlowAccess(house)
    record = await house.approved()
    mine = await invite_of(house, record)
    running = asyncio.create_task(house.deliveries.run(mine))
    await slow.asked.wait()
    await house.store.close()
    await until(_over(machine_time() + 0.1), "the holder's part of the lease is over")
    slow.go.set()
    await running
    assert house.tenant.invitations == []


async def test_a_notice_that_was_surely_not_sent_for_want_of_a_lease_is_sent_later(house: House) -> None:
    record = await house.approved()
    await house.delivered(record)
    (guest,) = house.tenant.guests
    house.tenant.accepts(guest)
    await house.redemptions.go_round()
    house.shows.lease = timedelta(0)
    house.faults.meanwhile["post"] = check_lease
    await house.run_due(JobKind.NOTICE)
    house.shows.lease = LEASE
    await house.settle()
    told = [audience for _, audience, _ in house.chat.posts if audience.startswith(jobs.ACCEPTED)]
    assert sorted(told) == ["accepted/requestor", "accepted/thread"]


async def stumbled(house: House, times: int) -> None:
    for _ in range(times):
        house.clock.turn(minutes=2)
        with pytest.raises(Bug):
            await house.run_due(JobKind.STEP)


def strike(house: House, call: str) -> None:
    def bug() -> None:
        raise Bug

    house.faults.meanwhile[call] = bug


async def test_a_step_that_a_bug_ends_is_tried_a_few_times_and_then_fails_for_good_with_an_alarm(
    house: House,
) -> None:
    record = await house.approved()
    strike(house, "find_by_address")
    await stumbled(house, jobs.MOST_STUMBLES - 1)
    assert (await house.now(record)).request.state is State.DELIVERING
    assert house.alarms == []
    await stumbled(house, 1)
    end = (await house.now(record)).request
    assert end.failure is not None
    assert (end.state, end.failure.cause) == (State.DELIVERY_FAILED, Cause.BUG)
    (alarm,) = house.alarms
    assert alarm.startswith("R-1001: a step was given up")
    assert alarm.endswith("/retry R-1001.")
    del house.faults.meanwhile["find_by_address"]
    assert isinstance(await house.decisions.retry("R-1001", ALEX), Record)
    await house.delivered(record)


async def test_what_a_bug_may_have_done_is_looked_up_before_it_is_done_again(house: House) -> None:
    record = await house.approved()
    bugs = iter([Bug()])

    class Clumsy(FakeAccess):
        async def invite(self, invitation: Invitation) -> Invited:
            invited = await super().invite(invitation)
            for bug in bugs:
                raise bug
            return invited

    house.deliveries.access = Clumsy(house.tenant, house.faults)
    await stumbled(house, 1)
    end = await house.delivered(record)
    assert (len(house.tenant.guests), house.mail.sent[0].link[-6:]) == (1, "link-2")
    assert end.request.failure is None


async def test_a_bug_in_a_mail_ends_the_mail_alone(house: House) -> None:
    record = await house.approved()
    strike(house, "draft")
    while (await house.now(record)).request.mail is not MailState.FAILED:
        house.clock.turn(minutes=2)
        with suppress(Bug):
            await house.run_due()
    await house.settle()
    end = (await house.now(record)).request
    assert (end.state, end.failure and end.failure.cause) == (State.DELIVERED, Cause.BUG)


async def test_a_card_that_a_bug_ends_is_given_up_and_others_are_shown(house: House) -> None:
    class Clumsy(FakeChat):
        async def post(self, place: Place, record: Record, audience: str) -> tuple[Place, str]:
            if audience == jobs.THREAD:
                raise Bug
            return await super().post(place, record, audience)

    record = await house.sent()
    house.shows.chat = chat = Clumsy(house.faults)
    for _ in range(jobs.MOST_STUMBLES):
        for job in [one for one in await house.store.due(50) if one.name == jobs.THREAD]:
            with pytest.raises(Bug):
                await house.shows.run(job)
        house.clock.turn(minutes=2)
    await house.settle()
    told = sorted(audience for _, audience, _ in chat.posts)
    assert told == ["approver/alex", "approver/nia", "requestor"]
    shown = {job.name: job.status for job in (await house.now(record)).jobs.values()}
    assert shown.pop(jobs.THREAD) is JobStatus.DROPPED
    assert JobStatus.DROPPED not in shown.values()


async def test_who_was_not_shown_a_card_for_a_bug_of_ours_is_shown_it_when_they_write(house: House) -> None:
    class Clumsy(FakeChat):
        broken = True

        async def post(self, place: Place, record: Record, audience: str) -> tuple[Place, str]:
            if self.broken and audience == f"{jobs.APPROVER}{ALEX}":
                raise Bug
            return await super().post(place, record, audience)

    await house.sent()
    house.shows.chat = chat = Clumsy(house.faults)
    for _ in range(jobs.MOST_STUMBLES):
        for job in await house.store.due(50):
            with suppress(Bug):
                await house.shows.run(job)
        house.clock.turn(minutes=2)
    await house.settle()
    chat.broken = False
    await house.missed.again(ALEX)
    await house.settle()
    assert [audience for _, audience, _ in chat.posts].count(f"{jobs.APPROVER}{ALEX}") == 1


async def test_a_refusal_counts_as_no_bug(house: House) -> None:
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    assert await house.failed(await house.approved()) is Cause.RIGHTS_MISSING


async def test_who_has_done_a_step_goes_on_with_the_next_each_claimed_before_it_runs(house: House) -> None:
    house.deliveries.leaving = lambda: False
    record = await house.approved()
    (invite,) = await house.run_due(JobKind.STEP)
    assert (invite.name, (await house.now(record)).request.state) == ("invite", State.DELIVERED)
    told = [
        (entry.fact.what, entry.fact.detail["step"])
        for entry in await house.audit()
        if entry.fact.what.startswith("step.")
    ]
    steps = ("invite", "know", "give", "mail", "prove")
    assert told == [(f"step.{what}", step) for step in steps for what in ("begun", "done")]
    assert len(house.mail.sent) == 1


async def test_a_step_that_fails_on_the_way_is_put_off_as_if_it_had_been_looked_for(house: House) -> None:
    house.deliveries.leaving = lambda: False
    house.faults.after["give"] = [Unknown(Cause.UNAVAILABLE)]
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    give = next(job for job in (await house.now(record)).jobs.values() if job.name == "give")
    assert (give.status, give.started, give.fence, give.lease_until) == (JobStatus.READY, 1, 1, None)
    await house.delivered(record)
    assert len(house.tenant.access) == 1


async def test_a_bug_on_the_way_is_that_of_the_step_in_which_it_struck(house: House) -> None:
    house.deliveries.leaving = lambda: False
    strike(house, "give")
    record = await house.approved()
    with pytest.raises(Bug):
        await house.run_due(JobKind.STEP)
    steps = {job.name: job for job in (await house.now(record)).jobs.values() if job.kind is JobKind.STEP}
    assert [jobs.stumbles(steps[name]) for name in ("invite", "know", "give")] == [0, 0, 1]


async def test_whoever_is_cut_off_lets_go_of_the_step_at_which_it_is(house: House) -> None:
    house.deliveries.leaving = lambda: False
    slow = house.deliveries.access = HangingGive(house)
    record = await house.approved()
    running = asyncio.create_task(house.run_due(JobKind.STEP))
    await slow.asked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    give = next(job for job in (await house.now(record)).jobs.values() if job.name == "give")
    assert (give.status, give.started, give.lease_until) == (JobStatus.READY, 1, None)
    assert give.due_at <= house.clock.now()


class SlowMail(FakeMail):
    """Throttles the first draft, and makes the second one when told to."""

    def __init__(self, house: House) -> None:
        super().__init__(house.faults, house.clock)
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.throttling = [NotDone(Cause.THROTTLED, retry_after=1)]

    async def draft(self, letter: Letter) -> Drafted:
        for refusal in [self.throttling.pop()] if self.throttling else []:
            raise refusal
        self.asked.set()
        await self.go.wait()
        return await super().draft(letter)


async def test_a_step_that_somebody_is_at_is_not_taken_by_whoever_wakes_it_again(house: House) -> None:
    """The mail is under way while the proof fails and the delivery is retried, and its turn comes again."""
    house.deliveries.leaving = lambda: False
    slow = house.deliveries.mail = SlowMail(house)
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    steps = {job.name: job for job in (await house.now(record)).jobs.values() if job.kind is JobKind.STEP}
    house.clock.turn(seconds=2)
    mailing = asyncio.create_task(house.deliveries.run(steps["mail"]))
    await slow.asked.wait()
    house.faults.before["read_back"] = [Refused(Cause.NOT_PROVED)]
    await house.deliveries.run(steps["prove"])
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    assert isinstance(await house.decisions.retry("R-1001", ALEX), Record)
    await asyncio.wait_for(house.deliveries.run(steps["give"]), 10)  # it does not wait for the mail
    mail = (await house.now(record)).jobs[steps["mail"].key]
    assert (mail.status, mail.fence) == (JobStatus.READY, 2)
    slow.go.set()
    await mailing
    await house.delivered(record)
    assert len(slow.sent) == 1
