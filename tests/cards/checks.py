"""Cards of `/check`, made by the real rules."""

from dataclasses import replace
from datetime import UTC, datetime

from access.rules import readiness
from access.rules.clues import Holder, HolderKind, Unread
from access.rules.conditional_access import Trust
from access.rules.model import App, Give, GiveKind, Guest, ObjectId, Redemption
from access.rules.readied import Asked, Readied
from access.rules.setup_plans import Unfit
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
        *readiness.of_app(settings, app, to_choose),
    )
    return Readied(
        asked=Asked(facts.domain, f"ana@{facts.domain}", RECORDS.name),
        items=tuple(dict.fromkeys(items)),
        read_at=AT,
        app=RECORDS,
        give=None if to_choose else GROUP,
    )


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
    }
    return {name: drawn.draw(shown, look) for name, shown in cards.items()}
