"""`/protect` with a wish: the draft, what guests face before and after, and the button that sends it."""

from collections.abc import Mapping, Sequence

from access.rules.clues import Unread
from access.rules.faced import Tally
from access.rules.guard_plans import GuardProblem, GuardShown, Unsent, Wanted, WhyNoGuard
from access.rules.guards import Scope, Sums
from access.rules.model import Request
from access.rules.outlook import Outlook
from cards import anatomy, guard_words, portal
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, Strip, command, small_print
from cards.elements import Action, CardJson, Data, Element, Execute
from cards.look import Look
from cards.sign_ins import unknowns
from cards.texts import marked
from cards.words import both, cleaned, protection, when

APP = "app"
_THREE = (marked("Second factor"), marked("Platform"), marked("Location"))
_PROBLEMS: Mapping[WhyNoGuard, str] = {
    WhyNoGuard.NOTHING_WANTED: marked("Say what guests shall face: mfa, platforms, locations or terms."),
    WhyNoGuard.NO_SUCH_PLATFORM: marked(
        "{of} is no platform that a policy tells apart. There are: windows, macOS, iOS, android, linux."
    ),
    WhyNoGuard.NO_SUCH_LOCATION: marked("The tenant has no named location {of}, or it could not be read."),
    WhyNoGuard.LOCATION_TWICE: marked("More than one named location is called {of}. Write its object id."),
    WhyNoGuard.NO_SUCH_TERMS: marked(
        "The policy names no terms of use {of}. Write their object id, or have an operator name them."
    ),
    WhyNoGuard.NO_SUCH_GUEST: marked("No guest has the address {of}."),
    WhyNoGuard.NO_SUCH_GROUP: marked("There is no group {of}. Write its object id."),
    WhyNoGuard.GROUP_TWICE: marked("More than one group is called {of}. Write its object id."),
    WhyNoGuard.GROUP_HOLDS_MEMBERS: marked(
        "{of} holds members of the organisation, too, and a policy for a group is for all who are in it."
    ),
    WhyNoGuard.GROUP_EMPTY: marked("Nobody is in {of}, so nobody can say what it would change, or for whom."),
    WhyNoGuard.NO_CLIENT: marked("{of} has no application id that a policy could name."),
}
_UNSENT: Mapping[Unsent, str] = {
    Unsent.NO_BREAK_GLASS: marked(
        "The policy names no break-glass account. An operator writes one under [protect] first."
    ),
    Unsent.BREAK_GLASS_GONE: marked(
        "The break-glass account or group {of} of the policy is not in the directory, or nobody is in it."
    ),
    Unsent.NO_SECURITY_ADMIN: marked(
        "Nobody could approve it: the policy's {of} name nobody but you, or nobody at all."
    ),
    Unsent.NO_PERMISSION: marked(
        "Guestlist may not write policies: it lacks {of}. A person makes what stands below."
    ),
    Unsent.NOT_READ: marked("Conditional Access could not be read, so nobody can say what it would change."),
    Unsent.THERE: marked("Guestlist has made a policy for this already: {of}."),
}
_NOT_READ: Mapping[Unread, str] = {
    Unread.PERMISSION: marked("An admin gives Guestlist Policy.Read.All for it."),
    Unread.LICENCE: marked("The tenant has no licence for Conditional Access (Entra ID P1)."),
}


def draw(shown: GuardShown, look: Look) -> CardJson:
    """Draw the draft; nothing of it is written yet."""
    eyebrow = look.say("Protection · draft, as of {when}", when=when(shown.read_at, look, shown.read_at))
    strip, guard = _strip(shown, look), shown.guard
    body: list[Element] = [
        *anatomy.header(eyebrow, protection(guard.scope, look)),
        anatomy.strip(strip),
    ]
    body += [anatomy.facts(guard_words.facts(guard, look)), *guard_words.defaults(guard, look)]
    if isinstance(shown.outlook, Outlook):
        body += before_and_after(shown.outlook, guard.scope, look)
    if guard_words.is_wide(shown.drafts):
        wide = look.say("Every app means Microsoft's own, too, such as Teams and My Apps.")
        body.append(anatomy.text(wide, spacing="Small"))
    if guard.scope.group_id:
        joins = look.say("Whoever joins the group later is meant, too: keep it to guests.")
        body.append(anatomy.text(joins, spacing="Small"))
    by_hand = shown.unsent is Unsent.NO_PERMISSION
    body += guard_words.exact(shown.drafts, look, shown=by_hand, whole=shown.by_admin)
    body.append(portal.link(look.say("Open Conditional Access in the portal"), portal.conditional_access()))
    typed = command(line(shown.wanted, sends=shown.unsent is None), look)
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    return anatomy.card(look, anatomy.aloud(strip, look), body, _buttons(shown, look))


def before_and_after(outlook: Outlook, scope: Scope, look: Look) -> list[Element]:
    """Return what guests face now and would then, and what becomes of their sign-ins."""
    rows: list[Element] = [anatomy.label(look.say("What guests face, now and then"))]
    for what, now, then in zip(_THREE, outlook.before, outlook.after, strict=True):
        words = look.say(
            "{what}: {now} → {then}", what=look.say(what), now=_how(now, look), then=_how(then, look)
        )
        rows.append(anatomy.row(DONE.symbol if then.wholly == then.total else LOOK_AT.symbol, words))
    if not outlook.sums.total:
        rows = []
    rows += [
        anatomy.label(look.say("What becomes of sign-ins")),
        *guard_words.sums(outlook.sums, scope, look),
    ]
    if outlook.out:
        more = outlook.sums.out + outlook.sums.unsure - len(outlook.out)
        names = both(list(outlook.out), look)
        told = (
            look.count("{names} and 1 more", "{names} and {number} more", more, names=names)
            if more
            else names
        )
        rows.append(anatomy.text(look.say("Locked out, or maybe: {names}", names=told), spacing="Small"))
    if outlook.hangs_on:
        hangs = look.say(
            "Who gets in, now or then, hangs on {unknown}.", unknown=unknowns(outlook.hangs_on, look)
        )
        rows.append(anatomy.text(hangs, spacing="Small"))
    return rows


def problem(found: GuardProblem, look: Look) -> str:
    return look.say(_PROBLEMS[found.why], of=found.of)


def usage(look: Look) -> str:
    return look.say(
        "Write the app in quotes and then what its guests shall face: {one}, or {more}.",
        one=look.typed('/protect "Health Records" mfa'),
        more=look.typed('/protect "Health Records" platforms windows, macOS locations "Office"'),
    )


def sent(request: Request, look: Look) -> str:
    """Return what whoever pressed is told, beside the request's own card."""
    return look.say(
        "{label} is sent to the security admins. Its card says how it stands.", label=request.label
    )


def line(wanted: Wanted, *, sends: bool) -> str:
    """Return the command that asks for the same."""
    target = f'"{wanted.app}"' if wanted.app else "all-apps"
    if wanted.guest:
        target = wanted.guest
    elif wanted.group:
        target = f"group {wanted.group}"
    parts = [target, *(["mfa"] if wanted.mfa else [])]
    for word, values in (
        ("platforms", wanted.platforms),
        ("locations", tuple(f'"{one}"' for one in wanted.locations)),
        ("terms", tuple(f'"{one}"' for one in wanted.terms)),
    ):
        parts += [f"{word} {', '.join(values)}"] if values else []
    return f"/protect {' '.join(parts)}{' send' if sends else ''}"


def data_of(wanted: Wanted) -> Data:
    """Return what the buttons carry, a hint: who may is found out at the press."""
    return {
        APP: wanted.app,
        "guest": wanted.guest,
        "group": wanted.group,
        "mfa": wanted.mfa,
        "platforms": list(wanted.platforms),
        "locations": list(wanted.locations),
        "terms": list(wanted.terms),
    }


def wanted_of(data: Mapping[str, object]) -> Wanted:
    """Read what a button carried; what is of another shape is nothing."""
    text = {name: str(data.get(name) or "")[:256] for name in (APP, "guest", "group")}
    return Wanted(
        app=text[APP],
        all_apps=not any(text.values()),
        guest=text["guest"],
        group=text["group"],
        mfa=data.get("mfa") is True,
        platforms=_texts(data.get("platforms")),
        locations=_texts(data.get("locations")),
        terms=_texts(data.get("terms")),
    )


def _texts(found: object) -> tuple[str, ...]:
    return tuple(str(one)[:256] for one in found) if isinstance(found, list) else ()


def _strip(shown: GuardShown, look: Look) -> Strip:
    outlook = shown.outlook
    if shown.unsent is not None:
        said = look.say(_UNSENT[shown.unsent], of=cleaned(shown.of))
        if isinstance(outlook, Unread):
            said = f"{said} {look.say(_NOT_READ[outlook])}" if outlook in _NOT_READ else said
        return Strip(FAILED, look.say("Nothing can be sent yet"), (said,))
    days = shown.guard.watch_days
    nothing = look.say("Nothing is changed yet, and security admins decide.")
    after = look.count(
        "It only reports for 1 day, and is then asked about.",
        "It only reports for {number} days, and is then asked about.",
        days,
    )
    assert isinstance(outlook, Outlook)
    return Strip(*told(outlook.sums, look), (nothing, after))


def told(counted: Sums, look: Look) -> tuple[anatomy.Tone, str]:
    """Return the worst of what enforcing would do, in few words."""
    if counted.out:
        state = look.count("Would lock out 1 guest", "Would lock out {number} guests", counted.out)
        return FAILED, state
    if counted.unsure:
        state = look.count("May lock out 1 guest", "May lock out {number} guests", counted.unsure)
        return UNREAD, state
    if counted.some:
        state = look.count("Would stop 1 guest in part", "Would stop {number} guests in part", counted.some)
        return LOOK_AT, state
    if not counted.total:
        return UNREAD, look.say("Nobody was there to look at")
    tone = UNREAD if counted.left or counted.more else DONE
    none = look.count(
        "Locks out nobody of 1 guest",
        "Locks out nobody of {number} guests",
        counted.total,
    )
    return tone, none


def _how(tally: Tally, look: Look) -> str:
    """Return of how many a sign-in faces it, in few words."""
    said = [look.say("{number} of {total}", number=tally.wholly, total=tally.total)]
    said += [look.say("{number} partly", number=tally.partly)] if tally.partly else []
    said += [look.say("{number} not sure", number=tally.unsure)] if tally.unsure else []
    return ", ".join(said)


def _buttons(shown: GuardShown, look: Look) -> Sequence[Action]:
    data = data_of(shown.wanted)
    again = Execute(look.say_as("button", "Check again"), "protect.draft", data)
    if shown.unsent is not None:
        return [again]
    send = Execute(look.say_as("button", "Send for approval"), "protect.send", data, style="positive")
    return [send, again]
