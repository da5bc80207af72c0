"""A line whose app is right and whose rest is missing or wrong is not taken for an app of another name."""

import pytest

from dialogs import renewals, setup


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
