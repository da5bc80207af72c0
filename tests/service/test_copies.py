"""A card that was posted twice: the older copy is told from the newest, and is left without buttons."""

from access.ports import NotDone, Unknown
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import Place, Record
from access.service.copies import Copies
from tests.service.house import ALEX, House

LOST = Unknown(Cause.UNAVAILABLE)
AUDIENCE = f"approver/{ALEX}"
CHAT = Place(f"1:1/{ALEX}")


async def _retired(house: House, record: Record, message: str, audience: str = AUDIENCE) -> Record | None:
    copies = Copies(house.store, house.chat)
    return await copies.retire(record.request.request_id, audience, CHAT, message)


async def _newest(house: House, record: Record) -> str:
    job = (await house.now(record)).jobs[jobs.key_of(record.request.request_id, 0, AUDIENCE)]
    return str(job.body[jobs.MESSAGE])


async def test_an_older_copy_is_told_from_the_newest_and_is_retired(house: House) -> None:
    record = await house.sent()
    house.faults.after["post"] = [LOST] * 3
    await house.run_due()
    assert await _newest(house, record) == ""
    assert await _retired(house, record, "message-1") is None, "nobody knows yet which is the newest"
    await house.settle()
    newest = await _newest(house, record)

    assert await _retired(house, record, newest) is None
    assert house.chat.updates == []
    assert await _retired(house, record, "message-1") == await house.now(record)
    assert house.chat.updates == [("message-1", "older", record.request.version)]


async def test_an_older_copy_that_cannot_be_changed_just_now_is_recognised_all_the_same(house: House) -> None:
    record = await house.sent()
    house.faults.after["post"] = [LOST] * 3
    await house.settle()
    house.faults.before["update"] = [LOST]
    assert await _retired(house, record, "another message") is not None
    assert house.chat.updates == []
    assert await _retired(house, record, "another message") is not None
    assert [update[0] for update in house.chat.updates] == ["another message"]


async def test_what_is_no_card_of_the_outbox_is_no_older_copy(house: House) -> None:
    record = await house.sent()
    house.faults.after["post"] = [LOST] * 3
    await house.settle()
    assert await _retired(house, record, "", AUDIENCE) is None
    assert await _retired(house, record, "message-1", "approver/nobody") is None
    assert await _retired(house, record, "message-1", "") is None
    assert await _retired(house, record, "message-1", "approver/nia") is None, (
        "in another place than the card's"
    )
    shown = {str(job.body.get(jobs.MESSAGE) or "") for job in (await house.now(record)).jobs.values()}
    assert len(shown) > 3
    for message in shown:
        assert await _retired(house, record, message) is None, "what is up to date stays"
    assert house.chat.updates == []


async def test_of_a_card_that_was_posted_once_there_is_no_older_copy(house: House) -> None:
    """A button's word for it could otherwise wipe out any message of ours."""
    record = await house.sent()
    house.faults.before["post"] = [NotDone(Cause.THROTTLED)] * 3
    await house.settle()
    assert await _retired(house, record, "somebody else's message") is None
    assert house.chat.updates == []
