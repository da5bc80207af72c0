"""The two files of a list: no cell is a formula, and the verdicts can be mended and sent again."""

import csv
import io
import unicodedata
from datetime import UTC, datetime, timedelta

from hypothesis import assume, example, given
from hypothesis import strategies as st

from access.rules.causes import Cause
from access.rules.cells import defused, undefused
from access.rules.list_files import (
    RESULT_COLUMNS,
    VERDICT_COLUMNS,
    Outcome,
    RowOutcome,
    outcomes,
    result_file,
    verdict_file,
)
from access.rules.list_rows import LONGEST_USED, ReadList
from access.rules.list_text import read_bytes
from access.rules.lists import GuestList
from access.rules.model import Give, GiveKind, Guest, Named, ObjectId, StepKind, Term
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.verdicts import Judged, Known, OfDomain, Verdict, Wanted, judge

PIECES = [
    "ana@x.com",
    "=1",
    "+",
    "-1",
    "@",
    "\t",
    "\r",
    "\n",
    "'",
    '"',
    ";",
    "|",
    ",",
    "＝",
    "＠",
    "﹢",
    "\u2212",
]
MORE = ["\u200b", " ", "«", "Ana", "<", ">", "mailto:", "=cmd|' /C calc'!A0", ";email;", "email", "sep=;"]
HOSTILE = st.lists(st.sampled_from(PIECES + MORE) | st.text(max_size=2), max_size=8).map("".join)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def a_csv(rows: list[tuple[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("email", "name"), *rows])
    return text.getvalue().encode("utf-8", "ignore")


def of(found: ReadList, known: Known | None = None) -> tuple[Judged, ...]:
    return judge([Wanted(row.number, row.address, row.name) for row in found.rows], known or Known())


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def spoken(_: object) -> str:
    return "=Mend it; @once"


@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=5))
@example([(";=" * (LONGEST_USED // 2), "")])
def test_what_people_wrote_is_read_back_from_the_verdict_file_as_they_wrote_it(
    written: list[tuple[str, str]],
) -> None:
    sent = read_bytes(a_csv(written))
    assume(isinstance(sent, ReadList))
    assert isinstance(sent, ReadList)
    judged = of(sent)
    again = read_bytes(verdict_file(judged, spoken))
    assert isinstance(again, ReadList)
    assert [(row.address, row.name) for row in again.rows] == [(row.written, row.name) for row in judged]


def test_what_looks_like_a_header_in_a_row_of_the_file_is_taken_for_none() -> None:
    rows = judge([Wanted(2, "a;email;b;c;d;e;f;g;h", "Ana")], Known())
    again = read_bytes(verdict_file(rows, spoken))
    assert isinstance(again, ReadList)
    assert [(row.address, row.name) for row in again.rows] == [("a;email;b;c;d;e;f;g;h", "Ana")]


@given(HOSTILE, HOSTILE)
def test_no_cell_of_either_file_is_a_formula_in_any_spreadsheet(written: str, name: str) -> None:
    row = Judged(number=2, written=written, name=name, verdict=Verdict.SUSPICIOUS)
    failed = RowOutcome(number=2, outcome=Outcome.FAILED, cause=Cause.REFUSED)
    for content in (verdict_file([row], spoken), result_file([(row, failed)], lambda *_: spoken(_))):
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r") == 2
        for cell in cells(content)[1]:
            for part in cell.replace("|", ";").split(";"):
                assert unicodedata.normalize("NFKC", part).strip()[:1] not in {*"=+-@\u2212"}


@given(HOSTILE)
def test_what_defuses_a_cell_can_be_taken_away_again(text: str) -> None:
    assume(text[:2] not in ("'\t", "'\r", "'\n"))
    assert undefused(defused(text)) == text


def test_an_apostrophe_that_a_name_has_is_kept() -> None:
    for name in ("'t Hooft", "O'Neil", "'Ana'; 'Bo'", "'s-Gravenhage"):
        assert undefused(name) == name


def test_a_row_says_its_verdict_and_what_that_is_about() -> None:
    barred = Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED, ("evil.example",))
    known = Known(
        guests={"ana@x.com": Guest(ObjectId("1"), "Ana Ruiz", "ana@x.com")},
        asked={"bo@x.com": "R-7"},
        domains={"evil.example": OfDomain(barred=barred), "x.com": OfDomain()},
    )
    sent = read_bytes(
        "email,name\nana@x.com,\nANA@x.com,\nbo@x.com,Bo\n"
        "eve@evil.example,\neve@xь.com,\nEve,Eve Holm\n".encode()
    )
    assert isinstance(sent, ReadList)
    head, *rows = cells(verdict_file(of(sent, known), lambda row: row.verdict.upper()))
    assert tuple(head) == VERDICT_COLUMNS
    assert [row[:5] for row in rows] == [
        ["2", "ana@x.com", "Ana Ruiz", "already-a-guest", ""],
        ["3", "ANA@x.com", "Ana Ruiz", "duplicate", "row 2"],
        ["4", "bo@x.com", "Bo", "already-asked", "R-7"],
        ["5", "eve@evil.example", "Eve", "denied", "evil.example"],
        ["6", "eve@xь.com", "Eve", "suspicious", "xn--x-uub.com"],
        ["7", "Eve", "Eve Holm", "not-an-address", ""],
    ]
    assert rows[-1][5] == "NOT-AN-ADDRESS"


MADE = GuestList(
    list_id="1",
    owner=ObjectId("m"),
    file="guests.csv",
    app=Named(ObjectId("a"), "Health Records"),
    give=Give(GiveKind.GROUP, ObjectId("g"), "Readers"),
    term=Term(days=90),
    justification="A trial",
    message="",
    deciders=(),
    rows=judge(
        [Wanted(place, one) for place, one in enumerate(["a@x.com", "b@x.com", "c@y.com", "none"], 2)],
        Known(),
    ),
    made_at=NOW,
    kept_until=NOW + timedelta(days=1),
)


def told(*reached: RowOutcome, stopped: bool = False) -> list[list[str]]:
    rows = outcomes(MADE, reached, {"y.com"}, stopped=stopped)
    return cells(result_file(rows, lambda row, found: f"{row.number} {found.outcome}"))


def test_a_row_says_its_outcome_its_cause_and_its_request() -> None:
    failed = RowOutcome(
        number=2,
        outcome=Outcome.FAILED,
        cause=Cause.DOMAIN_REFUSED,
        step=StepKind.INVITE,
        label="R-1002",
    )
    head, *rows = told(failed)
    assert tuple(head) == RESULT_COLUMNS
    assert rows[0] == ["2", "a@x.com", "A", "failed", "domain-refused", "R-1002", "2 failed"]


def test_rows_that_the_run_has_not_reached_have_an_outcome_too() -> None:
    assert [row[3:5] for row in told()[1:]] == [
        ["waiting", ""],
        ["waiting", ""],
        ["left-out", ""],
        ["not-asked", "not-an-address"],
    ]
    assert [row[3] for row in told(stopped=True)[1:3]] == ["stopped", "stopped"]
