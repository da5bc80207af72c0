"""An approver has somebody decide for them for a while: from the store and the directory, at the press."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from access.rules import deciding, jobs
from access.rules.changing import newer
from access.rules.delegating import Delegated, NotDelegated, Period
from access.rules.model import (
    Change,
    JobKind,
    JobStatus,
    Named,
    ObjectId,
    PersonKind,
    Record,
    Redemption,
    State,
    Term,
)
from access.rules.policy_reader import read_policy
from access.rules.refusals import AlreadyApproved, NotYours, OwnRequest, TooFewApprovers
from tests.service.house import (
    ALEX,
    ANA,
    DIEGO,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    RECORDS,
    VISITOR,
    House,
    draft,
)

WEEK = Period(None, Term(days=7))
TWO_OWNERS = POLICY.replace('fallback = ["role:admins"]', "quorum = 2")


async def delegated(house: House, by: ObjectId, to: ObjectId, period: Period = WEEK) -> Delegated:
    made = await house.delegates.make(by, house.tenant.people[to].mail, period)
    assert isinstance(made, Delegated), made
    return made


def cards(record: Record) -> set[str]:
    rows = record.jobs.values()
    return {one.name for one in rows if one.kind is JobKind.CARD and one.status is not JobStatus.DROPPED}


async def entries(house: House, what: str) -> list[dict[str, object]]:
    return [dict(one.fact.detail) for one in await house.audit() if one.fact.what == what]


async def test_a_delegate_decides_for_an_approver_and_it_is_kept_for_whom(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    assert "approver/diego" in cards(record)
    approved = await house.decisions.approve(record.request.label, DIEGO, None)
    assert isinstance(approved, Record)
    assert approved.request.state is State.DELIVERING
    review = approved.request.review
    assert review
    assert review.for_whom
    assert (review.by.object_id, review.for_whom.object_id) == (DIEGO, ALEX)
    assert (await entries(house, "request.approved"))[0]["on_behalf_of"] == ALEX
    assert (await house.now(record)).request.review == review


async def test_the_approver_stays_able_to_decide(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    approved = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(approved, Record)
    assert approved.request.review
    assert approved.request.review.for_whom is None


async def test_a_denial_through_a_delegation_says_for_whom(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    denied = await house.decisions.deny(record.request.label, DIEGO, "Not this quarter")
    assert isinstance(denied, Record)
    assert denied.request.review
    assert denied.request.review.seat == ALEX
    assert (await entries(house, "request.denied"))[0]["on_behalf_of"] == ALEX


async def test_who_waits_for_a_decision_is_asked_when_the_delegation_begins(house: House) -> None:
    record = await house.sent()
    tomorrow = house.clock.now().date() + timedelta(days=1)
    await delegated(house, ALEX, DIEGO, Period(tomorrow, Term(until=date(2026, 11, 30))))
    await house.delegates.follow()
    assert "approver/diego" not in cards(await house.now(record))
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), NotYours)
    house.clock.turn(days=1)
    await house.delegates.follow()
    after = await house.now(record)
    assert "approver/diego" in cards(after)
    assert [one.object_id for one in after.request.approvers] == [ALEX, DIEGO, NIA]
    assert await entries(house, "approvers.delegated") == [
        {"stand_ins": [{"by": DIEGO, "on_behalf_of": ALEX}]}
    ]
    assert [one.request for one in await house.decisions.deciders.waiting_for(DIEGO)] == [after.request]


async def test_when_it_ends_the_delegate_decides_no_more_and_their_card_follows(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    house.clock.turn(days=7)
    refused = await house.decisions.approve(record.request.label, DIEGO, None)
    assert isinstance(refused, NotYours)
    assert [one.object_id for one in refused.may] == [ALEX, NIA]
    for _ in range(3):
        await house.delegates.follow()
    after = await house.now(record)
    assert [one.object_id for one in after.request.approvers] == [ALEX, NIA]
    assert after.request.version == record.request.version + 1
    ended = [one for one in await house.audit() if one.fact.what == "delegation.ended"]
    assert [one.fact.actor for one in ended] == [None]
    house.clock.turn(minutes=1)
    await house.delegates.follow()
    assert (await house.now(record)).request.version == after.request.version
    assert not await house.store.due_delegations()


async def test_one_that_was_stopped_between_card_and_press_decides_nothing(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    assert isinstance(await house.delegates.end(ALEX), Delegated)
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), NotYours)
    await house.delegates.follow()
    assert [one.object_id for one in (await house.now(record)).request.approvers] == [ALEX, NIA]
    ended = [one for one in await house.audit() if one.fact.what == "delegation.ended"]
    assert [(one.fact.actor, one.fact.detail["to"]) for one in ended] == [(ALEX, DIEGO)]
    assert await house.delegates.end(ALEX) is NotDelegated.NONE_THERE


@pytest.mark.parametrize("gone", [ALEX, DIEGO])
@pytest.mark.parametrize("how", ["disabled", "guest", "left"])
async def test_whoever_of_both_may_do_nothing_ends_the_effect_at_the_press(
    house: House, gone: ObjectId, how: str
) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    people = house.tenant.people
    match how:
        case "disabled":
            people[gone] = replace(people[gone], enabled=False)
        case "guest":
            people[gone] = replace(people[gone], kind=PersonKind.GUEST)
        case _:
            del people[gone]
            house.tenant.owners = {
                app: [one for one in who if one != gone] for app, who in house.tenant.owners.items()
            }
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), NotYours)


async def test_a_requestor_decides_nothing_through_a_delegation(house: House) -> None:
    await delegated(house, ALEX, MEGAN)
    record = await house.sent()
    assert "approver/megan" not in cards(record)
    assert isinstance(await house.decisions.approve(record.request.label, MEGAN, None), OwnRequest)
    assert isinstance(await house.decisions.deny(record.request.label, MEGAN, "No"), OwnRequest)


async def test_who_decides_for_the_requestor_decides_nothing_through_anothers_seat(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    await delegated(house, MEGAN, DIEGO)
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), NotYours)
    assert isinstance(await house.decisions.deny(record.request.label, DIEGO, "No"), NotYours)
    await house.delegates.follow()
    assert [one.object_id for one in (await house.now(record)).request.approvers] == [ALEX, NIA]
    await house.delegates.end(MEGAN)
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), Record)


async def test_an_approver_decides_in_their_own_right_whoever_has_delegated_to_them(house: House) -> None:
    await delegated(house, MEGAN, NIA)
    await delegated(house, ALEX, NIA)
    record = await house.sent()
    approved = await house.decisions.approve(record.request.label, NIA, None)
    assert isinstance(approved, Record)
    assert approved.request.review
    assert approved.request.review.for_whom is None


async def test_what_is_delegated_does_not_pass_on(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    await delegated(house, DIEGO, LIDIA)
    record = await house.sent()
    assert isinstance(await house.decisions.approve(record.request.label, LIDIA, None), NotYours)


async def test_a_seat_counts_once_for_the_approver_and_their_delegate(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), Record)
    refused = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(refused, AlreadyApproved)
    assert refused.spoken
    assert refused.spoken.by.object_id == DIEGO
    assert isinstance(await house.decisions.deny(record.request.label, ALEX, "No"), AlreadyApproved)
    done = await house.decisions.approve(record.request.label, NIA, None)
    assert isinstance(done, Record)
    assert done.request.state is State.DELIVERING


async def test_a_seat_counts_once_where_the_approver_came_first(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, None), Record)
    refused = await house.decisions.approve(record.request.label, DIEGO, None)
    assert isinstance(refused, AlreadyApproved)
    assert refused.spoken
    assert refused.spoken.by.object_id == ALEX
    assert await house.decisions.deciders.waiting_for(DIEGO) == []


async def test_who_decides_for_two_approvers_is_still_one_person(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await delegated(house, ALEX, DIEGO)
    await delegated(house, NIA, DIEGO)
    record = await house.sent()
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), Record)
    again = await house.decisions.approve(record.request.label, DIEGO, None)
    assert isinstance(again, AlreadyApproved)
    assert again.spoken is None
    assert isinstance(await house.decisions.approve(record.request.label, NIA, None), Record)


@pytest.mark.parametrize(("who", "other"), [(ALEX, NIA), (NIA, ALEX)])
async def test_whoever_decides_for_two_leaves_the_seat_of_whichever_of_them_is_there(
    house: House, who: ObjectId, other: ObjectId
) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await delegated(house, ALEX, DIEGO)
    await delegated(house, NIA, DIEGO)
    record = await house.sent()
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), Record)
    done = await house.decisions.approve(record.request.label, who, None)
    assert isinstance(done, Record)
    assert done.request.state is State.DELIVERING
    assert [(one.by.object_id, one.seat) for one in done.request.reviews] == [(DIEGO, other), (who, who)]
    moved = [{"stage": 1, "by": DIEGO, "on_behalf_of": NIA}] if who == ALEX else []
    assert await entries(house, "approval.reseated") == moved


async def test_a_delegate_who_is_an_approver_by_now_leaves_the_seat_to_whom_they_decided_for(
    house: House,
) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), Record)
    house.tenant.owners[RECORDS] = [MEGAN, ALEX, DIEGO]
    assert [one.request.label for one in await house.decisions.deciders.waiting_for(ALEX)] == [
        record.request.label
    ]
    done = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(done, Record)
    assert done.request.state is State.DELIVERING
    assert [(one.by.object_id, one.for_whom) for one in done.request.reviews] == [(DIEGO, None), (ALEX, None)]
    assert await entries(house, "approval.reseated") == [{"stage": 1, "by": DIEGO}]


async def test_a_delegate_adds_nobody_to_too_few_approvers(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    house.tenant.owners[RECORDS] = [MEGAN, ALEX]
    refused = await house.decisions.approve(record.request.label, DIEGO, None)
    assert isinstance(refused, TooFewApprovers)
    assert refused.lacks == 1


async def test_presses_of_both_at_once_are_one_approval(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    presses = [house.decisions.approve(record.request.label, who, None) for who in (ALEX, DIEGO) * 10]
    outcomes = await asyncio.gather(*presses)
    assert sum(isinstance(one, Record) for one in outcomes) == 1
    assert len((await house.now(record)).request.reviews) == 1


async def test_a_second_delegation_takes_the_place_of_the_first(house: House) -> None:
    record = await house.sent()
    await delegated(house, ALEX, DIEGO)
    await house.delegates.follow()
    later = Period(date(2026, 12, 1), Term(until=date(2026, 12, 5)))
    made = await delegated(house, ALEX, LIDIA, later)
    assert made.replaced
    assert made.replaced.to.object_id == DIEGO
    await house.delegates.follow()
    assert [one.object_id for one in (await house.now(record)).request.approvers] == [ALEX, NIA]
    house.clock.turn(days=10)
    await house.delegates.follow()
    assert [one.object_id for one in (await house.now(record)).request.approvers] == [ALEX, LIDIA, NIA]


async def test_reminders_come_to_the_delegate_as_well_and_to_nobody_twice(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    await house.run_due(JobKind.CARD)
    house.clock.turn(days=2)
    await house.run_due(JobKind.WATCH)
    rows = (await house.now(record)).jobs.values()
    reminded = sorted(one.name for one in rows if one.kind is JobKind.REMINDER)
    assert reminded == [f"reminder/1/1/approver/{who}" for who in (ALEX, DIEGO, NIA)]


async def test_an_escalation_calls_the_delegate_in_as_well(house: House) -> None:
    called = POLICY.replace(
        'fallback = ["role:admins"]', 'escalation = ["role:admins"]\nescalate_after = "1d"'
    )
    house.policy.policy = read_policy(called)
    await delegated(house, LIDIA, DIEGO)
    record = await house.sent()
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), NotYours)
    await house.run_due(JobKind.CARD)
    house.clock.turn(days=2)
    await house.run_due(JobKind.WATCH)
    after = await house.now(record)
    assert {"approver/lidia", "approver/diego"} < cards(after)
    assert isinstance(await house.decisions.approve(record.request.label, DIEGO, None), Record)


async def test_whoever_is_asked_first_brings_their_delegate(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent(draft(ask_first=ALEX))
    assert {one for one in cards(record) if one.startswith("approver/")} == {
        "approver/alex",
        "approver/diego",
    }


async def test_who_may_be_named_and_for_how_long(house: House) -> None:
    make, people = house.delegates.make, house.tenant.people
    assert await make(ALEX, "nobody@contoso-health.com", WEEK) is NotDelegated.NOBODY
    assert await make(ALEX, people[VISITOR].mail, WEEK) is NotDelegated.UNABLE
    people[LEAVER] = replace(people[LEAVER], mail="debra@contoso-health.com")
    assert await make(ALEX, "debra@contoso-health.com", WEEK) is NotDelegated.UNABLE
    assert await make(ALEX, people[ALEX].mail, WEEK) is NotDelegated.YOURSELF
    assert await make(VISITOR, people[ALEX].mail, WEEK) is NotDelegated.YOU_UNABLE
    to = people[DIEGO].mail
    assert await make(ALEX, to, Period(None, Term(days=91))) is NotDelegated.TOO_LONG
    assert isinstance(await make(ALEX, to, Period(None, Term(days=90))), Delegated)
    assert await make(ALEX, to, Period(None, Term(until=date(2026, 11, 20)))) is NotDelegated.OVER
    assert await make(ALEX, to, Period(date(2026, 11, 20), Term(days=30))) is NotDelegated.OVER
    assert await make(ALEX, to, Period(date(2028, 1, 1), Term(days=30))) is NotDelegated.TOO_FAR
    assert isinstance(await make(ALEX, "@Diego", Period(date(2026, 11, 21), Term(days=30))), Delegated)
    people[ObjectId("other")] = replace(people[DIEGO], object_id=ObjectId("other"))
    assert await make(ALEX, "diego", WEEK) is NotDelegated.SEVERAL


async def test_every_refusal_to_delegate_is_an_entry_without_a_word_of_what_was_typed(house: House) -> None:
    make, to = house.delegates.make, house.tenant.people[DIEGO].mail
    house.knows(Redemption.ACCEPTED)
    assert await make(ALEX, "nobody@contoso-health.com", WEEK) is NotDelegated.NOBODY
    assert await make(ALEX, ANA, WEEK) is NotDelegated.UNABLE
    assert await make(ALEX, house.tenant.people[ALEX].mail, WEEK) is NotDelegated.YOURSELF
    assert await make(VISITOR, to, WEEK) is NotDelegated.YOU_UNABLE
    assert await make(ALEX, to, Period(None, Term(days=91))) is NotDelegated.TOO_LONG
    assert await house.delegates.end(ALEX) is NotDelegated.NONE_THERE
    facts = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [(one.actor, one.detail) for one in facts] == [
        (VISITOR if why == "you-unable" else ALEX, {"act": "delegate", "refused": why})
        for why in ("nobody", "unable", "yourself", "you-unable", "too-long", "none-there")
    ]


@pytest.mark.parametrize("begins", [True, False])
async def test_cards_follow_though_a_press_stores_what_it_read_before_that(
    house: House, *, begins: bool
) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    if not begins:
        await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    read = deciding.Facts(await house.decisions.deciders.panels(record.request), record.request.plan)
    await (delegated(house, ALEX, DIEGO) if begins else house.delegates.end(ALEX))
    await house.delegates.follow()
    nia = Named(NIA, "Nia")
    pressed = await house.store.change(record.request.request_id, deciding.approve(nia, read, None))
    assert isinstance(pressed, Record)
    house.clock.turn(seconds=30)
    await house.delegates.follow()
    after = (await house.now(record)).request
    assert [one.object_id for one in after.approvers] == ([ALEX, DIEGO, NIA] if begins else [ALEX, NIA])


async def test_what_is_delegated_anew_while_cards_follow_an_end_lets_them_follow_to_the_end(
    house: House,
) -> None:
    record = await house.sent()
    await delegated(house, ALEX, DIEGO)
    await house.delegates.follow()
    house.clock.turn(days=7)
    await house.delegates.follow()
    await delegated(house, ALEX, LIDIA, Period(date(2026, 12, 20), Term(days=7)))
    assert await house.store.due_delegations()
    await house.delegates.follow()
    assert [one.object_id for one in (await house.now(record)).request.approvers] == [ALEX, NIA]


async def test_a_delegate_who_could_not_be_reached_is_named_no_more_when_it_ends(house: House) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent()
    diego = Named(DIEGO, "Diego")
    await house.store.change(
        record.request.request_id,
        lambda record, now: Change(request=newer(record.request, now, unreached=(diego,))),
    )
    await house.delegates.end(ALEX)
    await house.delegates.follow()
    assert (await house.now(record)).request.unreached == ()


@pytest.mark.parametrize("first", ["diego", "diego,nia"])
async def test_a_delegate_to_ask_first_is_not_when_it_has_ended(house: House, first: str) -> None:
    await delegated(house, ALEX, DIEGO)
    record = await house.sent(draft(ask_first=first))
    await house.delegates.end(ALEX)
    await house.delegates.follow()
    after = await house.now(record)
    assert DIEGO not in {one.object_id for one in (*after.request.ask_first, *jobs.asked(after.request))}
    assert "approver/nia" in cards(after)


async def test_who_decides_from_a_day_on_is_asked_in_their_hours_and_not_at_its_midnight(
    house: House,
) -> None:
    record = await house.sent()
    tomorrow = house.clock.now().date() + timedelta(days=1)
    made = await delegated(house, ALEX, DIEGO, Period(tomorrow, Term(days=7)))
    assert made.own
    house.clock.time = made.own.begins_at
    await house.delegates.follow()
    card = next(one for one in (await house.now(record)).jobs.values() if one.name == "approver/diego")
    morning = house.clock.now() + timedelta(days=1, hours=8)  # which is the Monday
    assert (card.due_at, jobs.is_held(card)) == (morning, True)


@pytest.mark.parametrize("seconds", [0, 1, 60])
async def test_that_one_ended_by_itself_is_an_entry_whenever_another_is_made(
    house: House, seconds: int
) -> None:
    await delegated(house, ALEX, DIEGO)
    await house.delegates.follow()
    house.clock.turn(days=7)
    for _ in range(seconds):
        await house.delegates.follow()
        house.clock.turn(seconds=1)
    await delegated(house, ALEX, LIDIA)
    await house.delegates.follow()
    ended = [one for one in await house.audit() if one.fact.what == "delegation.ended"]
    assert [(one.fact.actor, one.fact.detail["to"]) for one in ended] == [(None, DIEGO)]


@pytest.mark.parametrize("gone", [ALEX, DIEGO])
async def test_who_may_do_nothing_when_it_begins_is_asked_when_they_may_again(
    house: House, gone: ObjectId
) -> None:
    record, people = await house.sent(), house.tenant.people
    await delegated(house, ALEX, DIEGO)
    people[gone] = replace(people[gone], enabled=False)
    tries = 0
    for _ in range(60 * 4):
        tries += bool(await house.store.due_delegations())
        await house.delegates.follow()
        house.clock.turn(minutes=1)
    assert tries < 30
    assert "approver/diego" not in cards(await house.now(record))
    people[gone] = replace(people[gone], enabled=True)
    house.clock.turn(minutes=15)
    await house.delegates.follow()
    assert "approver/diego" in cards(await house.now(record))
    house.clock.turn(days=7)
    for _ in range(3):
        await house.delegates.follow()
    assert len(await entries(house, "delegation.ended")) == 1


async def test_cards_of_all_that_waits_follow_however_much_that_is(house: House) -> None:
    sent = [await house.sent(draft(address=f"guest{place}@fabrikam.com")) for place in range(5)]
    await delegated(house, ALEX, DIEGO)
    house.delegates.page = 2
    await house.delegates.follow()
    assert ["approver/diego" in cards(await house.now(one)) for one in sent] == [True] * 5
