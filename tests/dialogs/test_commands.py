"""Reading what people type."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.rules.draft import Draft
from access.rules.model import Kind
from dialogs.commands import Command, read_command, read_draft


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/invite", Command("invite", "")),
        ("/invite ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("INVITE ana@fabrikam.com", Command("invite", "ana@fabrikam.com")),
        ("  /approve   R-1042  ", Command("approve", "R-1042")),
        ("/deny R-1042\nnot\u00a0this  quarter", Command("deny", "R-1042 not this quarter")),
        ("/\u200binvite “Health Records”", Command("invite", '"Health Records"')),
        ("", Command("", "")),
    ],
)
def test_a_command_is_its_word_and_the_rest(typed: str, command: Command) -> None:
    assert read_command(typed) == command


def _draft(**answers: str) -> Draft:
    return Draft(kind=Kind.INVITE, **answers)


ANA = "ana@fabrikam.com"
WHY = "she runs the March audit"


@pytest.mark.parametrize(
    ("typed", "draft"),
    [
        (
            f"{ANA} to Health Records for 90d because {WHY}",
            _draft(address=ANA, app="Health Records", term="90d", justification=WHY),
        ),
        (
            f"{ANA} to Health Records as Clinician for 3 months because {WHY}",
            _draft(address=ANA, app="Health Records", access="Clinician", term="3 months", justification=WHY),
        ),
        (
            f"{ANA} to Health Records until 2027-03-31 because {WHY}",
            _draft(address=ANA, app="Health Records", term="until 2027-03-31", justification=WHY),
        ),
        (
            f"Ana Ruiz <{ANA}> to Health Records for 1 year because {WHY}",
            _draft(address=ANA, name="Ana Ruiz", app="Health Records", term="1 year", justification=WHY),
        ),
        (
            f'"Ana Ruiz" <{ANA}> to "Health Records" in "Health Records guests" for 90d because {WHY}',
            _draft(
                address=ANA,
                name="Ana Ruiz",
                app="Health Records",
                access="Health Records guests",
                term="90d",
                justification=WHY,
            ),
        ),
        (
            f'{ANA} to "Sign in to Desk because of 2 for 9d" as "Read as Guest" for 90d because {WHY}',
            _draft(
                address=ANA,
                app="Sign in to Desk because of 2 for 9d",
                access="Read as Guest",
                term="90d",
                justification=WHY,
            ),
        ),
        (
            f'{ANA} to "Sign in Desk"',
            _draft(address=ANA, app="Sign in Desk"),
        ),
        (
            f"{ANA} to Health Records for 90d because we go to Rome for 3d as guests because of 'it'",
            _draft(
                address=ANA,
                app="Health Records",
                term="90d",
                justification="we go to Rome for 3d as guests because of 'it'",
            ),
        ),
        (
            f"{ANA} TO Health Records FOR 90D BECAUSE {WHY}",
            _draft(address=ANA, app="Health Records", term="90D", justification=WHY),
        ),
        (ANA, _draft(address=ANA)),
        (f"{ANA} to Health Records", _draft(address=ANA, app="Health Records")),
        (f"{ANA} for 90d", _draft(address=ANA, term="90d")),
        (f"{ANA} because {WHY}", _draft(address=ANA, justification=WHY)),
        (f"{ANA} to Health Records because", _draft(address=ANA, app="Health Records")),
        (f"{ANA} to Health Records for 90", _draft(address=ANA, app="Health Records", term="90")),
        (f"{ANA} to Health Records for 9 moons", _draft(address=ANA, app="Health Records", term="9 moons")),
        (
            f"{ANA} to Health Records until spring",
            _draft(address=ANA, app="Health Records", term="until spring"),
        ),
        (f"{ANA} to for 90d", _draft(address=ANA, term="90d")),
        ("to Health Records for 90d", _draft(app="Health Records", term="90d")),
    ],
)
def test_a_line_is_read_into_the_forms_fields(typed: str, draft: Draft) -> None:
    assert read_draft(Kind.INVITE, typed) == draft


def test_the_kind_is_the_commands() -> None:
    assert read_draft(Kind.ASSIGN, ANA).kind is Kind.ASSIGN


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_without_a_fault(text: str) -> None:
    read_draft(Kind.INVITE, read_command(text).rest)


def test_a_long_line_does_not_hold_the_event_loop() -> None:
    begun = time.process_time()
    read_draft(Kind.INVITE, "ana@fabrikam.com to X" + " for 1" * 9000 + ' "')
    assert time.process_time() - begun < 1
