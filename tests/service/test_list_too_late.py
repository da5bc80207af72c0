"""What can be done about a list, and of whom of it, once its approval is old or its last day is over."""

from datetime import timedelta
from typing import Any, cast

import pytest

from access.ports import Refused, Unknown
from access.rules import jobs
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.list_files import ListFile
from access.rules.list_run import Pace
from access.rules.model import Record, State
from access.rules.refusals import WillNotWork
from access.service.list_files import Kept, body_of
from access.service.list_prospect import sampled
from access.service.list_runs import ListRuns
from cards import answers
from cards.draw import draw
from cards.list_progress import acts
from tests.service.house import MEGAN, ZONE, House
from tests.service.test_bulk_requests import R1
from tests.service.test_list_comes_to_its_end import TWO_DAYS, shortened, shorter, with_bulk
from tests.service.test_list_runs import MANY, approved, bulk_of, over, rows
from tests.service.test_list_runs_met import go_on
from tests.service.test_list_told import ENGLISH


async def drawn(house: House, record: Record) -> str:
    return str(draw(await sampled(house.store, await house.now(record)), jobs.REQUESTOR, ENGLISH))


async def stopped_after_its_last_day(house: House) -> Record:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due()
    await shortened(house, record, (house.clock.now() + TWO_DAYS).date())
    house.clock.turn(days=5)
    await go_on(house)
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    return await over(house, record)


async def refused_once(house: House) -> Record:
    """Return a list of two, of whom one was refused."""
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED)]
    return await over(house, await approved(house, *MANY[:2]))


# --- an approval that is too old ----------------------------------------------------------------


async def test_a_resume_that_comes_too_late_says_what_is_true_and_what_to_do(house: House) -> None:
    record = await approved(house, *MANY)
    await ListRuns(house.decisions).pause(R1, MEGAN)
    house.clock.turn(days=31)
    refused = await ListRuns(house.decisions).resume(R1, MEGAN)
    said = str(answers.refused(cast("Any", refused), "resume", ENGLISH))
    for untrue in ("Not approved", "still waits", "approval.deny", "/approve", "/retry"):
        assert untrue not in said
    assert "End this list with /stop R-1001, and send who is left as a new list with /bulk." in said
    assert acts((await house.now(record)).request) == ["stop"]
    card = await drawn(house, record)
    assert "Its approval is more than 30 days old" in card
    assert "Press Stop, which ends this list." in card
    assert "esume" not in card


async def test_a_pause_that_nobody_could_take_back_is_refused_with_what_to_do(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due()
    house.clock.turn(days=31)
    refused = await ListRuns(house.decisions).pause(R1, MEGAN)
    assert isinstance(refused, WillNotWork)
    said = answers.refused_text(refused, "pause", ENGLISH)
    assert "more than 30 days old, so nobody could resume it. To end its run for good, type /stop" in said
    now = await house.now(record)
    assert (bulk_of(now).run, acts(now.request)) == (Run.RUNNING, ["stop"])


async def test_an_alarm_offers_no_resume_that_would_be_refused(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due()
    house.clock.turn(days=31)
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    await go_on(house)
    assert bulk_of(await house.now(record)).run is Run.PAUSED
    [alarm] = house.alarms
    assert "/resume" not in alarm
    assert "end it with /stop R-1001, and have a new list sent" in alarm
    assert acts((await house.now(record)).request) == ["stop"]


async def test_no_retry_is_offered_of_a_list_that_is_too_old(house: House) -> None:
    record = await refused_once(house)
    house.clock.turn(days=31)
    assert "list.retry" in await drawn(house, record)
    assert isinstance(await house.decisions.retry(R1, MEGAN), WillNotWork)
    assert acts((await house.now(record)).request) == []
    assert "/retry R-1001" not in await drawn(house, record)


# --- a last day that is over --------------------------------------------------------------------


async def test_no_retry_is_offered_or_taken_once_the_last_day_is_over(house: House) -> None:
    end = await stopped_after_its_last_day(house)
    assert acts(end.request, None, ZONE) == []
    refused = await house.decisions.retry(R1, MEGAN)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.TERM_OVER
    assert (await house.now(end)).request.state is State.DELIVERY_FAILED


async def test_a_stop_after_the_last_day_promises_no_retry(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due()
    await shortened(house, record, (house.clock.now() + TWO_DAYS).date())
    house.clock.turn(days=5)
    await go_on(house)
    now = await house.now(record)
    made = await house.store.guest_list(bulk_of(now).list_id)
    assert made is not None
    body = body_of(
        Kept(file=ListFile.RESULTS, made=made, request=now.request), (), lambda *_: "", house.clock.now()
    )
    assert (b"waiting" in body, b"stopped" in body) == (False, True)
    card = await drawn(house, record)
    assert "'waiting'" not in card
    assert "What is begun is finished" not in card
    await house.store.change(record.request.request_id, with_bulk(made=len(MANY), again=house.clock.now()))
    card = await drawn(house, record)
    assert "can be retried" not in card
    assert "What has failed is not taken up any more." in card
    stopped = await ListRuns(house.decisions).stop(R1, MEGAN)
    assert isinstance(stopped, Record)
    assert "What is begun and not given yet fails" in answers.done(stopped, "stop", ENGLISH)


async def test_whose_requestor_has_left_is_not_told_to_press_resume(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due()
    halted = with_bulk(run=Run.PAUSED, why=str(Cause.REQUESTOR_LEFT))
    await house.store.change(record.request.request_id, halted)
    card = await drawn(house, record)
    assert "Press Resume" not in card
    assert "Press Stop, which ends this list." in card


@pytest.mark.parametrize("day_over", [False, True])
async def test_a_single_delivery_is_not_taken_up_after_its_last_day(house: House, *, day_over: bool) -> None:
    house.faults.before["invite"] = [
        Unknown(Cause.UNAVAILABLE) if day_over else Refused(Cause.ADDRESS_REFUSED)
    ]
    record = await house.approved()
    await house.run_due()
    await house.store.change(record.request.request_id, shorter((house.clock.now() + TWO_DAYS).date()))
    house.clock.turn(days=5)
    await house.settle()
    refused = await house.decisions.retry(R1, MEGAN)
    assert isinstance(refused, WillNotWork)
    assert "Give it up with /remove R-1001, and ask anew with /invite." in answers.refused_text(
        refused, "retry", ENGLISH
    )
    card = str(draw(await house.now(record), jobs.REQUESTOR, ENGLISH))
    assert "/retry" not in card
    assert "/remove R-1001" in card


# --- nothing that has failed any more -----------------------------------------------------------


async def test_no_retry_is_offered_where_nothing_failed_any_more(house: House) -> None:
    record = await refused_once(house)
    bad = next(one for one in await rows(house, record) if one.state is State.DELIVERY_FAILED)
    assert "list.retry" in await drawn(house, record)
    assert isinstance(await house.decisions.retry(bad.label, MEGAN), Record)
    await over(house, record)
    assert "list.retry" not in await drawn(house, record)


async def test_the_file_of_a_list_that_was_paused_a_month_ago_says_that_its_rows_wait_for_nothing(
    house: House,
) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due()
    assert isinstance(await ListRuns(house.decisions).pause(R1, MEGAN), Record)
    await go_on(house, 20)
    now = await house.now(record)
    made = await house.store.guest_list(bulk_of(now).list_id)
    assert made is not None
    kept = Kept(file=ListFile.RESULTS, made=made, request=now.request)
    found = await ListRuns(house.decisions).outcomes(now.request)
    for days, waits in ((1, True), (31, False)):
        at = house.clock.now() + timedelta(days=days)
        assert (b"waiting" in body_of(kept, found, lambda _row, _outcome: "", at)) is waits
