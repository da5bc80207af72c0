"""Which change of cross-tenant access lets a guest in: one partner and one app first, everybody last."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

from access.rules.clues import Unread
from access.rules.conditional_access import Protection, Target, Trust, Visitor
from access.rules.readiness import Stands, cross_tenant
from access.rules.setting_drafts import GRAPH, Call, Draft, Opens, Setting, Value, written
from access.rules.sign_ins import foresee_all, of_sign_in
from access.rules.tenant_facts import CrossTenant, CrossTenants, Side

_POLICY = f"{GRAPH}/policies/crossTenantAccessPolicy"
_USERS, _APPS = "usersAndGroups", "applications"
_EVERY = {_USERS: ("AllUsers", "user"), _APPS: ("AllApplications", "application")}
_WORDS = {"office365": "Office365", "allmicrosoftapps": "AllMicrosoftApps"}
"""Apps that Microsoft names by a word, in its spelling."""
_TRUSTED = {
    "mfa": "isMfaAccepted",
    "compliant": "isCompliantDeviceAccepted",
    "joined": "isHybridAzureADJoinedDeviceAccepted",
}


def of_partner(
    settings: CrossTenants, tenant: str | Unread, app_id: str, *, premium: bool
) -> tuple[Draft, ...]:
    """Draft what lets people of a tenant in; one app alone can be named with Entra ID P1.

    Each is held against the rule that said no. A guest of no tenant comes under the default.
    """
    found: list[Draft] = []
    own = settings.of("" if isinstance(tenant, Unread) else tenant)
    entry = None if isinstance(tenant, Unread) else settings.partners.get(tenant)
    wanted: dict[CrossTenant, Opens] = {}
    if app_id and premium:
        wanted[_opened(own, app_id, every=False)] = Opens.ONE_TENANT_ONE_APP
    wanted.setdefault(_opened(own, app_id, every=True), Opens.ONE_TENANT)
    if tenant:
        found += [_entry(tenant, entry, own, now, opens) for now, opens in wanted.items()]
    default = replace(settings, default=_opened(settings.default, app_id, every=not premium))
    if cross_tenant(default, tenant, app_id).stands is not Stands.FAILS:
        values = tuple(_values("default", settings.default, default.default))
        body = written({"b2bCollaborationInbound": _sides(default.default)})
        call = Call("PATCH", f"{_POLICY}/default", body)
        found.append(Draft(Setting.DEFAULT, values, Opens.EVERY_TENANT, call))
    return tuple(found)


def of_trust(
    settings: CrossTenants, visitor: Visitor, target: Target, protection: Protection
) -> tuple[Draft, ...]:
    """Draft the least that has to be believed the guest's tenant for the sign-in not to be stopped."""
    tenant = visitor.tenant
    if not tenant:
        return ()
    was = settings.of(tenant).trust or Trust()
    for trust in _more(was):
        seen = foresee_all(replace(visitor, trust=trust), target, protection)
        if of_sign_in(seen).stands is not Stands.FAILS:
            return (_trusting(settings, tenant, was, trust),)
    return ()


def _more(was: Trust) -> Iterable[Trust]:
    """Return what could be believed beside what is, the least first."""
    lacking = [one for one in _TRUSTED if not getattr(was, one)]
    for number in range(1, len(lacking) + 1):
        for some in combinations(lacking, number):
            yield replace(was, **dict.fromkeys(some, True))


def _trusting(settings: CrossTenants, tenant: str, was: Trust, now: Trust) -> Draft:
    entry = settings.partners.get(tenant)
    said = {name: getattr(now, one) for one, name in _TRUSTED.items()}
    values = tuple(
        Value(f"inboundTrust.{name}", "false", "true", inherited=entry is None or entry.trust is None)
        for one, name in _TRUSTED.items()
        if getattr(was, one) != getattr(now, one)
    )
    return Draft(Setting.TRUST, values, Opens.BELIEVED, _to(tenant, entry, {"inboundTrust": said}))


def _opened(was: CrossTenant, app_id: str, *, every: bool) -> CrossTenant:
    """Return inbound access with people let in, to the app or to `every` one."""
    users = Side() if was.users is not None and was.users.every else was.users
    return replace(was, users=users, apps=_with(was.apps, app_id, every=every))


def _with(side: Side | None, app_id: str, *, every: bool) -> Side | None:
    """Return the side with an app let in; what lets it in stays, and where none is named, what is of some."""
    if side is None or (not side.every and (not app_id or (app_id in side.targets) is not side.blocks)):
        return side
    if every or not app_id:
        return Side()
    if side.every:
        return Side(every=False, targets=frozenset({app_id})) if side.blocks else side
    left = side.targets - {app_id} if side.blocks else side.targets | {app_id}
    return replace(side, targets=left) if left else Side()


def _entry(
    tenant: str | Unread, entry: CrossTenant | None, own: CrossTenant, now: CrossTenant, opens: Opens
) -> Draft:
    values = tuple(_values("b2bCollaborationInbound", own, now, entry))
    inbound = {"b2bCollaborationInbound": _sides(now)}
    call = None if isinstance(tenant, Unread) else _to(tenant, entry, inbound)
    return Draft(Setting.PARTNER if entry else Setting.NEW_PARTNER, values, opens, call)


def _to(tenant: str, entry: CrossTenant | None, changed: dict[str, Any]) -> Call:
    if entry is None:
        return Call("POST", f"{_POLICY}/partners", written({"tenantId": tenant, **changed}))
    return Call("PATCH", f"{_POLICY}/partners/{tenant}", written(changed))


def _values(
    under: str, was: CrossTenant, now: CrossTenant, entry: CrossTenant | None = None
) -> Iterable[Value]:
    """Return what is other; what an entry does not say itself is the default's until now."""
    own = was if under == "default" else entry or CrossTenant()
    name = "b2bCollaborationInbound"
    if was.users != now.users:
        yield Value(f"{name}.{_USERS}", side_said(was.users), side_said(now.users), own.users is None)
    if was.apps != now.apps:
        yield Value(f"{name}.{_APPS}", side_said(was.apps), side_said(now.apps), own.apps is None)


def side_said(side: Side | None) -> str:
    """Return a side in Graph's words; nothing where it is not set."""
    if side is None:
        return ""
    whom = ", ".join(_target(one) for one in sorted(side.targets))
    return f"{'blocked' if side.blocks else 'allowed'}: {'all' if side.every else whom}"


def _sides(now: CrossTenant) -> dict[str, Any]:
    """Return both sides; people by their ids are left out, for whether those are of groups was not read."""
    sides = {}
    if now.users is None or now.users.every:
        sides[_USERS] = _side(now.users or Side(), _USERS)
    sides[_APPS] = _side(now.apps or Side(), _APPS)
    return sides


def _side(side: Side, kind: str) -> dict[str, Any]:
    every, target_type = _EVERY[kind]
    targets = [every] if side.every else [_target(one) for one in sorted(side.targets)]
    return {
        "accessType": "blocked" if side.blocks else "allowed",
        "targets": [{"target": one, "targetType": target_type} for one in targets],
    }


def _target(one: str) -> str:
    return _WORDS.get(one, one)
