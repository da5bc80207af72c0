"""A line whose app is right and whose rest is missing or wrong is not taken for an app of another name."""

import pytest

from dialogs import guests, renewals, setup


@pytest.mark.parametrize(
    "typed",
    [
        '"Health Records" norenew',
        '"Health Records" renew',
        "renew",
        "norenew:",
        "Health Records renew",
        '"Health Records" purple ana@fabrikam.com',
        '"Health Records" purple',
        "Health Records purple ana@fabrikam.com",
    ],
)
def test_renewals_that_name_nobody_or_another_act_say_how_to_type_them(typed: str) -> None:
    assert renewals.read_typed(typed) is None


@pytest.mark.parametrize(
    "typed", ["", "page 2", '"Health Records"', "Health Records", '"Health Records" page 2']
)
def test_the_list_of_an_app_or_of_all_is_no_act(typed: str) -> None:
    found = renewals.read_typed(typed)
    assert found is not None
    assert found.act is None
    assert found.wanted.app in {"", "Health Records"}


@pytest.mark.parametrize(
    "typed", ['"Health Records" adopt', "Health Records adopt", '"Health Records" purple']
)
def test_a_setup_that_names_no_group_says_how_to_type_it(typed: str) -> None:
    assert setup.read_wanted(typed) is None


@pytest.mark.parametrize("part", ["p1 ", "page 1 ", "by end ", "fabrikam.com ", "as file "])
def test_guests_of_more_parts_than_there_are_is_answered_with_how_it_is_typed(part: str) -> None:
    assert guests.read_wanted(part * 1000) is None


def test_guests_takes_the_longest_names_that_there_are() -> None:
    domain = ".".join(["d" * 63] * 4)[:255]
    found = guests.read_wanted(f'"{"a" * 256}" accepted {domain} by end page 9999 as a file')
    assert found is not None
    assert (found.app, found.domain, found.page) == ("a" * 256, domain, 9999)
