"""The card that tells admins what of the tenant's settings has changed, and whom it locks out."""

from collections.abc import Mapping

from access.rules.changed_settings import PRESENT, Difference, Part
from access.rules.clues import Unread
from access.rules.watch_effects import Changed, Effect
from cards import anatomy, portal
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, Strip, Tone
from cards.elements import CardJson, Container, Element
from cards.look import Look
from cards.texts import marked
from cards.words import spoken

_MOST_SHOWN = 15
_MOST_LABELS = 10
_LONGEST = 200
_TITLES: Mapping[Part, str] = {
    Part.INVITES: marked("Who may invite guests (allowInvitesFrom)"),
    Part.GUEST_ROLE: marked("What guests see of the directory (guestUserRoleId)"),
    Part.DOMAIN: marked("Domain {of} in the tenant's list"),
    Part.DEFAULT_USERS: marked("Cross-tenant access, default: who is let in"),
    Part.DEFAULT_APPS: marked("Cross-tenant access, default: to which apps"),
    Part.DEFAULT_TRUST: marked("Cross-tenant access, default: what is trusted of the guest's tenant"),
    Part.PARTNER: marked("Cross-tenant access: settings for tenant {of}"),
    Part.PARTNER_USERS: marked("Cross-tenant access, tenant {of}: who is let in"),
    Part.PARTNER_APPS: marked("Cross-tenant access, tenant {of}: to which apps"),
    Part.PARTNER_TRUST: marked("Cross-tenant access, tenant {of}: what is trusted of it"),
    Part.SECURITY_DEFAULTS: marked("Microsoft's security defaults"),
    Part.POLICY: marked("Conditional Access policy {of}"),
    Part.POLICY_STATE: marked("Conditional Access policy {of}: its state"),
    Part.POLICY_CONTENT: marked("Conditional Access policy {of}: {field}"),
    Part.LOCATION: marked("Named location {of}"),
    Part.LOCATION_CONTENT: marked("Named location {of}: {field}"),
}
_UNREAD: Mapping[str, str] = {
    "guests": marked("Who may invite and what guests see could not be read: {why}."),
    "domains": marked("The tenant's list of domains could not be read: {why}."),
    "between": marked("Cross-tenant access could not be read: {why}."),
    "protection": marked("Conditional Access could not be read: {why}."),
}
_NEEDS = {"domains": "Policy.Read.B2BManagementPolicy"}
_READS_POLICIES = "Policy.Read.All"
_BETWEEN = {
    *(Part.DEFAULT_USERS, Part.DEFAULT_APPS, Part.DEFAULT_TRUST),
    *(Part.PARTNER, Part.PARTNER_USERS, Part.PARTNER_APPS, Part.PARTNER_TRUST),
}
_WHOLE = {Part.PARTNER, Part.POLICY, Part.LOCATION}
_GUESTS = {Part.INVITES, Part.GUEST_ROLE, Part.DOMAIN}


def draw(told: Changed, look: Look) -> CardJson:
    """Draw what it means first, then what has changed."""
    title, strip = look.say("The tenant's settings have changed"), _strip(told, look)
    body: list[Element] = [
        *anatomy.header(look.say("Settings · looked at each night"), title),
        anatomy.strip(strip),
    ]
    body += [_row(one, told, look) for one in told.differences[:_MOST_SHOWN]]
    if (more := len(told.differences) - _MOST_SHOWN) > 0:
        body.append(anatomy.text(look.count("And one more change.", "And {number} more changes.", more)))
    body += [anatomy.row(UNREAD.symbol, _unread(part, why, look)) for part, why in told.unread]
    if told.unforeseen:
        body.append(
            anatomy.row(
                UNREAD.symbol,
                look.say("Some guests or requests could not be looked at, and are not counted."),
            )
        )
    counted = look.say("Counted are guests whose access Guestlist gave or took over, and requests that wait.")
    body += [anatomy.small_print(counted), *_pages(told, look)]
    return anatomy.card(look, spoken(f"{title}. {strip.state}. {strip.text}"), body)


def _strip(told: Changed, look: Look) -> Strip:
    effect, more = told.effect, []
    if effect.failing:
        more.append(_failing(effect, look))
    if effect.narrowed:
        more.append(
            look.count(
                "One guest is stopped from some places or platforms.",
                "{number} guests are stopped from some places or platforms.",
                effect.narrowed,
            )
        )
    if effect.unsure:
        more.append(
            look.count(
                "Of one guest it is not sure any more that the sign-in works.",
                "Of {number} guests it is not sure any more that the sign-in works.",
                effect.unsure,
            )
        )
    if effect.let_in:
        more.append(
            look.count(
                "One guest who was locked out gets in again.",
                "{number} guests who were locked out get in again.",
                effect.let_in,
            )
        )
    return Strip(_tone(effect), _state(effect, look), tuple(more))


def _tone(effect: Effect) -> Tone:
    if effect.locked_out or effect.failing:
        return FAILED
    return LOOK_AT if effect.narrowed or effect.unsure else DONE


def _state(effect: Effect, look: Look) -> str:
    if not effect.locked_out:
        return look.say("No known guest is locked out")
    apps = look.count("one app", "{number} apps", effect.of_apps)
    return look.count(
        "Locked out: one guest of {apps}",
        "Locked out: {number} guests of {apps}",
        effect.locked_out,
        apps=apps,
    )


def _failing(effect: Effect, look: Look) -> str:
    labels = ", ".join(effect.failing[:_MOST_LABELS]) + (" …" if len(effect.failing) > _MOST_LABELS else "")
    return look.count(
        "One request that waits will fail: {labels}.",
        "{number} requests that wait will fail: {labels}.",
        len(effect.failing),
        labels=labels,
    )


def _row(one: Difference, told: Changed, look: Look) -> Container:
    of = one.of
    if of and one.part in _BETWEEN:
        of = told.domains.get(of) or look.say("of no guest here")
    title = look.say(_TITLES[one.part], of=of, field=one.field)
    moved = look.say("{was} → {now}", was=_value(one, one.was, look), now=_value(one, one.now, look))
    lines: list[Element] = [anatomy.label(title, spacing="None"), anatomy.text(moved, spacing="None")]
    return Container(lines, spacing="Medium", separator=True)


def _value(of: Difference, value: str, look: Look) -> str:
    if value == PRESENT:
        return look.say_as("setting", "there")
    if not value:
        return look.say_as("setting", "not there") if of.part in _WHOLE else look.say("not set")
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"


def _unread(part: str, why: Unread, look: Look) -> str:
    words = {
        Unread.PERMISSION: look.say("Guestlist lacks {needs}", needs=_NEEDS.get(part, _READS_POLICIES)),
        Unread.LICENCE: look.say("the tenant lacks the licence for it"),
        Unread.UNFAMILIAR: look.say("it says what Guestlist does not know"),
    }
    away = look.say("Microsoft Graph did not answer")
    return look.say(_UNREAD[part], why=words.get(why, away))


def _pages(told: Changed, look: Look) -> list[Element]:
    parts = {one.part for one in told.differences}
    pages = [
        (parts & _GUESTS, look.say("External collaboration settings in Entra"), portal.collaboration()),
        (parts & _BETWEEN, look.say("Cross-tenant access settings in Entra"), portal.between_tenants()),
        (parts - _GUESTS - _BETWEEN, look.say("Conditional Access in Entra"), portal.conditional_access()),
    ]
    return [portal.link(title, page) for touched, title, page in pages if touched]
