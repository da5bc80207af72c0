"""What a retry of a list has reached where it is killed and paused, or pressed once more."""

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.list_files import outcomes
from access.rules.list_run import Pace
from access.rules.model import JobKind, Record
from access.service.list_runs import ListRuns
from tests.service.house import MEGAN, House, draft
from tests.service.test_bulk_requests import R1
from tests.service.test_killed_at_each_write import Died
from tests.service.test_list_halted_in_a_look import look
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress
from tests.service.test_list_runs_met import go_on


async def test_the_file_of_a_paused_retry_knows_the_rows_that_were_made(house: House) -> None:
    record = await approved(house, *MANY[:2])
    others = [await house.sent(draft(address=one)) for one in MANY[:2]]
    await over(house, record)
    for other in others:
        await house.decisions.cancel(other.request.label, MEGAN)
    house.clock.turn(seconds=60)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)

    async def dies() -> None:
        while len(await house.store.rows_made(bulk_of(record).list_id, 0)) < 2:
            pass
        raise Died

    with pytest.raises(Died):
        await look(house, "add", dies)
    assert isinstance(await ListRuns(house.decisions).pause(R1, MEGAN), Record)
    await go_on(house, 20)
    now = await house.now(record)
    made = await house.store.guest_list(bulk_of(now).list_id)
    assert made is not None
    found = outcomes(made, await ListRuns(house.decisions).outcomes(now.request), (), stopped=False)
    assert [one.outcome for _, one in found] == ["done", "done"]


async def test_a_second_retry_takes_up_what_failed_again_since_the_first(house: House) -> None:
    house.pace = Pace(window=2, lot=6)
    house.faults.before["draft"] = [Refused(Cause.REFUSED) for _ in MANY]
    await over(house, await approved(house, *MANY))
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.run_due()
    house.faults.before["draft"] = [Refused(Cause.REFUSED) for _ in range(2)]
    await house.run_due()
    house.faults.before["draft"] = []
    house.clock.turn(seconds=0.2)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    assert len(house.mail.sent) == 6


async def test_a_second_retry_that_is_pressed_within_the_last_look_of_the_first_begins_anew(
    house: House,
) -> None:
    house.faults.before["draft"] = [Refused(Cause.REFUSED) for _ in MANY]
    record = await over(house, await approved(house, *MANY))
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    house.faults.before["draft"] = [Refused(Cause.REFUSED) for _ in MANY]
    while bulk_of(await house.now(record)).again_row < len(MANY):
        house.clock.turn(seconds=1.1)
        await house.run_due()
    for _ in range(12):
        await house.run_due(JobKind.ROW)
        house.clock.turn(seconds=3)
    assert (await progress(house, await house.now(record))).mails_failed == len(MANY)

    async def pressed() -> None:
        house.faults.before["draft"] = []
        assert isinstance(await house.decisions.retry(R1, MEGAN), Record)

    await look(house, "rows_failed", pressed)
    await house.settle()
    assert (len(house.mail.sent), bulk_of(await house.now(record)).again) == (len(MANY), None)


async def test_a_second_retry_that_is_pressed_within_a_look_of_the_first_begins_at_the_first_row(
    house: House,
) -> None:
    house.pace = Pace(window=2, lot=6)
    house.faults.before["draft"] = [Refused(Cause.REFUSED) for _ in MANY]
    await over(house, await approved(house, *MANY))
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    house.faults.before["draft"] = [Refused(Cause.REFUSED) for _ in range(2)]
    await house.run_due()
    await house.run_due()
    house.faults.before["draft"] = []
    house.clock.turn(seconds=1.2)

    async def pressed() -> None:
        house.clock.turn(seconds=0.2)
        assert isinstance(await house.decisions.retry(R1, MEGAN), Record)

    await look(house, "rows_failed", pressed)
    await house.settle()
    assert len(house.mail.sent) == len(MANY)
