"""One subscription, whatever is lost, fails or comes back: exactly one, renewed, and none left behind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from access.ports import AccessError, Missing, NotDone, NotKept, Refused, Store, Subscribed, Unknown
from access.rules.causes import Cause
from access.rules.model import AuditFact
from access.rules.subscribing import LIFE
from access.service.subscribe import NOTE, Subscribing
from tests.service.fakes import Faults
from tests.service.house import House

HERE, ELSEWHERE = "https://guestlist.example", "https://guestlist.example.net"


@dataclass
class FakeSubscriptions:
    """The directory's side: what stands, and what secret each was made with."""

    faults: Faults
    standing: dict[str, Subscribed] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    made: int = 0
    reauthorized: list[str] = field(default_factory=list)

    async def ours(self) -> list[Subscribed]:
        self.faults.meet("ours")
        return list(self.standing.values())

    async def subscribe(self, url: str, secret: str, until: datetime) -> Subscribed:
        self.faults.meet("subscribe")
        self.made += 1
        one = Subscribed(f"s{self.made}", url, until)
        self.standing[one.subscription_id], self.secrets[one.subscription_id] = one, secret
        self.faults.leave("subscribe")
        return one

    async def renew(self, subscription_id: str, until: datetime) -> None:
        self.faults.meet("renew")
        one = self._named(subscription_id)
        self.standing[subscription_id] = Subscribed(subscription_id, one.url, until)

    async def reauthorize(self, subscription_id: str) -> None:
        self.faults.meet("reauthorize")
        self._named(subscription_id)
        self.reauthorized.append(subscription_id)

    async def end(self, subscription_id: str) -> None:
        self.faults.meet("end")
        self.standing.pop(subscription_id, None)

    def _named(self, subscription_id: str) -> Subscribed:
        if subscription_id not in self.standing:
            raise Missing(Cause.REFUSED, "no such subscription")
        return self.standing[subscription_id]


@dataclass
class Desk:
    """A directory, and the replicas that keep a subscription in it."""

    house: House
    directory: FakeSubscriptions
    woken: int = 0
    alarms: list[str] = field(default_factory=list)

    def replica(self, url: str = HERE) -> Subscribing:
        ring: Callable[[str], None] = self.alarms.append
        return Subscribing(self.house.store, self.directory, self.house.clock, url, self._wake, ring)

    def _wake(self) -> None:
        self.woken += 1

    async def later(self, replica: Subscribing, **by: float) -> None:
        """Turn the clock, and let a replica look."""
        self.house.clock.turn(**by)
        await replica.keep()

    async def is_ours(self, subscription_id: str) -> bool:
        """Tell whether what this subscription sends is believed to be ours."""
        kept = await self.replica().kept()
        return kept.opens(subscription_id, self.directory.secrets[subscription_id])


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house, FakeSubscriptions(house.faults))


async def test_the_first_look_makes_one_and_wakes_the_delta(desk: Desk) -> None:
    await desk.replica().keep()
    (one,) = desk.directory.standing.values()
    assert (one.url, one.until) == (HERE, desk.house.clock.now() + LIFE)
    assert await desk.is_ours("s1")
    assert desk.woken == 1, "what changed before, nobody has told"


async def test_a_clock_that_was_ahead_and_comes_back_keeps_nobody_from_looking(desk: Desk) -> None:
    replica = desk.replica()
    await desk.later(replica, days=60)
    desk.house.clock.turn(days=-60)
    desk.directory.standing.clear()  # by the directory's own clock it was over long since
    await desk.later(replica, hours=2)
    assert list(desk.directory.standing) == ["s2"]


async def test_its_secret_is_long_random_and_sealed_where_it_is_kept(desk: Desk) -> None:
    await desk.replica().keep()
    secret = desk.directory.secrets["s1"]
    assert 40 <= len(secret) <= 128
    assert secret not in (await desk.house.store.note(NOTE) or "")
    assert secret not in repr(await desk.house.audit())


async def test_before_it_changes_anything_in_the_tenant_an_entry_says_so(desk: Desk) -> None:
    await desk.replica().keep()
    desk.house.clock.turn(days=3)
    await desk.replica().asked()
    await desk.replica().keep()
    await desk.replica("").keep()
    told = [(entry.fact.what, entry.fact.detail) for entry in await desk.house.audit()]
    one = {"subscription": "s1"}
    assert told == [
        ("subscription.making", {"url": HERE}),
        ("subscription.authorizing", one),
        ("subscription.renewing", one),
        ("subscription.ending", one),
    ]


async def test_where_no_entry_can_be_written_nothing_is_changed(desk: Desk) -> None:
    class Mute:
        """A store whose audit is away."""

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.house.store, name)

        async def write_audit(self, _: AuditFact) -> None:
            raise NotKept(Cause.UNAVAILABLE)

    replica = desk.replica()
    replica.store = cast("Store", Mute())
    await replica.keep()
    assert desk.directory.made == 0


async def test_a_restart_and_another_replica_keep_the_one_that_stands(desk: Desk) -> None:
    for _ in range(3):
        await desk.replica().keep()
    assert desk.directory.made == 1


async def test_while_all_is_well_nobody_asks_the_directory_more_than_once_an_hour(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    before = desk.house.faults.calls.count("ours")
    for _ in range(3 * 60):
        await desk.later(replica, minutes=1)
    assert 2 <= desk.house.faults.calls.count("ours") - before <= 4


async def test_it_is_renewed_in_time_for_months_and_is_never_without(desk: Desk) -> None:
    replica = desk.replica()
    for _ in range(4 * 90):
        await desk.later(replica, hours=6)
        (one,) = desk.directory.standing.values()
        assert one.until - desk.house.clock.now() > timedelta(days=5)
    assert desk.directory.made == 1


async def test_one_that_is_gone_is_made_anew_within_the_hour(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    desk.directory.standing.clear()
    await desk.later(replica, hours=1.3)
    assert list(desk.directory.standing) == ["s2"]
    assert desk.woken == 2


async def test_one_that_goes_while_it_is_renewed_is_made_anew_at_once(desk: Desk) -> None:
    await desk.replica().keep()
    desk.house.clock.turn(days=3)
    desk.house.faults.before["renew"] = [Missing(Cause.REFUSED)]
    await desk.replica().keep()
    assert list(desk.directory.standing) == ["s2"]


async def test_at_another_address_the_old_one_is_ended_and_what_it_sent_last_still_counts(desk: Desk) -> None:
    await desk.replica().keep()
    await desk.replica(ELSEWHERE).keep()
    assert [(one.subscription_id, one.url) for one in desk.directory.standing.values()] == [("s2", ELSEWHERE)]
    assert await desk.is_ours("s2")
    assert await desk.is_ours("s1"), "it may be on its way still"


async def test_without_an_address_any_more_it_is_ended_and_nothing_is_believed(desk: Desk) -> None:
    await desk.replica().keep()
    await desk.replica("").keep()
    assert desk.directory.standing == {}
    assert not await desk.is_ours("s1")


async def test_without_an_address_from_the_start_the_directory_is_asked_nothing(desk: Desk) -> None:
    await desk.replica("").keep()
    assert desk.house.faults.calls.count("ours") == 0


async def test_an_answer_that_was_lost_leaves_no_second_one(desk: Desk) -> None:
    desk.house.faults.after["subscribe"] = [Unknown(Cause.UNAVAILABLE)]
    replica = desk.replica()
    await replica.keep()
    assert list(desk.directory.standing) == ["s1"]
    assert await desk.is_ours("s1"), "it is ours, whoever heard the answer"
    await desk.later(replica, minutes=1)
    assert list(desk.directory.standing) == ["s2"]
    assert await desk.is_ours("s2")


async def test_one_that_was_made_unseen_is_ended_where_the_address_is_ours(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    until = desk.house.clock.now() + LIFE
    for name, url in (("twin", HERE), ("of-another", "https://other.example")):
        desk.directory.standing[name] = Subscribed(name, url, until)
    await desk.later(replica, hours=1.3)
    assert list(desk.directory.standing) == ["s1", "of-another"]


async def test_two_replicas_that_begin_at_once_end_with_one(desk: Desk) -> None:
    """One had stopped for so long that another took its place, and goes on when that has begun."""
    first, second = desk.replica(), desk.replica()
    note = await desk.house.store.note(NOTE)
    kept = await first.kept()
    await second.keep()
    await first._make(note, kept, [], desk.house.clock.now())
    assert list(desk.directory.standing) == ["s1"]
    assert await desk.is_ours("s1")


async def test_a_directory_that_is_away_is_asked_ever_less_often_and_logged_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.house.faults.down = NotDone(Cause.UNAVAILABLE)
    replica = desk.replica()
    for _ in range(6 * 60):
        await desk.later(replica, minutes=1)
    tries = desk.house.faults.calls.count("ours")
    assert 8 <= tries <= 20
    assert [one.message for one in caplog.records] == ["Change notifications met trouble"]
    assert desk.alarms == [], "what passes by itself is no news for the operator"
    desk.house.faults.down = None
    await desk.later(replica, hours=2)
    assert list(desk.directory.standing) == ["s1"]


async def test_an_outage_of_months_is_outlived(desk: Desk) -> None:
    desk.house.faults.down = NotDone(Cause.UNAVAILABLE)
    replica = desk.replica()
    for _ in range(24 * 90):
        await desk.later(replica, hours=1.3)
    desk.house.faults.down = None
    await desk.later(replica, hours=1.3)
    assert list(desk.directory.standing) == ["s1"]


async def test_how_long_the_directory_asks_to_wait_is_waited(desk: Desk) -> None:
    replica = desk.replica()
    desk.house.faults.before["ours"] = [NotDone(Cause.THROTTLED, retry_after=600)]
    await replica.keep()
    await desk.later(replica, seconds=590)
    assert desk.directory.made == 0
    await desk.later(replica, seconds=11)
    assert desk.directory.made == 1


@pytest.mark.parametrize("cause", [Cause.RIGHTS_MISSING, Cause.REFUSED])
async def test_a_refusal_that_stays_is_told_to_the_operator_once(desk: Desk, cause: Cause) -> None:
    refusals: list[AccessError] = [Refused(cause, "Graph answered 403") for _ in range(9)]
    desk.house.faults.before["subscribe"] = refusals
    replica = desk.replica()
    for _ in range(9):
        await desk.later(replica, hours=2)
    (told,) = desk.alarms
    assert "Graph answered 403" in told
    await desk.later(replica, hours=2)
    assert list(desk.directory.standing) == ["s1"]


async def test_a_refusal_that_begins_in_an_outage_is_told_to_the_operator_too(desk: Desk) -> None:
    away: list[AccessError] = [NotDone(Cause.UNAVAILABLE) for _ in range(4)]
    refusals: list[AccessError] = [Refused(Cause.RIGHTS_MISSING, "Graph answered 403") for _ in range(5)]
    desk.house.faults.before["subscribe"] = away + refusals
    replica = desk.replica()
    for _ in range(6):
        await desk.later(replica, hours=2)
    assert desk.alarms == []
    for _ in range(3):
        await desk.later(replica, hours=2)
    (told,) = desk.alarms
    assert "Graph answered 403" in told


async def test_when_it_is_asked_whether_we_may_still_have_it_that_is_said_once(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    await desk.replica().asked()
    for _ in range(3):
        await desk.later(replica, minutes=1.1)
    assert desk.directory.reauthorized == ["s1"]


async def test_a_question_survives_a_failure_and_a_restart(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    await replica.asked()
    desk.house.faults.before["reauthorize"] = [Unknown(Cause.UNAVAILABLE)]
    await replica.keep()
    assert desk.directory.reauthorized == []
    await desk.replica().keep()
    assert desk.directory.reauthorized == ["s1"]


async def test_one_that_is_said_to_be_gone_and_is_gone_is_made_anew_at_once(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    desk.directory.standing.clear()
    await desk.replica().lost("s1")
    await desk.later(replica, seconds=2)
    assert list(desk.directory.standing) == ["s2"]
    assert await desk.is_ours("s2")
    assert desk.woken == 2, "what changed meanwhile, nobody has told"


async def test_one_that_is_said_to_be_gone_and_stands_is_left_as_it_is(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    for _ in range(60):
        await replica.lost("s1")
        await desk.later(replica, seconds=2)
    assert list(desk.directory.standing) == ["s1"]
    assert (desk.directory.made, desk.woken) == (1, 1)


async def test_who_says_so_all_the_time_has_the_directory_asked_every_few_minutes(desk: Desk) -> None:
    replica = desk.replica()
    await replica.keep()
    before = desk.house.faults.calls.count("ours")
    for _ in range(30 * 30):
        await replica.lost("s1")
        await desk.later(replica, seconds=2)
    assert 4 <= desk.house.faults.calls.count("ours") - before <= 7, "half an hour of it"


async def test_one_that_the_directory_still_shows_is_looked_for_once_more_some_minutes_later(
    desk: Desk,
) -> None:
    """The directory may say that it is gone before its own list does."""
    replica = desk.replica()
    await replica.keep()
    await replica.lost("s1")
    await desk.later(replica, seconds=2)
    desk.directory.standing.clear()
    await desk.later(replica, minutes=5.1)
    assert list(desk.directory.standing) == ["s2"]


async def test_that_an_older_one_is_gone_has_nobody_look(desk: Desk) -> None:
    """Entra says it again to who was slow to answer, and by then another stands."""
    replica = desk.replica()
    await replica.keep()
    before = desk.house.faults.calls.count("ours")
    await replica.lost("s0")
    for _ in range(30):
        await desk.later(replica, seconds=2)
    assert desk.house.faults.calls.count("ours") == before


async def test_that_it_is_gone_survives_a_failure_and_another_replica_that_takes_over(desk: Desk) -> None:
    replica, other = desk.replica(), desk.replica()
    await replica.keep()
    await other.keep()
    desk.directory.standing.clear()
    await replica.lost("s1")
    desk.house.faults.before["ours"] = [Unknown(Cause.UNAVAILABLE)]
    await desk.later(replica, seconds=2)
    assert desk.directory.made == 1
    await other.keep()
    assert list(desk.directory.standing) == ["s2"]


async def test_a_note_that_cannot_be_opened_leads_to_a_new_one(desk: Desk) -> None:
    """As where the database was restored from another's backup."""
    await desk.replica().keep()
    note = await desk.house.store.note(NOTE) or ""
    await desk.house.store.keep_note(NOTE, note.replace('"secret": "g', '"secret": "h'))
    await desk.replica().keep()
    assert list(desk.directory.standing) == ["s2"]
    assert await desk.is_ours("s2")
