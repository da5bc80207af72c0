"""What the tenant has set about guests, in the words that its admins look for, and what was not read."""

from collections.abc import Iterable, Sequence

from access.rules.clues import Unread
from access.rules.partner_drafts import side_said
from access.rules.providers import READ_POLICIES, READ_PROVIDERS
from access.rules.readiness import READ_DIRECTORY, READ_DOMAIN_LIST
from access.rules.tenant_facts import CrossTenant, CrossTenants, DomainList, TenantSettings
from cards import anatomy, portal
from cards.anatomy import UNREAD
from cards.elements import Container, Element
from cards.look import Look

_MOST_DOMAINS, _MOST_PARTNERS = 20, 8


def draw(settings: TenantSettings, look: Look) -> list[Element]:
    """Draw a row for each setting, and the two pages on which most of them stand."""
    return [
        *(_row(title, lines) for title, lines in _rows(settings, look)),
        portal.link(look.say("External collaboration settings in Entra"), portal.collaboration()),
        portal.link(look.say("Cross-tenant access settings in Entra"), portal.between_tenants()),
    ]


def _row(title: str, lines: Sequence[str]) -> Container:
    rows: list[Element] = [anatomy.label(title, spacing="None")]
    return Container([*rows, *(anatomy.text(one, spacing="None") for one in lines)], spacing="Medium")


def _rows(settings: TenantSettings, look: Look) -> Iterable[tuple[str, list[str]]]:
    invites, role = settings.invites, settings.guest_role
    google, premium = settings.google, settings.premium
    title = look.say("Who may invite guests (allowInvitesFrom)")
    yield title, [_said(invites, invites, READ_POLICIES, look)]
    title = look.say("What guests see of the directory (guestUserRoleId)")
    named = "" if isinstance(role, Unread) else role.name.lower().replace("_", "-")
    yield title, [_said(role, named, READ_POLICIES, look)]
    yield look.say("The tenant's list of domains"), _domains(settings.domains, look)
    yield from _between(settings.cross_tenant, look)
    order = settings.redemption
    named = "" if isinstance(order, Unread) else ", ".join([*order.first, order.fallback])
    yield look.say("Who vouches for guests, the first that can"), [_said(order, named, READ_POLICIES, look)]
    yield look.say("Google as a provider"), [_said(google, _there(google, look), READ_PROVIDERS, look)]
    yield look.say("The licence Entra ID P1"), [_said(premium, _there(premium, look), READ_DIRECTORY, look)]


def as_is(value: str, look: Look) -> str:
    """Return what is the same in every language."""
    return look.say_as("setting", "{value}", value=value)


def _said(value: object, named: str, needs: str, look: Look) -> str:
    return _unread(value, needs, look) if isinstance(value, Unread) else as_is(named, look)


def _there(value: object, look: Look) -> str:
    return look.say_as("setting", "there") if value is True else look.say_as("setting", "not there")


def _domains(listed: DomainList | Unread, look: Look) -> list[str]:
    if isinstance(listed, Unread):
        return [_unread(listed, READ_DOMAIN_LIST, look)]
    lines = []
    if listed.allowed:
        lines.append(look.say("Allowed alone: {domains}", domains=_some(listed.allowed, look)))
    if listed.blocked:
        lines.append(look.say("Denied: {domains}", domains=_some(listed.blocked, look)))
    return lines or [look.say("There is none: every domain may be invited.")]


def _some(domains: Iterable[str], look: Look) -> str:
    every = sorted(domains)
    shown, more = ", ".join(every[:_MOST_DOMAINS]), len(every) - _MOST_DOMAINS
    return look.say("{shown} and {more} more", shown=shown, more=more) if more > 0 else shown


def _between(settings: CrossTenants | Unread, look: Look) -> Iterable[tuple[str, list[str]]]:
    title = look.say("Cross-tenant access, the default")
    if isinstance(settings, Unread):
        yield title, [_unread(settings, READ_POLICIES, look)]
        return
    yield title, [_inbound(settings.default, look)]
    some = sorted(settings.partners.items())
    if some:
        more = len(some) - _MOST_PARTNERS
        lines = [
            look.say("{tenant}: {said}", tenant=tenant, said=_inbound(entry, look))
            for tenant, entry in some[:_MOST_PARTNERS]
        ]
        if more > 0:
            lines.append(look.count("And one more tenant.", "And {number} more tenants.", more))
        yield look.say("Tenants with own settings"), lines


def _inbound(said: CrossTenant, look: Look) -> str:
    inherited = look.say("as the default has it")
    return look.say(
        "people {users}; apps {apps}; trusted {trust}",
        users=side_said(said.users) or inherited,
        apps=side_said(said.apps) or inherited,
        trust=trusted(said.trust.named, look) if said.trust else inherited,
    )


def trusted(names: Iterable[str], look: Look) -> str:
    """Return in words what is trusted of a tenant, by the names of `Trust`."""
    known = {
        "mfa": look.say("MFA"),
        "compliant": look.say("compliant devices"),
        "joined": look.say("joined devices"),
    }
    return ", ".join(known[one] for one in names if one in known) or look.say("nothing")


def _unread(why: Unread, needs: str, look: Look) -> str:
    words = {
        Unread.PERMISSION: look.say("Guestlist lacks {needs}", needs=needs),
        Unread.LICENCE: look.say("the tenant lacks the licence for it"),
        Unread.UNFAMILIAR: look.say("it says what Guestlist does not know"),
    }
    said = words.get(why, look.say("Microsoft Graph did not answer"))
    not_read = look.say("Not read: {why}.", why=said)
    return f"{UNREAD.symbol} {not_read}"
