"""Microsoft's own evaluation in `/check`: for admins, of a guest who is there, nothing where it is silent."""

import pytest

from access.ports import AccessError, Missing, Refused
from access.rules.causes import Cause
from access.rules.model import ObjectId, Redemption
from access.rules.readied import Asked, Readied
from access.rules.sign_ins import Differs
from tests.forecast.building import FABRIKAM, demand, policy, protection
from tests.service.house import ANA, LIDIA, MEGAN, House

RECORDS = Asked("fabrikam.com", ANA, "Health Records")


async def differs(house: House, by: ObjectId) -> tuple[Differs, ...] | None:
    tenant = protection({**policy(demand("mfa")), "id": "P"})
    house.protection.demanded = tenant
    house.reads.tenants = {"fabrikam.com": FABRIKAM}
    shown = await house.checks.readiness.look(RECORDS, by)
    assert isinstance(shown, Readied)
    assert shown.foreseen is not None
    return shown.foreseen.differs


async def test_an_admin_is_told_of_a_guest_who_is_there(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    house.protection.says = {"P": False}
    (found,) = await differs(house, LIDIA) or ()
    assert (found.policy, found.for_microsoft) == ("P", False)
    assert [one.guest_id for one in house.protection.asked] == ["ana"]


async def test_nobody_else_has_it_asked_and_nobody_of_a_guest_who_is_not_there(house: House) -> None:
    house.protection.says = {"P": False}
    assert await differs(house, LIDIA) is None
    house.knows(Redemption.ACCEPTED)
    assert await differs(house, MEGAN) is None
    assert house.protection.asked == []


@pytest.mark.parametrize("refusal", [Refused(Cause.RIGHTS_MISSING), Missing(Cause.REFUSED)])
async def test_where_it_does_not_answer_nothing_is_said(house: House, refusal: AccessError) -> None:
    house.knows(Redemption.ACCEPTED)
    house.protection.refuses = {"what_if": refusal}
    assert await differs(house, LIDIA) is None
