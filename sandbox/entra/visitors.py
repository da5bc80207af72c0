"""Who somebody of the directory is to Conditional Access: what kind of guest, and what they can show."""

from typing import Any

from sandbox.entra.gates import SignIn
from sandbox.entra.passage import Standing
from sandbox.entra.policies import home_of
from sandbox.entra.tenant import Tenant, Thing


def kind_of_guest(user: Thing) -> str:
    """Return how somebody is a guest: invited ones are known by the state of their invitation."""
    if user.props.get("externalUserState"):
        return "b2bCollaborationGuest" if user.is_guest else "b2bCollaborationMember"
    return "internalGuest" if user.is_guest else ""


def home(tenant: Tenant, user: Thing) -> str:
    found = (
        home_of(tenant, str(user.props.get("mail") or "").rpartition("@")[2]) if kind_of_guest(user) else None
    )
    return str(found["id"]) if found else ""


def groups_of(tenant: Tenant, member: str) -> frozenset[str]:
    """Return the groups that somebody is in, and those that hold these."""
    found: set[str] = set()
    new = {member}
    while new:
        new = {o.id for o in tenant.objects.values() if o.type == "group" and new & set(o.members)} - found
        found |= new
    return frozenset(found)


def sign_in_of(tenant: Tenant, user: Thing, **facts: Any) -> SignIn:
    """Return a sign-in of somebody; the sandbox's people hold no roles."""
    return SignIn(
        user=user.id,
        kind=kind_of_guest(user),
        home=home(tenant, user),
        groups=groups_of(tenant, user.id),
        **facts,
    )


def standing_of(tenant: Tenant, user: Thing, *, proven: bool) -> Standing:
    switches = tenant.switches
    return Standing(
        home_mfa=switches["inboundTrustMfa"],
        home_compliant=switches["inboundTrustDevices"],
        home_joined=switches["inboundTrustDevices"],
        registered=user.id in tenant.registered,
        proven=proven,
        agreed=frozenset(terms for who, terms in tenant.agreed if who == user.id),
    )
