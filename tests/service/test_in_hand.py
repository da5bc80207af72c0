"""What this process has in hand: neither a clock that jumps nor a stop does it twice, or loses it."""

import asyncio
from collections import Counter

from access.ports import Drafted, Letter, check_lease
from access.rules import jobs
from access.rules.model import JobKind, ObjectId, Redemption
from access.rules.redemption import accept
from access.service.show import Shows
from tests.clinic import until
from tests.service.fakes import FakeMail
from tests.service.house import House


class SlowMail(FakeMail):
    """A mailbox that takes its time over the first draft."""

    def __init__(self, house: House) -> None:
        super().__init__(house.faults, house.clock)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def draft(self, letter: Letter) -> Drafted:
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


async def test_a_notice_that_still_waits_for_a_connection_at_the_stop_is_not_lost(house: House) -> None:
    record = await house.delivered(await house.approved())
    guest_id = ObjectId("guest-1")
    await house.store.change(
        record.request.request_id, accept(guest_id, Redemption.ACCEPTED, house.clock.now())
    )
    shows = Shows(house.store, house.chat, house.missed, house.alarms.append, _places=asyncio.Semaphore(1))
    house.chat.meanwhile = asyncio.Event().wait
    showing = asyncio.create_task(shows.run((await house.store.due(1))[0]))

    async def one_is_on_its_way() -> bool:
        return house.chat.posts[-1][1].startswith(jobs.ACCEPTED)

    await until(one_is_on_its_way, "one notice is on its way, the other waits")
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await house.settle()

    told = [audience for _, audience, _ in house.chat.posts if audience.startswith(jobs.ACCEPTED)]
    assert sorted(told) == ["accepted/requestor", "accepted/thread"]
