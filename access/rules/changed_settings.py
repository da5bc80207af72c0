"""What of the tenant's settings is other than it was, part by part, in the words that Microsoft has."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum, StrEnum
from typing import Any

from access.rules.conditional_access import AccessPolicy, NamedLocation, Protection
from access.rules.snapshots import Snapshot
from access.rules.tenant_facts import CrossTenant, CrossTenants, DomainList, GuestRole, Side


class Part(StrEnum):
    """Which setting it is."""

    INVITES = "invites"
    GUEST_ROLE = "guest-role"
    DOMAIN = "domain"
    DEFAULT_USERS = "default-users"
    DEFAULT_APPS = "default-apps"
    DEFAULT_TRUST = "default-trust"
    PARTNER = "partner"
    PARTNER_USERS = "partner-users"
    PARTNER_APPS = "partner-apps"
    PARTNER_TRUST = "partner-trust"
    SECURITY_DEFAULTS = "security-defaults"
    POLICY = "policy"
    POLICY_STATE = "policy-state"
    POLICY_CONTENT = "policy-content"
    LOCATION = "location"
    LOCATION_CONTENT = "location-content"


ABSENT, PRESENT = "", "there"
_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_IDS = re.compile(f"{_ID}(?:, {_ID})*")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is other than it was; `of` names it where there are several, `field` what of it."""

    part: Part
    was: str
    now: str
    of: str = ""
    field: str = ""


def differences(was: Snapshot, now: Snapshot) -> tuple[Difference, ...]:
    """Compare what both have: what was not read on either side is no change."""
    found: list[Difference] = []
    if was.guests and now.guests:
        found += _other(Part.INVITES, was.guests.invites, now.guests.invites)
        found += _other(Part.GUEST_ROLE, _role(was.guests.role), _role(now.guests.role))
    if was.domains and now.domains:
        found += _domains(was.domains, now.domains)
    if was.between and now.between:
        found += _between(was.between, now.between)
    if was.protection and now.protection:
        found += _protection(was.protection, now.protection)
    return tuple(_without_ids(one, _names(was, now)) for one in found)


def _names(*seen: Snapshot) -> dict[str, str]:
    """Return what locations are called, by their ids."""
    known = (one.protection.locations for one in seen if one.protection)
    return {key: location.name for each in known for key, location in each.items()}


def _without_ids(one: Difference, names: Mapping[str, str]) -> Difference:
    """Tell locations by their names, and of what else has but an id how many there are."""

    def told(found: re.Match[str]) -> str:
        ids = found[0].split(", ")
        known = [names[each] for each in ids if each in names]
        others = [f"{len(ids) - len(known)} by id"] if len(known) < len(ids) else []
        return ", ".join([*known, *others])

    was, now = _IDS.sub(told, one.was), _IDS.sub(told, one.now)
    return replace(one, was=was, now=f"{now} (others)" if was == now else now)


def _other(part: Part, was: str, now: str, of: str = "", field: str = "") -> list[Difference]:
    return [Difference(part, was, now, of, field)] if was != now else []


def _role(role: GuestRole) -> str:
    return role.name.lower().replace("_", "-")


def _domains(was: DomainList, now: DomainList) -> Iterator[Difference]:
    for domain in sorted(was.allowed | was.blocked | now.allowed | now.blocked):
        yield from _other(Part.DOMAIN, _listed(was, domain), _listed(now, domain), domain)


def _listed(listed: DomainList, domain: str) -> str:
    if domain in listed.blocked:
        return "BlockedDomains"
    return "AllowedDomains" if domain in listed.allowed else ""


def _between(was: CrossTenants, now: CrossTenants) -> Iterator[Difference]:
    parts = (Part.DEFAULT_USERS, Part.DEFAULT_APPS, Part.DEFAULT_TRUST)
    yield from _inbound(was.default, now.default, parts, "")
    parts = (Part.PARTNER_USERS, Part.PARTNER_APPS, Part.PARTNER_TRUST)
    for tenant in sorted(was.partners.keys() | now.partners.keys()):
        before, after = was.partners.get(tenant), now.partners.get(tenant)
        if before is None or after is None:
            yield from _other(Part.PARTNER, _is_there(before), _is_there(after), tenant)
        yield from _inbound(before or CrossTenant(), after or CrossTenant(), parts, tenant)


def _inbound(
    was: CrossTenant, now: CrossTenant, parts: tuple[Part, Part, Part], of: str
) -> Iterator[Difference]:
    users, apps, trust = parts
    yield from _other(users, _side(was.users), _side(now.users), of)
    yield from _other(apps, _side(was.apps), _side(now.apps), of)
    yield from _other(trust, _plain(was.trust), _plain(now.trust), of)


def _side(side: Side | None) -> str:
    if side is None:
        return ""
    whom = "all" if side.every else ", ".join(sorted(side.targets))
    return f"{'blocked' if side.blocks else 'allowed'}: {whom}"


def _is_there(thing: object) -> str:
    return ABSENT if thing is None else PRESENT


def _protection(was: Protection, now: Protection) -> Iterator[Difference]:
    yield from _other(Part.SECURITY_DEFAULTS, _switch(was), _switch(now))
    before, after = ({one.policy_id: one for one in side.policies} for side in (was, now))
    yield from _each(before, after, Part.POLICY, Part.POLICY_CONTENT)
    yield from _each(was.locations, now.locations, Part.LOCATION, Part.LOCATION_CONTENT)


def _switch(side: Protection) -> str:
    return "on" if side.security_defaults else "off"


def _each(
    was: Mapping[str, AccessPolicy | NamedLocation],
    now: Mapping[str, AccessPolicy | NamedLocation],
    whole: Part,
    content: Part,
) -> Iterator[Difference]:
    """Compare what is told apart by its id, under the name that it has now."""
    for key in sorted(was.keys() | now.keys()):
        before, after = was.get(key), now.get(key)
        named = after or before
        name = named.name if named else ""
        if before is None or after is None:
            yield from _other(whole, _whole(before), _whole(after), name)
            continue
        for one in fields(before):
            old, new = getattr(before, one.name), getattr(after, one.name)
            if old != new:
                part = Part.POLICY_STATE if one.name == "state" else content
                yield Difference(part, _plain(old), _plain(new), name, one.name)


def _whole(thing: AccessPolicy | NamedLocation | None) -> str:
    if isinstance(thing, AccessPolicy):
        return thing.state or PRESENT
    return _is_there(thing)


def _plain(value: Any) -> str:
    """Write a value with what of it is set, by the names of its fields."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, frozenset | tuple):
        return ", ".join(_several(value))
    if hasattr(value, "__dataclass_fields__"):
        parts = ((one.name, _plain(getattr(value, one.name))) for one in fields(value))
        return "; ".join(f"{name}: {said}" for name, said in parts if said)
    return str(value)


def _several(values: Iterable[object]) -> list[str]:
    return sorted(_plain(one) for one in values)
