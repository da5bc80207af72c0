"""An invitation whose answer was lost, while the directory does not show the new guest."""

from datetime import timedelta

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import JobKind, State
from tests.service.house import House

LOST = Unknown(Cause.UNAVAILABLE)


@pytest.mark.parametrize("hidden", [20, 30, 60])
async def test_without_a_mailbox_a_guest_hidden_for_a_minute_is_not_mailed_twice(
    house: House, hidden: int
) -> None:
    house.mail.configured = False
    house.faults.after["invite"] = [LOST]
    record = await house.approved()
    house.tenant.hidden_reads = 10**6
    start = house.clock.now()
    while (now := await house.now(record)).request.state is State.DELIVERING:
        if house.clock.now() - start > timedelta(seconds=hidden):
            house.tenant.hidden_reads = 0
        await house.run_due(JobKind.STEP)
        house.clock.turn(seconds=0.5)
    assert now.request.state is State.DELIVERED
    assert [one.send_by_microsoft for one in house.tenant.invitations] == [True]


async def test_without_a_mailbox_an_invitation_that_never_arrived_is_sent_after_a_minute(
    house: House,
) -> None:
    house.mail.configured = False
    house.faults.before["invite"] = [LOST]
    start = house.clock.now()
    await house.delivered(await house.approved())
    assert len(house.tenant.invitations) == 1
    assert timedelta(minutes=1) < house.clock.now() - start < timedelta(minutes=2)
