"""Cards that tell of changed settings."""

from collections.abc import Callable
from dataclasses import replace

from access.rules import readiness
from access.rules.app_items import of_app
from access.rules.changed_settings import Difference, Part
from access.rules.clues import Unread
from access.rules.conditional_access import Target, Trust
from access.rules.drafted import drafted
from access.rules.readied import Asked, Read, Readied
from access.rules.setup_plans import Unfit
from access.rules.sign_ins import Foreseen, foresee_all, of_sign_in
from access.rules.tenant_facts import AppFacts, CrossTenant, CrossTenants, DomainList, Side, TenantSettings
from access.rules.watch_effects import Changed, Effect
from cards import setting_drafts, settings_changed
from cards.elements import CardJson
from cards.look import Look
from tests.cards.checks import ANA, AT, CLOSED, FABRIKAM, FACTS, GROUP, OPEN, RECORDS, USUAL
from tests.forecast.building import APP, demand, policy, protection, visitor

CardJsonMaker = Callable[[Look], CardJson]
_FABRIKAM = "0e71112a-6a5d-54dd-ac20-9a421112bb52"
_LOCKED = Changed(
    (
        Difference(Part.INVITES, "everyone", "none"),
        Difference(Part.DOMAIN, "", "BlockedDomains", "fabrikam.com"),
        Difference(Part.PARTNER_USERS, "allowed: all", "blocked: all", _FABRIKAM),
        Difference(Part.POLICY_STATE, "enabledForReportingButNotEnforced", "enabled", "Guests: MFA", "state"),
        Difference(Part.POLICY_CONTENT, "", "include: iOS, linux", "Guests: MFA", "platforms"),
    ),
    Effect(locked_out=42, of_apps=5, narrowed=3, unsure=2, failing=("R-1042", "R-1043", "R-1051")),
    (("domains", Unread.PERMISSION), ("protection", Unread.AWAY)),
    {_FABRIKAM: "fabrikam.com"},
    unforeseen=True,
)
_OTHER = Difference(Part.PARTNER, "", "there", "da664a73-ce64-5d09-bb8a-d62310b976ab")
_MANY = (_OTHER, *(Difference(Part.LOCATION, "", "there", f"Ward {number}") for number in range(17)))
_LETS_IN = Changed((Difference(Part.POLICY, "enabled", "", "Guests: *block*"),), Effect(let_in=1))


_DEFINITION = (
    '{"B2BManagementPolicy":{"InvitationsAllowedAndBlockedDomainsPolicy":'
    '{"BlockedDomains":["fabrikam.com","mailinator.com"]}}}'
)
_BLOCKS = CrossTenant(Side(blocks=True), Side(blocks=True), Trust())
_SHUT = replace(
    CLOSED,
    rights=frozenset({readiness.INVITE, readiness.ADD_MEMBERS}),
    domains=DomainList(
        blocked=frozenset({"fabrikam.com", "mailinator.com"}),
        policy_id="f1a5c0de-52a6-5c0b-9d2e-2f1f3d0a9b77",
        definition=_DEFINITION,
    ),
    cross_tenant=CrossTenants(_BLOCKS),
)
_SET = replace(
    USUAL,
    domains=DomainList(allowed=frozenset(f"partner-{number:02}.example" for number in range(23))),
    cross_tenant=CrossTenants(OPEN, {FABRIKAM: CrossTenant(trust=Trust(mfa=True))}),
    google=Unread.PERMISSION,
)


def _drafts(settings: TenantSettings, app: AppFacts | None = None, label: str = "") -> CardJsonMaker:
    items = (
        *readiness.of_tenant(settings),
        *readiness.of_address(settings, ANA, app.app_id if app else ""),
        *(of_app(settings, app) if app else ()),
    )
    shown = Readied(
        asked=Asked("fabrikam.com", "ana@fabrikam.com" if label else "", RECORDS.name if app else ""),
        items=items,
        read_at=AT,
        app=RECORDS if app else None,
        give=GROUP if app else None,
        read=Read(settings, ANA, app),
        label=label,
        for_admin=True,
    )
    return lambda look: setting_drafts.draw(drafted(shown, Unread.AWAY), look)


def _tenant(settings: TenantSettings) -> CardJsonMaker:
    items = readiness.of_tenant(settings)
    shown = Readied(asked=Asked(), items=items, read_at=AT, read=Read(settings), for_admin=True)
    return lambda look: setting_drafts.draw(drafted(shown, Unread.AWAY), look)


def _trust(settings: TenantSettings = USUAL) -> CardJsonMaker:
    """Return what a guest needs whose device nobody here can look at."""
    told, who = (
        protection(policy(demand("compliantDevice"), name="Managed devices")),
        visitor(tenant=FABRIKAM),
    )
    seen = foresee_all(who, Target(APP), told)
    shown = Readied(
        asked=Asked("fabrikam.com", "ana@fabrikam.com", RECORDS.name),
        items=(*readiness.of_address(settings, ANA, APP), of_sign_in(seen)),
        read_at=AT,
        app=RECORDS,
        give=GROUP,
        foreseen=Foreseen(seen, named=True, visitor=who),
        read=Read(settings, ANA, replace(FACTS, app_id=APP)),
        for_admin=True,
    )
    return lambda look: setting_drafts.draw(drafted(shown, told), look)


_MADE: dict[str, CardJsonMaker] = {
    "settings-tenant": _tenant(_SET),
    "settings-tenant-closed": _tenant(CLOSED),
    "settings-request": _drafts(_SHUT, FACTS, "R-1042"),
    "settings-domain": _drafts(replace(_SHUT, cross_tenant=CrossTenants(OPEN, {FABRIKAM: _BLOCKS}))),
    "settings-group": _drafts(USUAL, replace(FACTS, unfit=Unfit.BARS_GUESTS)),
    "settings-app-off": _drafts(USUAL, replace(FACTS, enabled=False)),
    "settings-group-not-assigned": _drafts(USUAL, replace(FACTS, assigned=False)),
    "settings-nothing-mends": _drafts(USUAL, replace(FACTS, unfit=Unfit.DYNAMIC)),
    "settings-fine": _drafts(USUAL, FACTS, "R-1042"),
    "settings-not-sure": _drafts(replace(USUAL, cross_tenant=Unread.PERMISSION), FACTS),
    "settings-trust": _trust(),
    "settings-entry-and-trust": _trust(_SHUT),
}


def settings_cards(look: Look) -> dict[str, CardJson]:
    return {
        "settings-changed-locked-out": settings_changed.draw(_LOCKED, look),
        "settings-changed-let-in": settings_changed.draw(_LETS_IN, look),
        "settings-changed-many": settings_changed.draw(Changed(_MANY, Effect(narrowed=1)), look),
        **{name: made(look) for name, made in _MADE.items()},
    }
