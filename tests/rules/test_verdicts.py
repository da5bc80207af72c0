"""Every row of a list gets the verdict that tells what would become of it, from what was read once."""

from access.rules.model import Guest, ObjectId
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.verdicts import (
    Judged,
    Known,
    OfDomain,
    Verdict,
    Wanted,
    addresses_of,
    by_domain,
    counts,
    domains_of,
    judge,
)

ANA = Guest(ObjectId("1"), "Ana Ruiz", "ana@fabrikam.com")
BO = Guest(ObjectId("2"), "Bo Lind", "bo@fabrikam.com", enabled=False)
EVE = Guest(ObjectId("3"), "Eve Holm", "eve@fabrikam.com")
BARRED = Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED, ("evil.example",))
GUESTS = {one.address: one for one in (ANA, BO, EVE)}
KNOWN = Known(
    guests=GUESTS,
    holders=frozenset({EVE.object_id}),
    asked={"asked@fabrikam.com": "R-7"},
    domains={
        "contoso.com": OfDomain(own=True, deciders="a"),
        "evil.example": OfDomain(barred=BARRED, deciders="a"),
        "bank.example": OfDomain(deciders="b"),
        **{one: OfDomain(deciders="a") for one in ("fabrikam.com", "tailspin.example")},
    },
)


def judged(*written: str) -> list[Judged]:
    return list(judge([Wanted(place, one) for place, one in enumerate(written, start=2)], KNOWN))


def verdict(written: str) -> Verdict:
    return judged(written)[0].verdict


def test_each_row_is_told_what_would_become_of_it() -> None:
    assert {one: verdict(one) for one in EXPECTED} == EXPECTED


EXPECTED = {
    "new@fabrikam.com": Verdict.NEW,
    "Ana@Fabrikam.com": Verdict.GUEST,
    "bo@fabrikam.com": Verdict.DISABLED,
    "eve@fabrikam.com": Verdict.HAS_ACCESS,
    "asked@fabrikam.com": Verdict.ASKED,
    "megan@contoso.com": Verdict.MEMBER,
    "mallory@evil.example": Verdict.DENIED,
    "ana fabrikam.com": Verdict.NOT_AN_ADDRESS,
    "ana+1@fabrikam.com": Verdict.NOT_AN_ADDRESS,
    "ana@fаbrikam.com": Verdict.SUSPICIOUS,
}


def test_the_second_row_of_an_address_names_the_first_however_it_is_written() -> None:
    first, second, third = judged("new@fabrikam.com", "NEW@fabrikam.com", "<new@FABRIKAM.com>")
    assert (first.verdict, first.hint) == (Verdict.NEW, "")
    assert {(one.verdict, one.hint) for one in (second, third)} == {(Verdict.DUPLICATE, "2")}


def test_what_is_asked_already_names_the_request() -> None:
    assert judged("asked@fabrikam.com")[0].hint == "R-7"


def test_an_address_that_is_none_says_what_is_wrong_with_it() -> None:
    problem = judged("ana+1@fabrikam.com")[0].problem
    assert problem is not None
    assert problem.code is ProblemCode.PLUS_ADDRESS


def test_a_domain_that_the_policy_keeps_out_says_by_what() -> None:
    assert judged("mallory@evil.example")[0].problem == BARRED


def test_rows_that_others_decide_about_need_a_list_of_their_own() -> None:
    found = judged("a@fabrikam.com", "b@bank.example", "c@tailspin.example")
    assert [one.verdict for one in found] == [Verdict.NEW, Verdict.OTHER_APPROVER, Verdict.NEW]
    alone = judged("b@bank.example", "megan@contoso.com")
    assert [one.verdict for one in alone] == [Verdict.NEW, Verdict.MEMBER]


def test_a_guest_whose_sponsors_decide_goes_with_nobody_else() -> None:
    known = Known(guests=GUESTS, domains={"fabrikam.com": OfDomain(deciders="a", asks_sponsors=True)})
    rows = [Wanted(2, "ana@fabrikam.com"), Wanted(3, "x@fabrikam.com"), Wanted(4, "y@fabrikam.com")]
    assert [one.verdict for one in judge(rows, known)] == [
        Verdict.OTHER_APPROVER,
        Verdict.NEW,
        Verdict.NEW,
    ]


def test_the_name_is_the_directorys_else_the_lists_else_a_guess() -> None:
    rows = [
        Wanted(2, "ana@fabrikam.com", "Somebody Else"),
        Wanted(3, "new@fabrikam.com", " Ny Ny "),
        Wanted(4, "jo.berg@fabrikam.com", "  "),
    ]
    assert [one.name for one in judge(rows, KNOWN)] == ["Ana Ruiz", "Ny Ny", "Jo Berg"]


def test_a_guest_in_the_directory_is_never_suspicious() -> None:
    """They were let in once, and their app is what is asked for."""
    (row,) = judge([Wanted(1, "ana@fаbrikam.com")], Known(guests={"ana@xn--fbrikam-2fg.com": ANA}))
    assert (row.address, row.verdict) == ("ana@xn--fbrikam-2fg.com", Verdict.GUEST)


def test_counts_and_domains_are_of_what_is_there() -> None:
    found = judged("a@fabrikam.com", "b@tailspin.example", "c@fabrikam.com", "nobody", "ana@fabrikam.com")
    assert counts(found) == {Verdict.NEW: 3, Verdict.GUEST: 1, Verdict.NOT_AN_ADDRESS: 1}
    assert by_domain(found) == [("fabrikam.com", 3), ("tailspin.example", 1)]


def test_what_has_to_be_read_for_a_list_is_each_address_and_domain_once() -> None:
    rows = [Wanted(1, "A@fabrikam.com"), Wanted(2, "a@fabrikam.com"), Wanted(3, "no")]
    assert addresses_of(rows) == {"a@fabrikam.com"}
    assert domains_of(rows) == {"fabrikam.com"}


def test_ten_thousand_rows_keep_their_order_and_each_has_one_verdict() -> None:
    rows = [Wanted(place, f"guest-{place % 9_000}@fabrikam.com") for place in range(10_000)]
    found = judge(rows, KNOWN)
    assert [one.number for one in found] == list(range(10_000))
    assert counts(found) == {Verdict.NEW: 9_000, Verdict.DUPLICATE: 1_000}


def test_a_name_is_no_longer_than_one_that_is_typed() -> None:
    (row,) = judge([Wanted(2, "new@fabrikam.com", "Ana " + "x" * 900)], KNOWN)
    assert (row.verdict, len(row.name)) == (Verdict.NEW, 100)
