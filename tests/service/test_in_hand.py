"""A clock that jumps forward ends every lease in the store, not what this process has in hand."""

import asyncio
from collections import Counter

from access.ports import Letter, check_lease
from access.rules.model import JobKind
from tests.service.fakes import FakeMail
from tests.service.house import House


class SlowMail(FakeMail):
    """A mailbox that takes its time over the first draft."""

    def __init__(self, house: House) -> None:
        super().__init__(house.faults, house.clock)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def draft(self, letter: Letter) -> str:
        check_lease()
        if not self.asked.is_set():
            self.asked.set()
            await self.go.wait()
        return await super().draft(letter)


async def test_a_mail_on_its_way_is_not_taken_up_again_when_the_clock_jumps_forward(house: House) -> None:
    house.deliveries.mail = mail = SlowMail(house)
    record = await house.approved()
    sending = None
    while not mail.asked.is_set():
        house.clock.time = await house.store.next_due_at() or house.clock.time
        sending = asyncio.create_task(house.run_due(JobKind.STEP))
        asked = asyncio.create_task(mail.asked.wait())
        await asyncio.wait({sending, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
    assert sending is not None

    house.clock.turn(hours=1)
    assert [job.name for job in await house.run_due(JobKind.STEP)] == ["mail"]
    mail.go.set()
    await sending

    await house.delivered(record)
    assert house.faults.calls.count("draft") == house.faults.calls.count("send") == 1


async def test_a_card_on_its_way_is_not_posted_again_when_the_clock_jumps_forward(house: House) -> None:
    await house.sent()

    async def jump() -> None:
        house.clock.turn(hours=1)
        assert await house.run_due(JobKind.CARD)

    house.chat.meanwhile = jump
    await house.run_due(JobKind.CARD)

    await house.settle()
    assert set(Counter(audience for _, audience, _ in house.chat.posts).values()) == {1}
