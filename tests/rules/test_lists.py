"""What a request says of a list, and which rows go by it."""

from dataclasses import replace
from datetime import timedelta

from access.rules.bulk import Sample, Verdict
from access.rules.list_plan import main_domain, make_plan
from access.rules.lists import GuestList, bulk_of, digest_of, rows_that_go, samples_of
from access.rules.model import ERASED, Kind, Named, Term
from access.rules.policy import Rules
from access.rules.verdicts import Judged
from tests.rules.making import APP, GIVE, MEGAN, NOW, request

A, B = "fabrikam.com", "adatum.com"


def row(number: int, address: str, verdict: Verdict = Verdict.NEW) -> Judged:
    return Judged(number=number, written=address, address=address, name=address[:1].upper(), verdict=verdict)


ROWS = (
    row(2, f"a@{A}"),
    row(3, f"b@{B}", Verdict.GUEST),
    row(4, f"c@{A}"),
    row(5, f"d@{A}", Verdict.DENIED),
    replace(row(6, ERASED), name=ERASED),
)


def made(*rows: Judged) -> GuestList:
    return GuestList(
        list_id="f" * 32,
        owner=MEGAN.object_id,
        file="partners.csv",
        app=Named(APP.object_id, APP.name),
        give=GIVE,
        term=Term(days=90),
        justification="",
        message="",
        deciders=(),
        rows=rows or ROWS,
        made_at=NOW,
        kept_until=NOW + timedelta(days=1),
    )


def test_rows_go_that_are_of_no_domain_left_out_and_of_nobody_forgotten() -> None:
    assert [one.number for one in rows_that_go(made())] == [2, 3, 4]
    assert [one.number for one in rows_that_go(made(), (A,))] == [3]


def test_a_request_counts_the_whole_list_and_the_domains_of_what_goes() -> None:
    bulk = bulk_of(made(), (B,))
    assert dict(bulk.counts) == {Verdict.NEW: 3, Verdict.GUEST: 1, Verdict.DENIED: 1}
    assert (bulk.rows, bulk.domains, bulk.left_out) == (2, ((A, 2),), (B,))
    assert bulk.digest == digest_of((ROWS[0], ROWS[2]))


def test_samples_are_of_as_many_domains_as_there_are_and_then_of_the_first_rows() -> None:
    assert samples_of(made()) == (Sample("A", f"a@{A}"), Sample("B", f"b@{B}"), Sample("C", f"c@{A}"))
    assert samples_of(made(), most=1) == (Sample("A", f"a@{A}"),)


def test_what_holds_for_a_list_is_what_holds_for_most_of_its_rows() -> None:
    assert main_domain(request()) == A
    assert main_domain(replace(request(), kind=Kind.BULK, address="", bulk=bulk_of(made(), (A,)))) == B


def test_a_plan_is_of_every_row_of_the_app_the_access_the_term_and_each_domains_rules() -> None:
    asked = replace(request(), kind=Kind.BULK, address="")
    usual = {A: Rules(name="defaults"), B: Rules(name="defaults")}
    first = make_plan(asked, bulk_of(made()), APP, usual, mailbox=True)
    others = {
        "list": make_plan(asked, bulk_of(made(), (B,)), APP, usual, mailbox=True),
        "app": make_plan(asked, bulk_of(made()), replace(APP, enabled=False), usual, mailbox=True),
        "term": make_plan(replace(asked, term=Term(days=1)), bulk_of(made()), APP, usual, mailbox=True),
        "rule": make_plan(
            asked, bulk_of(made()), APP, {**usual, B: Rules(name="partner bank")}, mailbox=True
        ),
        "steps": make_plan(asked, bulk_of(made()), APP, usual, mailbox=False),
    }
    assert first.steps == ()
    for part, plan in others.items():
        assert [one for one in first.parts if first.parts[one] != plan.parts[one]] == [part]
        assert plan.hash != first.hash
