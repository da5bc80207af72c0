"""Cards of `/check`, made by the real rules."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from access.rules import readiness
from access.rules.app_items import of_app
from access.rules.clues import Holder, HolderKind, Unread
from access.rules.conditional_access import PolicyState, Target, Trust
from access.rules.maybe import Unknown
from access.rules.model import App, Give, GiveKind, Guest, ObjectId, Redemption
from access.rules.readied import Asked, Readied
from access.rules.setup_plans import Unfit
from access.rules.sign_ins import Differs, Foreseen, foresee_all, hangs_on, of_sign_in
from access.rules.tenant_facts import (
    AddressFacts,
    AppFacts,
    CrossTenant,
    CrossTenants,
    DomainList,
    GuestRole,
    InvitesFrom,
    RedemptionOrder,
    Side,
    TenantSettings,
)
from cards import readiness as drawn
from cards.elements import CardJson
from cards.look import Look
from tests.forecast.building import (
    APP,
    DACH,
    DYNAMIC,
    OFFICE,
    TERMS,
    Json,
    demand,
    policy,
    protection,
    visitor,
)

WATCHED = PolicyState.REPORT_ONLY
AT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
FABRIKAM, CLIENT = "0e71112a-6a5d-54dd-ac20-9a421112bb52", "da664a73-ce64-5d09-bb8a-d62310b976ab"
RECORDS = App(ObjectId("21d5256f-fe57-5ef2-a119-88667f4cf204"), "Health Records", app_id=CLIENT)
GROUP = Give(GiveKind.GROUP, ObjectId("bdec204c-40ed-5221-b43f-21005de59ad1"), "Health Records guests")
OPEN = CrossTenant(Side(), Side(), Trust())
USUAL = TenantSettings(
    invites=InvitesFrom.EVERYONE,
    guest_role=GuestRole.GUEST,
    domains=DomainList(),
    cross_tenant=CrossTenants(OPEN),
    redemption=RedemptionOrder(),
    google=False,
    rights=frozenset({readiness.INVITE, readiness.ADD_MEMBERS}),
    premium=True,
)
ANA = AddressFacts(domain="fabrikam.com", own=False, disposable=False, tenant=FABRIKAM)
FACTS = AppFacts(
    app_id=CLIENT,
    enabled=True,
    required=True,
    home_page="https://health-records.contoso-health.com/",
    on_premises=False,
    group=GROUP.name,
)
CLOSED = replace(
    USUAL,
    invites=InvitesFrom.NONE,
    guest_role=GuestRole.AS_MEMBERS,
    rights=frozenset[str](),
    domains=Unread.PERMISSION,
    cross_tenant=CrossTenants(
        OPEN, {FABRIKAM: CrossTenant(apps=Side(every=False, targets=frozenset({"another"})))}
    ),
)


def _tenant(settings: TenantSettings) -> Readied:
    return Readied(asked=Asked(), items=readiness.of_tenant(settings), read_at=AT)


def _domain(settings: TenantSettings, facts: AddressFacts, *, denies: bool = False) -> Readied:
    items = (
        *readiness.of_tenant(settings),
        readiness.of_policy(facts.domain, denies=denies),
        *readiness.of_address(settings, replace(facts, holders=None)),
    )
    return Readied(asked=Asked(facts.domain), items=items, read_at=AT)


def _guest(
    settings: TenantSettings, facts: AddressFacts, app: AppFacts, to_choose: tuple[str, ...] = ()
) -> Readied:
    items = (
        *readiness.of_tenant(settings),
        readiness.of_policy(facts.domain, denies=False),
        *readiness.of_address(settings, facts, app.app_id),
        *of_app(settings, app, to_choose),
    )
    return Readied(
        asked=Asked(facts.domain, f"ana@{facts.domain}", RECORDS.name),
        items=tuple(dict.fromkeys(items)),
        read_at=AT,
        app=RECORDS,
        give=None if to_choose else GROUP,
    )


def _compared(found: Readied, *, differing: bool) -> Readied:
    assert found.foreseen is not None
    spots = [one.spot for one in found.foreseen.seen]
    differs = (Differs("Guests: MFA", spots[0], True), Differs("Only where we work", spots[-1], False))
    return replace(found, foreseen=replace(found.foreseen, differs=differs if differing else ()))


def _foreseen(*policies: Json, named: bool = True, **who: Any) -> Readied:
    """Return a guest's readiness with the sign-ins that these policies leave."""
    told = protection(*policies)
    shown = told if named else told.unnamed()
    seen = foresee_all(visitor(**who), Target(APP), shown)
    gaps = ((Unknown.REGISTERED, Unread.LICENCE),) if hangs_on(seen, Unknown.REGISTERED) else ()
    found = _guest(USUAL, ANA, FACTS)
    return replace(found, items=(*found.items, of_sign_in(seen)), foreseen=Foreseen(seen, gaps, named=named))


def _gates() -> dict[str, Readied]:
    """Return what is told of sign-ins: stopped somewhere, everywhere, asked for more, and open."""
    within = {"includeLocations": ["All"], "excludeLocations": [DACH, OFFICE]}
    outside = policy(name="Records: only DACH", locations=within)
    mfa, terms = policy(demand("mfa"), name="Guests: MFA"), policy(demand(termsOfUse=[TERMS]), name="Terms")
    phones = policy(name="No phones", platforms={"includePlatforms": ["iOS", "android"]})
    watched = policy(demand("compliantDevice"), name="Managed devices", state=WATCHED)
    risky = policy(demand("mfa"), name="At risk", signInRiskLevels=["high"])
    rule = policy(name="Partners", users={"includeGroups": [DYNAMIC]})
    return {
        "check-sign-in-somewhere": _foreseen(outside, mfa, terms, phones, watched, registered=False),
        "check-what-if-differs": _compared(_foreseen(outside, mfa, watched), differing=True),
        "check-what-if-alike": _compared(_foreseen(outside, mfa, watched), differing=False),
        "check-sign-in-unnamed": _foreseen(outside, mfa, watched, named=False, registered=None),
        "check-sign-in-blocked": _foreseen(policy(name="Nobody from outside")),
        "check-sign-in-asks": _foreseen(mfa, risky, trust=Trust(mfa=True)),
        "check-sign-in-unsure": _foreseen(rule),
    }


def check_cards(look: Look) -> dict[str, CardJson]:
    held = replace(ANA, holders=(Holder(HolderKind.CONTACT, "Ana Ruiz (contact)"),))
    unread = replace(
        USUAL,
        invites=Unread.PERMISSION,
        cross_tenant=Unread.AWAY,
        redemption=Unread.UNFAMILIAR,
        premium=Unread.PERMISSION,
    )
    open_app = replace(FACTS, required=False, home_page="", on_premises=True)
    accepted = Guest(ObjectId("ana"), "Ana Ruiz", "ana@fabrikam.com", Redemption.ACCEPTED)
    mailinator = replace(ANA, domain="mailinator.com", disposable=True, tenant="")
    gone = replace(FACTS, unfit=Unfit.BARS_GUESTS)
    default_closed = replace(
        USUAL, cross_tenant=CrossTenants(CrossTenant(Side(blocks=True), Side(), Trust()))
    )
    at_gmail = replace(ANA, domain="gmail.com", tenant="")
    believing = replace(USUAL, cross_tenant=CrossTenants(replace(OPEN, trust=Trust(mfa=True, joined=True))))
    no_role = replace(FACTS, group="").of_role("Reader", gone=True)
    reader = Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader")
    cards = {
        "check-tenant": _tenant(USUAL),
        "check-tenant-closed": _tenant(CLOSED),
        "check-domain": _domain(USUAL, ANA),
        "check-domain-disposable": _domain(USUAL, mailinator, denies=True),
        "check-guest-closed": _guest(CLOSED, held, FACTS),
        "check-guest-unread": _guest(unread, ANA, FACTS),
        "check-guest-fine": replace(_guest(USUAL, ANA, FACTS), guest=accepted),
        "check-guest-open-app": _guest(USUAL, ANA, open_app, ("Reader", "Writer")),
        "check-guest-group": _guest(replace(USUAL, rights=Unread.AWAY), ANA, gone),
        "check-domain-undocumented": _domain(default_closed, at_gmail),
        "check-domain-believed": _domain(believing, ANA),
        "check-guest-role-gone": replace(_guest(USUAL, ANA, no_role), give=reader),
        **_gates(),
    }
    for_admin = replace(_guest(CLOSED, ANA, FACTS), for_admin=True)
    return {name: drawn.draw(shown, look) for name, shown in {**cards, "check-for-admin": for_admin}.items()}
