"""Where waivers stand in the policy, which of them hold, and what takes them away."""

from datetime import timedelta

import pytest

from access.rules.model import Give, GiveKind, ObjectId
from access.rules.policy import PolicyError, Rules
from access.rules.policy_reader import read_policy

RECORDS, LAB = "21d5256f-fe57-5ef2-a119-88667f4cf204", "71e71dc5-1d7a-5015-bfb5-a7153e46dc25"
GUESTS = "bdec204c-40ed-5221-b43f-21005de59ad1"
ADELE = "95dbe4c5-ecdf-57a2-a276-e42876c0443f"
WAIVER = '[[{table}.waiver]]\nname = "{name}"\nmost = 20\nper = "1d"\n'
STAGE = '[[{table}.stage]]\napprovers = ["manager"]\n'


def waiver(table: str, name: str) -> str:
    return WAIVER.format(table=table, name=name)


def stage(table: str) -> str:
    return STAGE.format(table=table)


def held(text: str, app: str = RECORDS, give: Give | None = None, domain: str = "") -> list[str]:
    return [one.name for one in rules(text, app, give, domain).open_waivers]


def rules(text: str, app: str = RECORDS, give: Give | None = None, domain: str = "") -> Rules:
    return read_policy(text).rules_for(ObjectId(app), give, domain)


def mistakes(text: str) -> list[str]:
    with pytest.raises(PolicyError) as raised:
        read_policy(text)
    return raised.value.mistakes


APP = f'[[app]]\nid = "{RECORDS}"\n'
PARTNER = '[[partner]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\n'
ROLE = '[[app.role]]\nname = "Reader"\n'
GROUP = f'[[group]]\nid = "{GUESTS}"\n'
READER = Give(GiveKind.APP_ROLE, ObjectId("role"), "Reader")
IN_GROUP = Give(GiveKind.GROUP, ObjectId(GUESTS), "Guests")


def test_a_waiver_says_who_for_whom_for_how_long_and_how_often() -> None:
    text = f"""
[[defaults.waiver]]
name = " Fabrikam's clinicians "
requestors = ["person:{ADELE}", "app-owners"]
domains = ["Fabrikam.com", "*.münchen.de"]
longest = "30d"
guests = "known"
most = 20
per = "1w"
"""
    (found,) = rules(text).open_waivers
    assert found.name == "Fabrikam's clinicians"
    assert [str(one) for one in found.requestors] == [f"person:{ADELE}", "app-owners"]
    assert found.domains == ("fabrikam.com", "*.xn--mnchen-3ya.de")
    assert (found.longest, found.per) == (timedelta(days=30), timedelta(days=7))
    assert (found.known_guests, found.most) == (True, 20)


def test_what_a_waiver_does_not_say_it_does_not_ask_for() -> None:
    (found,) = rules(waiver("defaults", "Short")).open_waivers
    assert (found.requestors, found.domains, found.longest, found.known_guests) == ((), (), None, False)


def test_without_a_waiver_nothing_is_waived() -> None:
    assert held(stage("defaults")) == []


def test_waivers_of_the_defaults_hold_where_no_other_table_says_who_decides() -> None:
    text = waiver("defaults", "Short") + APP + 'landing = "my-apps"\n' + PARTNER
    assert held(text, domain="fabrikam.com") == ["Short"]


def test_waivers_of_a_table_take_the_place_of_those_above_it() -> None:
    text = waiver("defaults", "Short") + APP + waiver("app", "Records") + PARTNER + waiver("partner", "Fab")
    assert held(text) == ["Records"]
    assert held(text, domain="fabrikam.com") == ["Fab"]
    assert held(text, app=LAB) == ["Short"]


@pytest.mark.parametrize(
    ("table", "name", "give", "domain"),
    [
        (APP, "app", None, ""),
        (APP + ROLE, "app.role", READER, ""),
        (GROUP, "group", IN_GROUP, ""),
        (PARTNER, "partner", None, "fabrikam.com"),
    ],
)
def test_stages_of_its_own_take_away_the_waivers_above_a_table(
    table: str, name: str, give: Give | None, domain: str
) -> None:
    assert held(waiver("defaults", "Short") + table + stage(name), RECORDS, give, domain) == []
    both = waiver("defaults", "Short") + table + stage(name) + waiver(name, "Own")
    assert held(both, RECORDS, give, domain) == ["Own"]


@pytest.mark.parametrize(
    ("table", "give", "domain"),
    [(APP, None, ""), (APP + ROLE, READER, ""), (GROUP, IN_GROUP, ""), (PARTNER, None, "fabrikam.com")],
)
def test_an_empty_list_takes_them_away_in_any_table(table: str, give: Give | None, domain: str) -> None:
    assert held(f"{waiver('defaults', 'Short')}{table}waiver = []\n", RECORDS, give, domain) == []


def test_what_an_app_closes_no_narrower_table_opens() -> None:
    text = (
        f"{APP}waiver = []\n{ROLE}{waiver('app.role', 'Readers')}{GROUP}{waiver('group', 'Guests')}"
        f"{PARTNER}{waiver('partner', 'Fab')}"
    )
    assert held(text, give=READER, domain="fabrikam.com") == []
    assert held(text, give=IN_GROUP) == []
    assert held(text, app=LAB, domain="fabrikam.com") == ["Fab"]


def test_the_defaults_can_close_all_of_them_at_once() -> None:
    assert held(f"[defaults]\nwaiver = []\n{APP}{waiver('app', 'Records')}") == []


def test_an_approval_is_not_bound_to_the_waivers_that_it_was_not_given_by() -> None:
    assert rules(stage("defaults") + waiver("defaults", "Short")).text == rules(stage("defaults")).text


def test_two_waivers_of_one_name_are_refused_wherever_they_stand() -> None:
    text = waiver("defaults", "Short") + APP + waiver("app", "SHORT") + waiver("app", "Other")
    assert mistakes(text) == ["app 1.waiver 1.name: SHORT is what defaults.waiver is called already"]


def test_an_app_that_says_nothing_of_waivers_does_not_double_those_of_the_defaults() -> None:
    assert held(waiver("defaults", "Short") + APP + PARTNER) == ["Short"]


RATED = '\nname = "Short"\nmost = 20\nper = "1d"\n'


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ('name = "Short"', "say how often it may be used"),
        ('name = "Short"\nmost = 20', "say how often it may be used"),
        ('name = "Short"\nper = "1d"', "say how often it may be used"),
        ('name = "Short"\nmost = 0\nper = "1d"', ".most: write a number from 1 to 1000"),
        ('name = "Short"\nmost = true\nper = "1d"', ".most: write a number from 1 to 1000"),
        ('name = "Short"\nmost = "many"\nper = "1d"', ".most: write a number from 1 to 1000"),
        ('name = "Short"\nmost = 1001\nper = "1d"', ".most: write a number from 1 to 1000"),
        ('name = "Short"\nmost = 1\nper = "0d"', ".per: "),
        ('most = 1\nper = "1d"', ".name: write a name"),
        (f'name = "{"x" * 61}"\nmost = 1\nper = "1d"', ".name: write a name"),
        (f"{RATED}longest = 'soon'", ".longest: "),
        (f"{RATED}domains = []", ".domains: write a list of domains"),
        (f"{RATED}domains = ['@x']", ".domains: write a list of domains"),
        (f"{RATED}requestors = ['manager']", ".requestors: 'manager' is not one of"),
        (f"{RATED}requestors = ['guest-sponsors']", ".requestors: 'guest-sponsors' is not one of"),
        (f"{RATED}requestors = ['role:nobody']", ".requestors: there is no role"),
        (f"{RATED}guests = 'old'", ".guests: write any, or known"),
        (f"{RATED}approvers = ['manager']", "approvers is not known to this version"),
    ],
)
def test_a_mistake_is_said_with_its_place(keys: str, mistake: str) -> None:
    (said,) = mistakes(f"[[defaults.waiver]]\n{keys}\n")
    assert said.startswith("defaults.waiver")
    assert mistake in said


def test_more_than_ten_waivers_in_a_table_are_refused() -> None:
    text = "".join(waiver("defaults", f"Waiver {number}") for number in range(11))
    assert mistakes(text) == ["defaults.waiver: write at most 10 waivers"]
