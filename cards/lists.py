"""Lists of requests, five rows a page: mine, and those that wait for my decision."""

from collections.abc import Sequence

from access.rules.model import Record, Request, State
from cards import anatomy
from cards.anatomy import command, small_print
from cards.elements import (
    Action,
    ActionSet,
    Card,
    CardJson,
    Column,
    ColumnSet,
    Container,
    Element,
    Execute,
    TextBlock,
)
from cards.look import Look
from cards.state import decides, short
from cards.words import cleaned, deed, ends, escaped, for_term, spoken, when

_ROWS = 5


def requests(records: Sequence[Record], page: int, look: Look) -> CardJson:
    """Draw what somebody has asked for, newest first; a row opens the request."""
    shown, page, pages = _cut(records, page)
    rows: list[Element] = []
    for record in shown:
        note = _standing(record.request, look)
        title = f"{record.request.label} · {deed(record.request)} {short(record.request)} {note}"
        open_ = Execute(cleaned(title), "request.view", {"request": record.request.request_id})
        rows.append(_row(record.request, note, open_))
    title = "You have no requests" if not records else f"Your requests: {len(records)}"
    body: list[Element] = [*anatomy.header(f"Requests · page {page} of {pages}", title), *rows]
    body.append(_how_to_go_on("requests", page, pages))
    text = _text(title, shown, page, pages, "requests")
    return Card(text, body, _turning("desk.requests", page, pages)).to_dict()


def approvals(records: Sequence[Record], page: int, look: Look) -> CardJson:
    """Draw what waits for somebody's decision, oldest first; each row has a button that shows it."""
    shown, page, pages = _cut(records, page)
    rows: list[Element] = []
    for record in shown:
        request = record.request
        note = f"{request.requestor.name} asks, {for_term(request.term)}. {decides(request, look)}"
        show = Execute(f"Show {request.label}", "approval.view", {"request": request.request_id})
        rows += [_row(request, note), ActionSet([show], spacing="Small")]
    waiting = "1 request waits" if len(records) == 1 else f"{len(records)} requests wait"
    title = f"{waiting} for your decision" if records else "Nothing waits for your decision"
    body: list[Element] = [*anatomy.header(f"Approvals · page {page} of {pages}", title), *rows]
    body.append(_how_to_go_on("approvals", page, pages))
    text = _text(title, shown, page, pages, "approvals")
    return Card(text, body, _turning("desk.approvals", page, pages)).to_dict()


def _cut(records: Sequence[Record], page: int) -> tuple[Sequence[Record], int, int]:
    """Return the rows of a page, the page as it exists, and how many there are."""
    pages = max(1, -(-len(records) // _ROWS))
    page = min(max(page, 1), pages)
    return records[(page - 1) * _ROWS : page * _ROWS], page, pages


def _row(request: Request, note: str, open_: Execute | None = None) -> Container:
    name = TextBlock(escaped(f"{request.label} · {deed(request)}"), weight="Bolder")
    state = TextBlock(short(request), horizontalAlignment="Right")
    below = TextBlock(escaped(note), size="Small", isSubtle=True, spacing="None")
    items: list[Element] = [ColumnSet([Column("stretch", [name]), Column("auto", [state])]), below]
    if open_ is None:
        return Container(items, separator=True, spacing="Medium")
    return Container(items, separator=True, spacing="Medium", selectAction=open_)


def _standing(request: Request, look: Look) -> str:
    """Return the line under a request of one's own: who decides, or when it ended or ends."""
    if request.state is State.PENDING_APPROVAL:
        return decides(request, look)
    if request.state is State.DELIVERED:
        return f"Ends {ends(request, look)}"
    return f"Since {when(request.changed_at, look, request.changed_at, year=True)}"


def _how_to_go_on(name: str, page: int, pages: int) -> Element:
    if page < pages:
        return small_print("Or type ", command(f"/{name} page {page + 1}"), ".")
    if name == "approvals":
        return small_print("To decide, type ", command("/approve R-…"), " or ", command("/deny R-…"), ".")
    return small_print("To ask for something, type ", command("/invite"), ".")


def _turning(verb: str, page: int, pages: int) -> list[Action]:
    turns: list[Action] = []
    if page < pages:
        turns.append(Execute("Next page", verb, {"page": page + 1}))
    if page > 1:
        turns.append(Execute("Previous page", verb, {"page": page - 1}))
    return turns


def _text(title: str, shown: Sequence[Record], page: int, pages: int, name: str) -> str:
    rows = "; ".join(f"{one.request.label}: {deed(one.request)}, {short(one.request)[2:]}" for one in shown)
    more = f" Type /{name} page {page + 1} for more." if page < pages else ""
    return spoken(f"{title}. {rows}{'.' if rows else ''}{more}")
