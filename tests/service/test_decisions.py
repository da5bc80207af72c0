"""Who may decide is asked of the directory at the click; a refusal is a value and an audit entry."""

import asyncio
from dataclasses import replace

import pytest

from access.ports import Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import JobKind, ObjectId, Record, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import (
    AlreadyDecided,
    NoApprover,
    NotPossible,
    NotYours,
    OwnRequest,
    UnknownRequest,
    Unreadable,
)
from tests.service.house import (
    ADMINS,
    ALEX,
    DIEGO,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    PORTAL,
    READER,
    RECORDS,
    VISITOR,
    House,
    draft,
)

R1 = "R-1001"
GUESTS_OF_PORTAL = draft(app="Patient Portal", access="Portal guests")


async def _state(house: House) -> State:
    record = await house.store.numbered(1001)
    assert record is not None
    return record.request.state


async def test_an_approver_approves_by_button_or_by_its_typed_twin(house: House) -> None:
    first = await house.sent()
    assert first.request.plan is not None
    by_button = await house.decisions.approve(first.request.request_id, ALEX, first.request.plan.hash)
    assert isinstance(by_button, Record)
    await house.sent(draft(address="sam@outlook.com"))
    for written in ("R-1002", "r1002", "1002"):
        found = await house.decisions.find(written)
        assert isinstance(found, Record), written
    assert isinstance(await house.decisions.approve("r-1002", NIA, None), Record)


async def test_what_does_not_exist_is_unknown(house: House) -> None:
    assert await house.decisions.approve("r-9999", ALEX, None) == UnknownRequest("R-9999")
    assert await house.decisions.deny("../etc", ALEX, "no") == UnknownRequest("")
    assert await house.decisions.cancel("", MEGAN) == UnknownRequest("")
    assert await house.decisions.retry("R-1", MEGAN) == UnknownRequest("R-1")


@pytest.mark.parametrize(
    ("who", "refusal"),
    [(MEGAN, OwnRequest), (DIEGO, NotYours), (LIDIA, NotYours), (LEAVER, NotYours), (VISITOR, NotYours)],
)
async def test_who_may_not_decide_is_refused_and_that_is_audited(
    house: House, who: ObjectId, refusal: type
) -> None:
    await house.sent()
    for act, decide in (
        ("approve", house.decisions.approve(R1, who, None)),
        ("deny", house.decisions.deny(R1, who, "no")),
    ):
        assert isinstance(await decide, refusal)
        fact = (await house.audit())[-1].fact
        assert (fact.what, fact.actor, fact.detail["act"]) == ("act.refused", who, act)
    assert await _state(house) is State.PENDING_APPROVAL


async def test_an_approver_who_was_disabled_or_lost_the_app_meanwhile_decides_nothing(house: House) -> None:
    await house.sent()
    house.tenant.people[ALEX] = replace(house.tenant.people[ALEX], enabled=False)
    house.tenant.owners[RECORDS].remove(NIA)
    house.tenant.owners[RECORDS].append(DIEGO)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), NotYours)
    assert isinstance(await house.decisions.approve(R1, NIA, None), NotYours)
    assert isinstance(await house.decisions.approve(R1, DIEGO, None), Record)


async def test_of_many_clicks_at_once_one_wins_and_the_others_hear_who(house: House) -> None:
    await house.sent()
    clicks = [house.decisions.approve(R1, who, None) for who in (ALEX, NIA) * 10]
    denials = [house.decisions.deny(R1, who, "no") for who in (ALEX, NIA) * 5]
    results = await asyncio.gather(*clicks, *denials)
    assert sum(isinstance(one, Record) for one in results) == 1
    losers = [one for one in results if not isinstance(one, Record)]
    assert all(isinstance(one, AlreadyDecided) and one.request.review for one in losers)


async def test_while_the_directory_cannot_be_read_nothing_is_decided_or_lost(
    house: House,
) -> None:
    before = await house.sent()
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Unreadable)
    assert isinstance(await house.decisions.deny(R1, ALEX, "no"), Unreadable)
    house.faults.down = None
    assert await house.now(before) == before
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)


async def test_an_empty_approver_set_refuses(house: House) -> None:
    await house.sent()
    house.tenant.owners[RECORDS] = [MEGAN]
    house.tenant.members[ADMINS] = []
    assert isinstance(await house.decisions.approve(R1, ALEX, None), NoApprover)
    assert isinstance(await house.decisions.deny(R1, ALEX, "no"), NoApprover)


async def test_the_fallback_decides_where_nobody_else_is_left(house: House) -> None:
    await house.sent()
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), NotYours)
    house.tenant.owners[RECORDS] = [MEGAN]
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), Record)


async def test_the_manager_and_a_named_person_decide_where_the_policy_says_so(house: House) -> None:
    named = "33333333-3333-4333-8333-333333333333"
    house.tenant.people[ObjectId(named)] = replace(house.tenant.people[DIEGO], object_id=ObjectId(named))
    house.tenant.managers[MEGAN] = LIDIA
    text = POLICY.replace('["app-owners"]', f'["manager", "person:{named}"]')
    house.policy.policy = read_policy(text)
    request = (await house.sent()).request
    assert {one.object_id for one in request.approvers} == {LIDIA, named}
    assert isinstance(await house.decisions.approve(R1, ALEX, None), NotYours)
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), Record)


async def test_who_the_manager_is_is_asked_at_the_click(house: House) -> None:
    house.tenant.managers[MEGAN] = LIDIA
    house.policy.policy = read_policy(POLICY.replace('["app-owners"]', '["manager"]'))
    await house.sent()
    house.tenant.managers[MEGAN] = DIEGO
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), NotYours)
    assert isinstance(await house.decisions.approve(R1, DIEGO, None), Record)


@pytest.mark.parametrize("above", [None, LEAVER, VISITOR, MEGAN])
async def test_a_manager_who_is_gone_at_the_click_decides_nothing_and_the_fallback_does(
    house: House, above: ObjectId | None
) -> None:
    house.tenant.managers[MEGAN] = DIEGO
    house.policy.policy = read_policy(POLICY.replace('["app-owners"]', '["manager"]'))
    await house.sent()
    del house.tenant.managers[MEGAN]
    if above:
        house.tenant.managers[MEGAN] = above
    for who in (DIEGO, LEAVER, VISITOR):
        assert isinstance(await house.decisions.approve(R1, who, None), NotYours)
    assert isinstance(await house.decisions.approve(R1, MEGAN, None), OwnRequest)
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), Record)


async def test_a_second_app_that_gives_the_same_lets_no_requestor_decide(house: House) -> None:
    """Both apps give the same group to the same guest, and the requestor is an approver of the second."""
    second = ObjectId("second")
    house.tenant.apps[second] = replace(house.tenant.apps[PORTAL], object_id=second, name="Second Portal")
    house.tenant.of_app[second] = [*house.tenant.of_app[PORTAL]]
    house.tenant.owners |= {PORTAL: [MEGAN, ALEX], second: [MEGAN, NIA]}
    first = (await house.sent(GUESTS_OF_PORTAL)).request
    again = (await house.sent(replace(GUESTS_OF_PORTAL, app="Second Portal"))).request
    assert first.give == again.give
    for label in (first.label, again.label):
        assert isinstance(await house.decisions.approve(label, MEGAN, None), OwnRequest)
        assert isinstance(await house.decisions.deny(label, MEGAN, "No"), OwnRequest)
    assert isinstance(await house.decisions.approve(first.label, NIA, None), NotYours)
    assert isinstance(await house.decisions.approve(again.label, ALEX, None), NotYours)


async def test_the_owners_of_the_group_decide_where_the_policy_says_so(house: House) -> None:
    house.policy.policy = read_policy(POLICY.replace('["app-owners"]', '["group-owners"]'))
    house.tenant.owners[ObjectId("guests")] = [DIEGO]
    request = (await house.sent(GUESTS_OF_PORTAL)).request
    assert [one.object_id for one in request.approvers] == [DIEGO]


async def test_a_late_press_is_told_how_it_ended_and_is_audited(house: House) -> None:
    await house.approved()
    for act in (
        house.decisions.approve(R1, NIA, None),
        house.decisions.deny(R1, NIA, "no"),
    ):
        late = await act
        assert isinstance(late, AlreadyDecided)
        assert late.request.review is not None
        assert late.request.review.by.object_id == ALEX
        assert (await house.audit())[-1].fact.what == "act.refused"


@pytest.mark.parametrize("end", [State.DENIED, State.CANCELED, State.EXPIRED, State.DELIVERED])
async def test_what_has_ended_is_decided_by_nobody_however_it_ended(house: House, end: State) -> None:
    record = await house.sent()
    if end is State.DENIED:
        await house.decisions.deny(R1, ALEX, "no")
    elif end is State.CANCELED:
        await house.decisions.cancel(R1, MEGAN)
    elif end is State.EXPIRED:
        house.clock.turn(days=14)
        await house.run_due(JobKind.TIMER)
    else:
        await house.decisions.approve(R1, ALEX, None)
        await house.delivered(record)
    known = await house.now(record)
    assert known.request.state is end
    for act in (house.decisions.approve(R1, NIA, None), house.decisions.deny(R1, NIA, "no")):
        assert isinstance(await act, AlreadyDecided)
        assert (await house.audit())[-1].fact.what == "act.refused"
    assert await house.now(record) == known


async def test_a_late_press_is_answered_while_the_directory_is_down(house: House) -> None:
    await house.approved()
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert isinstance(await house.decisions.deny(R1, NIA, "no"), AlreadyDecided)


async def test_only_the_requestor_cancels_and_only_while_it_waits(house: House) -> None:
    await house.sent()
    assert isinstance(await house.decisions.cancel(R1, ALEX), NotYours)
    assert isinstance(await house.decisions.cancel(R1, MEGAN), Record)
    assert isinstance(await house.decisions.cancel(R1, MEGAN), AlreadyDecided)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), AlreadyDecided)


async def test_what_is_being_delivered_cannot_be_canceled(house: House) -> None:
    await house.approved()
    assert isinstance(await house.decisions.cancel(R1, MEGAN), NotPossible)


async def test_what_waits_for_a_person_is_asked_of_the_directory_now(house: House) -> None:
    await house.sent()
    await house.sent(draft(address="sam@outlook.com"))
    await house.sent(GUESTS_OF_PORTAL)
    assert len(await house.decisions.deciders.waiting_for(ALEX)) == 2
    assert len(await house.decisions.deciders.waiting_for(LIDIA)) == 1
    assert await house.decisions.deciders.waiting_for(MEGAN) == []
    house.tenant.owners[RECORDS].remove(ALEX)
    assert await house.decisions.deciders.waiting_for(ALEX) == []
    assert await house.decisions.deciders.waiting_for(LEAVER) == []
    assert len(await house.decisions.mine(MEGAN, 10)) == 3


async def test_a_long_list_reads_each_apps_approvers_once(house: House) -> None:
    for number in range(20):
        await house.sent(draft(address=f"guest{number}@fabrikam.com"))
    house.faults.calls.clear()
    assert len(await house.decisions.deciders.waiting_for(ALEX)) == 20
    assert house.faults.calls.count("app_owners") == 1


async def test_no_audit_entry_names_a_person_or_an_address(house: House) -> None:
    await house.approved()
    await house.settle()
    text = str(await house.audit())
    assert READER in text
    assert not any(word in text for word in ("Megan", "fabrikam", "March", "redeem", "Ana"))


@pytest.mark.parametrize("passing", [31, -3600], ids=["too long ago", "before the clock was set back"])
async def test_what_the_directory_said_at_another_time_decides_nothing(house: House, passing: int) -> None:
    record = await house.sent()
    house.faults.meanwhile["app_owners"] = lambda: house.clock.turn(seconds=passing)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Unreadable)
    assert isinstance(await house.decisions.deny(R1, ALEX, "Not this quarter"), Unreadable)
    assert (await house.now(record)).request.state is State.PENDING_APPROVAL
    house.faults.meanwhile["app_owners"] = lambda: house.clock.turn(seconds=10)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)


@pytest.mark.parametrize("passing", [31, -3600], ids=["too long ago", "before the clock was set back"])
async def test_what_the_directory_said_at_another_time_takes_no_delivery_up_again(
    house: House, passing: int
) -> None:
    record = await house.approved()
    house.faults.before["invite"] = [Refused(Cause.INVITATIONS_OFF)]
    assert await house.failed(record) is Cause.INVITATIONS_OFF
    house.faults.meanwhile["app_owners"] = lambda: house.clock.turn(seconds=passing)
    for who in (ALEX, MEGAN):
        assert isinstance(await house.decisions.retry(R1, who), Unreadable)
        fact = (await house.audit())[-1].fact
        assert (fact.what, fact.actor, fact.detail["act"]) == ("act.refused", who, "retry")
    assert await _state(house) is State.DELIVERY_FAILED
    house.faults.meanwhile["app_owners"] = lambda: house.clock.turn(seconds=10)
    assert isinstance(await house.decisions.retry(R1, ALEX), Record)
