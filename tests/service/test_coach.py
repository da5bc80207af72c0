"""One guest as each may see them, and what is read of why they are stuck."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from access.ports import AccessError, ClueReader, NotDone, NotLicensed, Refused
from access.rules.accounts import Has, Unfit
from access.rules.causes import Cause
from access.rules.clues import Holder, HolderKind, LaterInvitation, SignIn, Unread
from access.rules.coaching import Check, GuestFile, Helps, NoGuest, Stands
from access.rules.model import AuditFact, MailState, ObjectId, Record, Redemption, StepKind
from access.rules.policy_reader import read_policy
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.snags import Snag
from access.service.accounts import AccountActs
from access.service.patience import Patience, already
from cards import guest
from cards.look import Look
from tests.service.house import (
    ALEX,
    ANA,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    THREAD,
    VISITOR,
    ZONE,
    House,
    draft,
)

NOBODY = "nobody@fabrikam.com"


async def seen(house: House, by: ObjectId = MEGAN, address: str = ANA) -> GuestFile:
    found = await house.coach.of_address(address, by)
    assert isinstance(found, GuestFile), found
    return found


def check(file: GuestFile, snag: Snag) -> Check:
    return next(one for one in file.diagnosis.checks if one.snag is snag)


async def delivered(house: House) -> Record:
    return await house.delivered(await house.approved())


@pytest.mark.parametrize("who", [MEGAN, ALEX, NIA, LIDIA])
async def test_the_requestor_the_approvers_and_admins_see_a_guest(house: House, who: ObjectId) -> None:
    record = await delivered(house)
    file = await seen(house, who)
    assert [one.request.number for one in file.records] == [record.request.number]
    assert file.diagnosis.stands is Stands.WAITING


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR])
async def test_anybody_else_hears_the_same_of_a_guest_who_is_there_and_of_one_who_is_not(
    house: House, who: ObjectId
) -> None:
    record = await delivered(house)
    assert await house.coach.of_address(ANA, who) == await house.coach.of_address(NOBODY, who) == NoGuest()
    assert isinstance(await house.coach.of_request(record.request.label, who), UnknownRequest)
    assert isinstance(await house.coach.of_request("R-1999", who), UnknownRequest)


class _Crowded:
    """Clues of which one waits for its turn behind everybody else's."""

    def __init__(self, inner: ClueReader) -> None:
        self._inner, self.turn = inner, asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def last_sign_in(self, *_: object) -> None:
        await self.turn.wait()


async def test_a_clue_that_takes_too_long_is_said_to_be_away_and_keeps_nobody_waiting(house: House) -> None:
    await delivered(house)
    crowded = _Crowded(house.coach.clues)
    house.coach.clues, house.coach.patience = cast("ClueReader", crowded), 0.05
    file = await seen(house)
    assert file.clues is not None
    assert file.clues.sign_in is Unread.AWAY
    assert file.clues.holders == []


class _Away:
    """What nobody answers for."""

    def __getattr__(self, name: str) -> Any:
        async def unanswered(*_: Any, **__: Any) -> Any:
            await asyncio.Event().wait()

        return unanswered


async def test_what_a_guest_holds_keeps_nobody_waiting_longer_than_the_clues(house: House) -> None:
    await delivered(house)
    acts = house.coach.acts
    house.coach.acts, house.coach.patience = cast("AccountActs", _Away()), 0.05
    object.__setattr__(house.coach.acts, "may_restore", acts.may_restore)
    async with asyncio.timeout(30):
        file = await seen(house)
    assert file.holds == Has()


async def test_readings_in_a_row_have_one_patience_together() -> None:
    patience = Patience.of(0.05)
    assert await patience.soon(_Away().settings()) is Unread.AWAY
    second = asyncio.create_task(patience.soon(_Away().tenant()))
    other = asyncio.create_task(Patience.of(0.05).soon(_Away().tenant()))
    done, _ = await asyncio.wait((second, other), return_when=asyncio.FIRST_COMPLETED)
    assert done == {second}
    assert await patience.left().soon(already("read")) == "read", "and something is left for the next"
    await other


async def test_a_refusal_is_an_entry_and_so_is_an_admin_s_look(house: House) -> None:
    await delivered(house)
    await house.coach.of_address(ANA, DIEGO)
    await house.coach.of_address(NOBODY, DIEGO)
    await seen(house, LIDIA)
    await seen(house, MEGAN)
    told = [(one.fact.what, one.fact.actor) for one in await house.audit()][-3:]
    assert told == [("act.refused", DIEGO), ("act.refused", DIEGO), ("guest.looked", LIDIA)]


async def test_an_owner_of_another_app_sees_only_what_is_theirs(house: House) -> None:
    await delivered(house)
    desk = await house.sent(draft(app="Referral Desk", access="Reader"), ALEX)
    own = await seen(house, NIA)
    assert desk.request.number not in {one.request.number for one in own.records}
    assert {one.request.app.name for one in (await seen(house, ALEX)).records} == {
        "Health Records",
        "Referral Desk",
    }


async def test_a_request_that_is_not_delivered_tells_nothing_of_the_account(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.sent()
    file = await seen(house)
    assert file.diagnosis.stands is Stands.NOT_INVITED
    assert file.clues is None


async def test_an_admin_sees_a_guest_whom_nobody_asked_for(house: House) -> None:
    house.knows(Redemption.PENDING)
    assert (await seen(house, LIDIA)).records == ()
    assert await house.coach.of_address(ANA, MEGAN) == NoGuest()


async def test_a_guest_is_found_by_the_number_of_a_request_too(house: House) -> None:
    record = await delivered(house)
    file = await house.coach.of_request(record.request.label, MEGAN)
    assert isinstance(file, GuestFile)
    assert file.address == ANA


async def test_the_number_of_a_request_of_an_erased_guest_is_answered_as_if_there_were_none(
    house: House,
) -> None:
    record = await delivered(house)
    await house.store.forget(record.request.subject)
    for who in (MEGAN, LIDIA, DIEGO):
        assert isinstance(await house.coach.of_request(record.request.label, who), UnknownRequest)
    assert await house.coach.of_address(ANA, MEGAN) == NoGuest()


async def test_a_removal_is_named_restorable_and_never_taken_for_the_access(house: House) -> None:
    access = await delivered(house)
    removal = await house.acts.remove(ObjectId("guest-1"), MEGAN, "Over", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    await house.delivered(removal)
    for reference in (access.request.label, removal.request.label):
        file = await house.coach.of_request(reference, MEGAN)
        assert isinstance(file, GuestFile)
        assert file.main is not None
        assert file.main.request.label == access.request.label
        assert file.removal is not None
        assert (file.removal.request.label, file.removal.may_restore) == (removal.request.label, True)
        card = str(guest.draw(file, Look(ZONE, personal=True)))
        assert "from the directory" in card
        assert f"/restore {removal.request.label}" in card
        assert "account.restore" in card
        assert "· ," not in card


async def test_the_removal_is_offered_to_whoever_may_have_it_done_and_without_an_entry(house: House) -> None:
    await delivered(house)
    guest_id = ObjectId("guest-1")

    async def offered(who: ObjectId) -> bool:
        file = await house.coach.of_address(ANA, who)
        assert isinstance(file, GuestFile)
        assert ("account.ask" in str(guest.draw(file, Look(ZONE, personal=True)))) is file.holds.may_remove
        return file.holds.may_remove

    assert [await offered(who) for who in (MEGAN, ALEX, LIDIA)] == [True, True, True]
    house.tenant.access.add((guest_id, GUESTS))
    assert [await offered(who) for who in (MEGAN, ALEX, LIDIA)] == [True, False, True]
    house.accounts.unfit[guest_id] = Unfit.SYNCED
    assert not await offered(LIDIA)
    house.accounts.unfit.clear()
    house.faults.before["holdings"] = [NotDone(Cause.UNAVAILABLE)]
    assert not await offered(LIDIA)
    assert not [one for one in await house.audit() if one.fact.what == "act.refused"]


async def test_who_may_see_a_guest_is_not_guessed_while_the_directory_is_away(house: House) -> None:
    await delivered(house)
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert isinstance(await house.coach.of_address(ANA, MEGAN), Unreadable)


async def test_it_says_when_the_mail_went_out_and_that_a_later_invitation_ended_its_link(
    house: House,
) -> None:
    await delivered(house)
    at = house.clock.now() + timedelta(days=1)
    house.clues.later = LaterInvitation(at, "Isaiah Langer")
    file = await seen(house)
    assert file.clues is not None
    assert file.clues.mailed_at is not None
    assert file.diagnosis.cause == Check(Snag.LINK_REPLACED, found=True, at=at, who="Isaiah Langer")
    assert file.diagnosis.helps is Helps.RESEND
    assert house.clues.since[0] <= file.clues.mailed_at, "asked from when our link was made"


@pytest.mark.parametrize("what", ["request.shown", "step.done"])
async def test_our_link_is_found_however_much_was_written_since(house: House, what: str) -> None:
    record = await delivered(house)
    at = house.clock.now() + timedelta(minutes=1)
    house.clues.later = LaterInvitation(at, "Isaiah Langer")
    house.clock.turn(hours=1)
    for _ in range(450):
        fact = AuditFact(what=what, request_id=record.request.request_id, detail={"step": StepKind.PROVE})
        await house.store.write_audit(fact)
    file = await seen(house)
    assert check(file, Snag.LINK_REPLACED).at == at
    assert file.clues is not None
    assert file.clues.mailed_at is not None


async def test_a_newer_link_of_ours_for_another_app_ends_what_came_between(house: House) -> None:
    await delivered(house)
    between = house.clock.now() + timedelta(hours=1)
    house.clues.later = LaterInvitation(between, "Isaiah Langer")
    house.clock.turn(hours=2)
    desk = await house.sent(draft(app="Referral Desk", access="Reader"), ALEX)
    await house.decisions.approve(desk.request.label, LIDIA, None)
    await house.delivered(desk)
    file = await seen(house, NIA)
    assert check(file, Snag.LINK_REPLACED).found is False


REFUSALS = [
    (Refused(Cause.RIGHTS_MISSING), Unread.PERMISSION),
    (NotLicensed(Cause.RIGHTS_MISSING), Unread.LICENCE),
    (NotDone(Cause.THROTTLED), Unread.AWAY),
    (Refused(Cause.REFUSED), Unread.AWAY),
]


@pytest.mark.parametrize(("error", "why"), REFUSALS)
@pytest.mark.parametrize(
    ("reading", "snag"),
    [
        ("holders", Snag.COLLIDES),
        ("cross_tenants", Snag.CROSS_TENANT),
        ("domain_list", Snag.DOMAIN_LISTED),
        ("invited_since", Snag.LINK_REPLACED),
        ("last_sign_in", Snag.SECOND_FACTOR),
    ],
)
async def test_what_cannot_be_read_says_why_and_keeps_nothing_else_back(
    house: House, reading: str, snag: Snag, error: AccessError, why: Unread
) -> None:
    await delivered(house)
    house.clues.refuses[reading] = house.reads.refuses[reading] = error
    file = await seen(house)
    assert check(file, snag).found is why
    assert {one.snag for one in file.diagnosis.checks if isinstance(one.found, Unread)} <= {
        snag,
        Snag.OTHER_ACCOUNT,
        Snag.CONDITIONAL_ACCESS,
        Snag.TERMS_OF_USE,
        Snag.CONSENT,
        Snag.SIGN_IN_REFUSED,
    }


async def test_what_stands_in_the_way_is_read_anew_each_time(house: House) -> None:
    record = await delivered(house)
    house.clues.others = [Holder(HolderKind.CONTACT, "Ana")]
    assert (await seen(house)).diagnosis.helps is Helps.ASK_ADMIN
    house.clues.others = []
    house.policy.policy = read_policy(POLICY.replace("mailinator.com", "fabrikam.com"))
    assert (await seen(house)).diagnosis.helps is Helps.ASK_POLICY
    house.policy.policy = read_policy(POLICY)
    guest_id = record.request.guest_id
    assert guest_id is not None
    house.tenant.guests[guest_id] = replace(house.tenant.guests[guest_id], enabled=False)
    assert check(await seen(house), Snag.DISABLED).found is True
    del house.tenant.guests[guest_id]
    assert (await seen(house)).diagnosis.helps is Helps.INVITE_AGAIN


async def test_access_that_somebody_took_away_is_noticed(house: House) -> None:
    record = await delivered(house)
    assert record.request.guest_id is not None
    house.tenant.accepts(record.request.guest_id)
    assert (await seen(house)).diagnosis.stands is Stands.ACCEPTED
    house.tenant.access.clear()
    assert check(await seen(house), Snag.NOT_ASSIGNED).found is True


async def test_a_sign_in_with_another_account_asks_for_a_reset(house: House) -> None:
    record = await delivered(house)
    assert record.request.guest_id is not None
    house.tenant.accepts(record.request.guest_id)
    house.clues.sign_in = SignIn(house.clock.now(), 50020)
    assert (await seen(house)).diagnosis.helps is Helps.RESET


async def test_sign_ins_are_asked_for_as_to_the_app_of_the_request(house: House) -> None:
    record = await delivered(house)
    await seen(house)
    assert house.clues.signed_in_at == [record.request.app.object_id]


async def test_more_sign_ins_than_are_looked_through_are_said_not_to_be_known(house: House) -> None:
    await delivered(house)
    house.clues.sign_in = Unread.TOO_MUCH
    assert check(await seen(house), Snag.SIGN_IN_REFUSED).found is Unread.TOO_MUCH


async def test_without_a_mailbox_the_mail_is_said_not_to_be_ours(house: House) -> None:
    house.mail.configured = False
    record = await delivered(house)
    assert record.request.mail is MailState.BY_MICROSOFT
    assert (await seen(house)).diagnosis.cause == Check(Snag.MAIL_NOT_OURS, found=True)
