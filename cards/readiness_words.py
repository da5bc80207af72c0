"""Readiness in words: each item's title, what it means, what to do, and the page on which that is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from access.rules.because import Because
from access.rules.clues import HolderKind, Unread
from access.rules.model import App, Give
from access.rules.providers import GOOGLE
from access.rules.readiness import Item, Stands, Topic
from access.rules.setup_plans import Unfit
from access.rules.tenant_facts import Provider
from cards import sign_ins, tenant_settings
from cards.look import Look
from cards.readiness_pages import STOPPED, page_of
from cards.texts import marked


@dataclass(frozen=True, slots=True)
class Said:
    """An item in words; `page` is the address of the portal's page, nothing where there is none."""

    title: str
    text: str
    to_do: str = ""
    page: str = ""


_Words = tuple[str, str, str]
"""Title, meaning and what to do."""
_GIVE = marked("An admin gives Guestlist {of} (Entra, Enterprise applications, Guestlist, Permissions).")
_INBOUND = marked(
    "The admins allow it in Entra: External Identities, Cross-tenant access settings, Inbound access."
)
_COLLABORATION = marked("An admin changes it in Entra: External Identities, External collaboration settings.")
_LOG = marked("Ask a tenant admin to look at the policy in Entra, Conditional Access.")
SAID: Mapping[Because, _Words] = {
    Because.NO_INVITE_RIGHT: (
        marked("Guestlist may not invite"),
        marked("It lacks {of}, without which nobody is invited."),
        _GIVE,
    ),
    Because.NO_ASSIGN_RIGHT: (
        marked("Guestlist may not assign app roles"),
        marked("It lacks {of}, so {access} cannot be given."),
        marked("An admin gives Guestlist {of}. Or the app gets a group for its guests: type {setup}."),
    ),
    Because.NO_MEMBER_RIGHT: (
        marked("Guestlist may not add anybody to a group"),
        marked("It lacks {of}, so {access} cannot be given."),
        _GIVE,
    ),
    Because.INVITES_OFF: (
        marked("Invitations are switched off"),
        marked("Nobody in this tenant may invite guests (allowInvitesFrom: {of})."),
        _COLLABORATION,
    ),
    Because.INVITES_RESTRICTED: (
        marked("Only admins and guest inviters may invite"),
        marked(
            "Apps without User.Invite.All were seen to be refused, those with it to be let through "
            "(allowInvitesFrom: {of}). Microsoft does not document it."
        ),
        "",
    ),
    Because.GUESTS_RESTRICTED: (
        marked("Guests see nobody but themselves"),
        marked("Where the app looks people up for a guest, it finds nobody else (guestUserRoleId)."),
        "",
    ),
    Because.GUESTS_AS_MEMBERS: (
        marked("Guests see as much as members"),
        marked("Every guest can read the people and groups of this tenant (guestUserRoleId)."),
        _COLLABORATION,
    ),
    Because.OWN_DOMAIN: (
        marked("{domain} is a domain of this organisation"),
        marked("Microsoft invites nobody from a domain that the tenant has verified."),
        marked("Take the address of somebody outside."),
    ),
    Because.GUEST_DISABLED: (
        marked("The guest's account is switched off"),
        marked("{address} is in the directory and cannot sign in (accountEnabled: false)."),
        marked("Ask a tenant admin why, and to switch it on."),
    ),
    Because.POLICY_DENIES: (
        marked("Guestlist's policy does not allow {domain}"),
        marked("A request for a guest from there is not sent."),
        marked("Ask whoever keeps Guestlist's policy to allow the domain."),
    ),
    Because.DISPOSABLE: (
        marked("{domain} gives addresses to anybody"),
        marked("Such an address lasts for minutes. Whoever has it later can sign in as the guest."),
        marked("Ask for the guest's address at work."),
    ),
    Because.HELD_BY_OTHER: (
        marked("Somebody else has the address"),
        marked("{holder} has it. Microsoft then often refuses the invitation, or its link."),
        marked("Ask a tenant admin to delete it or to change its address."),
    ),
    Because.DOMAIN_BLOCKED: (
        marked("{domain} is on the tenant's list of blocked domains"),
        marked("Microsoft refuses to invite anybody from there (b2bManagementPolicy, BlockedDomains)."),
        _COLLABORATION,
    ),
    Because.DOMAIN_NOT_ALLOWED: (
        marked("{domain} is not on the tenant's list of allowed domains"),
        marked("Microsoft invites people from listed domains alone (b2bManagementPolicy, AllowedDomains)."),
        _COLLABORATION,
    ),
    Because.TENANT_BLOCKED: (
        marked("People from {domain} are kept out"),
        marked("Cross-tenant access lets nobody from there in (b2bCollaborationInbound, usersAndGroups)."),
        _INBOUND,
    ),
    Because.APP_BLOCKED: (
        marked("People from {domain} are kept out of {app}"),
        marked("Cross-tenant access lets nobody from there use it (b2bCollaborationInbound, applications)."),
        _INBOUND,
    ),
    Because.LIKELY: (
        marked("Signs in with {provider}, likely"),
        marked("By the tenant's order of providers. Which account the guest has, nobody can ask."),
        "",
    ),
    Because.APP_DISABLED: (
        marked("Sign-in to {app} is switched off"),
        marked("Nobody can sign in to it (accountEnabled: false)."),
        marked("An admin switches it on, on the app's page Properties."),
    ),
    Because.NOT_REQUIRED: (
        marked("Everybody in the tenant can sign in to {app}"),
        marked("So can every guest, with or without this access (appRoleAssignmentRequired: false)."),
        marked("An admin requires assignment, on the app's page Properties."),
    ),
    Because.NO_HOME_PAGE: (
        marked("{app} has no home page"),
        marked("Whoever accepts the invitation lands on My Apps (homepage)."),
        marked("An admin writes one, on the app's page Properties."),
    ),
    Because.ON_PREMISES: (
        marked("{app} runs on-premises"),
        marked("It is published by Application Proxy. What is behind it may want an account of its own."),
        marked("Ask whoever runs it whether guests have one."),
    ),
    Because.GROUP_UNFIT: (
        marked("The group cannot hold guests"),
        marked("{unfit}."),
        marked("Give the app another group, say with {setup}, and name it in Guestlist's policy."),
    ),
    Because.GROUP_NOT_ASSIGNED: (
        marked("{group} is not assigned to {app}"),
        marked("Its members get nothing by it. A group within an assigned one gives nothing either."),
        marked("An admin assigns the group, on the app's page Users and groups."),
    ),
    Because.GROUP_GONE: (
        marked("The group that would be given is gone"),
        marked("Guestlist's policy gives a group that the directory does not know ({group})."),
        marked("Ask whoever keeps Guestlist's policy to name another."),
    ),
    Because.ROLE_GONE: (
        marked("{access} is no role that people may hold"),
        marked("{app} has it no more, it is switched off, or it is for apps alone (appRoles)."),
        marked("Ask for another access, or ask an owner of the app."),
    ),
    Because.TO_CHOOSE: (
        marked("What is given is chosen in the form"),
        marked("There are: {of}. To check one, type {line}."),
        "",
    ),
    Because.NO_LICENCE: (
        marked("No Entra ID P1"),
        marked("Microsoft licenses the assignment of groups to apps with it, and this tenant has none."),
        "",
    ),
    Because.SIGN_IN_BLOCKED: (
        marked("Conditional Access stops every sign-in"),
        marked("This guest gets in from nowhere. Policy: {of}."),
        _LOG,
    ),
    Because.SIGN_IN_BLOCKED_SOMEWHERE: (
        marked("Conditional Access stops some sign-ins"),
        marked("From some devices or places this guest does not get in. Policy: {of}."),
        _LOG,
    ),
    Because.SIGN_IN_BLOCKED_UNNAMED: (
        marked("Conditional Access may stop unknown systems"),
        marked(
            "From a system that it cannot name, such as ChromeOS, this guest may not get in. Policy: {of}."
        ),
        _LOG,
    ),
    Because.SIGN_IN_UNSURE: (
        marked("Conditional Access may stop the sign-in"),
        marked("Whether the guest gets in hangs on what nobody can say before. Policy: {of}."),
        _LOG,
    ),
    Because.SIGN_IN_ASKS: (
        marked("Conditional Access asks for more"),
        marked("At the sign-in the guest meets: {of}."),
        "",
    ),
}
FINE: Mapping[Topic, tuple[str, str]] = {
    Topic.PERMISSIONS: (marked("Guestlist's permissions"), marked("{of} is there")),
    Topic.INVITES: (marked("Invite settings"), marked("apps may invite (allowInvitesFrom: {of})")),
    Topic.GUEST_ROLE: (marked("What guests may see"), marked("as Microsoft sets it (guestUserRoleId)")),
    Topic.ADDRESS: (marked("Address"), marked("not one of this organisation's, not disposable")),
    Topic.COLLISION: (marked("Address in the directory"), marked("nobody else has it")),
    Topic.POLICY: (marked("Guestlist's policy"), marked("allows {domain}")),
    Topic.DOMAIN_LIST: (marked("The tenant's list of domains"), marked("lets {domain} in")),
    Topic.CROSS_TENANT: (marked("Cross-tenant access"), marked("lets people from {domain} in")),
    Topic.TRUST: (marked("Trusted of the guest's own tenant"), marked("{of} (inboundTrust)")),
    Topic.PROVIDER: (marked("Who vouches for the guest"), ""),
    Topic.APP: (marked("App"), marked("on, asks for assignment, has a home page")),
    Topic.GROUP: (marked("Group"), marked("{of} takes guests and is assigned")),
    Topic.ROLE: (marked("App role"), marked("people may hold {of}")),
    Topic.SIGN_IN: (marked("Conditional Access"), marked("asks for nothing more")),
}
"""What each topic is called, and what is said where it is fine."""
_WHY: Mapping[Unread, str] = {
    Unread.PERMISSION: marked("Guestlist may not read it."),
    Unread.LICENCE: marked("Microsoft tells it to tenants with Entra ID P1 alone."),
    Unread.AWAY: marked("It cannot be read now."),
    Unread.UNCLEAR: marked("It was read. It holds for some people or apps, and nobody can tell for whom."),
    Unread.UNDOCUMENTED: marked(
        "The default keeps people out, and Microsoft does not say whether that holds for accounts "
        "of no Microsoft Entra tenant."
    ),
    Unread.UNFAMILIAR: marked("It was read, and Microsoft says what Guestlist does not know yet."),
    Unread.TOO_MUCH: marked("There is too much of it to look through."),
}
_TO_READ: Mapping[Unread, str] = {
    Unread.PERMISSION: _GIVE,
    Unread.AWAY: marked("Check again in a minute."),
    Unread.UNDOCUMENTED: marked("Ask a tenant admin whether such guests get in."),
    Unread.UNCLEAR: marked("Ask the guest's own admins, or a tenant admin."),
}
_PROVIDERS: Mapping[str, str] = {
    Provider.ENTRA: marked("the guest's own Microsoft Entra account"),
    Provider.FEDERATION: marked("the sign-in of the guest's organisation"),
    Provider.SOCIAL: marked("a social account"),
    Provider.PASSCODE: marked("a one-time passcode by mail"),
    Provider.MICROSOFT_ACCOUNT: marked("a Microsoft account"),
    Provider.DEFAULT: marked("a one-time passcode or a Microsoft account"),
    GOOGLE: marked("a Google account"),
}
_HOLDERS: Mapping[str, str] = {
    HolderKind.CONTACT: marked("The contact {name}"),
    HolderKind.GROUP: marked("The group {name}"),
    HolderKind.PERSON: marked("The account {name}"),
}
_UNFIT: Mapping[str, str] = {
    Unfit.DYNAMIC: marked("A rule fills it, so nobody can be added by hand"),
    Unfit.SYNCED: marked("It comes from on-premises, so nobody can be added here"),
    Unfit.BARS_GUESTS: marked("Its own setting bars guests (AllowToAddGuests)"),
    Unfit.TENANT_BARS_GUESTS: marked("The tenant bars guests from Microsoft 365 groups (AllowToAddGuests)"),
    Unfit.HOLDS_ROLES: marked("Its members can hold roles over the tenant (isAssignableToRole)"),
}


def said(item: Item, about: Mapping[str, str], app: App | None, give: Give | None, look: Look) -> Said:
    """Return an item in words; `about` are the names of what was asked for."""
    if item.unread is not None:
        return _unread(item, item.unread, about, look)
    names = {**about, **_of(item, look)}
    if item.because is None:
        title, fine = FINE[item.topic]
        return Said(look.say(title, **names), look.say(fine, **names) if fine else "")
    title, text, to_do = SAID[item.because]
    if item.because is Because.INVITES_RESTRICTED and item.stands is Stands.FAILS:
        to_do, names = _GIVE, {**names, "of": "User.Invite.All"}
        text = marked(
            "Guestlist lacks User.Invite.All, and apps without it were seen to be refused "
            "(allowInvitesFrom: adminsAndGuestInviters)."
        )
    done = look.say(to_do, **names) if to_do else ""
    return Said(look.say(title, **names), look.say(text, **names), done, page_of(item.because, app, give))


def _unread(item: Item, why: Unread, about: Mapping[str, str], look: Look) -> Said:
    named = look.say(FINE[item.topic][0], **about)
    to_do = look.say(_TO_READ[why], of=item.of) if why in _TO_READ else ""
    return Said(look.say("{what}: not checked", what=named), look.say(_WHY[why]), to_do)


def _of(item: Item, look: Look) -> dict[str, str]:
    """Return what only this item's words name."""
    kind, _, name = item.of.partition(" ")
    holder = look.say(_HOLDERS[kind], name=name or "–") if kind in _HOLDERS else ""
    provider = look.say(_PROVIDERS[item.of]) if item.of in _PROVIDERS else item.of
    unfit = look.say(_UNFIT[item.of]) if item.of in _UNFIT else item.of
    of = item.of
    if item.topic is Topic.TRUST:
        of = tenant_settings.trusted(of.split(","), look)
    elif item.because is Because.SIGN_IN_ASKS:
        of = sign_ins.needs(of.split(", "), look)
    elif item.because in STOPPED and not of:
        of = look.say("admins are told its name")
    return {"of": of, "group": item.of, "holder": holder, "provider": provider, "unfit": unfit}
