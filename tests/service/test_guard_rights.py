"""Who may act on a protection, who hears what, and what is taken up again: by the right of that moment."""

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.conditional_access import PolicyState
from access.rules.delegating import Period
from access.rules.guard_plans import Wanted
from access.rules.guards import GuardAct, GuardState
from access.rules.model import Record, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import NotPossible, NotYours, WillNotWork
from cards.draw import draw
from cards.look import Look
from tests.service.guarding_house import ISAIAH, PROTECT, ROLES, SPARE, SVEA, Guarded
from tests.service.house import ALEX, DIEGO, LIDIA, MEGAN, POLICY, RECORDS, ZONE, House, draft

ALL = Wanted(all_apps=True, mfa=True)
WHOLE = Wanted(app="Health Records", mfa=True, platforms=("windows",))
LOOK = Look(ZONE, personal=True)
NO = Refused(Cause.REFUSED)


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


async def test_whoever_asked_for_all_apps_may_take_a_failed_making_up(house: House, guarded: Guarded) -> None:
    guarded.writer.refuses = [NO]
    sent = await guarded.sent(ALL, LIDIA)
    done = await house.decisions.approve(sent.request.label, ISAIAH, None)
    assert isinstance(done, Record)
    assert (await guarded.run(done)).request.state is State.DELIVERY_FAILED
    again = await house.decisions.retry(sent.request.label, LIDIA)
    assert isinstance(again, Record)
    assert (await guarded.run(again)).request.state is State.DELIVERED


async def test_whoever_is_no_admin_any_more_takes_nothing_up(house: House, guarded: Guarded) -> None:
    guarded.writer.refuses = [NO]
    sent = await guarded.sent(ALL, ISAIAH)
    done = await house.decisions.approve(sent.request.label, SVEA, None)
    assert isinstance(done, Record)
    await guarded.run(done)
    house.policy.policy = read_policy(
        POLICY.replace("[roles]", ROLES.replace(f'"person:{ISAIAH}", ', "")) + PROTECT
    )
    assert isinstance(await house.decisions.retry(sent.request.label, ISAIAH), NotYours)


async def test_a_retry_makes_nothing_that_spares_others_than_the_policy_says(
    house: House, guarded: Guarded
) -> None:
    guarded.writer.refuses = [NO]
    record = await guarded.run(await guarded.approved())
    house.policy.policy = read_policy(POLICY.replace("[roles]", ROLES) + PROTECT.replace(SPARE, SVEA))
    for person in (MEGAN, ISAIAH):
        found = await house.decisions.retry(record.request.label, person)
        assert isinstance(found, WillNotWork)
        assert found.cause is Cause.GUARD_MOVED


async def test_what_a_failed_making_has_made_can_be_removed_by_whoever_asked(
    house: House, guarded: Guarded
) -> None:
    guarded.writer.refuses_for["platforms"] = NO
    record = await guarded.run(await guarded.approved(WHOLE))
    assert record.request.state is State.DELIVERY_FAILED
    assert guarded.states() == [PolicyState.REPORT_ONLY]
    gone = await guarded.acts.act(record.request.label, MEGAN, GuardAct.REMOVE)
    assert isinstance(gone, Record), gone
    end = await guarded.run(gone)
    assert guarded.states() == []
    assert end.request.guard is not None
    assert (end.request.state, end.request.guard.state) == (State.CANCELED, GuardState.REMOVED)
    guarded.writer.refuses_for.clear()
    house.clock.turn(minutes=5)
    assert isinstance(await guarded.sent(WHOLE), Record)  # the same may be asked for again


async def test_a_making_is_taken_up_after_its_removal_was_halted(house: House, guarded: Guarded) -> None:
    guarded.writer.refuses_for |= {"platforms": NO, "made-1 deleted": NO}
    record = await guarded.run(await guarded.approved(WHOLE))
    gone = await guarded.acts.act(record.request.label, ISAIAH, GuardAct.REMOVE)
    assert isinstance(gone, Record)
    await guarded.run(gone)
    guarded.writer.refuses_for.clear()
    again = await house.decisions.retry(record.request.label, MEGAN)
    assert isinstance(again, Record)
    end = (await guarded.run(again)).request
    assert end.guard is not None
    assert (end.state, end.guard.state) == (State.DELIVERED, GuardState.WATCHING)
    assert len(guarded.states()) == 2


async def test_a_stranger_hears_of_no_state_before_who_they_are(house: House, guarded: Guarded) -> None:
    invite = await house.sent(draft(address="zoe@northwind.example"))
    waits = await guarded.sent()
    for record in (invite, waits):
        for act in (GuardAct.KEEP, GuardAct.REMOVE, GuardAct.WATCH):
            found = await guarded.acts.act(record.request.label, DIEGO, act)
            assert isinstance(found, NotYours)
    assert isinstance(await guarded.acts.act(invite.request.label, ISAIAH, GuardAct.KEEP), NotPossible)


async def test_a_delegate_reads_no_break_glass_account(house: House, guarded: Guarded) -> None:
    await house.delegates.make(ISAIAH, house.tenant.people[DIEGO].mail, Period(None, Term(days=7)))
    record = await guarded.sent()
    assert DIEGO in {one.object_id for one in record.request.approvers}
    assert SPARE not in str(draw(record, f"approver/{DIEGO}", LOOK))
    assert SPARE in str(draw(record, f"approver/{ISAIAH}", LOOK))
    done = await house.decisions.approve(record.request.label, SVEA, None)
    assert isinstance(done, Record)
    made = await guarded.run(done)
    assert "protect.foresee" not in str(draw(made, f"approver/{DIEGO}", LOOK))
    assert "protect.foresee" in str(draw(made, f"approver/{SVEA}", LOOK))


async def test_an_owner_who_is_none_any_more_takes_nothing_back(house: House, guarded: Guarded) -> None:
    record = await guarded.watched()
    label = record.request.label
    house.tenant.owners[RECORDS] = [ALEX]
    house.clock.turn(minutes=5)
    for act in (GuardAct.REMOVE, GuardAct.KEEP):
        assert isinstance(await guarded.acts.act(label, MEGAN, act), NotYours)
    assert guarded.states() == [PolicyState.REPORT_ONLY]
    assert isinstance(await guarded.acts.act(label, SVEA, GuardAct.KEEP), Record)


async def test_an_admin_who_is_none_any_more_takes_nothing_back_that_is_for_all_apps(
    house: House, guarded: Guarded
) -> None:
    sent = await guarded.sent(ALL, ISAIAH)
    done = await house.decisions.approve(sent.request.label, SVEA, None)
    assert isinstance(done, Record)
    await guarded.run(done)
    assert isinstance(await guarded.acts.act(sent.request.label, ISAIAH, GuardAct.KEEP), Record)
    house.policy.policy = read_policy(
        POLICY.replace("[roles]", ROLES.replace(f'"person:{ISAIAH}", ', "")) + PROTECT
    )
    assert isinstance(await guarded.acts.act(sent.request.label, ISAIAH, GuardAct.REMOVE), NotYours)
