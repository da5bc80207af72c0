"""One guest who cannot be read is left for later; a directory that is away stops the reading at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio

from access.ports import AccessError, GuestDelta, Missing, NotDone, Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import Guest, ObjectId, Redemption
from access.service.redeem import CURSOR, OWED, Redemptions
from tests.service.fakes import FakeDirectory
from tests.service.house import House, draft

FIRST, SECOND, THIRD = ObjectId("guest-1"), ObjectId("guest-2"), ObjectId("guest-3")
EVERYBODY = (FIRST, SECOND, THIRD)
REFUSED = Refused(Cause.RIGHTS_MISSING)
AWAY = Unknown(Cause.UNAVAILABLE)
THROTTLED = NotDone(Cause.THROTTLED)


@dataclass
class Withholding(FakeDirectory):
    """A directory that answers for some guests with an error, again and again."""

    errors: dict[ObjectId, AccessError] = field(default_factory=dict)
    read: list[ObjectId] = field(default_factory=list)

    asked: int = 0

    async def guest(self, guest_id: ObjectId, *, waited_for: bool = True) -> Guest | None:
        self.asked += 1
        self.read.append(guest_id)
        if guest_id in self.errors:
            raise self.errors[guest_id]
        return await super().guest(guest_id, waited_for=waited_for)

    async def guests(self, ids: Sequence[ObjectId]) -> Sequence[Guest]:
        """Return a list, which trouble with one of them does not concern."""
        self.asked += 1
        if self.errors.keys() >= set(EVERYBODY):
            raise self.errors[FIRST]
        return await super().guests(ids)


@dataclass
class Reading:
    """Three guests who are waited for and have accepted, and the delta that says so."""

    house: House
    directory: Withholding
    redemptions: Redemptions

    async def waited_for(self) -> set[ObjectId]:
        return set(await self.house.store.awaited(9))

    async def follow_in_vain(self) -> None:
        with pytest.raises(AccessError):
            await self.follow()

    async def follow(self) -> None:
        """Do what is done every minute."""
        await self.redemptions.follow()
        await self.redemptions.catch_up()

    async def cursor(self) -> str | None:
        return await self.house.store.note(CURSOR)

    async def owed(self) -> bool:
        return bool(await self.house.store.note(OWED))

    def expire(self) -> None:
        self.house.changes.pages = {"": _page(cursor="now"), "now": _page(cursor="now")}


def _page(*changed: ObjectId, cursor: str) -> GuestDelta:
    return GuestDelta(changed, (), cursor, more=False)


@pytest_asyncio.fixture
async def reading(house: House) -> Reading:
    for address in ("ana@fabrikam.com", "sam@outlook.com", "kim@outlook.com"):
        await house.approved(draft(address=address))
        await house.settle()
    directory = Withholding(house.tenant, house.faults)
    found = Reading(house, directory, Redemptions(house.store, directory, house.changes))
    assert await found.waited_for() == set(EVERYBODY)
    for one in EVERYBODY:
        house.tenant.accepts(one)
    house.changes.pages = {"c1": _page(*EVERYBODY, cursor="c2"), "c2": _page(cursor="c2")}
    await house.store.keep_note(CURSOR, "c1")
    return found


@pytest.mark.parametrize("error", [REFUSED, Missing(Cause.GUEST_GONE)], ids=["refused", "missing"])
@pytest.mark.parametrize("one", EVERYBODY)
async def test_a_guest_who_is_refused_keeps_nobody_else_waiting(
    reading: Reading, one: ObjectId, error: AccessError
) -> None:
    reading.directory.errors[one] = error
    await reading.redemptions.go_round()
    assert await reading.waited_for() == {one}


@pytest.mark.parametrize("error", [REFUSED, Missing(Cause.GUEST_GONE)], ids=["refused", "missing"])
async def test_the_delta_goes_on_without_a_refused_guest_whom_the_hourly_read_catches(
    reading: Reading, error: AccessError
) -> None:
    """Who is missing for this one call is no expired cursor either."""
    reading.directory.errors[FIRST] = error
    await reading.follow()
    assert (await reading.waited_for(), await reading.cursor()) == ({FIRST}, "c2")
    del reading.directory.errors[FIRST]
    await reading.redemptions.go_round()
    assert await reading.waited_for() == set()


async def test_with_an_expired_cursor_a_refused_guest_has_everybody_read_once_and_not_every_round(
    reading: Reading,
) -> None:
    reading.expire()
    reading.directory.errors[FIRST] = REFUSED
    for _ in range(3):
        await reading.follow()
    assert (await reading.waited_for(), await reading.cursor()) == ({FIRST}, "now")
    assert sorted(reading.directory.read) == list(EVERYBODY)


async def test_with_an_expired_cursor_a_guest_who_is_never_answered_for_holds_three_rounds(
    reading: Reading,
) -> None:
    reading.expire()
    reading.directory.errors[FIRST] = AWAY
    for _ in range(3):
        await reading.follow_in_vain()
    assert (await reading.waited_for(), await reading.owed()) == ({FIRST}, True)
    for _ in range(5):
        await reading.follow()
    assert (await reading.cursor(), await reading.owed()) == ("now", False)
    assert reading.directory.read.count(FIRST) == 4


async def test_a_guest_who_is_never_answered_for_holds_the_delta_three_rounds_and_the_others_one(
    reading: Reading,
) -> None:
    reading.directory.errors[FIRST] = AWAY
    await reading.follow_in_vain()
    assert reading.directory.read[-1] == FIRST
    await reading.follow_in_vain()
    assert await reading.waited_for() == {FIRST}
    await reading.follow_in_vain()
    assert await reading.cursor() == "c1"
    await reading.follow()
    assert await reading.cursor() == "c2"
    del reading.directory.errors[FIRST]
    await reading.redemptions.go_round()
    assert await reading.waited_for() == set()


async def test_the_hourly_read_ends_although_a_guest_is_never_answered_for(reading: Reading) -> None:
    reading.directory.errors[SECOND] = AWAY
    for _ in range(3):
        with pytest.raises(Unknown):
            await reading.redemptions.go_round()
    reading.expire()
    await reading.house.approved(draft(address="new@outlook.com"))
    await reading.house.settle()
    await reading.redemptions.go_round()
    assert await reading.waited_for() == {SECOND, ObjectId("guest-4")}


async def test_a_guest_who_was_answered_for_between_holds_three_rounds_again(reading: Reading) -> None:
    pending = replace(reading.house.tenant.guests[FIRST], redemption=Redemption.PENDING)
    reading.house.tenant.guests[FIRST] = pending
    for _ in range(2):
        reading.directory.errors[FIRST] = AWAY
        for _ in range(3):
            await reading.follow_in_vain()
        del reading.directory.errors[FIRST]
        await reading.follow()
        assert await reading.cursor() == "c2"
        await reading.house.store.keep_note(CURSOR, "c1")


@pytest.mark.parametrize(
    "error", [AWAY, THROTTLED, Refused(Cause.SIGN_IN_REFUSED)], ids=["away", "throttled", "no sign-in"]
)
async def test_a_directory_that_answers_for_nobody_is_asked_once_a_round(
    reading: Reading, error: AccessError
) -> None:
    reading.directory.errors = dict.fromkeys(EVERYBODY, error)
    for _ in range(20):
        with pytest.raises(type(error)):
            await reading.redemptions.go_round()
    assert reading.directory.asked == 20
    reading.directory.errors.clear()
    await reading.redemptions.go_round()
    assert await reading.waited_for() == set()


@pytest.mark.parametrize(
    "error", [THROTTLED, Refused(Cause.SIGN_IN_REFUSED)], ids=["throttled", "no sign-in"]
)
async def test_what_is_said_to_everybody_holds_the_cursor_for_as_long_as_it_lasts(
    reading: Reading, error: AccessError
) -> None:
    reading.directory.errors = dict.fromkeys(EVERYBODY, error)
    for _ in range(20):
        await reading.follow_in_vain()
    assert (len(reading.directory.read), await reading.cursor()) == (20, "c1")


async def test_who_is_left_for_later_is_reported(reading: Reading, caplog: pytest.LogCaptureFixture) -> None:
    reading.directory.errors = {FIRST: REFUSED, THIRD: REFUSED}
    await reading.follow()
    (said,) = [one for one in caplog.records if one.name == "access.service.redeem"]
    assert "hourly" in said.getMessage()
    assert said.__dict__["count"] == 2
    assert said.__dict__["guests"] == {FIRST: "rights-missing", THIRD: "rights-missing"}
