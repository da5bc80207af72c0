"""`/settings`: what is set, and what of it an admin would have to change; Guestlist changes nothing of it."""

from collections.abc import Mapping
from dataclasses import replace

from access.rules.drafted import AskAdmins, Drafted, Way
from access.rules.readied import Readied
from access.rules.readiness import Item, Stands, Topic
from access.rules.setting_drafts import ROLES, Call, Draft, Value
from cards import anatomy, portal, readiness, setting_words, tenant_settings
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, Strip, command, small_print
from cards.elements import (
    ActionSet,
    CardJson,
    Container,
    Element,
    Execute,
    RichTextBlock,
    TextRun,
    ToggleVisibility,
)
from cards.look import Look
from cards.readiness import ASKED, SETTINGS, line_of
from cards.readiness_words import Said
from cards.tenant_settings import as_is
from cards.words import cleaned, spoken, when

_LONGEST_CALL = 1500
_MOST_CALLS = 4
"""Above this the calls of the least changes alone have room on a card."""
_MOST_NAMED = 5
_OF_TENANT = frozenset({Topic.INVITES, Topic.DOMAIN_LIST, Topic.CROSS_TENANT, Topic.SIGN_IN})


def draw(found: Drafted, look: Look) -> CardJson:
    """Draw each change that is needed, the least first; of the tenant alone, what is set."""
    shown = found.shown
    told = dict(readiness.told(_of_domain(shown), look))
    ways = [one for one in found.ways if one[1]]
    others = [told[item] for item, drafts in found.ways if not drafts]
    unread = [one for one in shown.items if one.stands is Stands.NOT_CHECKED and one.topic in _OF_TENANT]
    strip = _strip(len(ways), len(others), len(unread), look)
    eyebrow = look.say("Settings · as of {when}", when=when(shown.read_at, look, shown.read_at))
    body: list[Element] = [*anatomy.header(eyebrow, _title(shown, look))]
    if shown.label:
        body.append(anatomy.facts([(look.say_as("fact", "Request"), shown.label)]))
    body.append(anatomy.strip(strip))
    count, many = 0, sum(len(drafts) for _, drafts in ways) > _MOST_CALLS
    for way in ways:
        body += _way(way, told[way[0]], shown, count, look, many=many)
        count += len(way[1])
    if many:
        body.append(
            anatomy.text(look.say("As a call of Graph the least change is shown alone."), spacing="Small")
        )
    body += [anatomy.row(UNREAD.symbol, told[one].title, told[one].to_do) for one in unread]
    body += [anatomy.row(FAILED.symbol, one.title, one.to_do) for one in others]
    if not shown.asked.domain and shown.read:
        body += tenant_settings.draw(shown.read.settings, look)
    again = line_of(shown, SETTINGS)
    typed = command(again, look)
    body.append(small_print(look.say("To look again, type {command}.", command=typed)))
    button = Execute(look.say_as("button", "Look again"), "settings.again", {ASKED: again})
    gaps = " ".join(f"{told[item].title}." for item, _ in ways)
    aloud = look.say("{state}. {more}", state=strip.state, more=strip.text)
    return anatomy.card(look, spoken(f"{_title(shown, look)}. {aloud} {gaps}"), body, [button])


def ask(found: AskAdmins, look: Look) -> str:
    """Return the answer for whoever is no admin."""
    names = ", ".join(one.name for one in found.admins[:_MOST_NAMED])
    if not names:
        return look.say("Only admins are told what the tenant has set, and the policy names none.")
    return look.say("Only admins are told what the tenant has set. Ask one of them: {names}.", names=names)


def nothing(look: Look) -> str:
    return look.say("Only admins are told what the tenant has set.")


def usage(look: Look) -> str:
    return look.say(
        "Type {tenant}, {request}, {domain}, or {guest}.",
        tenant=look.typed(SETTINGS),
        request=look.typed("/settings R-1042"),
        domain=look.typed("/settings fabrikam.com"),
        guest=look.typed('/settings ana@fabrikam.com to "Health Records"'),
    )


def _of_domain(shown: Readied) -> Readied:
    """Return it without the guest of a request, of which an admin need not be a party."""
    if not shown.label:
        return shown
    return replace(shown, asked=replace(shown.asked, address=""), guest=None)


def _title(shown: Readied, look: Look) -> str:
    domain, app = shown.asked.domain, shown.app
    if app is not None and domain:
        return look.say(
            "The tenant's settings, for guests from {domain} in {app}", domain=domain, app=app.name
        )
    if domain:
        return look.say("The tenant's settings, for guests from {domain}", domain=domain)
    return look.say("The tenant's settings for guests")


def _strip(ways: int, others: int, unread: int, look: Look) -> Strip:
    never = look.say("Guestlist itself changes no setting: an admin does, in the portal or by Graph.")
    if ways:
        state = look.count("One setting stands in the way", "{number} settings stand in the way", ways)
        return Strip(FAILED, state, (look.say("What would have to be changed is below."), never))
    if others:
        state = look.say("No setting would mend it")
        return Strip(LOOK_AT, state, (look.say("What stands in the way is no setting of the tenant."),))
    if unread:
        state = look.count("Not sure: one setting not read", "Not sure: {number} settings not read", unread)
        return Strip(UNREAD, state, (look.say("What could be read does not stand in the way."),))
    return Strip(DONE, look.say("No setting stands in the way"), (never,))


def _way(way: Way, words: Said, shown: Readied, count: int, look: Look, *, many: bool) -> list[Element]:
    """Draw what fails, each change that mends it, who may make it and where; `count` stand above.

    Where there are many, the call is shown of the least alone: a card has its limit.
    """
    item, drafts = way
    lines: list[Element] = [
        anatomy.label(f"{FAILED.symbol} {words.title}", spacing="None"),
        anatomy.text(words.text, spacing="None"),
    ]
    found: list[Element] = [Container(lines, spacing="Medium", separator=True)]
    names = _names(item, shown, look)
    where = ""
    for place, draft in enumerate(drafts, start=1):
        if len(drafts) > 1:
            found.append(anatomy.label(f"{place}. {setting_words.way(draft, look)}"))
        before, where = where, setting_words.where(draft, names, shown.give, look)
        found += _draft(draft, "" if where == before else where, names, look)
        if place == 1 or not many:
            found += _called(draft.call, f"call-{count + place}", look)
    found.append(anatomy.text(_who(drafts[0], look), spacing="Small"))
    if page := setting_words.page(drafts[0], shown.app):
        found.append(portal.link(look.say("Open this page in Entra"), page))
    return found


def _names(item: Item, shown: Readied, look: Look) -> dict[str, str]:
    app, give = shown.app, shown.give
    return {
        "domain": shown.asked.domain,
        "app": app.name if app else look.say_as("instead of a name", "every app"),
        "group": give.name if give else item.of,
    }


def _draft(draft: Draft, where: str, names: Mapping[str, str], look: Look) -> list[Element]:
    """Draw the values, the way through the portal where it is another, and what else it opens."""
    facts = [(look.say_as("fact", "Where"), where)] if where else []
    facts.append((look.say_as("fact", "Opens"), setting_words.opens(draft, names, look)))
    values = [_value(one, look) for one in draft.values]
    if draft.after_entry:
        first = look.say(
            "First make the settings for this tenant, as drafted here; this call changes a part of it."
        )
        facts.append((look.say_as("fact", "Order"), first))
    return [*values, anatomy.facts(facts)]


def _who(draft: Draft, look: Look) -> str:
    least, *more = ROLES[draft.setting]
    if more:
        return look.say("Who may: {role}, by Graph {other}.", role=least, other=more[0])
    return look.say("Who may: {role}.", role=least)


def _value(value: Value, look: Look) -> RichTextBlock:
    was = value.was or look.say("not set")
    if value.inherited:
        was = look.say("{was} (from the default)", was=was)
    now = value.now or look.say("not set")
    line = look.say("{name}: {was} → {now}", name=value.name, was=was, now=now)
    return RichTextBlock([TextRun(cleaned(line), fontType="Monospace")], spacing="Small")


def _called(call: Call | None, name: str, look: Look) -> list[Element]:
    """Draw the call as it can be copied; one that is too long for a card is made in the portal."""
    if call is None or len(call.body) > _LONGEST_CALL:
        return []
    runs = [
        RichTextBlock([TextRun(cleaned(one), size="Small", fontType="Monospace")])
        for one in (look.say("{method} {url}", method=call.method, url=call.url), as_is(call.body, look))
    ]
    toggle = ToggleVisibility(look.say_as("button", "As a call of Graph"), name)
    return [ActionSet([toggle], spacing="Small"), Container(runs, id=name, isVisible=False)]
