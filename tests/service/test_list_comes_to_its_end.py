"""What a list's run meets at its end: a pause too late, a retry in a look, an access gone, a last day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from access.ports import Blocked, Refused, Unknown
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.list_run import Pace
from access.rules.model import Change, JobKind, ObjectId, Record, Redemption, State, StepKind, Term
from access.rules.redemption import accept
from access.rules.refusals import NotPossible
from access.rules.verdicts import Verdict
from access.service.bulk_requests import BulkRequests
from access.service.list_prospect import sampled
from access.service.list_runs import ListRuns
from access.service.undo import Undoing
from cards.draw import draw
from cards.list_progress import acts
from cards.not_possible import not_possible
from tests.service.house import ALEX, ANA, MEGAN, RECORDS, THREAD, House, draft
from tests.service.test_bulk_requests import R1, sent
from tests.service.test_dry_runs import judged
from tests.service.test_list_halted_in_a_look import look
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress, rows
from tests.service.test_list_runs_met import failed, go_on
from tests.service.test_list_told import ENGLISH
from tests.service.test_undoing import removed, undone

TWO_DAYS = timedelta(days=2)


async def accepted(house: House, record: Record) -> None:
    """Let the guests of a list accept, but those whose mail has failed."""
    for one in await rows(house, record):
        if one.guest_id is not None and one.mail != "failed":
            done = accept(one.guest_id, Redemption.ACCEPTED, house.clock.now())
            await house.store.change(one.request_id, done)


def with_bulk(**changed: Any) -> Callable[[Record, object], Change]:
    def transition(known: Record, now: object) -> Change:
        bulk = replace(bulk_of(known), **changed)
        return Change(request=newer(known.request, known.request.changed_at, bulk=bulk))

    return transition


def shorter(day: date) -> Callable[[Record, object], Change]:
    def transition(known: Record, now: object) -> Change:
        return Change(request=newer(known.request, known.request.changed_at, term=Term(until=day)))

    return transition


async def shortened(house: House, record: Record, day: date) -> None:
    """Let the term of a list and of its rows have a last day."""
    for one in [record.request, *(await rows(house, record))]:
        await house.store.change(one.request_id, shorter(day))


async def test_a_pause_when_every_row_is_begun_keeps_nothing_back_and_is_refused(house: House) -> None:
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    assert (bulk_of(await house.now(record)).made, len(house.tenant.access)) == (6, 0)
    refused = await ListRuns(house.decisions).pause(R1, MEGAN)
    assert isinstance(refused, NotPossible)
    said = not_possible(refused.request, "pause", ENGLISH)
    assert said == "Every guest of it is begun, so a pause would keep nothing back."
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).run, acts(end.request)) == (State.DELIVERED, Run.RUNNING, [])


async def test_a_pause_that_came_as_the_last_rows_were_begun_does_not_outlast_the_list(house: House) -> None:
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    await house.store.change(record.request.request_id, with_bulk(run=Run.PAUSED))
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).run) == (State.DELIVERED, Run.RUNNING)


async def test_what_is_taken_up_again_can_be_held_by_buttons_too(house: House) -> None:
    record = await failed(house)
    assert acts((await house.now(record)).request) == ["pause", "stop"]
    assert isinstance(await ListRuns(house.decisions).pause(R1, MEGAN), Record)
    assert acts((await house.now(record)).request) == ["resume", "stop"]


async def test_a_retry_of_mails_that_comes_in_the_middle_of_a_look_is_taken_up_at_once(house: House) -> None:
    house.faults.before["draft"] = [Refused(Cause.MAIL_REFUSED)]
    record = await approved(house, *MANY[:3])
    await over(house, record)
    await accepted(house, record)
    house.clock.turn(hours=6, seconds=5)

    async def retried() -> None:
        assert isinstance(await house.decisions.retry(R1, MEGAN), Record)

    await look(house, "row_counts", retried)
    await go_on(house)
    end = await house.now(record)
    assert bulk_of(end).again is None
    assert ((await progress(house, end)).mails_failed, len(house.mail.sent)) == (0, 3)


async def test_who_had_the_app_by_guestlist_and_lost_it_in_the_portal_gets_it_again(house: House) -> None:
    first = await approved(house, *MANY[:2])
    await over(house, first)
    await accepted(house, first)
    lost = (await rows(house, first))[0].guest_id or ObjectId("")
    house.tenant.access.remove((lost, RECORDS))
    house.clock.turn(hours=2)

    made = await judged(house, *MANY[:3])
    assert [one.verdict for one in made.rows] == [Verdict.GUEST, Verdict.HAS_ACCESS, Verdict.NEW]
    sent = await BulkRequests(house.decisions).send(made.list_id, MEGAN, THREAD, personal=True)
    assert isinstance(sent, Record), sent
    done = await house.decisions.approve(sent.request.label, ALEX, None)
    assert isinstance(done, Record), done
    end = await over(house, done)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())
    assert (lost, RECORDS) in house.tenant.access


async def test_who_got_the_app_back_between_dry_run_and_run_is_invited_and_mailed_no_second_time(
    house: House,
) -> None:
    """The dry run saw that it was away, and it was given long before."""
    first = await house.delivered(await house.approved())
    held = (first.request.guest_id or ObjectId(""), first.request.app.object_id)
    house.clock.turn(hours=3)
    house.tenant.access.remove(held)
    record = await sent(house, ANA, MANY[0])
    house.tenant.access.add(held)
    invitations, mails = len(house.tenant.invitations), len(house.mail.sent)
    done = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(done, Record), done
    end = await over(house, done)
    assert bulk_of(end).skipped == ((2, "R-1001"),)
    assert [one.address for one in house.tenant.invitations[invitations:]] == [MANY[0]]
    assert [one.to for one in house.mail.sent[mails:]] == [MANY[0]]


async def test_who_got_the_app_back_by_an_undo_just_now_is_not_asked_for_again(house: House) -> None:
    """The directory may not show it yet, though it was delivered the first time long before."""
    house.knows(Redemption.ACCEPTED)
    await house.delivered(await house.approved())
    house.clock.turn(hours=3)
    await removed(house)
    record = await sent(house, ANA, MANY[0])
    await undone(house, Undoing(house.decisions, house.policy, house.guest_changes))
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, None), Record)
    mails = len(house.mail.sent)
    house.directory.has_nothing = True
    await house.run_due(JobKind.LIST)
    house.directory.has_nothing = False
    end = await over(house, record)
    assert bulk_of(end).skipped == ((2, "R-1001"),)
    assert [one.to for one in house.mail.sent[mails:]] == [MANY[0]]


async def test_who_was_given_the_app_after_the_dry_run_and_lost_it_gets_it_by_the_list(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    record = await sent(house, ANA, MANY[0])
    first = await house.delivered(await house.approved())
    held = (first.request.guest_id or ObjectId(""), first.request.app.object_id)
    house.tenant.access.remove(held)
    house.clock.turn(days=2)
    done = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(done, Record), done
    end = await over(house, done)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())
    assert held in house.tenant.access


async def test_a_retry_that_the_directory_interrupts_knows_the_rows_that_it_has_made(house: House) -> None:
    """They were noted as asked for already, by their own numbers, and the list had failed for good."""
    first = await house.delivered(await house.approved())
    held = (first.request.guest_id or ObjectId(""), RECORDS)
    house.clock.turn(hours=3)
    house.tenant.access.remove(held)
    record = await sent(house, ANA, *MANY[:2])
    house.tenant.access.add(held)
    other = await house.sent(draft(address=MANY[0]))
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, None), Record)
    end = await over(house, record)
    assert [row for row, _ in bulk_of(end).skipped] == [2, 3]

    assert isinstance(await house.decisions.deny(other.request.label, ALEX, "no"), Record)
    house.tenant.access.remove(held)
    house.clock.turn(hours=1)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    house.faults.before["has"] = [Unknown(Cause.UNAVAILABLE)]
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())
    assert (await progress(house, end)).delivered == 3


async def test_a_halt_that_comes_when_nothing_is_left_does_not_outlast_the_list(house: House) -> None:
    house.pace = Pace(window=20, lot=20)
    eleven = [f"guest{number}@fabrikam.com" for number in range(11)]
    record = await approved(house, *eleven)
    await house.run_due(JobKind.LIST)
    house.faults.before["invite"] = [Refused(Cause.INVITATIONS_OFF) for _ in eleven]
    due = [one for one in await house.store.due(500) if one.kind is JobKind.ROW]
    for one in due[:10]:
        await house.deliveries.run(one)
    house.clock.turn(seconds=2)

    async def fails() -> None:
        await house.deliveries.run(due[10])

    await look(house, "row_counts", fails)
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).run) == (State.DELIVERY_FAILED, Run.RUNNING)
    assert acts(end.request, await progress(house, end)) == ["retry"]


async def test_an_account_that_was_made_without_an_answer_is_known_though_the_last_day_is_over(
    house: House,
) -> None:
    house.faults.after["invite"] = [Unknown(Cause.UNAVAILABLE)]
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    await house.store.change(record.request.request_id, shorter((house.clock.now() + TWO_DAYS).date()))
    house.clock.turn(days=5)
    await house.settle()
    end = await house.now(record)
    assert end.request.failure is not None
    assert (end.request.state, end.request.failure.cause) == (State.DELIVERY_FAILED, Cause.TERM_OVER)
    assert end.request.failure.step is StepKind.INVITE
    assert end.request.guest_id in house.tenant.guests
    assert len(house.tenant.invitations) == 1
    assert house.mail.sent == []


async def test_an_invitation_that_was_never_sent_is_not_done_once_the_last_day_is_over(house: House) -> None:
    """The guest was there before, with a link of another's: the card said that it was a new one."""
    house.knows(Redemption.PENDING)
    house.faults.before["invite"] = [Unknown(Cause.UNAVAILABLE)]
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    await house.store.change(record.request.request_id, shorter((house.clock.now() + TWO_DAYS).date()))
    house.clock.turn(days=5)
    await house.settle()
    end = await house.now(record)
    assert end.request.failure is not None
    assert (end.request.failure.step, end.request.failure.cause) == (StepKind.INVITE, Cause.TERM_OVER)
    assert (house.tenant.invitations, house.tenant.sponsors) == ([], [])


async def test_nobody_is_invited_once_the_last_day_is_over_whose_invitation_had_no_answer(
    house: House,
) -> None:
    house.faults.before["invite"] = [Unknown(Cause.UNAVAILABLE)]
    record = await approved(house, MANY[0])
    await house.run_due(JobKind.LIST)
    await house.run_due(JobKind.ROW)
    day = (house.clock.now() + TWO_DAYS).date()
    await shortened(house, record, day)
    house.clock.turn(days=5)
    await go_on(house)
    assert house.tenant.invitations == []
    (row,) = await house.store.outcomes_of(record.request.request_id)
    assert (row.outcome, row.cause) == ("failed", Cause.TERM_OVER)


async def test_the_stop_of_a_halted_run_says_that_what_is_begun_fails(house: House) -> None:
    house.pace = Pace(window=3, lot=3)
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED) for _ in MANY]
    record = await approved(house, *MANY)
    await go_on(house, 6)
    now = await sampled(house.store, await house.now(record))
    assert (bulk_of(now).run, bulk_of(now).made) == (Run.PAUSED, 3)
    drawn = str(draw(now, "requestor", ENGLISH))
    assert "what is begun fails, and mails that wait are not sent" in drawn
    assert "what is begun is finished" not in drawn
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    end = await over(house, record)
    assert (await progress(house, end)).failed == 3


async def test_nobody_is_invited_once_the_last_day_is_over(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    day = (house.clock.now() + TWO_DAYS).date()
    await house.run_due(JobKind.LIST)
    await shortened(house, record, day)
    house.clock.turn(days=5)
    await go_on(house)
    end = await house.now(record)
    assert house.tenant.invitations == []
    assert (bulk_of(end).run, bulk_of(end).why) == (Run.PAUSED, Cause.TERM_OVER)
    assert acts(end.request) == ["stop"]
    assert "esume" not in str(draw(await sampled(house.store, end), "requestor", ENGLISH))
    assert ["/resume" in one for one in house.alarms] == [False]
    refused = await ListRuns(house.decisions).resume(R1, MEGAN)
    assert isinstance(refused, NotPossible)
    assert "type /stop R-1001" in not_possible(refused.request, "resume", ENGLISH)
    assert [(one.outcome, one.cause) for one in await house.store.outcomes_of(end.request.request_id)] == [
        ("failed", Cause.TERM_OVER),
        ("failed", Cause.TERM_OVER),
    ]
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    assert (await over(house, record)).request.state is State.DELIVERY_FAILED


async def test_a_retry_begins_with_no_sign_of_what_stopped_the_run_before(house: House) -> None:
    record = await failed(house)
    met = (1, str(Cause.INVITATIONS_BLOCKED))
    await house.store.change(record.request.request_id, with_bulk(met=met))
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED) for _ in MANY]
    await over(house, record)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    assert bulk_of(await house.now(record)).met is None
