"""Reading the line of a request."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.rules.draft import Draft
from access.rules.model import Kind
from dialogs.commands import read_command
from dialogs.drafts import by_likeness, is_plain, read_draft


def _draft(**answers: Any) -> Draft:
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


@pytest.mark.parametrize(
    "typed",
    [
        f"{ANA} to “Health Records” for 90d because {WHY}",
        f"{ANA} to „Health Records“ for 90d because {WHY}",
        f"{ANA} to «Health Records» for 90d because {WHY}",
        f"{ANA} to ‹Health Records› for 90d because {WHY}",
        f"{ANA} to ‚Health Records‘ for 90d because {WHY}",
        f"{ANA} to ′Health Records′ for 90d because {WHY}",
        f"{ANA} to ″Health Records″ for 90d because {WHY}",
        f"{ANA} to 「Health Records」 for 90d because {WHY}",
        f"{ANA} to 'Health Records', for 90d, because: {WHY}",
        f"{ANA}, to Health Records, for 90d; because, {WHY}",
        f"{ANA} to: Health Records for 90d. because {WHY}",
        f'"{ANA}" to "Health Records" for 90d because {WHY}',
        f"<{ANA}> to Health Records for 90d because {WHY}",
        f"mailto:{ANA} to Health Records for 90d because {WHY}",
        f"<mailto:{ANA}> to Health Records for 90d because {WHY}",
        f"[{ANA}](mailto:{ANA}) to Health Records for 90d because {WHY}",
        f"[{ANA.upper()}](mailto:{ANA}) to Health Records for 90d because {WHY}",
        f"ana＠fabrikam.com to Health Records for 90d because {WHY}",
        f"please the guest {ANA} to Health Records for 90d because {WHY}",
        f"to Health Records {ANA} for 90d because {WHY}",
        f"to Health Records for 90d {ANA} because {WHY}",
        f"for 90d to Health Records {ANA} because {WHY}",
        f"for 90d {ANA} to Health Records because {WHY}",
        f"{ANA} for 90d to Health Records because {WHY}",
        f"to Health Records {ANA} because {WHY} for 90d",
        f"to Health Records {ANA} because {WHY}, for 90d.",
    ],
)
def test_marks_links_and_the_order_of_the_parts_make_no_difference(typed: str) -> None:
    read = read_draft(Kind.INVITE, read_command(f"/invite {typed}").rest)
    assert read == _draft(address=ANA, app="Health Records", term="90d", justification=WHY)


@pytest.mark.parametrize(
    ("guest", "name", "address"),
    [
        (f"Ana Ruiz {ANA}", "Ana Ruiz", ANA),
        (f"Ana Ruiz, {ANA}", "Ana Ruiz", ANA),
        (f"{ANA} (Ana Ruiz)", "Ana Ruiz", ANA),
        (f"our guest Ana {ANA}", "Ana", ANA),
        (f"ana ruiz <{ANA}>", "ana ruiz", ANA),
        (f"[Ana Ruiz](mailto:{ANA})", "Ana Ruiz", ANA),
        (f"安娜 {ANA}", "安娜", ANA),
        (f"{ANA}, bo@fabrikam.com", "", f"{ANA}, bo@fabrikam.com"),  # one of two is not chosen for anybody
        (f"tell {ANA}", "", f"tell {ANA}"),
        (f"[bo@fabrikam.com](mailto:{ANA})", "", f"[bo@fabrikam.com](mailto:{ANA})"),
        ("Ana", "", "Ana"),
    ],
)
def test_a_guest_is_an_address_with_or_without_a_name_and_never_half_a_guess(
    guest: str, name: str, address: str
) -> None:
    read = read_draft(Kind.INVITE, read_command(f"/invite {guest} to Health Records").rest)
    assert (read.name, read.address) == (name, address)


APPS = by_likeness(
    [
        "Health Records",
        "Sign in to Desk",
        "Software as a Service",
        "Plan for 2 Wards",
        "Patients’ Records",
        "A.",
    ]
)


@pytest.mark.parametrize(
    ("typed", "app", "access", "term"),
    [
        (f"{ANA} to Sign in to Desk for 90d", "Sign in to Desk", "", "90d"),
        (f"{ANA} to sign in to desk as Reader for 90d", "Sign in to Desk", "Reader", "90d"),
        (f"{ANA} as Reader to Sign in to Desk for 90d", "Sign in to Desk", "Reader", "90d"),
        (f"{ANA} to Software as a Service in Readers", "Software as a Service", "Readers", ""),
        (f"{ANA} for 3 months to Plan for 2 Wards", "Plan for 2 Wards", "", "3 months"),
        (f"{ANA} to Plan for 2 Wards until 31 March 2027", "Plan for 2 Wards", "", "until 31 March 2027"),
        (f"to Plan for 2 Wards Ana Ruiz <{ANA}> for 90d", "Plan for 2 Wards", "", "90d"),
        (f"{ANA} to Patients' Records for 90d", "Patients’ Records", "", "90d"),
        (f"{ANA} to Health Records. for 90d", "Health Records", "", "90d"),
        (f"{ANA} to A. for 90d", "A.", "", "90d"),
        (f"{ANA} to Nothing in to Desk for 90d", "Nothing", "to Desk", "90d"),
    ],
)
def test_a_name_that_holds_a_keyword_is_found_among_the_apps_that_the_caller_may_ask_for(
    typed: str, app: str, access: str, term: str
) -> None:
    assert not is_plain(typed)
    read = read_draft(Kind.INVITE, typed, APPS)
    assert (read.address, read.app, read.access, read.term) == (ANA, app, access, term)


@pytest.mark.parametrize(
    "typed", [f"{ANA} to Health Records for 90d because x to y in z", f'{ANA} to "Sign in to Desk"', ANA, ""]
)
def test_a_line_with_one_reading_asks_for_no_apps(typed: str) -> None:
    assert is_plain(typed)
    assert read_draft(Kind.INVITE, typed, APPS) == read_draft(Kind.INVITE, typed)


def test_a_justification_is_kept_letter_by_letter() -> None:
    why = "“it’s” for Ana's 3d view, as «agreed» in Rome – 👋!"
    assert (
        read_draft(Kind.INVITE, read_command(f"invite {ANA} to X for 9d because {why}").rest).justification
        == why
    )


PIECES = st.sampled_from([*" \"'<>[]()@:,", "to ", "for 9", "until ", "as ", "because ", ANA, "“", "mailto:"])


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map("".join)))
def test_whatever_is_typed_is_read_without_a_fault(text: str) -> None:
    rest = read_command(text).rest
    is_plain(rest)
    for apps in (None, APPS):
        read_draft(Kind.INVITE, rest, apps)


@pytest.mark.parametrize(
    "piece",
    [
        " for 1",
        " to X",
        " as",
        "[",
        "[a](",
        "<",
        '"',
        " '",
        "“",
        "@",
        " @",
        " because",
        " until 1",
        "a",
        "(",
        "\u200d",
    ],
)
def test_a_long_line_does_not_hold_the_event_loop(piece: str) -> None:
    begun = time.process_time()
    for text in (f"{ANA} to X" + piece * 9000 + ' "', f"{ANA} to X because y" + piece * 9000):
        rest = read_command(text).rest
        is_plain(rest)
        read_draft(Kind.INVITE, rest, APPS)
    assert time.process_time() - begun < 1
