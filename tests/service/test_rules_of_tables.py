"""The tables of the policy where they count: when a request is sent, in the form, and at the click."""

from dataclasses import replace

import pytest

from access.rules.causes import Cause
from access.rules.model import App, AppRole, Group, ObjectId, Record
from access.rules.policy_reader import read_policy
from access.rules.refusals import Field, PlanMoved, Problem, ProblemCode, WillNotWork
from access.service.request import Returned
from tests.service.house import ALEX, LIDIA, MEGAN, NIA, POLICY, READER, House, draft

APP, GUESTS = (ObjectId(f"{digit * 8}-1111-4111-8111-111111111111") for digit in "45")
OFFICE = ObjectId("66666666-1111-4111-8111-111111111111")
R1 = "R-1001"
ADDED = f"""
[[app]]
id = "{APP}"
"""


@pytest.fixture
def app(house: House) -> ObjectId:
    """Return an app with a role and a group, both of whose owners may ask for it."""
    house.tenant.apps[APP] = App(APP, "Charts", roles=(AppRole(READER, "Reader"),))
    house.tenant.owners[APP] = [MEGAN, ALEX, NIA]
    house.tenant.groups[GUESTS] = Group(GUESTS, "Chart guests")
    house.tenant.groups[OFFICE] = Group(OFFICE, "Privacy Office")
    house.tenant.members[OFFICE] = [NIA]
    house.tenant.of_app[APP] = [GUESTS]
    house.tenant.owners[GUESTS] = [MEGAN]
    return APP


def follow(house: House, more: str) -> None:
    house.policy.policy = read_policy(POLICY + more)


async def problems(house: House, **answers: str) -> tuple[Problem, ...]:
    returned = await house.send(draft(**{"app": "Charts", "access": "Reader", **answers}))
    return returned.problems if isinstance(returned, Returned) else ()


DENIED = Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED_HERE, ("fabrikam.com", "Charts"))
ROLE = f'{ADDED}[[app.role]]\nname = "Reader"\n'
GROUP = f'[[group]]\nid = "{GUESTS}"\n'
PARTNER = '[[partner]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\n'


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        (f'{ADDED}domains = {{ deny = ["fabrikam.com"] }}', ["Reader", "Chart guests"]),
        (f'{ADDED}domains = {{ allow = ["contoso.com"] }}', ["Reader", "Chart guests"]),
        (f'{ROLE}domains = {{ deny = ["fabrikam.com"] }}', ["Reader"]),
        (f'{GROUP}domains = {{ deny = ["fabrikam.com"] }}', ["Chart guests"]),
        (f'{PARTNER}apps = ["app:{OFFICE}"]', ["Reader", "Chart guests"]),
        (f'{PARTNER}apps = ["app:{APP}"]', []),
    ],
)
async def test_a_guest_whose_domain_is_denied_by_any_table_is_not_asked_for(
    house: House, app: ObjectId, more: str, refused: list[str]
) -> None:
    follow(house, more)
    for access in ("Reader", "Chart guests"):
        expected = (DENIED,) if access in refused else ()
        assert await problems(house, access=access) == expected, access


async def test_the_form_shows_what_holds_for_what_is_filled_in(house: House, app: ObjectId) -> None:
    follow(house, f'{PARTNER}term = {{ longest = "60d" }}')
    give = next(one for one in await house.searches.gives(MEGAN, APP) if one.name == "Reader")
    for address, days in (("", 365), ("ana@", 365), ("Ana@Fabrikam.com", 60), ("bo@contoso.com", 365)):
        assert house.requests.rules_of(APP, give, address).term_longest.days == days, address


@pytest.mark.parametrize("table", [ROLE, PARTNER])
async def test_who_may_ask_for_an_app_may_be_narrowed_for_what_is_given_and_to_whom(
    house: House, app: ObjectId, table: str
) -> None:
    follow(house, f'{table}requestors = ["group:{OFFICE}"]')
    assert await problems(house) == (Problem(Field.APP, ProblemCode.NOT_ALLOWED, ("Charts",)),)
    sent = await house.send(draft(app="Charts", access="Reader"), by=NIA)
    assert isinstance(sent, Record)
    by_lidia = await house.send(draft(app="Charts", access="Reader"), by=LIDIA)
    assert isinstance(by_lidia, Returned), "who is in the list and may not ask for the app"


async def test_the_longest_term_of_a_partner_holds(house: House, app: ObjectId) -> None:
    follow(house, f'{PARTNER}term = {{ longest = "60d" }}')
    (problem,) = await problems(house, term="61d")
    assert (problem.code, problem.hints[1]) == (ProblemCode.TERM_TOO_LONG, "60")
    assert await problems(house, term="61d", address="bo@contoso.com") == ()


async def test_a_justification_without_what_the_pattern_wants_is_refused_in_the_policys_words(
    house: House, app: ObjectId
) -> None:
    wanted = "an incident number such as INC0042117"
    follow(house, f"{ADDED}justification = {{ pattern = 'INC[0-9]{{7}}', expected = '{wanted}' }}")
    assert await problems(house) == (
        Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_WITHOUT, (wanted,)),
    )
    assert house.requests.rules_of(APP).justification_expected == wanted
    assert await problems(house, justification="The audit of inc0042117") == ()


async def test_the_partners_approvers_and_landing_page_hold_for_their_guests_alone(
    house: House, app: ObjectId
) -> None:
    follow(
        house,
        f'{PARTNER}landing = "https://fabrikam.example"\n[[partner.stage]]\napprovers = ["group:{OFFICE}"]\n',
    )
    theirs = (await house.sent(draft(app="Charts", access="Reader"))).request
    other = (await house.sent(draft(app="Charts", access="Reader", address="bo@contoso.com"))).request
    assert [one.object_id for one in theirs.approvers] == [NIA]
    assert [one.object_id for one in other.approvers] == [ALEX, NIA]
    assert (theirs.landing, other.landing) == ("https://fabrikam.example", "https://myapps.example")
    assert theirs.rule == "defaults, partner Fabrikam"
    waiting = {one.request.label for one in await house.decisions.deciders.waiting_for(ALEX)}
    assert waiting == {other.label}


async def test_a_table_that_changes_who_decides_moves_the_plan_at_the_click(
    house: House, app: ObjectId
) -> None:
    await house.sent(draft(app="Charts", access="Reader"))
    follow(house, f'{ROLE}[[app.role.stage]]\napprovers = ["group:{OFFICE}"]\n')
    moved = await house.decisions.approve(R1, NIA, None)
    assert isinstance(moved, PlanMoved)
    assert "rule" in moved.moved
    assert moved.request.rule == f"app {APP}, role Reader"
    assert isinstance(await house.decisions.approve(R1, NIA, None), Record)


async def test_a_domain_that_is_denied_while_a_request_waits_cannot_be_approved_any_more(
    house: House, app: ObjectId
) -> None:
    await house.sent(draft(app="Charts", access="Reader"))
    follow(house, f'{ROLE}domains = {{ deny = ["fabrikam.com"] }}')
    refused = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.DOMAIN_DENIED


async def test_tables_that_do_not_hold_for_a_request_do_not_move_it(house: House, app: ObjectId) -> None:
    sent = await house.sent(draft(app="Charts", access="Reader"))
    follow(house, f'{GROUP}[[partner]]\nname = "Other"\ndomains = ["*.fabrikam.com"]\n')
    assert sent.request.plan is not None
    approved = await house.decisions.approve(R1, ALEX, sent.request.plan.hash)
    assert isinstance(approved, Record)


async def test_what_is_said_of_a_role_by_its_id_holds_after_it_was_renamed(
    house: House, app: ObjectId
) -> None:
    follow(house, f'{ADDED}[[app.role]]\nname = "{READER}"\nterm = {{ longest = "9d" }}\n')
    house.tenant.apps[APP] = replace(house.tenant.apps[APP], roles=(AppRole(READER, "Lector"),))
    (problem,) = await problems(house, access="Lector")
    assert problem.code is ProblemCode.TERM_TOO_LONG
