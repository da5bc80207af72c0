"""The accesses that end within a while, five a page, each with a box to tick; and what came of those."""

from collections.abc import Mapping

from access.rules.clues import Unread
from access.rules.model import Record, Redemption, Request, State
from access.rules.refusals import (
    Duplicate,
    NoAccess,
    NotPossible,
    NotYours,
    SeveralAccesses,
    UnknownRequest,
    Unreadable,
)
from access.rules.renewal_list import Act, Came, Done, RenewalPage, Row, Untouched
from access.rules.renewing import NotRenewable
from cards import anatomy
from cards.anatomy import DONE, LOOK_AT, NOTHING, WAITING, Strip, Tone, command, small_print
from cards.elements import Action, CardJson, Container, Element, Execute, InputChoice, InputText, TextBlock
from cards.look import Look
from cards.problems import sentence
from cards.words import LONGEST, both, cleaned, day, escaped, last_day, spoken, when

PICKED = "picked-"
"""Before the request in the name of a row's box."""
KEPT = "kept"
"""What is ticked on other pages."""
JUSTIFICATION = "justification"
"""The field below the rows, whose answer goes along from page to page."""
_READ_ALOUD = 3


def accesses(shown: RenewalPage, look: Look, *, nobody: bool = False) -> CardJson:
    """Draw a page of what ends; where `nobody` was picked, the press is answered with that."""
    eyebrow = look.say(
        "Renewals · page {page} of {pages} · as of {when}",
        page=shown.page,
        pages=shown.pages,
        when=when(shown.read_at, look, shown.read_at),
    )
    body: list[Element] = anatomy.header(eyebrow, _title(shown, look))
    strip = Strip(NOTHING, look.say("Nothing was changed"), (look.say("Tick whom you mean first."),))
    body += [anatomy.strip(strip)] if nobody else []
    kept = _elsewhere(shown)
    if kept:
        said = look.count(
            "1 more is ticked on other pages.", "{number} more are ticked on other pages.", len(kept)
        )
        body.append(anatomy.text(said, spacing="Small"))
    body += [_row(one, shown, look) for one in shown.rows]
    if kept or any(one.may for one in shown.rows):
        body.append(_justification(shown, look))
    body.append(small_print(_typed(shown, look)))
    rows = "; ".join(f"{_name(one)}, {_ends(one.request, look)}" for one in shown.rows[:_READ_ALOUD])
    aloud = look.say("{state}. {more}", state=_title(shown, look), more=f"{rows}." if rows else "")
    return anatomy.card(look, spoken(aloud), body, _buttons(shown, kept, look))


def done(found: Done, look: Look) -> CardJson:
    """Draw what came of each."""
    lines = [_outcome(one, found.act, look) for one in found.came]
    good = sum(tone is not LOOK_AT for tone, *_ in lines)
    title = look.count(
        "{done} of 1 renewed or asked for", "{done} of {number} renewed or asked for", len(lines), done=good
    )
    if found.act is Act.END:
        title = look.count(
            "{done} of 1 ends as it does", "{done} of {number} end as they do", len(lines), done=good
        )
    body: list[Element] = anatomy.header(look.say("Renewals"), title)
    body += [anatomy.row(tone.symbol, name, said) for tone, name, said in lines]
    if found.left:
        more = look.count(
            "1 more was too many at once; pick it again", "{number} more were too many at once", found.left
        )
        body.append(anatomy.text(more))
    again = command(_line(found.wanted.app, ""), look)
    listed = look.say("To see the list again, type {command}.", command=again)
    if any(tone is WAITING for tone, *_ in lines):
        asked = look.say("Each goes to its approvers by itself.")
        listed = f"{asked} {listed}"
    lacking = [one.first for one in found.came if one.unjustified and one.first]
    if lacking:
        labels = ", ".join(one.label for one in lacking)
        line = command(f"/renewals renew {labels} because JUSTIFICATION", look)
        give = look.say("To give the justification, type {command}.", command=line)
        listed = f"{give} {listed}"
    body.append(small_print(listed))
    back = Execute(
        look.say_as("button", "Back to the list"),
        "renewals.page",
        {"app": found.wanted.app, "page": found.wanted.page, KEPT: ",".join(map(_tick, lacking))},
    )
    told = "; ".join(f"{name}: {said}" for _, name, said in lines[:_READ_ALOUD])
    return anatomy.card(look, spoken(look.say("{state}. {more}", state=title, more=told)), body, [back])


def no_app(look: Look) -> str:
    return look.say(
        "There is no app with this name whose guests you may see. Type {command} for those that are yours.",
        command=look.typed("/renewals"),
    )


def usage(look: Look) -> str:
    return look.say(
        "Write whom you mean by address or by the number of the request: {renew}, or {end}.",
        renew=look.typed('/renewals "Health Records" renew ana@fabrikam.com, bo@fabrikam.com'),
        end=look.typed("/renewals norenew R-1042"),
    )


def _title(shown: RenewalPage, look: Look) -> str:
    number, days = shown.found, shown.within.days
    if not number:
        return look.say("No access of your guests ends within {days} days", days=days)
    return look.count(
        "1 access ends within {days} days", "{number} accesses end within {days} days", number, days=days
    )


def _buttons(shown: RenewalPage, kept: list[str], look: Look) -> list[Action]:
    data = {"app": shown.wanted.app, KEPT: ",".join(kept)}
    actions: list[Action] = []
    if kept or any(one.may for one in shown.rows):
        now = {**data, "page": shown.page}
        actions.append(Execute(look.say_as("button", "Renew"), "renewals.renew", now, style="positive"))
        actions.append(Execute(look.say_as("button", "Do not renew"), "renewals.end", now))
    actions += anatomy.turning("renewals.page", shown.page, shown.pages, look, **data)
    return actions


def _elsewhere(shown: RenewalPage) -> list[str]:
    """Return what is ticked, and not to be seen on this page."""
    here = {one.request.label for one in shown.rows}
    return [f"{one}={ends}" for one, ends in shown.wanted.picked.items() if one not in here]


def _name(row: Row) -> str:
    return cleaned(row.guest.name if row.guest else row.request.guest_name) or row.request.address


def _row(row: Row, shown: RenewalPage, look: Look) -> Container:
    """Return an access: its box, where whoever looks may act on it, and what is known of the guest."""
    request, items = row.request, list[Element]()
    ends = f"{request.app.name} · {_ends(request, look)}"
    if row.may:
        value = _tick(request)
        ticked = value if request.label in shown.wanted.picked else ""
        box = [(escaped(ends), value)]
        items.append(InputChoice(f"{PICKED}{request.number}", _name(row), box, several=True, value=ticked))
    else:
        items.append(TextBlock(escaped(f"{_name(row)} · {ends}"), weight="Bolder"))
    notes = [_accepted(row, look), *_signed_in(row, shown, look)]
    lines = [f"{request.label} · {request.address}", " · ".join(notes), _becomes(row, look)]
    items += [TextBlock(escaped(line), size="Small", isSubtle=True, spacing="None") for line in lines]
    return Container(items, separator=True, spacing="Small")


def _tick(request: Request) -> str:
    return f"{request.label}={request.ends_at.isoformat() if request.ends_at else ''}"


def _justification(shown: RenewalPage, look: Look) -> InputText:
    asks = look.say("Justification for all that you tick, or each keeps its own (optional)")
    return InputText(
        JUSTIFICATION, asks, isMultiline=True, maxLength=LONGEST, value=shown.wanted.justification
    )


def _ends(request: Request, look: Look) -> str:
    at = request.ends_at or request.changed_at
    return look.say("Ends {when}", when=last_day(at, look))


def _accepted(row: Row, look: Look) -> str:
    if row.guest is None:
        return look.say("not in the directory")
    if not row.guest.enabled:
        return look.say("account disabled")
    waits = row.guest.redemption is Redemption.PENDING
    return look.say("has not accepted") if waits else look.say("accepted")


def _signed_in(row: Row, shown: RenewalPage, look: Look) -> list[str]:
    if row.guest is None:
        return []
    if isinstance(shown.signed_in, Unread):
        licence = shown.signed_in is Unread.LICENCE
        return [
            look.say("last sign-in: not licensed to know") if licence else look.say("last sign-in: not known")
        ]
    at = shown.signed_in.get(row.guest.object_id)
    if at is None:
        return [look.say("no sign-in on record")]
    return [look.say("last sign-in {when}", when=day(at.astimezone(look.zone).date(), look))]


def _becomes(row: Row, look: Look) -> str:
    """Return what *Renew* would come to, or what stands against it."""
    given = row.request.assignment
    if not row.may:
        return look.say("Not yours to renew: those who may request the app are.")
    if row.waits:
        return look.say("A renewal is asked for already.")
    if row.problem is not None:
        return sentence(row.problem, look)
    last = last_day(row.to, look) if row.to else ""
    said = look.say("Renewed, it lasts until {day}, once that is approved.", day=last)
    if row.waived:
        said = look.say("Renewed, it lasts until {day}; nobody has to approve.", day=last)
    not_wanted = given is not None and given.not_renewed is not None
    write = look.say("Write a justification below.")
    said = f"{said} {write}" if row.unjustified else said
    unwanted = look.say("Not to be renewed.")
    return f"{unwanted} {said}" if not_wanted else said


def _line(app: str, more: str) -> str:
    named = f'/renewals "{app}"' if app else "/renewals"
    return f"{named} {more}".strip()


def _typed(shown: RenewalPage, look: Look) -> str:
    """Return what is typed for the buttons, such as of the first row, and for the next page."""
    app = shown.wanted.app
    if not shown.rows:
        return look.say("Or type {command}.", command=command(_line(app, ""), look))
    label = shown.rows[0].request.label
    typed = {
        "renew": command(f"/renewals renew {label}", look),
        "end": command(f"/renewals norenew {label}", look),
        "page": command(_line(app, f"page {shown.page + 1}"), look),
    }
    if shown.page < shown.pages:
        return look.say("Or type {renew}, {end}, or {page}.", **typed)
    return look.say("Or type {renew}, or {end}; several with commas.", **typed)


_STATES: Mapping[State, Tone] = {
    State.PENDING_APPROVAL: WAITING,
    State.DELIVERING: DONE,
    State.DELIVERED: DONE,
}


def _outcome(came: Came, act: Act, look: Look) -> tuple[Tone, str, str]:
    """Return whom it was about, and what came of it; of what is hidden nothing but what was typed."""
    first, result = came.first, came.result
    name = first.guest_name if first else came.typed
    if isinstance(result, Record):
        return _acted(result.request, act, name, look)
    return LOOK_AT, name, _refused(came, look)


def _acted(request: Request, act: Act, name: str, look: Look) -> tuple[Tone, str, str]:
    at = request.extends.to if request.extends else request.ends_at or request.changed_at
    last = last_day(at, look)
    if act is Act.END:
        return NOTHING, name, look.say("ends on {day} and is not to be renewed", day=last)
    if request.state is State.PENDING_APPROVAL:
        said = look.say("{label} asks for it to last until {day}", label=request.label, day=last)
        return WAITING, name, said
    if request.state in _STATES:
        return DONE, name, look.say("lasts until {day}, by {label}", day=last, label=request.label)
    return LOOK_AT, name, look.say("{label} came to nothing; look at it", label=request.label)


def _refused(came: Came, look: Look) -> str:
    result = came.result
    match result:
        case NotRenewable():
            return sentence(result.problems[0], look)
        case Duplicate():
            return look.say("a renewal is asked for already")
        case SeveralAccesses():
            return look.say(
                "has several: {labels}", labels=both([one.label for one in result.requests], look)
            )
        case Untouched.MOVED:
            return look.say("the end has moved meanwhile; nothing was changed")
        case Unreadable():
            return look.say("could not be looked up just now; pick this one again")
        case NotPossible():
            return look.say("has ended already")
        case UnknownRequest() | NoAccess() | NotYours():
            return look.say("nothing was done: there is no such access that is yours")
    return look.say("nothing was done")
