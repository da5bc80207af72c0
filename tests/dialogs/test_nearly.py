"""What a near miss is taken for."""

import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.rules.draft import Draft
from access.rules.finding import Spellings
from dialogs.drafts import by_likeness
from dialogs.nearly import Act, meant_act, meant_command, meant_draft

ANA = "ana@fabrikam.com"
APPS = ("Health Records", "Patient Portal", "Reports")


def spelt(names: Iterable[str]) -> Spellings[str]:
    spellings = Spellings[str]()
    for name in names:
        spellings.add(name, name)
    return spellings


def drafted(typed: str, apps: Iterable[str] = APPS) -> Draft | None:
    return meant_draft(typed, by_likeness(apps), spelt(apps).near)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        (
            f"inviet {ANA} to Health Records for 90d because she audits",
            (ANA, "Health Records", "90d", "she audits"),
        ),
        (f"please invite {ANA} to Health Records", (ANA, "Health Records", "", "")),
        (f"can {ANA} get Health Records for 3 months?", (ANA, "Health Records", "3 months", "")),
        (
            f"give {ANA} access to the Patient Portal until 31.03.2027!",
            (ANA, "Patient Portal", "until 31.03.2027", ""),
        ),
        (f"{ANA} needs Helth Records", (ANA, "", "", "")),
        (f"add Ana Ruiz <{ANA}> to Helth Recods 2027-03-31", (ANA, "Health Records", "until 2027-03-31", "")),
        (f"add {ANA} to Jealth Records", (ANA, "Health Records", "", "")),
        (ANA, (ANA, "", "", "")),
        (f"“/invite {ANA}”", (ANA, "", "", "")),
        (f"{ANA} bo@fabrikam.com to Reports", (f"{ANA}, bo@fabrikam.com", "Reports", "", "")),
        ("Health Records", ("", "Health Records", "", "")),
        ("who can get somebody into Health Records?", ("", "Health Records", "", "")),
        ("helth recods", ("", "Health Records", "", "")),
        ("Reports?", ("", "Reports", "", "")),
        ("invit", ("", "", "", "")),
    ],
)
def test_what_was_understood_of_an_invitation_is_kept(typed: str, understood: tuple[str, ...]) -> None:
    draft = drafted(typed)
    assert draft is not None
    assert (draft.address, draft.app, draft.term, draft.justification) == understood


@pytest.mark.parametrize("typed", ["hello", "thanks for the reports", "what now?", "", "👋", "@", "90d"])
def test_what_names_neither_guest_nor_app_nor_command_is_no_invitation(typed: str) -> None:
    assert drafted(typed) is None


@pytest.mark.parametrize(
    ("typed", "word", "label", "rest"),
    [
        ("aprove R-1042", "approve", "R-1042", ""),
        ("/approve 1042", "approve", "R-1042", ""),
        ("can you approve R-1042?", "approve", "R-1042", ""),
        ("R-1042: deny", "deny", "R-1042", ""),
        ("deny r1042 not this quarter.", "deny", "R-1042", "not this quarter."),
        ("Cancle #7", "cancel", "R-7", ""),
        ("R-1042", "", "R-1042", ""),
        ("1042", "", "R-1042", ""),
        ("what about r 1042", "", "R-1042", ""),
        ("aprove", "approve", "", ""),
        ("/approve all of it", "approve", "", ""),
        ("aprovals", "approvals", "", ""),
        ("my requests", "", "", ""),
    ],
)
def test_what_was_meant_of_a_request_is_its_number_and_the_act(
    typed: str, word: str, label: str, rest: str
) -> None:
    act = meant_act(typed) or Act("")
    assert (act.word, act.number.label if act.number else "", act.number.rest if act.number else "") == (
        word,
        label,
        rest,
    )


@given(st.text(max_size=80))
def test_whatever_is_typed_is_guessed_without_a_fault(text: str) -> None:
    meant_act(text)
    drafted(text)


@pytest.mark.parametrize("piece", ["a", "a ", " to X", "@ ", " for 1", "r-1", "[", "invite ", '"', " 1d"])
def test_a_long_text_and_many_apps_do_not_hold_the_event_loop(piece: str) -> None:
    names = [f"{letter}pp {number}" for number in range(5000) for letter in "HA"]
    apps, near = by_likeness(names), spelt(names).near
    begun = time.process_time()
    meant_act(piece * 20_000)
    meant_draft(piece * 20_000, apps, near)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("/resend Ana", "resend"),
        ("/Resend: Ana", "resend"),
        ("“/resed ana@”", "resend"),
        ("/undoo", "undo"),
        (f"/guset {ANA}", "guest"),
        ("resend Ana", ""),
        ("guest Ana needs Health Records", ""),
        (f"/invite {ANA} to", ""),
        (f"/add {ANA}", ""),
        (f"/inviet {ANA}", ""),
        ("/what/else", ""),
        ("/", ""),
        ("", ""),
    ],
)
def test_a_line_with_a_slash_is_the_command_that_it_nearly_is(typed: str, word: str) -> None:
    assert meant_command(typed, {"guest", "guests", "invite", "resend", "undo"}) == word
