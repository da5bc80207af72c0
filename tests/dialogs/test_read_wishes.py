"""`/protect` with a wish: what is read of a line, and that the line on the card is read as it is shown."""

import pytest

from access.rules.guard_plans import Wanted
from cards.guard_draft import data_of, line, wanted_of
from dialogs.protecting import read_wish

WHOLE = Wanted(
    app="Health Records",
    mfa=True,
    platforms=("windows", "macOS"),
    locations=("Office", "Home office"),
    terms=("Our terms",),
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('"Health Records" mfa', Wanted(app="Health Records", mfa=True)),
        ("Health Records mfa", Wanted(app="Health Records", mfa=True)),
        ("„Health Records“ MFA", Wanted(app="Health Records", mfa=True)),
        ("all-apps mfa", Wanted(all_apps=True, mfa=True)),
        ("ana@fabrikam.com mfa", Wanted(guest="ana@fabrikam.com", mfa=True)),
        ("group 1b mfa", Wanted(group="1b", mfa=True)),
        (
            'records platforms windows, iOS locations "DACH"',
            Wanted(app="records", platforms=("windows", "iOS"), locations=("DACH",)),
        ),
        (
            "records platforms windows mfa platforms macOS windows",
            Wanted(app="records", mfa=True, platforms=("windows", "macOS")),
        ),
        (
            '"Health Records" mfa platforms windows macOS locations "Office","Home office" terms "Our terms"',
            WHOLE,
        ),
    ],
)
def test_a_wish_is_read(text: str, wanted: Wanted) -> None:
    assert read_wish(text) == (wanted, False)
    assert read_wish(f"{text} send") == (wanted, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Health Records",
        '"Health Records"',
        "page 2",
        "mfa",
        "records platforms",
        "records mfa please",
        "records mfa locations",
        '" " mfa',
    ],
)
def test_what_is_no_wish_is_left_to_the_coverage(text: str) -> None:
    assert read_wish(text) is None


@pytest.mark.parametrize(
    "wanted",
    [
        WHOLE,
        Wanted(all_apps=True, mfa=True),
        Wanted(guest="a@b.example", mfa=True),
        Wanted(group="1b", mfa=True),
    ],
)
def test_the_typed_twin_and_the_button_say_the_same(wanted: Wanted) -> None:
    assert read_wish(line(wanted, sends=True).removeprefix("/protect ")) == (wanted, True)
    assert wanted_of(data_of(wanted)) == wanted


def test_a_button_carries_all_that_its_card_shows() -> None:
    many = Wanted(app="Records", locations=tuple(f"Place {one}" for one in range(60)))
    assert wanted_of(data_of(many)) == many
