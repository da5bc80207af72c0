"""Which addresses can be invited, and in which form they are compared."""

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.rules.addresses import domain_matches, domain_of, name_from, read_address, read_domain
from access.rules.refusals import Problem, ProblemCode


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ana@fabrikam.com", "ana@fabrikam.com"),
        ("  Ana.Ruiz@Fabrikam.COM ", "ana.ruiz@fabrikam.com"),
        ("<ana@fabrikam.com>", "ana@fabrikam.com"),
        ("MAILTO:ana@fabrikam.com", "ana@fabrikam.com"),
        ("ana@münchen.de", "ana@xn--mnchen-3ya.de"),
        ("ana@MÜNCHEN.DE", "ana@xn--mnchen-3ya.de"),
        ("ana@straße.de", "ana@xn--strae-oqa.de"),
        ("ana@STRASSE.de", "ana@strasse.de"),
        ("ana@Groẞ-Straße.de", "ana@xn--gro-strae-i1af.de"),
        ("ana@ΟΔΟΣ.gr", "ana@xn--pxavbq.gr"),
        ("ana@οδός.gr", "ana@xn--pxavk3b.gr"),
        ("ana@münchen。de", "ana@xn--mnchen-3ya.de"),
        ("ana_r@a.b.co.uk", "ana_r@a.b.co.uk"),
        ("_ana@fabrikam.com", "_ana@fabrikam.com"),
        ("a@1and1.com", "a@1and1.com"),
    ],
)
def test_an_address_is_read_in_lower_case_with_its_domain_in_punycode(typed: str, read: str) -> None:
    assert read_address(typed) == read
    assert read_address(read) == read


@given(st.from_regex(r"[a-zA-ZäöüÄÖÜßẞςΣσéñø0-9]{1,12}(\.[a-zßς]{2,9}){1,2}", fullmatch=True))
def test_a_domain_is_the_one_that_registries_and_mail_mean_by_it(domain: str) -> None:
    assert read_domain(domain) == idna.encode(domain, uts46=True).decode("ascii")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", ProblemCode.ADDRESS_MISSING),
        ("  <> ", ProblemCode.ADDRESS_MISSING),
        ("ana", ProblemCode.NOT_AN_ADDRESS),
        ("@fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("ana@", ProblemCode.NOT_AN_ADDRESS),
        ("ana@b@fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("ana@fabrikam", ProblemCode.NOT_AN_ADDRESS),
        ("ana@fabrikam.com.", ProblemCode.NOT_AN_ADDRESS),
        ("ana@fabri\u200dkam.com", ProblemCode.NOT_AN_ADDRESS),
        (f"ana@{'straße' * 12}.de", ProblemCode.NOT_AN_ADDRESS),
        ("ana@ß..de", ProblemCode.NOT_AN_ADDRESS),
        ("ana@.fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("ana@fabrikam..com", ProblemCode.NOT_AN_ADDRESS),
        ("ana@-fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("ana@fabrikam-.com", ProblemCode.NOT_AN_ADDRESS),
        ("ana@fab_rikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("ana@fabrikam.com extra", ProblemCode.NOT_AN_ADDRESS),
        (".ana@fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("ana.@fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("-ana@fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        ("an..a@fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        (f"{'a' * 65}@fabrikam.com", ProblemCode.NOT_AN_ADDRESS),
        (f"ana@{'a.' * 130}com", ProblemCode.NOT_AN_ADDRESS),
        (f"ana@{'ü' * 63}.de", ProblemCode.NOT_AN_ADDRESS),
        ("o'neil@fabrikam.com", ProblemCode.REFUSED_CHARACTER),
        ("ana ruiz@fabrikam.com", ProblemCode.REFUSED_CHARACTER),
        ("ana\truiz@fabrikam.com", ProblemCode.REFUSED_CHARACTER),
        ("ana\nbcc@fabrikam.com", ProblemCode.REFUSED_CHARACTER),
        ("aña@fabrikam.com", ProblemCode.REFUSED_CHARACTER),
    ],
)
def test_what_cannot_be_invited_is_refused_before_it_is_sent(typed: str, code: ProblemCode) -> None:
    problem = read_address(typed)
    assert isinstance(problem, Problem)
    assert problem.code is code


@pytest.mark.parametrize("letter", list("~!#$%^&*()=[]{}\\/|;:\"<>?,'"))
def test_a_character_that_graph_refuses_is_named(letter: str) -> None:
    problem = read_address(f"a{letter}b@fabrikam.com")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.hints) == (ProblemCode.REFUSED_CHARACTER, (letter,))


def test_a_plus_address_is_answered_with_the_plain_one() -> None:
    problem = read_address("ana+test@fabrikam.com")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.hints) == (ProblemCode.PLUS_ADDRESS, ("ana@fabrikam.com",))


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused_and_reading_twice_changes_nothing(text: str) -> None:
    read = read_address(text)
    if isinstance(read, str):
        assert read_address(read) == read
        assert read.isascii()
        assert read.isprintable()
        assert read_domain(domain_of(read)) == domain_of(read)


def test_a_star_means_the_sub_domains_and_not_the_domain() -> None:
    assert domain_matches("a.example.net", ("*.example.net",))
    assert domain_matches("b.a.example.net", ("*.example.net",))
    assert not domain_matches("example.net", ("*.example.net",))
    assert not domain_matches("badexample.net", ("*.example.net",))
    assert domain_matches("example.net", ("*.example.net", "example.net"))
    assert not domain_matches("a.example.net", ("example.net",))


@pytest.mark.parametrize(
    ("address", "name"),
    [("ana.ruiz@x.com", "Ana Ruiz"), ("ana_m-ruiz@x.com", "Ana M Ruiz"), ("ana@x.com", "Ana")],
)
def test_a_name_is_guessed_from_the_address(address: str, name: str) -> None:
    assert name_from(address) == name
