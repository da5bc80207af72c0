"""Lists of requests, five rows a page: mine, and those that wait for my decision."""

from collections.abc import Sequence

from access.rules.model import Record, Request, State
from cards import anatomy
from cards.anatomy import command, small_print
from cards.elements import (
    ActionSet,
    CardJson,
    Column,
    ColumnSet,
    Container,
    Element,
    Execute,
    TextBlock,
)
from cards.ended import ends_or_ended
from cards.look import Look
from cards.state import decided, short, short_word
from cards.waiting import decides
from cards.words import cleaned, deed, ends, escaped, how_long, spoken, when

_ROWS = 5


def requests(records: Sequence[Record], page: int, look: Look) -> CardJson:
    """Draw what somebody has asked for, newest first; a row opens the request."""
    shown, page, pages = _cut(records, page)
    rows: list[Element] = []
    for record in shown:
        request, note = record.request, _standing(record.request, look)
        whole = f"{request.label} · {deed(request, look)} {short(request, look)} {note}"
        open_ = Execute(cleaned(whole), "request.view", {"request": request.request_id})
        rows.append(_row(request, note, look, open_))
    title = look.say("You have no requests")
    if records:
        title = look.say("Your requests: {number}", number=len(records))
    eyebrow = look.say("Requests · page {page} of {pages}", page=page, pages=pages)
    body: list[Element] = [*anatomy.header(eyebrow, title), *rows]
    body.append(_how_to_go_on("requests", page, pages, look, shows=bool(shown)))
    text = _text(title, shown, page, pages, "requests", look)
    return anatomy.card(look, text, body, anatomy.turning("desk.requests", page, pages, look))


def approvals(records: Sequence[Record], page: int, look: Look) -> CardJson:
    """Draw what waits for somebody's decision, oldest first; each row has a button that shows it."""
    shown, page, pages = _cut(records, page)
    rows: list[Element] = []
    for record in shown:
        request = record.request
        show = look.say_as("button", "Show {label}", label=request.label)
        button = Execute(show, "approval.view", {"request": request.request_id})
        rows += [_row(request, _asking(request, look), look), ActionSet([button], spacing="Small")]
    title = look.say("Nothing waits for your decision")
    if records:
        title = look.count(
            "1 request waits for your decision", "{number} requests wait for your decision", len(records)
        )
    eyebrow = look.say("Approvals · page {page} of {pages}", page=page, pages=pages)
    body: list[Element] = [*anatomy.header(eyebrow, title), *rows]
    body.append(_how_to_go_on("approvals", page, pages, look, shows=bool(shown)))
    text = _text(title, shown, page, pages, "approvals", look)
    return anatomy.card(look, text, body, anatomy.turning("desk.approvals", page, pages, look))


def _cut(records: Sequence[Record], page: int) -> tuple[Sequence[Record], int, int]:
    """Return the rows of a page, the page as it exists, and how many there are."""
    pages = max(1, -(-len(records) // _ROWS))
    page = min(max(page, 1), pages)
    return records[(page - 1) * _ROWS : page * _ROWS], page, pages


def _row(request: Request, note: str, look: Look, open_: Execute | None = None) -> Container:
    name = TextBlock(escaped(f"{request.label} · {deed(request, look)}"), weight="Bolder")
    state = TextBlock(short(request, look), horizontalAlignment="Right")
    below = TextBlock(escaped(note), size="Small", isSubtle=True, spacing="None")
    items: list[Element] = [ColumnSet([Column("stretch", [name]), Column("auto", [state])]), below]
    if open_ is None:
        return Container(items, separator=True, spacing="Medium")
    return Container(items, separator=True, spacing="Medium", selectAction=open_)


def _standing(request: Request, look: Look) -> str:
    """Return the line under a request of one's own: who decides, or when it ended or ends."""
    if request.state is State.PENDING_APPROVAL:
        return decides(request, look)
    if request.state is State.DELIVERING and request.waived is not None:
        return decided(request, look)
    is_access = request.account is None and not request.of_no_guest
    if request.state is State.DELIVERED and is_access and not ends_or_ended(request):
        return look.say("Ends {when}", when=ends(request, look))
    return look.say("Since {when}", when=when(request.changed_at, look, request.changed_at, year=True))


def _asking(request: Request, look: Look) -> str:
    """Return the line under somebody else's request: who asks for how long, and who decides."""
    if request.of_no_guest:
        asks = look.say("{requestor} asks for it.", requestor=request.requestor.name)
        return f"{asks} {decides(request, look)}"
    long = how_long(request, look)
    asks = look.say("{requestor} asks, {how_long}.", requestor=request.requestor.name, how_long=long)
    return f"{asks} {decides(request, look)}"


def _how_to_go_on(name: str, page: int, pages: int, look: Look, *, shows: bool) -> Element:
    """Return what can be typed: for the next page, to see a request or decide on it, to ask for one."""
    typed = {word: command(f"/{word} R-…", look) for word in ("show", "approve", "deny")}
    typed |= {"invite": command("/invite", look), "more": command(f"/{name} page {page + 1}", look)}
    if not shows:
        said = look.say("To ask for something, type {invite}.", **typed)
    elif page < pages:
        said = look.say("Type {show} to see a request, {more} for the next page.", **typed)
    elif name == "approvals":
        said = look.say("Type {show} to see a request, {approve} or {deny} to decide.", **typed)
    else:
        said = look.say("Type {show} to see a request, {invite} to ask for something.", **typed)
    return small_print(said)


def _text(title: str, shown: Sequence[Record], page: int, pages: int, name: str, look: Look) -> str:
    rows = [
        f"{one.request.label}: {deed(one.request, look)}, {short_word(one.request, look)}" for one in shown
    ]
    said = look.say("{state}. {more}", state=title, more=f"{'; '.join(rows)}." if rows else "")
    if page < pages:
        more = look.say("Type {command} for more.", command=f"/{name} page {page + 1}")
        said = f"{said} {more}"
    return spoken(said)
