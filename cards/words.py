"""How times, terms, people and what people wrote are put into words."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import assert_never

from access.rules.model import (
    DEFAULT_ACCESS,
    Give,
    GiveKind,
    Kind,
    MailState,
    Named,
    ObjectId,
    Redemption,
    Request,
    StepKind,
    Term,
)
from cards.look import Look

LONGEST = 500
"""Letters after which what a person wrote is cut."""
_NAMED_PEOPLE = 3
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>~&]")
_LIST_MARK = re.compile(r"^(\d+)([.)])|^([#+-])")
_SPOKEN_MARKS = re.compile(r"[\\`*_\[\]<>~]")


# --- what people wrote --------------------------------------------------------------------------


def cleaned(text: str) -> str:
    """Return text without control, zero-width and direction characters, on one line."""
    if text.isprintable():
        return " ".join(text.split())
    spaced = (" " if letter.isspace() else letter for letter in text)
    kept = (letter for letter in spaced if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"})
    return " ".join("".join(kept).split())


def escaped(text: str) -> str:
    """Return text so that a block that knows markdown shows it as it is."""
    marked = _MARKDOWN.sub(lambda found: f"\\{found[0]}", cleaned(text))
    return _LIST_MARK.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", marked)


def spoken(text: str) -> str:
    """Return text for a notification or a screen reader, where an escape would be read out."""
    return _SPOKEN_MARKS.sub("", cleaned(text))


def quoted(text: str) -> str:
    """Return somebody's words in quotation marks, cut where they are too long for a card."""
    words = cleaned(text)
    if len(words) > LONGEST:
        return f"“{words[:LONGEST].rstrip()}… (shortened)”"
    return f"“{words}”"


# --- times and terms ----------------------------------------------------------------------------


def day(value: date, *, year: bool = True) -> str:
    """Return `Mon 23 Nov 2026`."""
    short = f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"
    return f"{short} {value.year}" if year else short


def when(at: datetime, look: Look, now: datetime, *, year: bool = False) -> str:
    """Return `Mon 23 Nov, 09:14 CET`, with the year when it is not that of `now`."""
    local = at.astimezone(look.zone)
    written = day(local.date(), year=year or local.year != now.astimezone(look.zone).year)
    return f"{written}, {local:%H:%M}{_zone_of(local, look)}"


def _zone_of(local: datetime, look: Look) -> str:
    if look.personal:
        return ""
    name = local.tzname() or "UTC"
    return f" {name}" if name[0].isalpha() else f" UTC{name}"


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def term(value: Term) -> str:
    """Return how long, as long as nothing is delivered."""
    return f"Until {day(value.until)}" if value.until else f"{days(value.days or 0)} from delivery"


def for_term(value: Term) -> str:
    """Return how long, in the middle of a sentence."""
    return f"until {day(value.until)}" if value.until else f"for {days(value.days or 0)}"


def ends(request: Request, look: Look) -> str:
    """Return the agreed end of a delivered request, else its term."""
    if request.ends_at is None:
        return term(request.term)
    last = day(request.ends_at.astimezone(look.zone).date())
    return f"{last} ({days(request.term.days)})" if request.term.days else last


# --- people and things --------------------------------------------------------------------------


def first(name: str) -> str:
    """Return the name by which somebody is called again."""
    return (cleaned(name).split(" ") or [""])[0] or "the guest"


def either(names: Sequence[str], word: str = "or") -> str:
    """Return `A, B or C`, and how many more."""
    shown = list(names[:_NAMED_PEOPLE])
    if more := len(names) - len(shown):
        shown.append("1 other" if more == 1 else f"{more} others")
    return (
        f" {word} ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part) if shown else "nobody"
    )


def people(persons: Sequence[Named], you: ObjectId | None = None) -> str:
    """Return `Alex Wilber or Nia Chen`, the reader as *you* and first."""
    others = [one.name for one in persons if one.object_id != you]
    return either([*(["you"] if len(others) < len(persons) else []), *others])


def access(give: Give) -> str:
    """Return what the guest gets in the app."""
    if give.kind is GiveKind.GROUP:
        return f"Group {give.name}"
    return "Default access" if give.object_id == DEFAULT_ACCESS else f"Role {give.name}"


def domain(address: str) -> str:
    """Return an address's domain; empty when the address has been erased."""
    return address.rpartition("@")[2] if "@" in address else ""


def deed(request: Request) -> str:
    """Return the request as a sentence; it stays the same for all its life."""
    if request.kind is Kind.ASSIGN:
        return f"Assign {request.guest_name} to {request.app.name}"
    return f"Invite {request.guest_name} to {request.app.name}"


def account(redemption: Redemption | None) -> str:
    """Return what the directory knows of the guest."""
    match redemption:
        case None:
            return "New, not in the directory"
        case Redemption.PENDING:
            return "Invited before, not accepted"
        case Redemption.ACCEPTED:
            return "Guest who has accepted"
        case Redemption.UNKNOWN:
            return "Guest"
        case _:
            assert_never(redemption)


def mail(state: MailState) -> str:
    match state:
        case MailState.NONE:
            return "Not sent yet"
        case MailState.QUEUED:
            return "Queued"
        case MailState.SENT:
            return "Sent"
        case MailState.FAILED:
            return "Not sent"
        case MailState.BY_MICROSOFT:
            return "Sent by Microsoft"
        case _:
            assert_never(state)


def step(kind: StepKind, request: Request) -> str:
    """Return a step of the plan, verb first."""
    guest = first(request.guest_name)
    known = request.plan is not None and request.plan.guest_id is not None
    match kind:
        case StepKind.INVITE:
            again = f"Invite {guest} again; the old link dies"
            return again if known else f"Invite {guest}, with {first(request.requestor.name)} as sponsor"
        case StepKind.KNOW:
            return f"Wait until the directory knows {guest}"
        case StepKind.SPONSOR:
            return f"Note {first(request.requestor.name)} as sponsor"
        case StepKind.GIVE:
            if request.give.kind is GiveKind.GROUP:
                return f"Add {guest} to group {request.give.name}"
            role = "" if request.give.object_id == DEFAULT_ACCESS else f", role {request.give.name}"
            return f"Assign {guest} to {request.app.name}{role}"
        case StepKind.MAIL:
            accepted = request.plan is not None and request.plan.redemption is Redemption.ACCEPTED
            return "Mail the app's link" if accepted else "Mail the invitation"
        case StepKind.PROVE:
            return "Read back what was done"
        case _:
            assert_never(kind)
