"""A list that runs while a backup is put back: whoever was mailed since is not invited or mailed again."""

from collections import Counter

from access.rules.list_run import Pace
from access.rules.model import JobKind, State
from tests.service.test_list_runs import MANY, approved, over, progress
from tests.service.test_restored_backup import Operator, operator

__all__ = ["operator"]


async def test_rows_that_were_made_after_a_backup_are_taken_up_and_nobody_is_mailed_twice(
    operator: Operator,
) -> None:
    operator.house.pace = Pace(window=2, lot=2)
    record = await approved(operator.house, *MANY)
    await operator.house.run_due(JobKind.LIST)
    operator.backs_up()
    await over(operator.house, record)
    assert len(operator.house.mail.sent) == len(operator.house.tenant.invitations) == 6
    house = await operator.restores()
    await house.restores.look()
    assert (await progress(house, record)).waiting == 4
    end = await over(house, record)
    assert (end.request.state, (await progress(house, end)).delivered) == (State.DELIVERED, 6)
    assert Counter(one.to for one in house.mail.sent) == Counter(MANY)
    assert len(house.tenant.invitations) == 6
