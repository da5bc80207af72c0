"""The two files of a list of guests: what would become of each row, and what became of it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from access.rules import sheet
from access.rules.addresses import domain_of
from access.rules.causes import Cause
from access.rules.cells import csv_line, defused
from access.rules.lists import GuestList
from access.rules.model import ERASED, AssignmentState, Request, State, StepKind
from access.rules.verdicts import Judged, Verdict
from access.rules.visible import visible

VERDICT_COLUMNS = ("row", "address", "name", "verdict", "about", "what_to_do")
RESULT_COLUMNS = ("row", "address", "name", "outcome", "cause", "request", "what_to_do")
"""They and the words in the cells are English in every language; what to do is said in the reader's."""


class ListFile(StrEnum):
    """Which file of a list is meant: all that an offer names beside the list."""

    VERDICTS = "verdicts"
    RESULTS = "results"


class Outcome(StrEnum):
    """The words of the result file, too, in every language."""

    DONE = "done"
    FAILED = "failed"
    UNDER_WAY = "under-way"
    WAITING = "waiting"
    """The run has not reached it."""
    STOPPED = "stopped"
    """The run was stopped before it was reached."""
    ENDED = "ended"
    """It was given up, or its access has ended."""
    LEFT_OUT = "left-out"
    """An approver excepted its domain."""
    FORGOTTEN = "forgotten"
    """Its guest was erased before the run has reached it."""
    NOT_ASKED = "not-asked"
    """Its verdict kept it out: the cause is that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What became of a row of a list; of a failure the cause and the step, and the number of its request."""

    number: int
    outcome: Outcome
    cause: Cause | None = None
    step: StepKind | None = None
    label: str = ""


_BECAME: Mapping[str, Outcome] = {State.DELIVERED: Outcome.DONE, State.DELIVERY_FAILED: Outcome.FAILED}
_BEGUN = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})


def outcome_of(
    row: int, number: int, state: str, assignment: str | None, cause: str | None, step: str | None
) -> RowOutcome:
    """Return what became of a row by the words that are kept of its request."""
    ended = state == State.CANCELED or assignment == AssignmentState.ENDED
    return RowOutcome(
        number=row,
        outcome=Outcome.ENDED if ended else _BECAME.get(state, Outcome.UNDER_WAY),
        cause=Cause(cause) if cause else None,
        step=StepKind(step) if step else None,
        label=f"R-{number}",
    )


def skipped_row(row: int, why: str) -> RowOutcome:
    """Return a row of which no request could be made: for a cause, or as another asks for the same."""
    if why == Cause.FORGOTTEN:
        return RowOutcome(number=row, outcome=Outcome.FORGOTTEN)
    if why in set(Cause):
        return RowOutcome(number=row, outcome=Outcome.FAILED, cause=Cause(why))
    return RowOutcome(number=row, outcome=Outcome.NOT_ASKED, label=why)


def file_of(request: Request) -> ListFile:
    """Return which file there is of a list that was sent: of its run, once it was approved."""
    begun = request.state in _BEGUN or bool(request.bulk and request.bulk.made)
    return ListFile.RESULTS if begun else ListFile.VERDICTS


def name_of(file: ListFile, app: str, label: str, day: date) -> str:
    """Return what a list's file is called."""
    return sheet.name_of(f"{label} {app}", day, file)


def is_forgotten(row: Judged) -> bool:
    """Tell whether all that is left of a row is its number and its verdict."""
    return ERASED in (row.written, row.address)


def verdict_file(rows: Iterable[Judged], what_to_do: Callable[[Judged], str]) -> bytes:
    """Return every row with its verdict, as CSV that can be mended and sent again."""
    lines = (
        (str(row.number), row.written, row.name, row.verdict, _about(row), what_to_do(row)) for row in rows
    )
    return _file(VERDICT_COLUMNS, lines)


def result_file(
    rows: Iterable[tuple[Judged, RowOutcome]], what_to_do: Callable[[Judged, RowOutcome], str]
) -> bytes:
    """Return every row with its outcome, as CSV."""
    return _file(
        RESULT_COLUMNS,
        (
            (
                str(row.number),
                row.address or row.written,
                row.name,
                found.outcome,
                _cause(row, found),
                found.label,
                what_to_do(row, found),
            )
            for row, found in rows
        ),
    )


def outcomes(
    made: GuestList, reached: Iterable[RowOutcome], left_out: Collection[str], *, stopped: bool
) -> Iterator[tuple[Judged, RowOutcome]]:
    """Yield all rows of a list, of which the run has `reached` some; those are told as they stand."""
    known = {one.number: one for one in reached}
    never = Outcome.STOPPED if stopped else Outcome.WAITING
    for row in made.rows:
        found = known.get(row.number)
        yield row, found or RowOutcome(number=row.number, outcome=_unreached(row, left_out, never))


def _unreached(row: Judged, left_out: Collection[str], never: Outcome) -> Outcome:
    if not row.goes:
        return Outcome.NOT_ASKED
    if is_forgotten(row):
        return Outcome.FORGOTTEN
    return Outcome.LEFT_OUT if domain_of(row.address) in left_out else never


def _cause(row: Judged, found: RowOutcome) -> str:
    """Return why a row came to that; one that was to go and is not asked was asked by another request."""
    if found.outcome is not Outcome.NOT_ASKED:
        return found.cause or ""
    return Verdict.ASKED if row.goes else row.verdict


def _about(row: Judged) -> str:
    """Return what a verdict is about: another row, a request, a domain as the directory would have it."""
    if row.verdict is Verdict.DUPLICATE:
        return f"row {row.hint}"
    if row.verdict in {Verdict.SUSPICIOUS, Verdict.DENIED, Verdict.MEMBER}:
        return domain_of(row.address)
    return row.hint


def _file(columns: Iterable[str], lines: Iterable[Iterable[str]]) -> bytes:
    """Return UTF-8 with the mark by which Excel knows it, a line for each row."""
    body = "".join(csv_line(defused(visible(cell)) for cell in line) for line in lines)
    return ("\ufeff" + csv_line(columns) + body).encode()
