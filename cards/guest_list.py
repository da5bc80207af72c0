"""The guests of an app, five a page, those to look at first before others."""

from collections.abc import Mapping

from access.rules.clues import Unread
from access.rules.guest_list import GuestPage, Listed, Only, Order, Standing, Wanted
from access.rules.model import Named
from access.rules.plan import sponsor_of
from cards import anatomy, words
from cards.anatomy import DONE, LOOK_AT, NOTHING, UNREAD, WAITING, command, small_print
from cards.elements import (
    Action,
    CardJson,
    Column,
    ColumnSet,
    Container,
    Data,
    Element,
    Execute,
    InputChoice,
    InputText,
    ShowCard,
    TextBlock,
)
from cards.look import Look
from cards.texts import marked
from cards.words import cleaned, day, escaped, last_day, spoken, when

ONLY, ORDER, DOMAIN = "only", "order", "domain"
"""The fields of the filter."""
ALL = "all"
AS_FILE = "as file"
_LONGEST_DOMAIN = 253
_READ_ALOUD = 3
_SHORT: Mapping[Standing, tuple[str, str]] = {
    Standing.ENDING: (LOOK_AT.symbol, marked("Near its end")),
    Standing.PENDING: (WAITING.symbol, marked("Waiting")),
    Standing.UNKNOWN: (UNREAD.symbol, marked("Not known")),
    Standing.REMOVING: (LOOK_AT.symbol, marked("Being removed")),
    Standing.DISABLED: (NOTHING.symbol, marked("Disabled")),
    Standing.ACCEPTED: (DONE.symbol, marked("Accepted")),
}
_ONLY: Mapping[str, str] = {
    ALL: marked("Everybody"),
    Only.PENDING: marked("Who has not accepted"),
    Only.ACCEPTED: marked("Who has accepted"),
    Only.ENDING: marked("Whose access ends within 14 days"),
    Only.ENDLESS: marked("Whose access has no end known to Guestlist"),
    Only.DISABLED: marked("Whose account is disabled"),
    Only.REMOVING: marked("Who is being removed from the directory"),
    Only.INACTIVE: marked("Who no longer signs in"),
    Only.SPONSORLESS: marked("Who has no sponsor any more"),
}
_ORDERS: Mapping[Order, str] = {
    Order.NEED: marked("What needs you first"),
    Order.END: marked("By the end of the access"),
    Order.NAME: marked("By name"),
    Order.STATE: marked("By state"),
}
_NOT_TOLD: Mapping[Unread, str] = {
    Unread.LICENCE: marked("Last sign-in: not licensed to know (needs Entra ID P1)."),
    Unread.PERMISSION: marked("Last sign-in: not known, Guestlist may not read it."),
    Unread.AWAY: marked("Last sign-in: not known, it cannot be read now."),
    Unread.UNCLEAR: marked("Last sign-in: not known, it cannot be read now."),
    Unread.UNFAMILIAR: marked("Last sign-in: not known, it cannot be read now."),
    Unread.TOO_MUCH: marked("Last sign-in: not known, it cannot be read now."),
}


def guests(shown: GuestPage, look: Look) -> CardJson:
    """Draw a page of the guests of an app; a row opens the guest where a request of ours gave the app."""
    at = when(shown.read_at, look, shown.read_at)
    eyebrow = look.say(
        "Guests · page {page} of {pages} · as of {when}", page=shown.page, pages=shown.pages, when=at
    )
    body: list[Element] = anatomy.header(eyebrow, _title(shown, look))
    body.append(anatomy.text(" ".join(_summary(shown, look)), spacing="Small"))
    body += [_row(one, shown, look) for one in shown.rows]
    body.append(small_print(_typed(shown, look)))
    data = asked(shown.wanted, shown.app.object_id)
    turns = anatomy.turning("guests.page", shown.page, shown.pages, look, **data)
    file = Execute(look.say_as("button", "As a file"), "guests.file", {**data})
    actions = [*turns, _filter(shown, look), *([file] if shown.found else [])] if shown.total else []
    return anatomy.card(look, _aloud(shown, look), body, actions)


def one_guest(address: str, look: Look) -> str:
    """Return what is said where a guest's address was typed, of whom there is a card."""
    return look.say("For one guest, type {command}.", command=look.typed(f"/guest {address}"))


def usage(look: Look) -> str:
    """Return how a list is asked for, where what follows the app's name is not understood."""
    return look.say(
        "Write the app in quotes and then what you want to see: {command}. There are "
        "pending, accepted, ending, endless, disabled, removing, inactive, sponsorless, a domain, by end, "
        "by name, by state, page 2, as file.",
        command=look.typed('/guests "Health Records" pending by end'),
    )


def _title(shown: GuestPage, look: Look) -> str:
    app = shown.app.name
    if shown.together:
        return accesses(shown.total, look)
    if not shown.total:
        return look.say("No guest has {app}", app=app)
    return look.count("1 guest of {app}", "{number} guests of {app}", shown.total, app=app)


def accesses(number: int, look: Look) -> str:
    """Return how many accesses somebody's apps have together: one guest may have several."""
    if not number:
        return look.say("No guest has an app of yours")
    return look.count("1 guest access to your apps", "{number} guest accesses to your apps", number)


def _summary(shown: GuestPage, look: Look) -> list[str]:
    """Return how many stand how, what of them is shown, and what the rows cannot tell."""
    if not shown.total:
        return [look.say("By the directory nobody holds it who is a guest, by a role or by a group.")]
    counts = " · ".join(f"{look.say(_SHORT[one][1])} {count}" for one, count in shown.tally.items())
    said = [f"{counts}."]
    if shown.ending:
        said.append(look.count("1 ends within 14 days.", "{number} end within 14 days.", shown.ending))
    wanted = shown.wanted
    narrowed = [look.say(_ONLY[wanted.only])] if wanted.only else []
    narrowed += [wanted.domain] if wanted.domain else []
    if narrowed:
        what = ", ".join(narrowed)
        said.append(look.say("Shown: {what} ({number}).", what=what, number=shown.found))
    said.append(look.say("Order: {order}.", order=look.say(_ORDERS[wanted.order])))
    if isinstance(shown.signed_in, Unread) and shown.rows:
        said.append(look.say(_NOT_TOLD[shown.signed_in]))
    return said


def _row(listed: Listed, shown: GuestPage, look: Look) -> Container:
    guest = listed.guest
    name = cleaned(guest.name) or guest.address
    state = _state(listed, look)
    notes = [*_deleted(listed, look), _ends(listed, shown, look), *_signed_in(listed, shown, look)]
    app = shown.app_of(listed)
    address = f"{app.name} · {guest.address}" if shown.together else guest.address
    lines = [address, " · ".join(notes), " · ".join(_whose(listed, shown, look))]
    head = ColumnSet(
        [
            Column("stretch", [TextBlock(escaped(name), weight="Bolder")]),
            Column("auto", [TextBlock(state, horizontalAlignment="Right")]),
        ]
    )
    below = [TextBlock(escaped(line), size="Small", isSubtle=True, spacing="None") for line in lines]
    items: list[Element] = [head, *below]
    whole = cleaned(" · ".join((state, name, *lines)))
    if listed.request is None and guest.is_member:
        return Container(items, separator=True, spacing="Small")  # an adoption would be refused
    if listed.request is None:
        open_ = Execute(whole, "adopt.view", {"guest": guest.object_id, "app": app.object_id})
    else:
        open_ = Execute(whole, "guest.view", {"request": listed.request.request_id})
    return Container(items, separator=True, spacing="Small", selectAction=open_)


def _state(listed: Listed, look: Look) -> str:
    symbol, word = _SHORT[listed.standing]
    return f"{symbol} {look.say(word)}"


def _deleted(listed: Listed, look: Look) -> list[str]:
    """Return when the account of somebody who is being removed is deleted."""
    if listed.deleted_on is None:
        return []
    return [
        look.say("account deleted on {day}", day=day(listed.deleted_on.astimezone(look.zone).date(), look))
    ]


def _ends(listed: Listed, shown: GuestPage, look: Look) -> str:
    if listed.ends_at is None:
        return look.say("No end known to Guestlist")
    last = last_day(listed.ends_at, look)
    if listed.ends_at <= shown.read_at:
        return look.say("Was to end {when}", when=last)
    return look.say("Ends {when}", when=last)


def _signed_in(listed: Listed, shown: GuestPage, look: Look) -> list[str]:
    """Return when the guest last signed in; what is not known is said once, above the rows."""
    if isinstance(shown.signed_in, Unread):
        return []
    at = shown.signed_in.get(listed.guest.object_id)
    if at is None:
        return [look.say("no sign-in on record")]
    return [look.say("last sign-in {when}", when=day(at.astimezone(look.zone).date(), look))]


def _whose(listed: Listed, shown: GuestPage, look: Look) -> list[str]:
    """Return the request and who asked, and who stands for the guest: by the directory, else by us."""
    request = listed.request
    if request is None:
        said = [look.say("Not given by Guestlist")]
    else:
        who = request.requestor.name
        said = [look.say("{label}, asked by {requestor}", label=request.label, requestor=who)]
        if request.adopted:
            said = [look.say("{label}, adopted by {requestor}", label=request.label, requestor=who)]
    if listed.guest.is_member:
        said.append(look.say("counts as a member here, not as a guest"))
    known = [sponsor_of(request)] if request else list[Named]()
    names = shown.sponsors.get(listed.guest.object_id, tuple(one.name for one in known))
    if names:
        return [*said, look.say("sponsor {names}", names=words.both(names, look))]
    return [*said, look.say("no sponsor")]


def asked(wanted: Wanted, app: str) -> dict[str, str]:
    """Return what a button asks for again; all of it is read as if it were typed."""
    return {"app": app, ONLY: wanted.only or ALL, DOMAIN: wanted.domain, ORDER: wanted.order}


def _filter(shown: GuestPage, look: Look) -> Action:
    title, wanted = look.say_as("button", "Filter or sort"), shown.wanted
    only = [(look.say(text), value) for value, text in _ONLY.items()]
    orders = [(look.say(text), value) for value, text in _ORDERS.items()]
    missing = look.say("Choose one.")
    fields: list[Element] = [
        InputChoice(
            ONLY, look.say("Show"), only, value=wanted.only or ALL, isRequired=True, errorMessage=missing
        ),
        InputText(
            DOMAIN,
            look.say("Of which domain (optional)"),
            maxLength=_LONGEST_DOMAIN,
            placeholder="fabrikam.com",
            value=wanted.domain,
        ),
        InputChoice(
            ORDER, look.say("Order"), orders, value=wanted.order, isRequired=True, errorMessage=missing
        ),
    ]
    data: Data = {"app": shown.app.object_id, "page": 1}
    again = Execute(look.say_as("button", "Show these guests"), "guests.page", data)
    return ShowCard(title, fields, again, text=title, style=None)


def line(app: str, wanted: Wanted, last: str) -> str:
    """Return what is typed for the same list; `last` is its page, or that it is wanted as a file."""
    parts = [f'/guests "{app}"', wanted.only or "", wanted.domain]
    parts.append("" if wanted.order is Order.NEED else f"by {wanted.order}")
    return " ".join(part for part in (*parts, last) if part)


def _next(shown: GuestPage) -> str:
    return line(shown.app.name, shown.wanted, f"page {shown.page + 1}")


def _typed(shown: GuestPage, look: Look) -> str:
    """Return what is typed for a guest, for the next page or, on the last, for some, and for the file."""
    ours = [one.guest.address for one in shown.rows if one.request is not None]
    other = f'/guests "{shown.app.name}" {Only.PENDING}' if shown.page == shown.pages else _next(shown)
    more = command(other, look)
    if not shown.found:
        return look.say("Or type {command}.", command=more)
    file = command(line(shown.app.name, shown.wanted, AS_FILE), look)
    if not ours:
        return look.say("Or type {more}, or {file}.", more=more, file=file)
    guest = command(f"/guest {ours[0]}", look)
    return look.say(
        "Press a guest for more. Or type {guest}, {more}, or {file}.", guest=guest, more=more, file=file
    )


def _aloud(shown: GuestPage, look: Look) -> str:
    rows = [f"{one.guest.name}: {look.say(_SHORT[one.standing][1])}" for one in shown.rows[:_READ_ALOUD]]
    told = "; ".join(rows)
    said = look.say("{state}. {more}", state=_title(shown, look), more=f"{told}." if told else "")
    if shown.page < shown.pages:
        more = look.say("Type {command} for more.", command=look.typed(_next(shown)))
        said = f"{said} {more}"
    return spoken(said)
