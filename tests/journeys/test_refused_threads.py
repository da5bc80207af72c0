"""A thread refuses a card (403): its requestor is told in 1:1, and the thread is tried again for a day."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import app
from access.rules import jobs
from access.rules.model import Job
from access.rules.unshown import PAUSES
from bot.clock import host_time
from tests.clinic import INVITE, QUICK, Clinic, open_clinic, spoken, until
from tests.journeys.acts import approve, settled, waiting_for
from tests.journeys.around import happen

CLOSED = "Guestlist can no longer write where this was asked"
TEAM = "Partner onboarding"


@dataclass
class AheadClock:
    """The host's clock, which a test puts forward."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return host_time() + self.ahead


@dataclass
class Later:
    """A clinic, and the clock by which it lives."""

    clinic: Clinic
    clock: AheadClock

    async def pass_by(self, time: timedelta) -> None:
        self.clock.ahead += time
        await settled(self.clinic)

    async def thread(self) -> Job:
        store = self.clinic.guestlist.store
        (record,) = await store.requested_by(self.clinic.story.person("megan")["id"], 10)
        found: Job = next(job for job in record.jobs.values() if job.name == jobs.THREAD)
        return found


@pytest.fixture
async def later(tmp_path: Path) -> AsyncIterator[Later]:
    clock = AheadClock()
    async with open_clinic(tmp_path, app.Overrides(patience=QUICK, clock=clock.now)) as clinic:
        yield Later(clinic, clock)


async def refuse(clinic: Clinic, times: int | None) -> None:
    """Let the channel refuse what the bot writes there."""
    await clinic.fault(
        match={"path": re.escape(await clinic.place("megan", "channel"))}, do="403", times=times
    )


async def own(clinic: Clinic) -> list[str]:
    """Return the cards of the request in Megan's own chat."""
    cards = [spoken(one) for one in await clinic.messages("megan") if one["card"]]
    return [card for card in cards if "R-1001" in card]


async def asked(clinic: Clinic) -> str:
    """Ask in the channel, and return the id of the card there."""
    await clinic.say("megan", INVITE, "channel")
    card = await clinic.card("megan", "Waiting for approval", "channel")
    await waiting_for(clinic)
    await settled(clinic)
    return str(card["id"])


async def test_a_thread_that_refuses_once_shows_the_request_a_minute_later_and_its_requestor_is_told_once(
    later: Later,
) -> None:
    clinic = later.clinic
    card = await asked(clinic)
    await refuse(clinic, times=1)
    await clinic.say("alex", "/deny R-1001 Not this quarter")
    assert CLOSED in spoken(await clinic.card("megan", CLOSED))
    await settled(clinic)
    assert "Waiting" in spoken((await clinic.messages("diego", "channel"))[-1])

    await later.pass_by(timedelta(minutes=1, seconds=5))
    shown = await clinic.card("diego", "Denied", "channel")
    assert shown["id"] == card, "the card that stands is changed"

    async def says_so_no_more() -> bool:
        return CLOSED not in "".join(await own(clinic))

    await until(says_so_no_more, "Megan's own card says nothing of it")
    await settled(clinic)
    (told,) = await own(clinic)
    assert "Not this quarter" in told


async def test_a_thread_whose_first_card_is_refused_gets_it_when_it_takes_it(later: Later) -> None:
    clinic = later.clinic
    await refuse(clinic, times=4)  # three look-ups of people, and the card
    said = await clinic.say("megan", INVITE, "channel")
    await clinic.card("megan", CLOSED)
    await settled(clinic)
    await later.pass_by(timedelta(minutes=1, seconds=5))
    card = await clinic.card("diego", "Waiting for approval", "channel")
    assert card["thread"] == said["messageId"]


async def test_a_thread_that_refuses_is_tried_at_once_where_the_bot_is_spoken_to(later: Later) -> None:
    clinic = later.clinic
    card = await asked(clinic)
    await refuse(clinic, times=2)
    await clinic.say("alex", "/deny R-1001 Not this quarter")
    await clinic.card("megan", CLOSED)
    await settled(clinic)
    await later.pass_by(timedelta(minutes=1, seconds=5))

    async def refused_twice() -> bool:
        return jobs.refusals(await later.thread()) > 1

    await until(refused_twice, "the thread refused twice")
    await later.pass_by(timedelta(minutes=1, seconds=5))
    assert jobs.refusals(await later.thread()) == 2, "the next pause is longer"
    await clinic.say("diego", "@Guestlist /help", "channel")
    assert (await clinic.card("diego", "Denied", "channel"))["id"] == card


async def test_a_thread_that_refuses_is_tried_at_once_where_the_app_is_added_again(later: Later) -> None:
    """A thread that was given up after a day is, too: tests/service/test_shows.py."""
    clinic = later.clinic
    card = await asked(clinic)
    await happen(clinic, "megan", "remove", TEAM)
    await clinic.say("alex", "/deny R-1001 Not this quarter")
    await clinic.card("megan", CLOSED)
    for number, pause in enumerate(PAUSES[:3], 1):

        async def refused(times: int = number) -> bool:
            return jobs.refusals(await later.thread()) == times

        await until(refused, f"refused {number} times")
        await later.pass_by(pause + timedelta(seconds=5))
    await later.pass_by(timedelta(minutes=1, seconds=5))
    (told,) = await own(clinic)
    assert CLOSED in told, "once, however often the thread refused"
    await happen(clinic, "megan", "add", TEAM)
    shown = await clinic.card("diego", "Denied", "channel")
    assert shown["id"] == card
    await settled(clinic)
    cards = [one for one in await clinic.messages("diego", "channel") if one["card"]]
    assert [one["id"] for one in cards if "R-1001" in spoken(one)] == [card]
    assert CLOSED not in "".join(await own(clinic))


async def test_of_a_requestor_who_blocks_the_bot_too_the_operator_is_told_and_the_thread_says_so_later(
    later: Later, caplog: pytest.LogCaptureFixture
) -> None:
    clinic = later.clinic
    await asked(clinic)
    await happen(clinic, "megan", "block")
    await refuse(clinic, times=1)
    await clinic.say("alex", "/deny R-1001 Not this quarter")

    async def rung() -> bool:
        return any("R-1001" in one.message and "neither" in one.message for one in caplog.records)

    await until(rung, "the operator's alarm")
    await settled(clinic)
    await later.pass_by(timedelta(minutes=1, seconds=5))
    said = spoken(await clinic.card("diego", "Guestlist cannot message Megan Bowen", "channel"))
    assert "Denied" in said


async def test_a_channel_that_is_deleted_and_restored_shows_what_it_missed(later: Later) -> None:
    clinic = later.clinic
    await asked(clinic)
    channel = await clinic.place("megan", "channel")
    await happen(clinic, "megan", "close", TEAM)
    await clinic.say("alex", "/deny R-1001 Not this quarter")
    await clinic.card("megan", CLOSED)
    await settled(clinic)
    later.clock.ahead += timedelta(seconds=50)
    answer = await clinic.post("/teams/happen", **{"as": "megan"}, what="reopen", conversation=channel)
    assert answer["statuses"] == [200]
    await later.pass_by(timedelta(seconds=15))
    await clinic.card("megan", "Denied", "channel")


async def test_the_request_goes_on_while_its_thread_refuses(later: Later) -> None:
    clinic = later.clinic
    card = await asked(clinic)
    await refuse(clinic, times=1)
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    await settled(clinic)
    await clinic.act(act="accept", address="ana@fabrikam.com")
    await clinic.card("megan", "Ana accepted")
    await later.pass_by(timedelta(minutes=1, seconds=5))
    assert (await clinic.card("diego", "Accepted", "channel"))["id"] == card
