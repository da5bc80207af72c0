"""How times, terms, people and what people wrote are put into words."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime

from access.rules.guards import Scope
from access.rules.model import (
    DEFAULT_ACCESS,
    Give,
    GiveKind,
    Kind,
    MailState,
    Named,
    Redemption,
    Request,
    Term,
)
from access.rules.visible import visible
from cards.look import Look

LONGEST = 500
"""Letters after which what a person wrote is cut."""
_NAMED_PEOPLE = 3
_MANY = 4096
_MARKDOWN = re.compile(r"[\\`*_\[\]<>~&]")
_LIST_MARK = re.compile(r"^(\d+)([.)])|^([#+-])")
_DATE = re.compile(r"\{\{(?=\s*(?:DATE|TIME)\b)", re.IGNORECASE)
_SPOKEN_MARKS = re.compile(r"[\\`*_\[\]<>~]")


# --- what people wrote --------------------------------------------------------------------------


def cleaned(text: str) -> str:
    """Return text on one line, without what cannot be seen and without what a card would take for a date."""
    return _DATE.sub("{ {", visible(text))


def escaped(text: str) -> str:
    """Return text so that a block that knows markdown shows it as it is."""
    marked = _MARKDOWN.sub(lambda found: f"\\{found[0]}", cleaned(text))
    return _LIST_MARK.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", marked)


def spoken(text: str) -> str:
    """Return text for a notification or a screen reader, where an escape would be read out."""
    return _SPOKEN_MARKS.sub("", cleaned(text))


def quoted(text: str, look: Look) -> str:
    """Return somebody's words in quotation marks, cut where they are too long for a card."""
    words = cleaned(text)
    if len(words) > LONGEST:
        return look.say("“{words}… (shortened)”", words=words[:LONGEST].rstrip())
    return look.say("“{words}”", words=words)


# --- times and terms ----------------------------------------------------------------------------


def day(value: date, look: Look) -> str:
    """Return `Mon 23 Nov 2026`."""
    return format_date(value, look.say_as("date pattern", "EEE d MMM y"), look.texts.locale)


def day_of(at: datetime, look: Look) -> str:
    """Return `Mon 23 Nov 2026 CET`, above times of that day."""
    local = at.astimezone(look.zone)
    return f"{day(local.date(), look)}{_zone_of(local, look)}"


def when(at: datetime, look: Look, now: datetime, *, year: bool = False) -> str:
    """Return `Mon 23 Nov, 09:14 CET`, with the year when it is not that of `now`."""
    local = at.astimezone(look.zone)
    if year or local.year != now.astimezone(look.zone).year:
        pattern = look.say_as("date pattern", "EEE d MMM y, HH:mm")
    else:
        pattern = look.say_as("date pattern", "EEE d MMM, HH:mm")
    return f"{_written(at, look.zone, pattern, look.texts.locale)}{_zone_of(local, look)}"


def clock(at: datetime, look: Look) -> str:
    """Return `09:14`, where the day is known."""
    return _written(at, look.zone, look.say_as("date pattern", "HH:mm"), look.texts.locale)


@lru_cache(_MANY)
def _written(at: datetime, zone: ZoneInfo, pattern: str, locale: Locale) -> str:
    """Return a time as Babel writes it, which takes a while, and a card is drawn for many."""
    return format_datetime(at, pattern, zone, locale)


def _zone_of(local: datetime, look: Look) -> str:
    return "" if look.personal else _named(local)


def _named(local: datetime) -> str:
    name = local.tzname() or "UTC"
    return f" {name}" if name[0].isalpha() else f" UTC{name}"


def last_day(end: datetime | date, look: Look) -> str:
    """Return the last day of an access in the house's zone, as it is typed; named where it is another."""
    house = look.house or look.zone
    at = end if isinstance(end, datetime) else datetime.combine(end, time(23, 59), house)
    local = at.astimezone(house)
    same = local.utcoffset() == at.astimezone(look.zone).utcoffset()
    return day(local.date(), look) if same else f"{day(local.date(), look)}{_named(local)}"


def days(number: int, look: Look) -> str:
    return look.count("1 day", "{number} days", number)


def term(value: Term, look: Look) -> str:
    """Return how long, as long as nothing is delivered."""
    if value.until:
        return look.say("Until {day}", day=last_day(value.until, look))
    return look.count("1 day from delivery", "{number} days from delivery", value.days or 0)


def for_term(value: Term, look: Look) -> str:
    """Return how long, in the middle of a sentence."""
    if value.until:
        return look.say("until {day}", day=last_day(value.until, look))
    return look.count("for 1 day", "for {number} days", value.days or 0)


def how_long(request: Request, look: Look) -> str:
    """Return until when, where that is certain before the delivery, or for how long."""
    if request.extends:
        return look.say("until {day}", day=last_day(request.extends.to, look))
    return for_term(request.term, look)


def ends(request: Request, look: Look) -> str:
    """Return the agreed end of a delivered request, else its term."""
    if request.ends_at is None:
        return term(request.term, look)
    last = last_day(request.ends_at, look)
    renewed = request.extends or (request.assignment and request.assignment.renewals)
    return last if renewed or not request.term.days else f"{last} ({days(request.term.days, look)})"


# --- people and things --------------------------------------------------------------------------


def first(name: str, look: Look) -> str:
    """Return the name by which somebody is called again."""
    return (cleaned(name).split(" ") or [""])[0] or look.say_as("instead of a name", "the guest")


def either(names: Sequence[str], look: Look) -> str:
    """Return `A, B or C`, and how many more."""
    *others, last = _shown(names, look)
    if not others:
        return last
    return look.say_as("list", "{names} or {name}", names=_listed(others, look), name=last)


def both(names: Sequence[str], look: Look) -> str:
    """Return `A, B and C`, and how many more."""
    *others, last = _shown(names, look)
    if not others:
        return last
    return look.say_as("list", "{names} and {name}", names=_listed(others, look), name=last)


def _shown(names: Sequence[str], look: Look) -> list[str]:
    shown = list(names[:_NAMED_PEOPLE])
    if more := len(names) - len(shown):
        shown.append(look.count("1 other", "{number} others", more))
    return shown or [look.say("nobody")]


def _listed(names: Sequence[str], look: Look) -> str:
    listed = names[0]
    for name in names[1:]:
        listed = look.say_as("list", "{names}, {name}", names=listed, name=name)
    return listed


def acting(by: Named, whom: Named | None, look: Look, *, alone: bool = False) -> str:
    """Return who acted and for which approver, to begin a sentence with, or to stand `alone`."""
    if whom is None:
        return by.name
    if alone:
        return look.say("{name}, for {whom}", name=by.name, whom=whom.name)
    return look.say("{name}, for {whom},", name=by.name, whom=whom.name)


def people(persons: Sequence[Named], look: Look) -> str:
    """Return `Alex Wilber or Nia Chen`."""
    return either([one.name for one in persons], look)


def access(give: Give, look: Look) -> str:
    """Return what the guest gets in the app."""
    if give.kind is GiveKind.GROUP:
        return look.say("Group {group}", group=give.name)
    if give.object_id == DEFAULT_ACCESS:
        return look.say("Default access")
    return look.say("Role {role}", role=give.name)


def domain(address: str) -> str:
    """Return an address's domain; empty when the address has been erased."""
    return address.rpartition("@")[2] if "@" in address else ""


def deed(request: Request, look: Look) -> str:
    """Return the request as a sentence; it stays the same for all its life."""
    if request.kind is Kind.REMOVE:
        return look.say("Remove {guest} from the directory", guest=request.guest_name)
    if request.kind is Kind.CHANGE:
        return look.say("Change the details of {guest}", guest=request.guest_name)
    if request.adopted:
        return look.say("Adopt {guest} in {app}", guest=request.guest_name, app=request.app.name)
    if request.guard is not None:
        return protection(request.guard.scope, look)
    if request.bulk is not None:
        return look.count(
            "Invite 1 guest of a list to {app}",
            "Invite {number} guests of a list to {app}",
            request.bulk.rows,
            app=request.app.name,
        )
    if request.kind is Kind.SETUP:
        return look.say("Set up {app} for guests", app=request.app.name)
    if request.kind is Kind.EXTEND:
        return look.say("Renew {guest} in {app}", guest=request.guest_name, app=request.app.name)
    if request.kind is Kind.ASSIGN:
        return look.say("Assign {guest} to {app}", guest=request.guest_name, app=request.app.name)
    return look.say("Invite {guest} to {app}", guest=request.guest_name, app=request.app.name)


def protection(scope: Scope, look: Look) -> str:
    """Return what a protection is, as a sentence that stays the same."""
    if scope.app_id:
        return look.say("Protect {app} at the sign-in of guests", app=scope.app_name)
    if scope.whom:
        return look.say("Protect every app at the sign-in of {whom}", whom=scope.whom)
    return look.say("Protect every app at the sign-in of guests")


def account(redemption: Redemption | None, look: Look) -> str:
    """Return what the directory knows of the guest."""
    match redemption:
        case None:
            return look.say_as("account", "New, not in the directory")
        case Redemption.PENDING:
            return look.say_as("account", "Invited before, not accepted")
        case Redemption.ACCEPTED:
            return look.say_as("account", "Guest who has accepted")
        case Redemption.UNKNOWN:
            return look.say_as("account", "Guest")
        case _:
            assert_never(redemption)


def mail(state: MailState, look: Look) -> str:
    match state:
        case MailState.NONE:
            return look.say_as("mail", "Not sent yet")
        case MailState.QUEUED:
            return look.say_as("mail", "Queued")
        case MailState.SENT:
            return look.say_as("mail", "Sent")
        case MailState.FAILED:
            return look.say_as("mail", "Not sent")
        case MailState.BY_MICROSOFT:
            return look.say_as("mail", "Sent by Microsoft")
        case _:
            assert_never(state)
