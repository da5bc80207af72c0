"""Reading what people type: the command's word, and the number of a request."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.commands import Command, Numbered, find_number, read_command, read_except, read_number


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/invite", Command("invite", "")),
        ("/invite ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("INVITE ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("Invite: ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("invite:ana@fabrikam.com to X", Command("invite", "ana@fabrikam.com to X")),
        ("/ invite ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        (", /invite ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("//invite, ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("\uff0finvite ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("/ｉｎｖｉｔｅ ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("  /approve   R-1042  ", Command("approve", "R-1042")),
        ("/deny R-1042\nnot\u00a0this  quarter", Command("deny", "R-1042 not this quarter")),
        ("/invite\r\n\tana@fabrikam.com\vto\fX", Command("invite", "ana@fabrikam.com to X")),
        (
            "/invite\u202fana@fabrikam.com\u2007to\u3000X\u2028for\u208590d".replace("\u2085", "\x85"),
            Command("invite", "ana@fabrikam.com to X for 90d"),
        ),
        ("/\u200binvite “Health Records”", Command("invite", "“Health Records”")),
        (
            "\ufeff\u200e/inv\u00adite\u202e \u2068ana\u200d@fabrikam.com\u2069",
            Command("invite", "ana@fabrikam.com"),
        ),
        ("/deny R-1 “it’s” 👋", Command("deny", "R-1 “it’s” 👋")),
        ("", Command("", "")),
        (" / ", Command("", "")),
        ("mailto:ana@fabrikam.com", Command("mailto", "ana@fabrikam.com")),
    ],
)
def test_a_command_is_its_word_and_the_rest(typed: str, command: Command) -> None:
    assert read_command(typed) == command


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("R-1042", Numbered("R-1042", exact=True, rest="")),
        ("r-1042.", Numbered("R-1042", exact=True, rest="")),
        ("R\u20111042", Numbered("R-1042", exact=True, rest="")),
        ("R–1042: not now.", Numbered("R-1042", exact=True, rest="not now.")),
        ("1042", Numbered("R-1042", exact=False, rest="")),
        ("#1042", Numbered("R-1042", exact=False, rest="")),
        ("r1042 not now!", Numbered("R-1042", exact=False, rest="not now!")),
        ("R 1042", Numbered("R-1042", exact=False, rest="")),
        ("request 1042", Numbered("R-1042", exact=False, rest="")),
        ("R--1042", Numbered("R-1042", exact=False, rest="")),
        ("R-0007", Numbered("R-7", exact=True, rest="")),
        ("R-1042x", None),
        ("R-10421042104", None),
        ("R-", None),
        ("Ana", None),
        ("", None),
    ],
)
def test_a_number_is_exact_or_a_near_miss(typed: str, number: Numbered | None) -> None:
    assert read_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "label"),
    [("is r1042 fine?", "R-1042"), ("(R-7)", "R-7"), ("in 1042 days", ""), ("bar-7", ""), ("r7@x.com", "")],
)
def test_a_number_is_found_in_a_sentence_by_its_letter(typed: str, label: str) -> None:
    found = find_number(typed)
    assert (found.label if found else "") == label


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_without_a_fault(text: str) -> None:
    read_command(text)
    read_number(text)
    find_number(text)


@pytest.mark.parametrize(
    "piece", ["a", "[", "[a](b", "\u200d", " ", "/", ":", "r", "r-", "1", "#", "\u200b\u00ad"]
)
def test_a_long_line_does_not_hold_the_event_loop(piece: str) -> None:
    begun = time.process_time()
    read_command(piece * 100_000)
    read_number(piece * 100_000)
    find_number(piece * 100_000)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("typed", "domains"),
    [
        ("except fabrikam.com", ("fabrikam.com",)),
        ("EXCEPT @Fabrikam.com, adatum.com and fabrikam.com.", ("fabrikam.com", "adatum.com")),
        ("except", ()),
        ("exceptional.com", ()),
        ("anyway", ()),
        ("", ()),
    ],
)
def test_domains_that_a_list_goes_without_stand_behind_except(typed: str, domains: tuple[str, ...]) -> None:
    assert read_except(typed) == domains
