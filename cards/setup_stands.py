"""How an app stands for guests, line by line: the groups that matter first, the rest counted."""

from collections.abc import Mapping

from access.rules.setup_plans import AppShown, AssignedGroup, Unfit
from cards import anatomy, setup_state
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, UNREAD
from cards.elements import Element
from cards.look import Look
from cards.texts import marked
from cards.words import both

_MOST_GROUPS = 8
"""How many groups have a line: a tenant may assign hundreds to an app, and a card holds 28 KB."""
UNFIT: Mapping[Unfit, str] = {
    Unfit.DYNAMIC: marked("{group}: a rule fills it, so nobody can be added by hand"),
    Unfit.SYNCED: marked("{group}: it comes from on-premises, so nobody can be added here"),
    Unfit.BARS_GUESTS: marked("{group}: its own setting bars guests (AllowToAddGuests)"),
    Unfit.TENANT_BARS_GUESTS: marked(
        "{group}: the tenant bars guests from Microsoft 365 groups (AllowToAddGuests)"
    ),
    Unfit.HOLDS_ROLES: marked("{group}: its members can hold roles over the tenant"),
    Unfit.UNREAD: marked("{group}: whether it takes guests cannot be read"),
}


def rows(shown: AppShown, look: Look) -> list[Element]:
    """Return what the directory says of the app, each with a symbol."""
    facts = shown.facts
    owners = both([setup_state.short(one.name) for one in facts.owners], look)
    lines: list[Element] = [anatomy.label(look.say("How it stands"))]
    owned = look.say("Owners: {names}", names=owners) if facts.owners else look.say("No owner who could act")
    lines.append(anatomy.row((DONE if facts.owners else FAILED).symbol, owned))
    required = look.say("Only those can sign in who are assigned")
    everybody = look.say("Everybody in the tenant can sign in, assigned or not")
    lines.append(anatomy.row(*((DONE.symbol, required) if facts.required else (LOOK_AT.symbol, everybody))))
    lines += [_group(one, look) for one in shown.foremost[:_MOST_GROUPS]]
    if rest := shown.foremost[_MOST_GROUPS:]:
        fit = sum(one.unfit is None for one in rest)
        more = look.count(
            "And 1 more group: {fit} takes guests.",
            "And {number} more groups: {fit} take guests.",
            len(rest),
            fit=fit,
        )
        lines.append(anatomy.text(more, spacing="Small"))
    if not facts.groups:
        lines.append(anatomy.row(NOTHING.symbol, look.say("No group is assigned")))
    if facts.licensed is not True:
        missing = facts.licensed is False
        words = look.say("No Entra ID P1") if missing else look.say("Entra ID P1: not known")
        lines.append(anatomy.row((FAILED if missing else UNREAD).symbol, words))
    return lines


def _group(one: AssignedGroup, look: Look) -> Element:
    if one.unfit is not None:
        mark = UNREAD if one.unfit is Unfit.UNREAD else FAILED
        return anatomy.row(mark.symbol, look.say(UNFIT[one.unfit], group=setup_state.short(one.group.name)))
    role = setup_state.short(setup_state.role_name(one.role, look))
    said = look.say("{group}: takes guests, {role}", group=setup_state.short(one.group.name), role=role)
    if not one.opens:
        return anatomy.row(DONE.symbol, said)
    more = look.count("opens 1 other app too", "opens {number} other apps too", one.opens)
    return anatomy.row(LOOK_AT.symbol, said, more)
