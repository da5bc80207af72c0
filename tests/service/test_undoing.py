"""`/undo`: who may, what is taken back exactly, what is said to stay, and what is no more to be undone."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import pytest

from access.ports import AccessError, NotDone, Refused, Store, Unknown
from access.rules.accounts import Unfit
from access.rules.causes import Cause
from access.rules.claims import ClaimOne
from access.rules.departing import Asked
from access.rules.model import (
    AccountState,
    Assignment,
    AssignmentState,
    EndCause,
    JobKind,
    JobStatus,
    Kind,
    Left,
    ObjectId,
    Record,
    Redemption,
    RequestId,
    State,
    Term,
)
from access.rules.policy_reader import read_policy
from access.rules.refusals import NoAccess, NotPossible, UnknownRequest, Unreadable
from access.rules.undoing import NotUndone, Stays, Undoable, Undoes, Why
from access.service.extend import Renewals, Where
from access.service.holding import LEASE, claimed
from access.service.remove import Removals
from access.service.renewable import Wanted
from access.service.undo import Undoing
from cards.undo import refused as refused_card
from tests.audit.test_each_transition import AWAY, BACK, put
from tests.cards.gallery import LOOK
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
    RECORDS,
    THREAD,
    VISITOR,
    House,
    draft,
)
from tests.service.test_account_removals import account
from tests.service.test_account_removals import deleted as removed_for_good

ANAS = ObjectId("guest-1")
R1, R2 = "R-1001", "R-1002"
DAY = timedelta(days=1)


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


async def given(house: House) -> Record:
    """Have Ana, who is new, hold Health Records by a request of Megan's."""
    return await house.delivered(await house.approved())


async def asked(undoing: Undoing, label: str = R1, who: ObjectId = MEGAN) -> Undoable:
    found = await undoing.ask(label, who)
    assert isinstance(found, Undoable), found
    return found


async def undone(
    house: House, undoing: Undoing, label: str = R1, who: ObjectId = MEGAN, seen: str | None = None
) -> Record:
    begun = await undoing.undo(label, who, seen)
    assert isinstance(begun, Record), begun
    await house.settle()
    return await house.now(begun)


async def removed(house: House, who: ObjectId = MEGAN) -> Record:
    record = await Removals(house.decisions, house.policy).of_request(R1, who)
    assert isinstance(record, Record), record
    await house.settle()
    return await house.now(record)


async def renewed(house: House) -> Record:
    """Have Megan's access renewed by 90 days, as R-1002."""
    renewals = Renewals(house.decisions)
    first = await renewals.meant(R1, MEGAN)
    assert not isinstance(first, UnknownRequest)
    sent = await renewals.ask(first, MEGAN, Wanted(Term(days=90)), Where(THREAD, personal=False))
    assert isinstance(sent, Record), sent
    assert isinstance(await house.decisions.approve(sent.request.label, ALEX, None), Record)
    return await house.delivered(sent)


def why(found: object) -> Why:
    assert isinstance(found, NotUndone), found
    return found.why


def assignment(record: Record) -> Assignment:
    assert record.request.assignment is not None
    return record.request.assignment


async def whats(house: House, record: Record) -> list[str]:
    request_id = record.request.request_id
    return [entry.fact.what for entry in await house.audit() if entry.fact.request_id == request_id]


def reads(house: House, more: str) -> None:
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", f"{more}\n[[defaults.stage]]", 1))


# --- an invitation --------------------------------------------------------------------------------------


async def test_what_stays_is_said_first_and_nothing_is_done_by_that(house: House, undoing: Undoing) -> None:
    await given(house)
    found = await asked(undoing)
    assert found.stays == (Stays.MAIL, Stays.USED, Stays.AUDIT)
    assert found.account is not None
    assert (found.doing.undoes, found.moved) == (Undoes.GIVEN, False)
    assert (ANAS, RECORDS) in house.tenant.access
    assert house.tenant.guests[ANAS].enabled


async def test_an_invitation_is_taken_back_with_the_account_that_it_made(
    house: House, undoing: Undoing
) -> None:
    first = await given(house)
    record = await undone(house, undoing, seen=(await asked(undoing)).hash)
    end = assignment(record).end
    assert end is not None
    assert (assignment(record).state, assignment(record).left) == (AssignmentState.ENDED, Left.NOTHING)
    assert (end.why, end.by and end.by.object_id) == (EndCause.UNDONE, MEGAN)
    assert (ANAS, RECORDS) not in house.tenant.access
    (removal,) = [one.request for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    assert removal.account is not None
    assert removal.account.state is AccountState.BLOCKED
    assert removal.justification == f"Undo of {R1}"
    assert not house.tenant.guests[ANAS].enabled
    begins = next(one.fact for one in await house.audit() if one.fact.what == "assignment.ending")
    assert (begins.detail["why"], begins.actor) == ("undone", MEGAN)
    steps = [one.fact for one in await house.audit() if one.fact.what == "step.begun"]
    (taken,) = [one.detail for one in steps if one.detail["step"] == "take-away"]
    assert (taken["why"], taken["approved_by"]) == ("undone", ALEX)
    assert first.request.request_id == record.request.request_id


async def test_what_was_there_before_stays_the_account_and_the_access(house: House, undoing: Undoing) -> None:
    house.knows(Redemption.ACCEPTED)
    await given(house)
    assert (await asked(undoing)).account is None
    assert Stays.ACCOUNT_BEFORE in (await asked(undoing)).stays
    record = await undone(house, undoing)
    assert assignment(record).left is Left.NOTHING
    assert house.tenant.guests[ObjectId("ana")].enabled
    assert all(one.request.kind is not Kind.REMOVE for one in await house.store.of_guest(ObjectId("ana")))


async def test_an_access_that_was_there_before_is_left_and_named(house: House, undoing: Undoing) -> None:
    house.knows(Redemption.ACCEPTED)
    record = await house.approved()
    house.tenant.access.add((ObjectId("ana"), RECORDS))
    await house.delivered(record)
    found = await asked(undoing)
    assert Stays.WAS_THERE in found.stays
    assert Stays.USED not in found.stays
    assert assignment(await undone(house, undoing)).left is Left.WAS_THERE
    assert (ObjectId("ana"), RECORDS) in house.tenant.access


async def test_an_account_on_which_something_else_rests_by_now_stays(house: House, undoing: Undoing) -> None:
    await given(house)
    second = await house.sent(draft(app="Patient Portal", access="Portal guests"))
    found = await asked(undoing)
    assert (found.account, Stays.ACCOUNT_USED in found.stays) == (None, True), "it waits to be given"
    await house.decisions.cancel(second.request.label, MEGAN)
    assert (await asked(undoing)).account is not None
    house.tenant.access.add((ANAS, GUESTS))  # past Guestlist
    assert Stays.ACCOUNT_USED in (await asked(undoing)).stays
    await undone(house, undoing)
    assert house.tenant.guests[ANAS].enabled


async def test_an_account_that_is_not_the_actors_to_remove_stays(house: House, undoing: Undoing) -> None:
    await given(house)
    house.tenant.access.add((ANAS, GUESTS))  # which carries the portal, and that is Megan's alone
    assert Stays.ACCOUNT_RIGHT in (await asked(undoing, who=ALEX)).stays
    house.accounts.unfit[ANAS] = Unfit.SYNCED
    assert Stays.ACCOUNT_UNFIT in (await asked(undoing)).stays
    assert all(one.fact.what != "act.refused" for one in await house.audit())


async def test_what_has_changed_since_it_was_shown_is_shown_again_and_nothing_is_done(
    house: House, undoing: Undoing
) -> None:
    first = await given(house)
    shown = await asked(undoing)
    house.tenant.access.add((ANAS, GUESTS))
    again = await undoing.undo(R1, MEGAN, shown.hash)
    assert isinstance(again, Undoable)
    assert again.moved
    assert assignment(await house.now(first)).state is AssignmentState.ACTIVE
    assert isinstance(await undoing.undo(R1, MEGAN, again.hash), Record)


async def test_a_press_never_does_the_opposite_of_what_its_card_said(house: House, undoing: Undoing) -> None:
    first = await given(house)
    shown = await asked(undoing)
    await removed(house, ALEX)
    for seen in (shown.hash, shown.hash.rpartition(":")[2]):  # as an older version showed it
        late = await undoing.undo(R1, ALEX, seen)
        assert isinstance(late, NotUndone)
        assert late.why is Why.MEANWHILE
        card = refused_card(late, LOOK)
        assert "Alex removed the access" in str(card)
        assert "undo.undo" not in str(card), "nothing stands under the pressed place that gives it again"
        assert "/undo R-1001" in str(card)
    assert assignment(await house.now(first)).left is Left.NOTHING
    acts = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [one.detail["refused"] for one in acts] == [Why.MEANWHILE] * 2


async def test_to_undo_twice_is_to_undo_once_and_an_undo_is_not_undone(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    shown = await asked(undoing)
    await undoing.undo(R1, MEGAN, shown.hash)
    assert why(await undoing.undo(R1, MEGAN, shown.hash)) is Why.UNDER_WAY
    await house.settle()
    assert why(await undoing.undo(R1, MEGAN, shown.hash)) is Why.UNDONE
    begun = [one.fact.detail["step"] for one in await house.audit() if one.fact.what == "step.begun"]
    assert begun.count("take-away") == begun.count("block") == 1


async def test_of_two_people_at_once_one_undoes_it(house: House, undoing: Undoing) -> None:
    first = await given(house)
    shown = await asked(undoing)
    both = await asyncio.gather(
        undoing.undo(R1, MEGAN, shown.hash), undoing.undo(R1, ALEX, shown.hash), return_exceptions=True
    )
    assert not [one for one in both if isinstance(one, BaseException)]
    assert sum(isinstance(one, Record) for one in both) == 1, both
    await house.settle()
    assert (await whats(house, first)).count("assignment.ending") == 1
    removals = [one for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    assert len(removals) == 1


async def test_another_request_that_rests_on_the_same_membership_takes_it_over(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    house.tenant.access.clear()
    second = await house.approved()
    house.tenant.access.add((ANAS, RECORDS))
    await house.delivered(second)
    assert Stays.ACCOUNT_USED in (await asked(undoing)).stays
    assert assignment(await undone(house, undoing)).left is Left.STILL_NEEDED
    assert (ANAS, RECORDS) in house.tenant.access
    assert not assignment(await house.now(second)).was_there
    assert assignment(await undone(house, undoing, R2)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_its_renewals_are_void_with_it(house: House, undoing: Undoing) -> None:
    await given(house)
    await renewed(house)
    record = await undone(house, undoing)
    assert assignment(record).left is Left.NOTHING
    assert why(await undoing.ask(R2, MEGAN)) is Why.NOTHING_DONE


# --- who may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [MEGAN, ALEX, NIA, LIDIA])
async def test_the_requestor_an_approver_an_owner_and_an_admin_may(
    house: House, undoing: Undoing, who: ObjectId
) -> None:
    await given(house)
    assert assignment(await undone(house, undoing, who=who)).end is not None


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR])
async def test_to_anybody_else_there_is_no_such_request(
    house: House, undoing: Undoing, who: ObjectId
) -> None:
    first = await given(house)
    hidden, nothing = await undoing.ask(R1, who), await undoing.ask("R-9999", who)
    assert isinstance(hidden, UnknownRequest)
    assert isinstance(nothing, UnknownRequest)
    assert isinstance(await undoing.undo(R1, who, None), UnknownRequest)
    assert await undoing.of_address(ANA, "Health Records", who) == NoAccess()
    assert await undoing.of_address("nobody@fabrikam.com", "", who) == NoAccess()
    assert await undoing.mine(who) == []
    assert assignment(await house.now(first)).state is AssignmentState.ACTIVE
    refused = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert {(one.detail["act"], one.actor) for one in refused} == {("undo", who)}


async def test_who_asked_and_no_longer_may_ask_for_the_app_may_not(house: House, undoing: Undoing) -> None:
    await given(house)
    house.tenant.owners[RECORDS].remove(MEGAN)
    assert isinstance(await undoing.ask(R1, MEGAN), UnknownRequest)


async def test_while_the_directory_is_away_nothing_is_undone(house: House, undoing: Undoing) -> None:
    first = await given(house)
    house.faults.before["person"] = [NotDone(Cause.UNAVAILABLE)]
    assert isinstance(await undoing.undo(R1, MEGAN, None), Unreadable)
    assert assignment(await house.now(first)).state is AssignmentState.ACTIVE


# --- the window -----------------------------------------------------------------------------------------


async def test_after_a_day_it_is_past(house: House, undoing: Undoing) -> None:
    await given(house)
    house.clock.time += DAY - timedelta(minutes=5)
    await asked(undoing)
    house.clock.time += timedelta(minutes=10)
    found = await undoing.undo(R1, MEGAN, None)
    assert why(found) is Why.PAST
    assert await undoing.mine(MEGAN) == []


async def test_the_policy_says_how_long_and_may_say_never(house: House, undoing: Undoing) -> None:
    await given(house)
    reads(house, '[defaults]\nundo = "0h"')
    assert why(await undoing.ask(R1, MEGAN)) is Why.NEVER
    reads(house, '[defaults]\nundo = "3d"')
    house.clock.time += 2 * DAY
    assert (await asked(undoing)).until > house.clock.now()


async def test_what_is_not_done_yet_is_not_undone(house: House, undoing: Undoing) -> None:
    await house.sent()
    assert why(await undoing.ask(R1, MEGAN)) is Why.WAITS
    await house.decisions.approve(R1, ALEX, None)
    assert why(await undoing.ask(R1, MEGAN)) is Why.UNDER_WAY
    await house.sent(draft(app="Patient Portal", access="Portal guests"))
    await house.decisions.cancel(R2, MEGAN)
    assert why(await undoing.ask(R2, MEGAN)) is Why.NOTHING_DONE


# --- what was taken away --------------------------------------------------------------------------------


async def test_what_was_removed_is_given_again_with_its_old_end_under_its_approval(
    house: House, undoing: Undoing
) -> None:
    first = await given(house)
    await removed(house)
    assert (ANAS, RECORDS) not in house.tenant.access
    house.clock.time += timedelta(hours=3)
    found = await asked(undoing)
    assert (found.doing.undoes, found.stays) == (Undoes.TAKEN, (Stays.MEANWHILE, Stays.AUDIT))
    record = await undone(house, undoing, who=NIA, seen=(await asked(undoing, who=NIA)).hash)
    assert (ANAS, RECORDS) in house.tenant.access
    assert assignment(record).state is AssignmentState.ACTIVE
    assert record.request.ends_at == first.request.ends_at
    assert (assignment(record).end, assignment(record).ended_at) == (None, None)
    assert record.request.awaits_acceptance
    entries = [one.fact for one in await house.audit() if one.fact.what == "step.begun"]
    (again,) = [one.detail for one in entries if one.detail["step"] == "give-again"]
    assert (again["approved_by"], again["returned_by"]) == (ALEX, NIA)
    whats_ = await whats(house, record)
    assert whats_.index("assignment.returning") < len(whats_) - whats_[::-1].index("step.begun")
    assert whats_[-1] == "assignment.returned"


async def test_what_was_given_again_ends_at_its_old_end(house: House, undoing: Undoing) -> None:
    first = await given(house)
    await removed(house)
    await undone(house, undoing)
    house.clock.time += 91 * DAY
    await house.settle()
    end = assignment(await house.now(first)).end
    assert end is not None
    assert end.why is EndCause.TERM
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_what_was_given_again_can_be_removed_again(house: House, undoing: Undoing) -> None:
    await given(house)
    await removed(house)
    await undone(house, undoing)
    assert assignment(await removed(house)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_to_give_again_twice_is_to_give_again_once_and_takes_nothing_away(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await removed(house)
    shown = await asked(undoing)
    await undone(house, undoing)
    assert why(await undoing.undo(R1, MEGAN, None)) is Why.GIVEN_BACK
    assert why(await undoing.undo(R1, MEGAN, shown.hash)) is Why.GIVEN_BACK
    assert why(await undoing.ask(R1, MEGAN)) is Why.GIVEN_BACK
    assert await undoing.mine(MEGAN) == []
    await house.settle()
    assert (ANAS, RECORDS) in house.tenant.access
    await removed(house)
    assert (await asked(undoing)).doing.undoes is Undoes.TAKEN, "what is removed anew is given again anew"


async def test_what_policy_or_directory_refuse_by_now_is_not_given_again(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await removed(house)
    house.policy.policy = read_policy(POLICY.replace("mailinator.com", "fabrikam.com"))
    found = await undoing.undo(R1, MEGAN, None)
    assert isinstance(found, NotUndone)
    assert (found.why, found.cause) == (Why.REFUSED, Cause.DOMAIN_DENIED)
    house.policy.policy = read_policy(POLICY)
    del house.tenant.guests[ANAS]
    assert why(await undoing.undo(R1, MEGAN, None)) is Why.GUEST_DELETED
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_a_removal_whose_account_the_directory_has_let_go_of_is_not_promised_back(
    house: House, undoing: Undoing
) -> None:
    reads(house, '[defaults]\nundo = "30d"')
    await given(house)
    removal = await removed_for_good(house)
    label = removal.request.label
    house.clock.turn(hours=2)
    kept = dict(house.accounts.deleted)
    house.accounts.deleted.clear()
    assert why(await undoing.ask(label, MEGAN)) is Why.TOO_LATE
    assert why(await undoing.undo(label, MEGAN, None)) is Why.TOO_LATE
    assert "put_back" not in house.faults.calls
    refused = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [(one.actor, one.detail["refused"]) for one in refused] == [(MEGAN, "too-late")]
    house.accounts.deleted.update(kept)
    assert isinstance(await undoing.undo(label, MEGAN, None), Record)


async def test_an_undo_that_finds_the_account_let_go_of_has_it_looked_for_as_a_restore_does(
    house: House, undoing: Undoing
) -> None:
    reads(house, '[defaults]\nundo = "30d"')
    await given(house)
    removal = await removed_for_good(house)
    house.clock.turn(hours=2)
    house.accounts.deleted.clear()
    late = await undoing.ask(removal.request.label, MEGAN)
    assert isinstance(late, NotUndone)
    assert "Guestlist looks until" in str(refused_card(late, LOOK))
    assert why(await undoing.ask(removal.request.label, MEGAN)) is Why.TOO_LATE
    let_go = [one.fact for one in await house.audit() if one.fact.what == "account.let-go"]
    assert [one.actor for one in let_go] == [MEGAN]
    for _ in range(3):
        await house.run_due(JobKind.ACCOUNT)
        assert account(await house.now(removal)).state is AccountState.DELETED
        house.clock.turn(minutes=5)
    await house.run_due(JobKind.ACCOUNT)
    assert account(await house.now(removal)).state is AccountState.GONE


async def test_what_others_gave_meanwhile_is_found_there_and_stays_theirs(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await removed(house)
    house.tenant.access.add((ANAS, RECORDS))
    record = await undone(house, undoing)
    assert assignment(record).was_there
    assert assignment(await removed(house)).left is Left.WAS_THERE


async def test_what_is_over_is_not_given_again(house: House, undoing: Undoing) -> None:
    first = await given(house)
    assert first.request.ends_at is not None
    house.clock.time = first.request.ends_at + timedelta(minutes=1)
    await house.settle()
    assert why(await undoing.ask(R1, MEGAN)) is Why.ENDS_NOW


async def test_a_giving_whose_answer_was_lost_is_looked_for_and_not_repeated(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await removed(house)
    gives = house.faults.calls.count("give")
    house.faults.after["give"] = [Unknown(Cause.UNAVAILABLE)]
    record = await undone(house, undoing)
    assert house.faults.calls.count("give") == gives + 1
    assert assignment(record).state is AssignmentState.ACTIVE
    assert not assignment(record).was_there


async def test_a_giving_that_is_refused_stands_still_is_taken_up_or_called_off(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await removed(house)
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await undone(house, undoing)
    assert assignment(record).state is AssignmentState.RETURNING
    assert assignment(record).failure is not None
    assert why(await undoing.ask(R1, MEGAN)) is Why.STANDS_STILL
    assert "could not be given again" in house.alarms[-1]
    house.policy.policy = read_policy(POLICY.replace("mailinator.com", "fabrikam.com"))
    assert isinstance(await house.decisions.retry(R1, MEGAN), NotPossible)
    house.policy.policy = read_policy(POLICY)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE
    await removed(house)
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    await undone(house, undoing)
    called_off = await removed(house)
    assert (assignment(called_off).state, assignment(called_off).left) == (
        AssignmentState.ENDED,
        Left.NOTHING,
    )
    assert not [
        one
        for one in called_off.jobs.values()
        if one.status is JobStatus.READY and one.kind is JobKind.RETURN
    ]


async def test_one_that_stands_still_until_its_end_ends_then(house: House, undoing: Undoing) -> None:
    await given(house)
    await removed(house)
    house.faults.before["read_back"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await undone(house, undoing)
    assert assignment(record).failure is not None
    assert (ANAS, RECORDS) in house.tenant.access
    house.clock.time += 91 * DAY
    await house.settle()
    assert assignment(await house.now(record)).state is AssignmentState.ENDED
    assert (ANAS, RECORDS) not in house.tenant.access


# --- a renewal ------------------------------------------------------------------------------------------


async def test_a_renewal_is_undone_by_moving_the_end_back(house: House, undoing: Undoing) -> None:
    first = await given(house)
    await renewed(house)
    writes = set(house.tenant.access)
    found = await asked(undoing, R2)
    assert (found.doing.undoes, found.stays) == (Undoes.LENGTHENED, (Stays.AUDIT,))
    record = await undone(house, undoing, R2, seen=found.hash)
    now = await house.now(first)
    assert now.request.ends_at == first.request.ends_at
    assert assignment(now).renewals == ()
    assert assignment(record).left is Left.NOTHING
    assert house.tenant.access == writes
    assert "assignment.shortened" in await whats(house, first)
    assert why(await undoing.ask(R2, MEGAN)) is Why.UNDONE
    house.clock.time += 91 * DAY
    await house.settle()
    assert assignment(await house.now(first)).state is AssignmentState.ENDED


async def test_a_do_not_renew_that_a_renewal_lifted_comes_back_with_its_undo(
    house: House, undoing: Undoing
) -> None:
    first = await given(house)
    renewals = Renewals(house.decisions)
    assert isinstance(await renewals.let_end(first.request, MEGAN), Record)
    noted = assignment(await house.now(first)).not_renewed
    assert noted is not None
    house.clock.time += timedelta(hours=1)
    await renewed(house)
    assert assignment(await house.now(first)).not_renewed is None
    found = await asked(undoing, R2)
    assert found.lifted == noted.by
    await undone(house, undoing, R2, seen=found.hash)
    assert assignment(await house.now(first)).not_renewed == noted
    house.clock.time += 62 * DAY
    await house.settle()
    assert not [one for one in house.chat.posts if one[1].startswith("warning/")], "nobody is warned"


async def test_an_undo_restores_no_more_than_its_renewal_lifted(house: House, undoing: Undoing) -> None:
    first = await given(house)
    await renewed(house)
    assert isinstance(await Renewals(house.decisions).let_end(first.request, MEGAN), Record)
    noted = assignment(await house.now(first)).not_renewed
    assert (await asked(undoing, R2)).lifted is None
    await undone(house, undoing, R2)
    assert assignment(await house.now(first)).not_renewed == noted, "what was said since stays"


async def test_a_renewal_that_waits_while_the_one_before_it_is_undone_ends_and_says_why(
    house: House, undoing: Undoing
) -> None:
    first = await given(house)
    await renewed(house)
    shown = (await asked(undoing, R2)).hash
    renewals = Renewals(house.decisions)
    now = (await house.now(first)).request
    waits = await renewals.ask(now, MEGAN, Wanted(Term(days=30)), Where(THREAD, personal=False))
    assert isinstance(waits, Record)
    assert waits.request.state is State.PENDING_APPROVAL
    moved = await undoing.undo(R2, MEGAN, shown)
    assert isinstance(moved, Undoable), "it waits since the card was shown, and is said before it ends"
    assert (moved.moved, moved.voids) == (True, (waits.request.label,))
    await undone(house, undoing, R2, seen=moved.hash)
    ended = await house.now(waits)
    assert ended.request.state is State.CANCELED
    assert ended.request.extends is not None
    assert ended.request.extends.void == R2
    facts = [one.fact for one in await house.audit() if one.fact.what == "request.canceled"]
    assert [(one.detail["why"], one.actor) for one in facts] == [(Cause.END_MOVED, None)]
    assert not [
        one for one in ended.jobs.values() if one.kind is JobKind.TIMER and one.status is JobStatus.READY
    ]
    now = (await house.now(first)).request
    anew = await renewals.ask(now, MEGAN, Wanted(Term(days=30)), Where(THREAD, personal=False))
    assert isinstance(anew, Record), "nothing is in the way"
    assert anew.request.extends is not None
    assert anew.request.extends.was == first.request.ends_at


async def test_of_two_renewals_the_last_is_undone_first(house: House, undoing: Undoing) -> None:
    await given(house)
    await renewed(house)
    await renewed(house)
    assert why(await undoing.ask(R2, MEGAN)) is Why.MOVED_ON
    await undone(house, undoing, "R-1003")
    await undone(house, undoing, R2)


async def test_an_end_never_moves_back_into_the_past(house: House, undoing: Undoing) -> None:
    reads(house, '[defaults]\nundo = "30d"')
    await house.delivered(await house.approved(draft(term="10d")))
    await renewed(house)
    house.clock.time += 11 * DAY
    assert why(await undoing.ask(R2, MEGAN)) is Why.END_PAST


async def test_an_access_that_ends_between_the_press_and_the_step_gets_its_old_end_and_stays_over(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await renewed(house)
    begun = await undoing.undo(R2, MEGAN, None)
    assert isinstance(begun, Record)
    await Removals(house.decisions, house.policy).of_request(R1, MEGAN)
    await house.settle()
    assert assignment(await house.now(begun)).left is Left.NOTHING


# --- a removal from the directory -----------------------------------------------------------------------


async def test_a_removal_from_the_directory_is_undone_as_restore_does(house: House, undoing: Undoing) -> None:
    await given(house)
    begun = await house.acts.remove(ANAS, MEGAN, "A mistake", THREAD, seen=None, personal=True)
    assert isinstance(begun, Record)
    await house.delivered(begun)
    found = await asked(undoing, R2)
    assert found.stays == (Stays.MEANWHILE, Stays.SIGNED_OUT, Stays.LOST_GROUPS, Stays.AUDIT)
    record = await undone(house, undoing, R2, seen=found.hash)
    assert record.request.account is not None
    assert record.request.account.state is AccountState.RESTORED
    assert house.tenant.guests[ANAS].enabled
    assert why(await undoing.ask(R2, MEGAN)) is Why.UNDONE


# --- finding it -----------------------------------------------------------------------------------------


async def test_what_can_be_undone_is_listed_what_was_done_last_first(house: House, undoing: Undoing) -> None:
    await given(house)
    house.clock.time += timedelta(hours=1)
    await renewed(house)
    found = await undoing.mine(NIA)
    assert not isinstance(found, Unreadable)
    assert [one.request.label for one in found] == [R2, R1]
    by_address = await undoing.of_address(ANA, "health  records", NIA)
    assert not isinstance(by_address, NoAccess | Unreadable)
    assert [one.label for one in by_address] == [R2, R1]


class Counting:
    """A store that counts what a list of undos reads of it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.read: list[int] = []

    def __getattr__(self, name: str) -> Any:
        assert name not in {"given_for", "requested_by"}, "these know no window"
        return getattr(self._house.store, name)

    async def done_since(self, *wanted: Any) -> object:
        found = await self._house.store.done_since(*wanted)
        self.read.append(len(found))
        return found


async def test_the_list_reads_what_is_within_the_longest_window_and_no_more(
    house: House, undoing: Undoing
) -> None:
    for place in range(6):
        await house.delivered(await house.approved(draft(address=f"old{place}@fabrikam.com")))
    house.clock.time += 3 * DAY
    await given(house)
    counting = Counting(house)
    undoing.decisions.store = cast("Store", counting)
    assert [one.request.address for one in await listed(undoing)] == [ANA]
    assert counting.read == [1]
    reads(house, '[defaults]\nundo = "5d"')
    assert len(await listed(undoing)) == 7
    assert counting.read == [1, 7]


async def listed(undoing: Undoing) -> Sequence[Undoable]:
    found = await undoing.mine(NIA)
    assert not isinstance(found, Unreadable)
    return found


async def test_of_an_address_with_nothing_to_undo_the_newest_says_why(house: House, undoing: Undoing) -> None:
    await given(house)
    house.clock.time += 2 * DAY
    theirs = await undoing.of_address(ANA, "", MEGAN)
    assert not isinstance(theirs, NoAccess | Unreadable)
    (found,) = theirs
    assert found.state is State.DELIVERED
    assert why(await undoing.ask(RequestId(found.request_id), MEGAN)) is Why.PAST


# --- whatever happens in between ------------------------------------------------------------------------


async def test_where_somebody_removes_the_account_meanwhile_that_is_said_and_the_access_ends_all_the_same(
    house: House, undoing: Undoing
) -> None:
    first = await given(house)
    found = await asked(undoing)
    assert found.account is not None
    shown = await house.acts.remove(ANAS, MEGAN, "Undo", THREAD, seen="", personal=False)
    assert isinstance(shown, Asked)
    begun = await house.acts.remove(ANAS, MEGAN, "Undo", THREAD, seen=shown.plan.hash, personal=False)
    assert isinstance(begun, Record)
    again = await undoing.undo(R1, MEGAN, found.hash)
    assert isinstance(again, Undoable)
    assert (again.moved, again.account, again.removal) == (True, None, R2)
    assert Stays.ACCOUNT_REMOVED in again.stays
    record = await undone(house, undoing, seen=again.hash)
    assert assignment(record).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access
    removals = [one for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    assert len(removals) == 1
    assert record.request.request_id == first.request.request_id


async def test_a_process_that_dies_in_a_step_leaves_it_to_the_next_which_looks_first(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await removed(house)
    begun = await undoing.undo(R1, MEGAN, None)
    assert isinstance(begun, Record)
    [step] = [one for one in await house.store.due(100) if one.kind is JobKind.RETURN]
    await claimed(house.store, step.request_id, ClaimOne(step.key, LEASE), LEASE)
    house.tenant.access.add((ANAS, RECORDS))  # the call went through, and its process died
    gives = house.faults.calls.count("give")
    house.clock.time += 2 * LEASE
    await house.settle()
    assert house.faults.calls.count("give") == gives
    record = await house.now(begun)
    assert assignment(record).state is AssignmentState.ACTIVE
    assert not assignment(record).was_there


async def test_what_is_given_again_waits_until_the_same_access_has_ended_for_another(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await removed(house)
    second = await house.delivered(await house.approved())
    house.faults.before["take_away"] = [NotDone(Cause.THROTTLED, retry_after=600)]
    assert isinstance(await Removals(house.decisions, house.policy).of_request(R2, MEGAN), Record)
    await house.run_due()
    begun = await undoing.undo(R1, MEGAN, None)
    assert isinstance(begun, Record)
    await house.settle()
    assert assignment(await house.now(second)).state is AssignmentState.ENDED
    assert assignment(await house.now(begun)).state is AssignmentState.ACTIVE
    assert (ANAS, RECORDS) in house.tenant.access


async def test_without_a_chain_nothing_is_undone(house: House, undoing: Undoing) -> None:
    first = await given(house)
    await removed(house)
    before = await house.now(first)
    put(house, AWAY)
    with suppress(AccessError):
        await undoing.undo(R1, MEGAN, None)
    put(house, BACK)
    assert (await house.now(first)).request == before.request
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_where_the_account_was_removed_meanwhile_the_rest_is_shown_again(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    found = await asked(undoing)
    begun = await house.acts.remove(ANAS, MEGAN, "She has left", THREAD, seen=None, personal=False)
    assert isinstance(begun, Record)
    await house.delivered(begun)
    again = await undoing.undo(R1, MEGAN, found.hash)
    assert isinstance(again, Undoable)
    assert (again.moved, again.account) == (True, None)
    assert assignment(await undone(house, undoing, seen=again.hash)).left is Left.NOTHING


# --- after a renewal ------------------------------------------------------------------------------------


async def test_what_was_asked_until_a_day_and_renewed_is_given_again_until_its_moved_end(
    house: House, undoing: Undoing
) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.delivered(await house.approved(draft(term="until 2027-01-31")))
    house.clock.turn(days=60)
    await house.settle()
    await renewed(house)
    house.clock.turn(days=30)
    await removed(house)
    back = await undone(house, undoing)
    assert assignment(back).state is AssignmentState.ACTIVE
    assert back.request.ends_at is not None
    assert back.request.ends_at > house.clock.now() + 30 * DAY


async def test_who_was_to_end_as_they_do_still_is_once_it_was_given_again(
    house: House, undoing: Undoing
) -> None:
    house.knows(Redemption.ACCEPTED)
    record = await house.delivered(await house.approved(draft(term="90d")))
    await Renewals(house.decisions).let_end(record.request, MEGAN)
    await removed(house)
    back = assignment(await undone(house, undoing))
    assert back.state is AssignmentState.ACTIVE
    assert back.not_renewed is not None


async def test_a_renewal_whose_old_end_passes_before_it_is_undone_stays(
    house: House, undoing: Undoing
) -> None:
    house.knows(Redemption.ACCEPTED)
    record = await house.delivered(await house.approved(draft(term="90d")))
    assert record.request.ends_at is not None
    house.clock.time = record.request.ends_at - timedelta(minutes=20)
    await renewed(house)
    moved = (await house.now(record)).request.ends_at
    assert isinstance(await undoing.undo(R2, MEGAN, None), Record)
    house.clock.turn(minutes=30)
    await house.settle()
    left = await house.now(record)
    assert left.request.ends_at == moved
    assert assignment(left).state is AssignmentState.ACTIVE
