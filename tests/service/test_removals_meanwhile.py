"""What goes on around a guest who is blocked and waits to be deleted: nobody is asked, all can come back."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from access.rules.guest_list import GuestPage, Only, Wanted
from access.rules.lapses import Lapse
from access.rules.model import (
    AccountState,
    AssignmentState,
    JobKind,
    JobStatus,
    Left,
    ObjectId,
    Record,
    Redemption,
    Request,
)
from access.rules.policy_reader import read_policy
from access.service.remove import Removals
from tests.service.house import ALEX, MEGAN, POLICY, THREAD, House, draft

ANA = ObjectId("ana")
LONG = 'term = { default = "365d", longest = "3650d" }'


def says(house: House, *lines: str) -> None:
    text = "".join(f"{line}\n" for line in ("[defaults]", LONG, *lines))
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", f"{text}[[defaults.stage]]", 1))


async def given(house: House, redemption: Redemption = Redemption.ACCEPTED, term: str = "1000d") -> Record:
    if redemption is Redemption.ACCEPTED:
        house.knows(redemption)
    return await house.delivered(await house.approved(draft(term=term)))


async def removed(house: House, access: Record) -> Record:
    guest = access.request.guest_id
    assert guest is not None
    record = await house.acts.remove(guest, MEGAN, "over", THREAD, seen=None, personal=True)
    assert isinstance(record, Record), record
    return await house.delivered(record)


async def restored(house: House, removal: Record) -> None:
    assert isinstance(await house.acts.restore(removal.request.label, MEGAN), Record)
    await house.settle()
    account = (await house.now(removal)).request.account
    assert account is not None
    assert account.state is AccountState.RESTORED


async def days(house: House, number: int) -> None:
    for _ in range(number):
        house.clock.turn(days=1)
        await house.clean_ups.daily()
        await house.settle()


async def whats(house: House, record: Record) -> list[str]:
    request_id = record.request.request_id
    return [one.fact.what for one in await house.audit() if one.fact.request_id == request_id]


def essence(request: Request) -> Request:
    """Return what is left of a request without its versions and times of showing."""
    return replace(request, version=0, changed_at=request.submitted_at)


def asleep(record: Record) -> Mapping[str, tuple[JobStatus, JobKind]]:
    kinds = (JobKind.TERM, JobKind.ACCEPTANCE, JobKind.LETTER, JobKind.REMINDER)
    return {one.name: (one.status, one.kind) for one in record.jobs.values() if one.kind in kinds}


@pytest.mark.parametrize("redemption", [Redemption.ACCEPTED, Redemption.PENDING])
async def test_restored_before_the_deletion_everything_is_as_it_was(
    house: House, redemption: Redemption
) -> None:
    says(house, 'inactive = { then = "remove" }')
    access = await given(house, redemption)
    await days(house, 2)
    before, has = await house.now(access), set(house.tenant.access)
    guest = house.tenant.guests[before.request.guest_id or ANA]
    removal = await removed(house, access)
    await days(house, 5)
    await restored(house, removal)
    after = await house.now(access)
    assert essence(after.request) == essence(before.request)
    assert asleep(after).keys() >= asleep(before).keys()
    rows = {name: one for name, one in asleep(before).items() if "/" not in name}
    assert {name: asleep(after)[name] for name in rows} == rows
    assert house.tenant.access == has
    assert house.tenant.guests[guest.object_id] == guest
    await days(house, 20)
    assert house.tenant.guests[guest.object_id].enabled, "the deletion is not due any more"
    assert house.faults.calls.count("delete") == 0


async def test_the_reminders_of_an_invitation_go_on_where_the_guest_was_let_in_again(house: House) -> None:
    says(house)
    access = await given(house, Redemption.PENDING)
    removal = await removed(house, access)
    await days(house, 5)
    assert len(house.mail.sent) == 1, "the invitation, and no reminder to whoever cannot sign in"
    await restored(house, removal)
    await days(house, 1)
    assert len(house.mail.sent) == 2


async def test_nobody_is_asked_about_a_guest_who_is_blocked_and_nothing_ends_by_a_lapse(
    house: House,
) -> None:
    says(house, 'inactive = { then = "remove", after = "30d" }', 'sponsorless = { then = "remove" }')
    access = await given(house)
    await days(house, 28)
    removal = await removed(house, access)
    house.upkeep.alone.add(ANA)
    await days(house, 5)
    assert not [name for _, name, _ in house.chat.posts if name.startswith("lapsed/")]
    await restored(house, removal)
    await days(house, 1)
    assert [name for _, name, _ in house.chat.posts if name.startswith("lapsed/")]


async def test_what_was_asked_before_the_removal_ends_nothing_and_is_asked_anew_after_it(
    house: House,
) -> None:
    says(house, 'inactive = { then = "remove", after = "30d", grace = "3d" }')
    access = await given(house)
    await days(house, 31)
    assert [one.what for one in (await house.now(access)).request.lapses] == [Lapse.INACTIVE]
    removal = await removed(house, access)
    await days(house, 5)
    request = (await house.now(access)).request
    assert request.assignment is not None
    assert request.assignment.state is AssignmentState.ACTIVE
    await restored(house, removal)
    await days(house, 2)
    assert (await whats(house, access)).count("assignment.lapsed") == 2
    await days(house, 5)
    ended = (await house.now(access)).request.assignment
    assert ended is not None
    assert ended.left is Left.NOTHING


async def test_nobody_is_warned_of_the_end_of_an_access_whose_guest_is_blocked(house: House) -> None:
    says(house, 'warn_before = ["3d"]')
    access = await given(house, term="10d")
    await days(house, 5)
    removal = await removed(house, access)
    await days(house, 3)
    assert "assignment.warned" not in await whats(house, access)
    await restored(house, removal)
    assert "assignment.warned" in await whats(house, access)
    await days(house, 3)
    ended = (await house.now(access)).request.assignment
    assert ended is not None
    assert ended.left is Left.NOTHING


async def shown(house: House, only: Only) -> int:
    found = await house.lists.show(
        Wanted(app="Health Records", only=only, typed=f"Health Records {only}"), MEGAN
    )
    assert isinstance(found, GuestPage)
    return found.found


async def test_who_is_kept_or_blocked_is_not_listed_among_those_who_do_not_sign_in(house: House) -> None:
    says(house, 'inactive = { after = "30d", rest = "40d" }')
    access = await given(house)
    await days(house, 31)
    assert await shown(house, Only.INACTIVE) == 1
    removals = Removals(house.decisions, house.policy)
    assert isinstance(await removals.keep(access.request.label, ALEX), Record)
    assert await shown(house, Only.INACTIVE) == 0
    await days(house, 41)
    assert await shown(house, Only.INACTIVE) == 1, "it is asked about again"
    await removed(house, access)
    assert await shown(house, Only.INACTIVE) == 0
