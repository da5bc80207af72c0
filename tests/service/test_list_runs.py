"""An approved list is run: each row once, its mails one by one; it is paused, stopped, taken up again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from access.ports import Blocked, Refused, Unknown
from access.rules.bulk import Bulk, Progress, Run
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.list_files import Outcome
from access.rules.list_left import INVITATIONS
from access.rules.list_run import Pace
from access.rules.listing import MAILS_APART, row_id
from access.rules.model import Change, JobKind, MailState, Record, Redemption, Request, State
from access.rules.policy_reader import read_policy
from access.rules.redemption import accept
from access.rules.refusals import NotPossible, NotYours, WillNotWork
from access.service.list_prospect import sampled
from access.service.list_runs import ListRuns
from tests.service.house import ALEX, DIEGO, LIDIA, MEGAN, POLICY, RECORDS, House, draft
from tests.service.test_bulk_requests import R1, ROWS, said, sent
from tests.service.test_dry_runs import guest

MANY = tuple(f"guest{number}@fabrikam.com" for number in range(6))


async def approved(house: House, *addresses: str) -> Record:
    record = await sent(house, *(addresses or ROWS))
    done = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(done, Record), done
    return done


async def rows(house: House, record: Record) -> list[Request]:
    labels = [one.label for one in await house.store.outcomes_of(record.request.request_id)]
    found = [await house.decisions.find(one) for one in labels]
    return [one.request for one in found if isinstance(one, Record)]


def bulk_of(record: Record) -> Bulk:
    assert record.request.bulk is not None
    return record.request.bulk


async def progress(house: House, record: Record) -> Progress:
    shown = await sampled(house.store, await house.now(record))
    assert shown.progress is not None
    return shown.progress


async def over(house: House, record: Record) -> Record:
    """Let a run come to its end, but for what is due in hours."""
    await house.settle()
    return await house.now(record)


async def test_each_row_that_goes_becomes_a_request_of_its_own_and_is_delivered(house: House) -> None:
    record = await over(house, await approved(house))
    assert record.request.state is State.DELIVERED
    made = await rows(house, record)
    assert [one.address for one in made] == ["ana@fabrikam.com", "bo@fabrikam.com", "cy@adatum.com"]
    assert {one.state for one in made} == {State.DELIVERED}
    assert [one.listed and one.listed.row for one in made] == [2, 3, 4]
    assert {one.listed and one.listed.label for one in made} == {R1}
    assert len(house.tenant.access) == len(house.tenant.invitations) == 3
    assert {(one.requestor, one.justification, one.term) for one in made} == {
        (record.request.requestor, record.request.justification, record.request.term)
    }


async def test_the_approval_of_the_list_stands_before_each_row_and_each_call(house: House) -> None:
    record = await over(house, await approved(house))
    chain = [one.fact for one in await house.audit()]
    for made in await rows(house, record):
        its = [fact.what for fact in chain if fact.request_id == made.request_id]
        assert its[:3] == ["request.listed", "step.begun", "step.done"]
        (listed,) = (fact for fact in chain if (fact.request_id, fact.what) == (made.request_id, its[0]))
        assert listed.detail["list"] == record.request.request_id
        assert listed.detail["approved_by"] == ALEX
    assert "fabrikam" not in repr(chain)


async def test_rows_tell_nobody_anything_by_themselves_and_the_list_has_one_card_each(
    house: House,
) -> None:
    record = await over(house, await approved(house))
    assert len(house.chat.posts) == 3
    for made in await rows(house, record):
        assert made.guest_id is not None
        taken = accept(made.guest_id, Redemption.ACCEPTED, house.clock.now())
        assert isinstance(await house.store.change(made.request_id, taken), Record)
    await house.settle()
    assert {audience for _, audience, _ in house.chat.posts} == {"requestor", "approver/alex", "approver/nia"}
    assert (await progress(house, record)).accepted == 3


async def test_only_so_many_are_under_way_at_once_and_the_next_come_when_some_are_over(house: House) -> None:
    house.pace = Pace(window=4, lot=2)
    record = await approved(house, *MANY)
    most = 0
    while (await house.now(record)).request.state is State.DELIVERING:
        await house.run_due(JobKind.LIST)
        counts = await house.store.row_counts(record.request.request_id)
        most = max(most, counts.under_way)
        if counts.under_way == 4:
            await house.run_due(JobKind.ROW)
            await house.run_due(JobKind.ROW)
        house.clock.turn(seconds=1)
        await house.run_due(JobKind.ROW)
    assert most == 4
    assert len(house.tenant.access) == 6


async def test_who_has_accepted_gets_no_invitation_and_who_is_pending_a_fresh_link(house: House) -> None:
    guest(house, "ana", "ana@fabrikam.com")
    record = await over(house, await approved(house))
    ana, bo, _ = await rows(house, record)
    assert ana.guest_id == "ana"
    assert ana.plan is not None
    assert "invite" not in ana.plan.steps
    assert bo.state is State.DELIVERED
    assert sorted(one.address for one in house.tenant.invitations) == ["bo@fabrikam.com", "cy@adatum.com"]


async def test_mails_go_one_after_the_other_and_hold_up_no_access(house: House) -> None:
    record, begun_at = await approved(house), house.clock.now()
    while (await house.now(record)).request.state is State.DELIVERING:
        await house.run_due()
        house.clock.turn(seconds=0.5)
    made = await rows(house, record)
    assert {one.state for one in made} == {State.DELIVERED}
    assert [one.mail for one in made].count(MailState.QUEUED) >= 1
    now = await progress(house, record)
    assert now.mails_waiting + now.mails_sent == 3
    assert now.mails_left == now.mails_waiting * MAILS_APART
    await house.settle()
    sent_at = sorted(house.mail.at.values())
    assert {one.mail for one in await rows(house, record)} == {MailState.SENT}
    assert len(sent_at) == 3
    assert all(at >= begun_at + place * MAILS_APART for place, at in enumerate(sent_at))


async def test_a_row_is_made_once_though_the_look_that_made_it_was_lost(house: House) -> None:
    record = await approved(house)
    await house.run_due(JobKind.LIST)
    before = await house.now(record)
    (job,) = (one for one in before.jobs.values() if one.kind is JobKind.LIST)

    def forgotten(known: Record, now: datetime) -> Change:
        bulk = replace(bulk_of(known), made=0, last_row=0)
        return Change(request=newer(known.request, now, bulk=bulk), jobs=(replace(job, due_at=now),))

    await house.store.change(record.request.request_id, forgotten)
    end = await over(house, record)
    assert end.request.state is State.DELIVERED
    assert bulk_of(end).made == 3
    assert len(await rows(house, record)) == len(house.tenant.invitations) == 3


async def test_what_is_asked_elsewhere_meanwhile_is_skipped_and_said(house: House) -> None:
    record = await approved(house)
    other = await house.sent(draft(address="bo@fabrikam.com"))
    end = await over(house, record)
    assert bulk_of(end).skipped == ((3, other.request.label),)
    assert end.request.state is State.DELIVERY_FAILED
    found = await ListRuns(house.decisions).outcomes(end.request)
    assert [(one.number, one.outcome) for one in found] == [
        (2, Outcome.DONE),
        (4, Outcome.DONE),
        (3, Outcome.NOT_ASKED),
    ]
    assert found[-1].label == other.request.label


async def test_a_domain_that_the_policy_denies_by_now_is_skipped(house: House) -> None:
    record = await approved(house)
    house.policy.policy = read_policy(POLICY.replace('"mailinator.com"', '"mailinator.com", "adatum.com"'))
    end = await over(house, record)
    assert bulk_of(end).skipped == ((4, Cause.DOMAIN_DENIED),)
    assert (await progress(house, end)).causes == ((Cause.DOMAIN_DENIED, 1),)
    assert len(house.tenant.invitations) == 2


# --- paused, stopped ----------------------------------------------------------------------------


async def test_what_is_left_is_reckoned_by_the_quota_until_the_run_has_a_pace_of_its_own(
    house: House,
) -> None:
    house.pace = Pace(window=1, lot=1)
    record = await approved(house, *MANY)
    shown = []
    for _ in range(60):
        await house.run_due()
        house.clock.turn(seconds=2)
        shown.append(await progress(house, record))
    early, late = shown[10], shown[-1]
    assert early.delivered > 0
    assert early.left == timedelta(minutes=(early.waiting + early.under_way) / INVITATIONS)
    assert early.rate == 0
    assert 0 < late.rate < 60


async def test_of_a_run_that_makes_no_more_only_what_is_under_way_takes_time(house: House) -> None:
    house.pace = Pace(lot=2)
    record, runs = await approved(house, *MANY), ListRuns(house.decisions)
    await house.run_due(JobKind.LIST)
    all_of_it = (await progress(house, record)).left
    assert isinstance(await runs.pause(R1, MEGAN), Record)
    now = await progress(house, record)
    assert (now.under_way, now.waiting) == (2, 4)
    assert all_of_it is not None
    assert now.left == all_of_it / 3


async def test_mail_takes_as_long_as_all_mails_that_are_to_come(house: House) -> None:
    house.pace = Pace(lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    assert (await progress(house, record)).mails_left == 6 * MAILS_APART
    assert isinstance(await ListRuns(house.decisions).pause(R1, MEGAN), Record)
    assert (await progress(house, record)).mails_left == 2 * MAILS_APART


async def test_a_pause_makes_no_more_and_finishes_what_is_under_way(house: House) -> None:
    house.pace = Pace(lot=2)
    record, runs = await approved(house, *MANY), ListRuns(house.decisions)
    await house.run_due(JobKind.LIST)
    assert isinstance(await runs.pause(R1, MEGAN), Record)
    for _ in range(20):
        await house.run_due()
        house.clock.turn(seconds=5)
    assert [one.state for one in await rows(house, record)] == [State.DELIVERED] * 2
    now = await house.now(record)
    assert (now.request.state, bulk_of(now).run) == (State.DELIVERING, Run.PAUSED)
    assert (await progress(house, record)).left is None
    assert isinstance(await runs.resume(R1, ALEX), Record)
    assert (await over(house, record)).request.state is State.DELIVERED
    assert len(house.tenant.access) == 6


async def test_a_stop_is_for_good_and_the_rest_was_never_asked_for(house: House) -> None:
    house.pace = Pace(lot=2)
    record, runs = await approved(house, *MANY), ListRuns(house.decisions)
    await house.run_due(JobKind.LIST)
    assert isinstance(await runs.stop(R1, LIDIA), Record)
    end = await over(house, record)
    assert (end.request.state, len(await rows(house, record))) == (State.DELIVERED, 2)
    for act in (runs.pause, runs.resume, runs.stop):
        assert isinstance(await act(R1, MEGAN), NotPossible)
    assert [one["stopped"] for one in await said(house, "list.ended")] == [True]


@pytest.mark.parametrize("act", ["pause", "resume", "stop", "retry"])
async def test_nobody_else_may(house: House, act: str) -> None:
    await approved(house)
    assert isinstance(await getattr(ListRuns(house.decisions), act)(R1, DIEGO), NotYours)
    assert (await said(house, "act.refused"))[-1]["act"] == act


# --- what stands against every row --------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        Blocked(Cause.INVITATIONS_BLOCKED),
        Refused(Cause.RIGHTS_MISSING),
        Refused(Cause.SIGN_IN_REFUSED),
    ],
    ids=lambda one: str(one.cause),
)
async def test_what_stands_against_every_row_stops_the_run_at_the_first_sign(
    house: House, error: Refused
) -> None:
    house.faults.before["invite"] = [error]
    record = await approved(house, *MANY)
    for _ in range(30):
        await house.run_due()
        house.clock.turn(seconds=5)
    now = await house.now(record)
    assert (bulk_of(now).run, bulk_of(now).why) == (Run.PAUSED, error.cause)
    assert house.faults.calls.count("invite") == 1
    assert {one.state for one in await rows(house, record)} == {State.DELIVERING}
    assert [error.cause in one for one in house.alarms] == [True]
    assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
    assert (await over(house, record)).request.state is State.DELIVERED
    assert len(house.tenant.access) == 6


async def test_an_outage_of_half_an_hour_keeps_the_queue_and_doubles_nothing(house: House) -> None:
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    await house.run_due(JobKind.ROW)
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    for _ in range(60):
        await house.run_due(JobKind.LIST, JobKind.ROW)
        house.clock.turn(seconds=30)
    assert {one.state for one in await rows(house, record)} == {State.DELIVERING}
    house.faults.down = None
    assert (await over(house, record)).request.state is State.DELIVERED
    assert len(house.tenant.access) == len({one.address for one in house.tenant.invitations}) == 6
    assert len(house.mail.sent) == 6


async def test_an_app_that_is_gone_pauses_the_run_before_anything_is_asked(house: House) -> None:
    record = await approved(house)
    app = house.tenant.apps.pop(RECORDS)
    for _ in range(5):
        await house.run_due(JobKind.LIST)
        house.clock.turn(seconds=15)
    now = await house.now(record)
    assert (bulk_of(now).run, bulk_of(now).why, bulk_of(now).made) == (Run.PAUSED, Cause.APP_GONE, 0)
    house.tenant.apps[RECORDS] = app
    assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
    assert (await over(house, record)).request.state is State.DELIVERED


# --- what has failed ----------------------------------------------------------------------------


async def test_a_row_that_fails_fails_alone_and_a_retry_takes_up_what_has_failed(house: House) -> None:
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED)]
    record = await approved(house)
    end = await over(house, record)
    assert end.request.state is State.DELIVERY_FAILED
    assert (await progress(house, end)).causes == ((Cause.ADDRESS_REFUSED, 1),)
    done = await house.decisions.retry(R1, MEGAN)
    assert isinstance(done, Record), done
    assert done.request.state is State.DELIVERING
    end = await over(house, record)
    assert end.request.state is State.DELIVERED
    assert len(house.tenant.access) == 3
    assert len(await said(house, "list.ended")) == 2


async def test_a_retry_tries_once_more_what_was_skipped(house: House) -> None:
    record = await approved(house)
    other = await house.sent(draft(address="bo@fabrikam.com"))
    await over(house, record)
    await house.decisions.cancel(other.request.label, MEGAN)
    assert isinstance(await ListRuns(house.decisions).retry(R1, ALEX), Record)
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())
    assert len(house.tenant.access) == 3


async def test_there_is_nothing_to_take_up_where_nothing_has_failed(house: House) -> None:
    await over(house, await approved(house))
    assert isinstance(await ListRuns(house.decisions).retry(R1, MEGAN), NotPossible)
    assert await said(house, "list.retried") == []


async def test_a_retry_waits_until_the_run_is_over(house: House) -> None:
    await approved(house)
    assert isinstance(await ListRuns(house.decisions).retry(R1, MEGAN), NotPossible)


async def test_a_mail_that_failed_is_taken_up_again_though_the_list_is_delivered(house: House) -> None:
    house.faults.before["draft"] = [Refused(Cause.MAIL_REFUSED)]
    end = await over(house, await approved(house))
    assert (end.request.state, (await progress(house, end)).mails_failed) == (State.DELIVERED, 1)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    end = await over(house, end)
    assert (end.request.state, (await progress(house, end)).mails_failed) == (State.DELIVERED, 0)
    assert len({one.to for one in house.mail.sent}) == len(house.mail.sent) == 3


async def test_after_a_stop_a_row_that_meets_a_block_fails_and_the_run_comes_to_its_end(house: House) -> None:
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED) for _ in MANY]
    end = await over(house, record)
    assert end.request.state is State.DELIVERY_FAILED
    assert (await progress(house, end)).failed == 6


@pytest.mark.parametrize("act", ["resume", "retry"])
async def test_nothing_goes_on_by_an_approval_of_long_ago(house: House, act: str) -> None:
    runs = ListRuns(house.decisions)
    if act == "resume":
        await approved(house)
        assert isinstance(await runs.pause(R1, MEGAN), Record)
    else:
        house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED)]
        await over(house, await approved(house))
    house.clock.turn(seconds=31 * 86_400)
    refused = await getattr(runs, act)(R1, MEGAN)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.APPROVAL_OLD


async def test_a_list_that_is_not_kept_any_more_pauses_and_can_be_stopped(house: House) -> None:
    record = await approved(house)
    kept = await house.store.guest_list(record.request.request_id)
    assert kept is not None
    await house.store.keep_list(replace(kept, kept_until=house.clock.now()))
    await house.run_due(JobKind.LIST)
    now = bulk_of(await house.now(record))
    assert (now.run, now.why, now.made) == (Run.PAUSED, Cause.LIST_MOVED, 0)
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    assert (await over(house, record)).request.state is State.DELIVERED


# --- told ---------------------------------------------------------------------------------------


async def test_its_rows_stand_in_no_list_of_what_somebody_asked(house: House) -> None:
    record = await over(house, await approved(house))
    assert [one.request.label for one in await house.store.requested_by(MEGAN, 9)] == [R1]
    gave = [one.address for one in await house.store.given_for(RECORDS) if one.listed]
    assert sorted(gave) == ["ana@fabrikam.com", "bo@fabrikam.com", "cy@adatum.com"]
    assert record.request.state is State.DELIVERED


async def test_of_ends_that_come_together_the_owner_is_warned_once(house: House) -> None:
    record = await over(house, await approved(house))
    ends = {one.ends_at.date() for one in await rows(house, record) if one.ends_at}
    assert len(ends) == 1
    posted = len(house.chat.posts)
    house.clock.time += timedelta(days=80)
    for _ in range(12):
        house.clock.turn(seconds=86_400 / 2)
        await house.run_due()
    warned = [audience for _, audience, _ in house.chat.posts[posted:] if audience.startswith("warning/")]
    assert len(warned) == len(set(warned))
    assert warned
    assert all(one.endswith("approver/megan") for one in warned)


def test_the_id_of_a_row_is_the_same_whoever_makes_it_and_no_other() -> None:
    assert row_id("a" * 32, 1) == row_id("a" * 32, 1)
    assert len({row_id("a" * 32, 1), row_id("a" * 32, 2), row_id("b" * 32, 1)}) == 3
    assert len(row_id("a" * 32, 1)) == 32


async def test_until_all_are_mailed_counts_those_who_are_not_invited_yet(house: House) -> None:
    house.pace = Pace(lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    assert (await progress(house, record)).mails_left == 6 * MAILS_APART
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    assert (await progress(house, record)).mails_left == 2 * MAILS_APART
