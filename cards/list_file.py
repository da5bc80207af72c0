"""The files of a list of guests: how one gets them, what a row says is to be done, and why there is none."""

from dataclasses import replace

from access.rules.causes import Cause
from access.rules.list_files import ListFile, Outcome, RowOutcome, file_of, is_forgotten
from access.rules.lists import GuestList
from access.rules.model import Request
from access.rules.sheet import WhyNotSaved
from access.rules.verdicts import Judged
from cards import anatomy, guest_sheet, verdict_words
from cards.anatomy import command, data_of, small_print
from cards.bulk_dry_run import code_of
from cards.cause_words import RETRY
from cards.causes import advice
from cards.elements import ActionSet, CardJson, Element, Execute
from cards.look import Look
from cards.problems import sentence
from cards.words import quoted


def shown(request: Request, look: Look) -> list[Element]:
    """Return how a list's card names its file: with what became of each row, or would."""
    file = command(line(request), look)
    said = look.say("All rows with what is said of each, as a file: {command}.", command=file)
    if file_of(request) is ListFile.RESULTS:
        said = look.say("What became of each row, as a file: {command}.", command=file)
    button = Execute(look.say_as("button", "As a file"), "bulk.file", data_of(request))
    return [small_print(said), ActionSet([button], spacing="Small")]


def line(request: Request) -> str:
    return f"/bulk {request.label} file"


def about(file: ListFile, made: GuestList, look: Look) -> str:
    """Return what Teams shows on its own card: how many rows, what stands in them, what becomes of it."""
    rows = len(made.rows)
    if file is ListFile.RESULTS:
        said = look.count("1 row, with what became of it.", "{number} rows, with what became of each.", rows)
    else:
        said = look.count(
            "1 row, with what would become of it.", "{number} rows, with what would become of each.", rows
        )
    kept = look.say("If you accept, it is made as of then and saved in your OneDrive.")
    return f"{said} {kept}"


def none(why: WhyNotSaved, made: GuestList, request: Request | None, look: Look) -> CardJson:
    """Draw that no file was saved, in the place of its offer, and how there may be one."""
    strip = guest_sheet.strip_of(why, look)
    name = request.label if request else made.app.name
    body: list[Element] = anatomy.header(
        look.say("Many guests · file"), look.say("List for {name} as a file", name=name)
    )
    body.append(anatomy.strip(strip))
    code = line(request) if request else f"/bulk file {code_of(made)}"
    body.append(small_print(look.say("Or type {command}.", command=command(code, look))))
    data = data_of(request) if request else {"list": made.list_id}
    again = Execute(look.say_as("button", "As a file"), "bulk.file", data)
    return anatomy.card(look, anatomy.aloud(strip, look), body, [again])


def to_do(
    row: Judged, found: RowOutcome | None, request: Request | None, look: Look, *, late: Cause | None = None
) -> str:
    """Return what can be done about a row; empty where nothing need be. A `late` one is retried no more."""
    if is_forgotten(row):
        return look.say("The guest was erased from Guestlist's records.")
    if found is None or found.outcome is Outcome.NOT_ASKED:
        return _of_verdict(row, look)
    if found.outcome is Outcome.LEFT_OUT:
        return look.say("An approver has left out this domain.")
    if found.outcome is Outcome.STOPPED:
        return look.say("Send it in another list.")
    return _of_cause(row, found, request, look, late=late) if found.cause and request else ""


def _of_verdict(row: Judged, look: Look) -> str:
    """Return what is wrong with a row where more is known than its verdict, and what can be done."""
    wrong = sentence(row.problem, look) if row.problem else ""
    asked = quoted(row.problem.question.ask, look) if row.problem and row.problem.question else ""
    return " ".join(filter(None, (asked, wrong, verdict_words.to_do(row.verdict, look))))


def _of_cause(row: Judged, found: RowOutcome, request: Request, look: Look, *, late: Cause | None) -> str:
    """Return the advice for a cause; a cell has no button, so that what is retried is typed."""
    theirs = replace(request, bulk=None, address=row.address, guest_name=row.name)
    if found.label:
        theirs = replace(theirs, number=int(found.label.removeprefix("R-")))
    if found.cause is Cause.DOMAIN_DENIED:
        return look.say("Ask whoever keeps Guestlist's policy to allow the domain.")
    points = advice(str(found.cause), theirs, look, found.step).to_do
    retry = look.typed(f"/retry {theirs.label}")
    again = look.say("Type {command}: no new approval is needed.", command=retry)
    if late:
        [again] = advice(late, theirs, look).to_do
    return " ".join(again if one == look.say(RETRY) else one for one in points)
