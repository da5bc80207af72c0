"""Whether it matters whose tenant a guest is of, and which tenants are told apart."""

import pytest

from access.rules.conditional_access import Trust
from access.rules.homes import SOME_TENANT, homes
from access.rules.tenant_facts import CrossTenant, CrossTenants
from tests.forecast.building import (
    FABRIKAM,
    MFA_STRENGTH,
    NORTHWIND,
    Json,
    demand,
    guests,
    policy,
    protection,
    strength,
)

BLOCK, MFA, DEVICE = policy(), policy(demand("mfa")), policy(demand("compliantDevice"))
OF_FABRIKAM = policy(
    users={"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest", tenants=[FABRIKAM])}
)


def believed(trust: Trust | None = None) -> CrossTenants:
    return CrossTenants(CrossTenant(trust=trust or Trust()))


@pytest.mark.parametrize(
    ("rows", "between", "matter"),
    [
        ((BLOCK,), believed(), False),
        ((MFA, DEVICE), believed(), False),
        ((MFA,), believed(Trust(mfa=True)), True),
        ((MFA,), believed(Trust(compliant=True, joined=True)), False),
        ((DEVICE,), believed(Trust(compliant=True)), True),
        ((policy(demand("domainJoinedDevice")),), believed(Trust(joined=True)), True),
        ((policy(demand("mfa"), state="disabled"),), believed(Trust(mfa=True)), False),
        ((policy(strength(MFA_STRENGTH)),), believed(), True),
        ((MFA,), CrossTenants(CrossTenant()), True),
        ((MFA,), None, True),
        ((BLOCK,), None, False),
        ((OF_FABRIKAM,), believed(), True),
        ((), CrossTenants(CrossTenant(), {FABRIKAM: CrossTenant()}), True),
    ],
)
def test_whose_tenant_a_guest_is_of_matters_where_something_hangs_on_it(
    rows: tuple[Json, ...], between: CrossTenants | None, *, matter: bool
) -> None:
    assert homes(protection(*rows), between).matter is matter


def test_security_defaults_ask_for_what_the_guests_tenant_may_answer_for() -> None:
    defaults = protection(security_defaults=True)
    assert homes(defaults, believed(Trust(mfa=True))).matter
    assert not homes(defaults, believed()).matter


def test_tenants_that_nothing_names_are_one_and_no_tenant_is_none_of_them() -> None:
    known = homes(protection(OF_FABRIKAM), believed())
    assert [known.of(one) for one in (FABRIKAM, NORTHWIND, "", None)] == [FABRIKAM, SOME_TENANT, "", None]
    assert (known | homes(None, CrossTenants(CrossTenant(), {NORTHWIND: CrossTenant()}))).named == {
        FABRIKAM,
        NORTHWIND,
    }
