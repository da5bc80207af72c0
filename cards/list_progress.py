"""How far the run of a list is, in figures: access, mail and why some failed; and the buttons for it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules.bulk import Bulk, Progress, Run
from access.rules.causes import Cause
from access.rules.list_acts import RESTS, cannot_go_on, has_to_come, is_over, rests_for_good
from access.rules.model import Record, Request, State
from access.rules.retrying import is_old, too_late
from cards import anatomy
from cards.anatomy import FAILED, NOTHING, command, data_of
from cards.cause_words import RETRY
from cards.causes import advice
from cards.elements import Action, Element, Execute, ShowCard, TextBlock
from cards.look import Look
from cards.words import both, clock, either, when

_MOST_CAUSES = 5


def figures(record: Record, look: Look, *, private: bool) -> list[Element]:
    """Return the figures of an approved list; to whoever can do something, also what to do."""
    progress, request = record.progress, record.request
    bulk = _bulk(request)
    if progress is None:
        return []
    goes_on = request.state is State.DELIVERING and not rests_for_good(request, request.changed_at)
    access = _access(bulk, progress, look, goes_on=goes_on)
    shown: list[Element] = [anatomy.label(look.say("Access")), _facts(access, look)]
    if mails := _mails(progress, look):
        shown += [anatomy.label(look.say("Mail")), _facts(mails, look)]
    if progress.rate and progress.left and bulk.run is Run.RUNNING and not bulk.why:
        pace = round(progress.rate) or 1
        said = look.count("1 guest a minute.", "{number} guests a minute.", pace)
        shown.append(TextBlock(said, isSubtle=True))
    if private:
        shown += [*_causes(request, progress, look), *_to_do(request, bulk, look)]
    return shown


def until(request: Request, left: timedelta, look: Look) -> str:
    """Return the minute in which what is left is over, by when the request was last counted."""
    at = request.changed_at + left
    at = at if not at.second else at + timedelta(minutes=1)
    same = at.astimezone(look.zone).date() == request.changed_at.astimezone(look.zone).date()
    return clock(at, look) if look.personal and same else when(at, look, request.changed_at)


def as_of(at: datetime, look: Look) -> str:
    """Return the second at which a card counted."""
    return f"{clock(at, look)}:{at.second:02}"


def buttons(record: Record, look: Look) -> list[Action]:
    """Return what can be done about the run as it stands; who may, is read at the press."""
    request, found = record.request, list[Action]()
    for word in acts(request, record.progress, look.ends_in):
        verb, data = f"list.{word}", data_of(request)
        match word:
            case "pause":
                found.append(Execute(look.say_as("button", "Pause"), verb, data))
            case "resume":
                found.append(Execute(look.say_as("button", "Resume"), verb, data, style="positive"))
            case "retry":
                found.append(Execute(look.say_as("button", "Retry failed"), verb, data, style="positive"))
            case _:
                found.append(_stop(request, look))
    return found


def typed(record: Record, look: Look) -> list[Element]:
    """Return how each of the buttons is typed."""
    words = acts(record.request, record.progress, look.ends_in)
    lines = [command(f"/{word} {record.request.label}", look) for word in words]
    said = look.say("Or type {command}.", command=either(lines, look)) if lines else ""
    return [anatomy.small_print(said)] if said else []


def acts(request: Request, progress: Progress | None = None, zone: ZoneInfo | None = None) -> list[str]:
    """Return what can be done about a run as it stands, by the word that is typed."""
    bulk = _bulk(request)
    if bulk.run is Run.PAUSED:
        if cannot_go_on(request, request.changed_at):
            return ["stop"]
        lasts = (
            has_to_come(bulk) or bulk.why in RESTS or request.state is not State.DELIVERING
        )  # then of mails
        return ["resume", "stop"] if lasts else ["resume"]
    if request.state is State.DELIVERING:
        old = is_old(request, request.changed_at)
        return [*(() if old else ("pause",)), "stop"] if bulk.run is Run.RUNNING and has_to_come(bulk) else []
    failed = progress is not None and bool(progress.failed or progress.skipped or progress.mails_failed)
    if not failed and (progress is not None or request.state is not State.DELIVERY_FAILED):
        return []
    return [] if too_late(request, request.changed_at, zone) else ["retry"]


def fails(request: Request, look: Look) -> bool:
    """Tell whether what is begun fails once a run is stopped: by what paused it, or after its last day."""
    over = request.term.ends_at(request.changed_at, look.ends_in) <= request.changed_at
    return request.state is State.DELIVERING and (over or _bulk(request).why in RESTS)


def _stop(request: Request, look: Look) -> Action:
    title, said = look.say_as("button", "Stop for good"), _lost(request, look)
    stop = Execute(title, "list.stop", data_of(request), style="destructive")
    return ShowCard(look.say_as("button", "Stop"), [anatomy.text(said)], stop, text=said, style="destructive")


def _lost(request: Request, look: Look) -> str:
    """Return what a stop keeps from being done, and what it leaves."""
    bulk = _bulk(request)
    if request.state is not State.DELIVERING:
        return look.say("The mails that wait are not sent. Whoever has access keeps it.")
    lost = look.say("What has failed is not taken up now, and can be retried.")
    if cannot_go_on(request, request.changed_at):
        lost = look.say("What has failed is not taken up any more.")
    if bulk.made < bulk.rows and not bulk.is_cut:
        lost = look.count(
            "The guest who is left is not invited any more: that is for good.",
            "The {number} guests who are left are not invited any more: that is for good.",
            bulk.rows - bulk.made,
        )
    kept = look.say("Whoever has access keeps it, and what is begun is finished.")
    if bulk.run is Run.PAUSED and bulk.why in RESTS:
        kept = look.say("Whoever has access keeps it; what is begun fails, and mails that wait are not sent.")
    if is_over(bulk):
        kept = look.say("Whoever has access keeps it; what is begun and not given yet fails.")
    return f"{lost} {kept}"


def _facts(found: Sequence[tuple[int, str]], look: Look) -> Element:
    return anatomy.facts([(look.number(number), words) for number, words in found], spacing="None")


def _access(bulk: Bulk, progress: Progress, look: Look, *, goes_on: bool) -> list[tuple[int, str]]:
    waits = look.say("waiting") if goes_on and not bulk.is_cut else look.say("not invited")
    figures = [
        (progress.delivered, look.say("delivered and read back")),
        (progress.under_way, look.say("under way")),
        (progress.waiting, waits),
        (progress.failed, look.say("failed")),
        (progress.given_up, look.say("given up")),
        (progress.skipped, look.say("not asked for")),
        (progress.accepted, look.say("accepted the invitation")),
    ]
    return [figures[0], *(one for one in figures[1:] if one[0])]


def _mails(progress: Progress, look: Look) -> list[tuple[int, str]]:
    found = [
        (progress.mails_sent, look.say("sent")),
        (progress.mails_waiting, look.say("queued")),
        (progress.mails_failed, look.say("not sent")),
    ]
    return [one for one in found if one[0]]


def _causes(request: Request, progress: Progress, look: Look) -> list[Element]:
    """Return why rows failed, the most first, each with the first thing to do about it."""
    shown: list[Element] = []
    for cause, number in progress.causes[:_MOST_CAUSES]:
        words = advice(cause, request, look)
        points = [one for one in words.to_do if one != look.say(RETRY)][:1]
        if cause == Cause.DOMAIN_DENIED:
            points = [look.say("Ask whoever keeps Guestlist's policy to allow the domain.")]
        said = look.say("{number}: {why}", number=look.number(number), why=_begins(words.cause))
        shown.append(anatomy.row(FAILED.symbol, said, *points))
    if more := sum(number for _, number in progress.causes[_MOST_CAUSES:]):
        said = look.count("1 for another cause", "{number} for other causes", more)
        shown.append(anatomy.row(FAILED.symbol, said))
    if others := Counter(why for _, why in _bulk(request).skipped if why not in set(Cause)):
        labels = both(list(others)[:_MOST_CAUSES], look)
        said = look.count("1 is asked for already", "{number} are asked for already", others.total())
        shown.append(anatomy.row(NOTHING.symbol, said, labels))
    return [anatomy.label(look.say("Why some failed")), *shown] if shown else []


def _to_do(request: Request, bulk: Bulk, look: Look) -> list[Element]:
    """Return what to do about what has paused the run."""
    old = is_old(request, request.changed_at) and not is_over(bulk)
    if not (bulk.why or old) or bulk.run is not Run.PAUSED or request.state is not State.DELIVERING:
        return []
    why = Cause.APPROVAL_OLD if old else bulk.why
    points = [one for one in advice(why, request, look).to_do if one != look.say(RETRY)]
    if cannot_go_on(request, request.changed_at) or why == Cause.REQUESTOR_LEFT:
        points.append(look.say("Press Stop, which ends this list."))
    else:
        points.append(look.say("Press Resume. No new approval is needed."))
    return anatomy.what_to_do(points, look)


def _begins(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _bulk(request: Request) -> Bulk:
    assert request.bulk is not None
    return request.bulk
