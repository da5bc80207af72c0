"""What meets the request of a list elsewhere: what explains it, shows a guest, or looks after a restore."""

from access.rules.model import Kind
from access.rules.refusals import UnknownRequest
from access.service.explain import Explain
from bot.commands.explaining_others import explained_otherwise
from tests.service.house import ALEX, MEGAN, House
from tests.service.test_bulk_requests import R1, sent
from tests.service.test_restored_backup import Operator, operator

__all__ = ["operator"]


async def test_it_is_explained_by_the_domain_with_the_most_of_its_guests(house: House) -> None:
    record = await sent(house)
    asked = Explain(house.directory, house.requests.roster, house.policy.policy)
    told = await explained_otherwise(asked, record)
    assert told == (
        "R-1001 is pendingApproval.\n"
        "It asks for 3 guests of a list in Health Records, which is approved once for all.\n"
        "The rules of fabrikam.com decide, the domain with the most of them; no waiver does.\n"
        "Alex, Nia could decide now.\n"
    )


async def test_after_a_restore_nobody_is_looked_for_by_the_list_itself(operator: Operator) -> None:
    record = await sent(operator.house)
    operator.backs_up()
    await operator.house.decisions.approve(R1, ALEX, None)
    operator.house.faults.calls.clear()
    house, _ = await operator.loses_all_of(record)
    now = await house.now(record)
    assert (now.request.kind, now.request.effects) == (Kind.BULK, ())
    assert not [one for one in house.faults.calls if "find_by_address" in one]


async def test_it_is_no_guest_who_could_be_looked_at(house: House) -> None:
    await sent(house)
    assert isinstance(await house.coach.of_request(R1, MEGAN), UnknownRequest)
