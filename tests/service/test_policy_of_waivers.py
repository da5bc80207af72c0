"""What `guestlist policy check` finds of waivers, and what `explain` says of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules.model import Group, ObjectId
from access.rules.policy_reader import read_policy
from access.rules.waiving import Uses, key_of
from access.service.explain import Explain
from access.service.policy_check import PolicyCheck
from access.service.policy_waivers import Idle
from access.service.roster import Roster
from access.service.waivers import Past
from bot.commands.policy import check, explain, explain_request
from tests.service.house import ALEX, ANA, DIEGO, MEGAN, POLICY, RECORDS, ZONE, House, draft

IDS = {
    name: ObjectId(f"{digit * 8}-1111-4111-8111-111111111111")
    for name, digit in (("app", "5"), ("team", "9"))
}
APP = f'[[app]]\nid = "{IDS["app"]}"\n'
PARTNER = '[[partner]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\n'
DENY = "[domains]\ndeny = ['mailinator.com']\n"


def waiver(table: str, more: str = "", name: str = "Short") -> str:
    return f'[[{table}.waiver]]\nname = "{name}"\nmost = 2\nper = "1d"\n{more}\n'


@pytest.fixture
def clinic(house: House) -> House:
    """Return a house in which an app and a group have ids as a policy writes them."""
    tenant = house.tenant
    tenant.apps[IDS["app"]] = replace(tenant.apps[RECORDS], object_id=IDS["app"], name="Lab Results")
    tenant.owners[IDS["app"]] = [MEGAN, ALEX]
    tenant.groups[IDS["team"]] = Group(IDS["team"], "Team")
    tenant.members[IDS["team"]] = [DIEGO]
    return house


async def found(house: House, text: str) -> list[str]:
    check_ = PolicyCheck(house.directory, read_policy(text))
    return [str(one) for one in await Idle(check_, Roster(house.directory)).findings()]


async def test_waivers_with_which_nothing_is_wrong_are_not_named(clinic: House) -> None:
    text = (
        waiver("defaults", 'domains = ["contoso.com"]')
        + APP
        + waiver("app", 'requestors = ["app-owners"]', "Lab")
        + PARTNER
        + waiver("partner", 'domains = ["fabrikam.com"]', "Fabrikam")
    )
    assert await found(clinic, text) == []


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (DENY + waiver("defaults", "domains = ['mailinator.com']"), "defaults.waiver.domains", "deny wins"),
        (waiver("defaults", "domains = ['contoso-health.com']"), "defaults.waiver.domains", "own"),
        (f"[defaults]\nwaiver = []\n{APP}{waiver('app')}", "app 1.waiver", "closes it"),
        (
            f"{APP}waiver = []\n[[app.role]]\nname = 'Reader'\n{waiver('app.role')}",
            "app 1.role 1.waiver",
            "closes it",
        ),
        (f"{PARTNER}{waiver('partner', 'domains = [chr]')}", "partner 1.waiver.domains", "no domain of this"),
        (
            f"{APP}{waiver('app', 'domains = [fab]')}{PARTNER}[[partner.stage]]\napprovers = ['manager']\n",
            "app 1.waiver.domains",
            "partner Fabrikam says who decides on guests of fabrikam.com",
        ),
        (
            f"{APP}domains = {{ allow = ['contoso.com'] }}\n{waiver('app', 'domains = [fab]')}",
            "app 1.waiver.domains",
            "refused by app",
        ),
        (
            f"{APP}{waiver('app', 'requestors = [team]')}",
            "app 1.waiver.requestors",
            "nobody of its requestors may request for Lab Results",
        ),
    ],
)
async def test_a_waiver_that_never_applies_is_found(clinic: House, text: str, place: str, said: str) -> None:
    words = {"chr": "'contoso.com'", "fab": "'fabrikam.com'", "team": f"'group:{IDS['team']}'"}
    for word, meant in words.items():
        text = text.replace(f"[{word}]", f"[{meant}]")
    (finding,) = await found(clinic, text)
    assert finding.startswith(f"{place}: ")
    assert said in finding


async def test_people_who_are_not_there_are_found_in_a_waiver_too(
    clinic: House, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = "ffffffff-1111-4111-8111-111111111111"
    text = POLICY + waiver("defaults", f"requestors = ['person:{gone}']")
    assert (await check(clinic.directory, read_policy(text), every_app=False)).tell() == 1
    assert f"defaults.waiver.requestors: there is no person {gone}" in capsys.readouterr().out


async def told(
    house: House,
    text: str,
    capsys: pytest.CaptureFixture[str],
    *,
    used: int | None = None,
    restored: timedelta | None = None,
    who: str = "megan",
) -> str:
    now = house.clock.now()
    times = {key_of("Short"): (now - timedelta(hours=1),) * (used or 0)}
    past = None if used is None else Past(Uses(times, now - restored if restored else None), now)
    explaining = Explain(house.directory, Roster(house.directory), read_policy(POLICY + text), past)
    (await explain(explaining, f"{who}@contoso-health.com", ANA, "Health Records", "")).tell()
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "",
            "Waiver Short, by defaults: it would approve 90 days by itself. It was used 1 of 2 times",
        ),
        ("domains = ['contoso.com']", "it does not apply, for it is for guests of contoso.com alone."),
        ("longest = '30d'", "it does not apply to 90 days, for it is for 30 days at most."),
        ("guests = 'known'", "it does not apply, for the guest is not in the directory yet."),
        ("requestors = ['group-owners']", "it does not apply, for Megan is none of group-owners."),
    ],
)
async def test_an_explanation_says_of_each_waiver_whether_it_applies_and_why_not(
    house: House, more: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in await told(house, waiver("defaults", more), capsys, used=1)


async def test_an_explanation_says_that_a_waiver_is_used_up(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await told(house, waiver("defaults"), capsys, used=2)
    assert "it would apply, but was used 2 of 2 times within 1 day. So people decide." in said


async def test_an_explanation_says_that_a_restore_has_forgotten_uses(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await told(house, waiver("defaults"), capsys, used=1, restored=timedelta(hours=23))
    assert "it would apply, but the database was restored or moved within the last 1 day" in said
    said = await told(house, waiver("defaults"), capsys, used=1, restored=timedelta(days=1))
    assert "It was used 1 of 2 times" in said


async def test_where_its_uses_cannot_be_read_the_limit_is_said(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await told(house, waiver("defaults"), capsys)
    assert "it would approve 90 days by itself, unless it was used 2 times within 1 day already." in said


async def test_an_explanation_says_what_closes_waivers(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await told(house, waiver("defaults") + f"{PARTNER}waiver = []\n", capsys)
    assert "No waiver holds: `waiver = []` of partner Fabrikam closes them." in said


async def test_a_waiver_does_not_matter_to_who_may_not_ask(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No waiver matters here" in await told(house, waiver("defaults"), capsys, who="diego")


async def test_where_the_policy_has_no_waiver_nothing_is_said_of_any(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "aiver" not in await told(house, "", capsys)


async def test_a_request_is_explained_for_as_long_as_was_asked(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    text = POLICY + waiver("defaults", "longest = '30d'")
    record = await house.sent(draft(term="45d"))
    explaining = Explain(house.directory, Roster(house.directory), read_policy(text))
    assert (await explain_request(explaining, record, "R-1001", ZONE)).tell() == 0
    assert "it does not apply to 45 days" in capsys.readouterr().out


async def test_a_term_until_a_day_is_as_long_as_the_time_zone_of_guestlist_makes_it(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.clock.turn(hours=14, minutes=30)  # it is tomorrow in Berlin, and not yet in UTC
    record = await house.sent(draft(term="until 2026-12-22"))
    text = POLICY + waiver("defaults", "longest = '29d'")
    explaining = Explain(house.directory, Roster(house.directory), read_policy(text))
    assert (await explain_request(explaining, record, "R-1001", ZONE)).tell() == 0
    assert "it does not apply to 30 days" in capsys.readouterr().out
