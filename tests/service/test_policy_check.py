"""`guestlist policy check` and `explain`: what is wrong with a policy by the directory, and what it says."""

from datetime import date

import pytest

from access.ports import Unreachable
from access.rules.causes import Cause
from access.rules.delegating import Delegated, Period
from access.rules.model import App, AppRole, Group, Guest, ObjectId, Person, PersonKind, Record, Term
from access.rules.policy_reader import read_policy
from access.service.explain import Explain
from access.service.roster import Roster
from access.service.setups import Wanted as SetupWanted
from access.service.stand_ins import StandIns
from bot.commands.policy import check, explain, explain_request
from tests.service.fakes import FakeDirectory, Faults, Tenant
from tests.service.house import POLICY, THREAD, ZONE, House, draft


def guid(digit: str) -> ObjectId:
    return ObjectId(f"{digit * 8}-1111-4111-8111-111111111111")


MEGAN, NIA, LEFT, GUEST = (guid(one) for one in "1234")
RECORDS, PORTAL, OLD, ALONE = (guid(one) for one in "5678")
OFFICE, FILLED, EMPTY = (guid(one) for one in "9ab")
GONE = guid("f")


@pytest.fixture
def tenant() -> Tenant:
    people = {
        MEGAN: Person(MEGAN, "Megan", "megan@contoso-health.com"),
        NIA: Person(NIA, "Nia", "nia@contoso-health.com"),
        LEFT: Person(LEFT, "Debra", enabled=False),
        GUEST: Person(GUEST, "Visitor", kind=PersonKind.GUEST),
    }
    return Tenant(
        people=people,
        managers={MEGAN: NIA},
        apps={
            RECORDS: App(RECORDS, "Health Records", roles=(AppRole(guid("c"), "Reader"),)),
            PORTAL: App(PORTAL, "Patient Portal"),
            OLD: App(OLD, "Old Records", enabled=False),
            ALONE: App(ALONE, "Desk"),
        },
        owners={RECORDS: [MEGAN, NIA], PORTAL: [LEFT, GUEST], ALONE: [MEGAN]},
        groups={
            OFFICE: Group(OFFICE, "Office"),
            FILLED: Group(FILLED, "Everybody", closed_because="dynamic"),
            EMPTY: Group(EMPTY, "Nobody"),
        },
        members={OFFICE: [NIA], EMPTY: [GUEST]},
        of_app={RECORDS: [OFFICE]},
    )


def table(app: ObjectId, more: str = "") -> str:
    return f'[[app]]\nid = "{app}"\n{more}\n'


async def found(
    tenant: Tenant, text: str, capsys: pytest.CaptureFixture[str], *, every_app: bool = False
) -> str:
    ended = (await check(FakeDirectory(tenant, Faults()), read_policy(text), every_app=every_app)).tell()
    told = capsys.readouterr().out
    assert ended == (0 if told.startswith("Nothing is wrong with the policy.\n") else 1)
    return told


async def test_a_policy_with_which_nothing_is_wrong_is_told_to_be_so(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (
        f'[roles]\nadmins = ["group:{OFFICE}"]\n'
        f'[[defaults.stage]]\napprovers = ["app-owners"]\nfallback = ["role:admins"]\n'
        f'{table(RECORDS, f"give = {chr(34)}group:{OFFICE}{chr(34)}")}[[app.role]]\nname = "reader"\n'
        f'[[group]]\nid = "{OFFICE}"\n'
        f'[[partner]]\nname = "F"\ndomains = ["fabrikam.com"]\napps = ["app:{RECORDS}"]\n'
    )
    assert await found(tenant, whole, capsys) == "Nothing is wrong with the policy.\n"


SOON = 'closes_after = "4d"\n'
ENDS = "for a request that nobody decides ends after 5 days."
LATE = 'escalation = ["manager"]\nescalate_after = "5d"\n'
LATE_STAGE = f'[[defaults.stage]]\napprovers = ["app-owners"]\n{LATE}'
FABRIKAM = f'[[partner]]\nname = "F"\ndomains = ["f.com"]\napps = ["{RECORDS}"]\n'
NAMED = [
    (f'[roles]\nadmins = ["group:{GONE}"]', "roles.admins: there is no group"),
    (f'[defaults]\nrequestors = ["person:{GONE}"]', "defaults.requestors: there is no person"),
    (f'[defaults]\nrequestors = ["person:{LEFT}"]', "Debra has no active account"),
    (f'[[defaults.stage]]\napprovers = ["person:{GUEST}"]', "defaults.stage.approvers: Visitor is a guest"),
    (
        table(RECORDS, f'[[app.stage]]\napprovers = ["app-owners", "group:{GONE}"]'),
        "app 1.stage.approvers: there",
    ),
    (
        table(RECORDS, f'[[app.stage]]\napprovers = ["app-owners"]\nmay_decide = ["group:{GONE}"]'),
        "app 1.stage.may_decide: there is no group",
    ),
    (table(GONE), "app 1: there is no app"),
    (table(RECORDS) + table(OLD), "app 2: sign-in to Old Records is switched off"),
    (table(RECORDS, 'give = "app-role:Writer"'), "app 1.give: Health Records has no app-role:Writer"),
    (table(RECORDS, f'give = "group:{FILLED}"'), "app 1.give: Health Records has no group:"),
    (table(RECORDS, '[[app.role]]\nname = "Writer"'), "app 1.role 1: Health Records has no role writer"),
    (f'[[group]]\nid = "{GONE}"', "group 1: there is no group"),
    (f'[[group]]\nid = "{EMPTY}"', "group 1: Nobody is assigned to no app, so the table never holds"),
    (f'[[group]]\nid = "{FILLED}"', "group 1: nobody can be added to Everybody by hand"),
    (f'[[partner]]\nname = "F"\ndomains = ["f.com"]\napps = ["{GONE}"]', "partner 1.apps: there is no app"),
    (
        '[[partner]]\nname = "F"\ndomains = ["contoso-health.com"]',
        "partner 1.domains: contoso-health.com is the",
    ),
    (
        '[domains]\ndeny = ["*.f.com"]\n[[partner]]\nname = "F"\ndomains = ["*.f.com", "f.com"]',
        "partner 1.domains: [domains] refuses *.f.com",
    ),
    (
        '[domains]\nallow = ["f.com"]\n' + table(RECORDS, 'domains = { allow = ["f.com", "g.com"] }'),
        "app 1.domains.allow: [domains] refuses g.com",
    ),
    (
        table(RECORDS, 'domains = { deny = ["f.com"] }') + FABRIKAM,
        "partner 1.apps: the lists of domains keep all its guests out of Health Records",
    ),
    ('[defaults]\nrenewals = { total = "60d" }', "defaults.renewals.total: a first term of 90 days leaves"),
    (
        table(RECORDS, 'renewals = { longest = "2 years" }'),
        "app 1.renewals.longest: no term may be longer than 365 days",
    ),
    (
        '[defaults]\nrenewals = { most = 1, waiver = "By the owner" }\nwaiver = []',
        "defaults.renewals.waiver: `waiver = []` closes every waiver",
    ),
]
READER = '[[app.role]]\nname = "Reader"\n'
ON_OFFICE = f'[[group]]\nid = "{OFFICE}"\n'
ANY_APP = '[[partner]]\nname = "F"\ndomains = ["f.com"]\n'
UNREACHED = [
    (
        table(RECORDS, 'domains = { allow = ["f.com"] }\n' + READER + 'domains = { allow = ["g.com"] }'),
        "app 1.role 1.domains.allow: app 1 refuses g.com, and deny wins. Take it out of one of them.",
    ),
    (
        table(RECORDS, 'domains = { allow = ["f.com"] }') + f'{ON_OFFICE}domains = {{ allow = ["g.com"] }}',
        "group 1.domains.allow: app 1 refuses g.com, and deny wins.",
    ),
    (
        table(RECORDS, 'domains = { allow = ["f.com", "g.com"], deny = ["f.com"] }'),
        "app 1.domains.allow: `deny` beside it refuses f.com, and deny wins.",
    ),
    ('[domains]\nallow = ["f.com"]\ndeny = ["f.com"]', "domains.allow: `deny` beside it refuses f.com"),
    (
        '[domains]\nallow = ["*.eu.f.com"]\ndeny = ["*.f.com"]',
        "domains.allow: `deny` beside it refuses *.eu.f.com",
    ),
    (
        '[domains]\nallow = ["f.com"]\n' + table(RECORDS, 'domains = { deny = ["f.com"] }'),
        "app 1.domains.deny: it refuses whatever the lists above it allow, so nobody is ever invited.",
    ),
    (
        f'[defaults]\ncloses_after = "5d"\n[[defaults.stage]]\napprovers = ["app-owners"]\n{LATE}',
        f"defaults.stage.escalate_after: nobody is ever called in after 5 days, {ENDS} Call in sooner",
    ),
    (
        LATE_STAGE + table(RECORDS, SOON),
        "app 1.closes_after: nobody is ever called in after 5 days, for a request that nobody decides",
    ),
    (
        table(
            RECORDS, 'closes_after = "4d"\n' + READER + f'[[app.role.stage]]\napprovers = ["manager"]\n{LATE}'
        ),
        "app 1.role 1.stage.escalate_after: nobody is ever called in after 5 days",
    ),
    (
        table(RECORDS, 'closes_after = "4d"')
        + f'{ON_OFFICE}[[group.stage]]\napprovers = ["manager"]\n{LATE}',
        "group 1.stage.escalate_after: nobody is ever called in after 5 days",
    ),
    (
        table(RECORDS, f'[[app.stage]]\napprovers = ["app-owners"]\n{LATE}')
        + f'{ANY_APP}closes_after = "4d"',
        "partner 1.closes_after: nobody is ever called in after 5 days",
    ),
    (
        table(RECORDS, 'closes_after = "5d"\nremind_after = ["2d", "5d", "7d"]'),
        f"app 1.remind_after: nobody is ever reminded after 5 and 7 days, {ENDS} Remind sooner",
    ),
    (
        '[defaults]\nremind_after = ["5d"]\n' + table(RECORDS, SOON),
        "app 1.closes_after: nobody is ever reminded after 5 days",
    ),
]


@pytest.mark.parametrize(("text", "said"), UNREACHED)
async def test_what_other_rules_keep_from_ever_holding_is_told_at_the_table_that_makes_it_so(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    told = await found(tenant, text, capsys)
    assert said in told, told
    ever = [line for line in told.splitlines() if "ever" in line or "deny wins" in line]
    assert len([line for line in ever if "--every-app" not in line]) == 1, told


@pytest.mark.parametrize(
    "text",
    [
        '[domains]\nallow = ["eu.f.com"]\n' + table(RECORDS, 'domains = { allow = ["*.f.com"] }'),
        '[domains]\nallow = ["f.com", "g.com"]\n' + table(RECORDS, 'domains = { deny = ["f.com"] }'),
        table(RECORDS, 'domains = { allow = ["eu.f.com"] }') + FABRIKAM.replace('"f.com"', '"*.f.com"'),
        table(RECORDS, 'closes_after = "2d"'),
        '[defaults]\nremind_after = ["1d", "7d"]\n' + table(RECORDS, 'closes_after = "2d"'),
        table(RECORDS, 'closes_after = "6d"\n[[app.stage]]\napprovers = ["app-owners"]\n')
        + f'{ANY_APP}closes_after = "1y"',
    ],
    ids=["a part is allowed", "some are left", "some of them", "nobody wrote it", "some come", "later"],
)
async def test_what_still_holds_for_some_or_nobody_wrote_is_nothing_wrong(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert await found(tenant, text, capsys) == "Nothing is wrong with the policy.\n"


@pytest.mark.parametrize(("text", "said"), NAMED)
async def test_what_is_not_there_or_never_holds_is_told_with_its_place_and_what_to_do(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    told = await found(tenant, text, capsys)
    assert [line for line in told.splitlines() if line.startswith(said) or said in line], told


def escalating(group: ObjectId) -> str:
    return f'escalation = ["group:{group}"]\nescalate_after = "5d"\n'


TWO_STAGES = f'[[app.stage]]\napprovers = ["app-owners"]\n[[app.stage]]\napprovers = ["group:{OFFICE}"]'
STUCK = [
    (table(PORTAL), "app 1: nobody may request for Patient Portal"),
    (
        table(ALONE),
        "app 1.stage: Megan is the only one who may request and who may decide for Desk",
    ),
    (
        table(RECORDS, f'[[app.stage]]\napprovers = ["group:{EMPTY}"]'),
        "app 1.stage: nobody can decide on Health Records: approvers and fallback leave nobody",
    ),
    (
        table(RECORDS, '[[app.stage]]\napprovers = ["guest-sponsors"]'),
        "app 1.stage: a new guest has no sponsors, and without them too few can decide on Health Records",
    ),
    (
        table(RECORDS, '[[app.stage]]\napprovers = ["guest-sponsors", "app-owners"]\nquorum = 3'),
        "app 1.stage: a new guest has no sponsors, and without them too few can decide on Health Records",
    ),
    (
        table(RECORDS, f'[[app.stage]]\napprovers = ["person:{NIA}"]'),
        "app 1.stage: nobody could decide what Nia may request for Health Records",
    ),
    (
        table(RECORDS, f'[[app.stage]]\napprovers = ["app-owners"]\n{escalating(EMPTY)}'),
        "app 1.stage.escalation: nobody could be called in for Health Records: the list leaves nobody",
    ),
    (
        table(RECORDS, f'[[app.stage]]\napprovers = ["app-owners"]\n{escalating(OFFICE)}'),
        "app 1.stage.escalation: Nia decides on Health Records anyway",
    ),
    (
        table(RECORDS, '[[app.stage]]\napprovers = ["manager"]'),
        "app 1.stage: nobody could decide what Nia may request for Health Records",
    ),
    (
        table(RECORDS, f'requestors = ["members"]\n[[app.stage]]\napprovers = ["person:{NIA}"]'),
        "app 1.stage: nobody could decide what Nia may request for Health Records",
    ),
    (
        table(RECORDS, '[[app.stage]]\napprovers = ["group-owners"]'),
        "app 1.stage: nobody can decide on Health Records",
    ),
    (
        table(RECORDS, f'[[app.role]]\nname = "Reader"\nrequestors = ["group:{EMPTY}"]'),
        "app 1.role 1: nobody may request for Health Records",
    ),
    (
        table(RECORDS) + f'[[group]]\nid = "{OFFICE}"\n[[group.stage]]\napprovers = ["group:{EMPTY}"]',
        "group 1.stage: nobody can decide on Health Records",
    ),
    (
        table(RECORDS, '[[app.stage]]\napprovers = ["app-owners"]\nquorum = 3'),
        "app 1.stage: 2 can decide on Health Records and 3 must approve. Name more approvers",
    ),
    (
        table(RECORDS, '[[app.stage]]\napprovers = ["app-owners"]\nquorum = 2'),
        "app 1.stage: too few could decide what Megan, Nia may request for Health Records",
    ),
    (
        table(RECORDS, TWO_STAGES),
        "app 1.stage 2: nobody could decide what Nia may request for Health Records",
    ),
    (
        f'{FABRIKAM}requestors = ["person:{NIA}"]\n[[partner.stage]]\napprovers = ["person:{NIA}"]',
        "partner 1.stage: Nia is the only one who may request and who may decide for Health Records",
    ),
    (
        f'{ON_OFFICE}[[group.stage]]\napprovers = ["group:{EMPTY}"]',
        "group 1.stage: nobody can decide on Health Records: approvers and fallback leave nobody",
    ),
    (
        f'{ON_OFFICE}requestors = ["group:{EMPTY}"]',
        "group 1: nobody may request for Health Records: `requestors` leaves nobody",
    ),
    (
        f'{table(RECORDS)}{ANY_APP}[[partner.stage]]\napprovers = ["group:{EMPTY}"]',
        "partner 1.stage: nobody can decide: approvers and fallback leave nobody, whatever the app is.",
    ),
    (
        f'{ANY_APP}requestors = ["group:{EMPTY}"]',
        "partner 1: nobody may request: `requestors` leaves nobody, whatever the app is. Name somebody.",
    ),
    (
        f'{table(RECORDS)}{ANY_APP}[[partner.stage]]\napprovers = ["person:{NIA}"]',
        "partner 1.stage: nobody could decide what Nia may request for Health Records",
    ),
    (
        f'[[defaults.stage]]\napprovers = ["group:{EMPTY}"]',
        "defaults.stage: nobody can decide: approvers and fallback leave nobody, whatever the app is.",
    ),
    (
        f'[[defaults.stage]]\napprovers = ["group:{OFFICE}"]\nquorum = 2\nmay_decide = ["person:{NIA}"]',
        "defaults.stage: 1 can decide and 2 must approve, whatever the app is. Name more approvers",
    ),
    (
        f'[defaults]\nrequestors = ["group:{EMPTY}"]',
        "defaults: nobody may request: `requestors` leaves nobody, whatever the app is.",
    ),
    (
        table(RECORDS, f'{READER}requestors = ["person:{NIA}"]')
        + f'{ANY_APP}[[partner.stage]]\napprovers = ["person:{NIA}"]',
        "partner 1.stage: Nia is the only one who may request and who may decide for Health Records",
    ),
]


@pytest.mark.parametrize(("text", "said"), STUCK)
async def test_a_request_that_nobody_could_make_or_decide_is_told(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert said in await found(tenant, text, capsys)


async def test_an_escalation_to_somebody_who_does_not_decide_or_to_whoever_manages_is_nothing_wrong(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant.owners[RECORDS].append(LEFT)
    tenant.people[LEFT] = Person(LEFT, "Debra")
    for others in (f'["person:{NIA}", "person:{LEFT}"]', '["manager"]'):
        text = f'approvers = ["person:{NIA}", "person:{MEGAN}"]\nescalation = {others}\nescalate_after = "5d"'
        told = await found(tenant, table(RECORDS, f"[[app.stage]]\n{text}"), capsys)
        assert told == "Nothing is wrong with the policy.\n"


async def test_whoever_stands_in_is_counted(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    text = table(ALONE, f'[[app.stage]]\napprovers = ["app-owners"]\nfallback = ["group:{OFFICE}"]')
    assert (await found(tenant, text, capsys)).startswith("Nothing is wrong with the policy.\n")


async def test_an_app_that_gives_roles_alone_is_named_with_what_it_needs_and_is_nothing_wrong(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = f'[[app.stage]]\napprovers = ["app-owners"]\nfallback = ["group:{OFFICE}"]'
    told = await found(tenant, table(ALONE, stage), capsys)
    assert told.startswith("Nothing is wrong with the policy.\nDesk gives roles, for which Guestlist needs ")
    assert told.endswith(
        'AppRoleAssignment.ReadWrite.All. With a group of its own it does not: type /setup "Desk" in Teams.\n'
    )
    assert "gives roles" not in await found(tenant, table(RECORDS, stage), capsys)


async def test_sponsors_in_whose_place_somebody_decides_for_a_new_guest_are_nothing_wrong(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    text = table(RECORDS, f'[[app.stage]]\napprovers = ["guest-sponsors"]\nfallback = ["person:{NIA}"]')
    told = await found(tenant, text, capsys)
    assert told.splitlines()[0] == (
        "app 1.stage: nobody could decide what Nia may request for Health Records. Name a fallback."
    )
    text = text.replace("fallback", 'may_decide = ["guest-sponsors"]\nfallback').replace(
        f'"person:{NIA}"', f'"person:{NIA}", "person:{MEGAN}"'
    )
    assert await found(tenant, text, capsys) == "Nothing is wrong with the policy.\n"


async def test_apps_without_a_table_are_looked_at_where_that_is_asked(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await found(tenant, "", capsys) == (
        "Nothing is wrong with the policy.\n"
        "It names no app, so the owners and managers of none were looked at: --every-app does.\n"
    )
    told = await found(tenant, "", capsys, every_app=True)
    first, second, count = told.splitlines()
    assert (
        first == "defaults: nobody may request for Patient Portal: `requestors` leaves nobody. Name somebody."
    )
    assert second.startswith(
        "defaults.stage: Megan is the only one who may request and who may decide for Desk,"
    )
    assert count == "2 finding(s)."


async def test_of_an_app_without_a_table_it_is_looked_at_what_partners_say(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'{ANY_APP}[[partner.stage]]\napprovers = ["person:{NIA}"]'
    said = "partner 1.stage: nobody could decide what Nia may request for Health Records"
    assert said not in await found(tenant, text, capsys)
    assert said in await found(tenant, text, capsys, every_app=True)


async def test_what_holds_in_no_app_is_told_once_and_not_for_each(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = f'approvers = ["group:{EMPTY}"]'
    text = f"[[defaults.stage]]\n{empty}\n{ANY_APP}[[partner.stage]]\n{empty}"
    told = await found(tenant, text, capsys, every_app=True)
    assert [line.partition(":")[0] for line in told.splitlines()[:-1]] == [
        "defaults.stage",
        "partner 1.stage",
    ]


async def test_a_directory_that_cannot_be_read_finds_nothing_and_says_nothing(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = Faults(down=Unreachable(Cause.UNAVAILABLE))
    with pytest.raises(Unreachable):
        await check(FakeDirectory(tenant, faults), read_policy(table(RECORDS)), every_app=False)
    assert capsys.readouterr().out == ""


# --- explain --------------------------------------------------------------------------------------------

TABLES = f"""
[roles]
admins = ["group:{OFFICE}"]
[domains]
deny = ["evil.example"]
{table(RECORDS, 'term = { longest = "60d", default = "30d" }')}
  [[app.role]]
  name = "Reader"
  justification = {{ pattern = "INC[0-9]{{7}}", expected = "an incident number" }}
  inactive = {{ then = "remove" }}
[[group]]
id = "{OFFICE}"
requestors = ["role:admins"]
[[partner]]
name = "Fabrikam"
domains = ["fabrikam.com"]
term = {{ longest = "20d" }}
  [[partner.stage]]
  approvers = ["person:{MEGAN}"]
  fallback = ["role:admins"]
"""

OVER = "Tables that hold, each over the one before:"
NIGHTS = "It is quiet from 18:00 to 08:00 and at weekends, by their own clock, by defaults."
RENEWED = "The access can be renewed as often as is asked, by defaults, each time"
STANDS_IN = "because the approvers leave nobody"


async def told_of(tenant: Tenant, capsys: pytest.CaptureFixture[str], *asked: str, access: str = "") -> str:
    directory = FakeDirectory(tenant, Faults())
    explaining = Explain(directory, Roster(directory), read_policy(TABLES))
    person, address, app = asked
    ended = (await explain(explaining, person, address, app, access)).tell()
    said = capsys.readouterr()
    assert ended == (2 if said.err else 0)
    return said.out + said.err


_RESTS = "and who keeps it is asked again after"
ASKED_30 = f"the owner is asked, nothing ends by itself, {_RESTS} 30 days, by defaults."
ASKED_90 = f"the owner is asked, it ends 14 days later, {_RESTS} 90 days, by role Reader."
ASKED_STILL = f"the owner is asked, nothing ends by itself, {_RESTS} 90 days, by defaults."
REMINDED = "The guest is reminded by mail (3 and 10 days)."


async def test_what_holds_is_told_with_the_table_that_says_it_and_who_could_decide_now(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await told_of(tenant, capsys, MEGAN, "Ana@Fabrikam.com", "Health Records", access="Reader")
    assert told.splitlines() == [
        "Megan asks for Health Records (Reader) for a guest of fabrikam.com.",
        f"{OVER} defaults, app Health Records, role Reader, partner Fabrikam.",
        "",
        "Megan may request, as one of app-owners, by defaults.",
        "Guests of fabrikam.com are allowed: no list of domains that holds refuses them.",
        "The term is 20 days if nobody says, by partner Fabrikam, and 20 days at most, by partner Fabrikam.",
        "A justification of at least 10 characters is asked for, by defaults.",
        "It must hold an incident number, by role Reader.",
        f"Stage 1: Nia could decide now {STANDS_IN} (role:admins, by partner Fabrikam).",
        f"Who is to decide is reminded after 1, 3 and 7 days, by defaults. {NIGHTS}",
        "Before an access ends, its owner and the guest are warned (14 and 3 days), by defaults.",
        f"Where a guest never accepts (30 days since the link was sent), {ASKED_30} {REMINDED}",
        f"Where a guest does not sign in (90 days without a sign-in), {ASKED_90}",
        f"Where a guest has no sponsor any more, {ASKED_STILL}",
        f"{RENEWED} by 20 days at most, by defaults.",
        "A renewal needs approval as a new request does.",
        "What was done can be undone for 24 hours, by defaults.",
        "What is known to fail is approved by a second press, by defaults.",
        "The invitation leads to app-home, by defaults.",
        "Undecided, it ends after 14 days, by defaults.",
        (
            "Reader is an app role, for which Guestlist needs AppRoleAssignment.ReadWrite.All. "
            'A group needs less: /setup "Health Records" gives the app one.'
        ),
    ]


async def test_the_guests_sponsors_are_told_of_a_guest_who_is_there_and_that_a_new_one_has_none(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant.guests[GUEST] = Guest(GUEST, "Ana", "ana@fabrikam.com")
    tenant.sponsors.append((GUEST, NIA))
    directory = FakeDirectory(tenant, Faults())
    text = f'[[defaults.stage]]\napprovers = ["guest-sponsors"]\nfallback = ["person:{NIA}"]'
    explaining = Explain(directory, Roster(directory), read_policy(text))
    assert (await explain(explaining, MEGAN, "ana@fabrikam.com", "Health Records", "Reader")).tell() == 0
    told = capsys.readouterr().out
    assert "Stage 1: Nia could decide now (guest-sponsors, by defaults)." in told
    assert "Whom Megan made a sponsor of this guest by another request decides nothing" in told
    assert (await explain(explaining, MEGAN, "bo@fabrikam.com", "Health Records", "Reader")).tell() == 0
    told = capsys.readouterr().out
    assert "The guest is not in the directory, so they have no sponsors who could decide." in told
    assert f"Stage 1: Nia could decide now {STANDS_IN} (person:{NIA}, by defaults)." in told


async def test_who_is_called_in_and_when_reminders_come_is_told(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"""
[defaults]
remind_after = ["1d"]
quiet_hours = {{ from = "00:00", to = "00:00", weekend = false }}
[[defaults.stage]]
approvers = ["person:{NIA}"]
escalation = ["app-owners"]
escalate_after = "5d"
{table(PORTAL, "remind_after = []")}
"""
    directory = FakeDirectory(tenant, Faults())
    explaining = Explain(directory, Roster(directory), read_policy(text))

    async def told(app: str, person: ObjectId = LEFT) -> str:
        assert (await explain(explaining, person, "ana@fabrikam.com", app, "")).tell() == 0
        return capsys.readouterr().out

    records = await told("Health Records")
    assert "Stage 1: undecided for 5 days, it calls in Megan, too (app-owners, by defaults)." in records
    assert "Who is to decide is reminded after 1 day, by defaults. No time is quiet, by defaults." in records
    portal = await told("Patient Portal")
    assert "undecided for 5 days, it would call in nobody who does not decide anyway (app-owners" in portal
    assert "Nobody is reminded, by app Patient Portal." in portal


async def test_how_an_access_can_be_renewed_is_told(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"""
[defaults]
renewals = {{ most = 2, longest = "30d", total = "1 year", waiver = "By the owner" }}
[[defaults.stage]]
approvers = ["app-owners"]
{table(PORTAL, "renewals = { most = 0 }")}
"""
    directory = FakeDirectory(tenant, Faults())
    explaining = Explain(directory, Roster(directory), read_policy(text))

    async def told(app: str) -> str:
        assert (await explain(explaining, MEGAN, "ana@fabrikam.com", app, "")).tell() == 0
        return capsys.readouterr().out

    records = await told("Health Records")
    assert "can be renewed 2 times, by defaults, each time by 30 days at most, by defaults." in records
    assert "With its renewals it lasts 365 days at most, by defaults." in records
    assert "A renewal is waived (By the owner), by defaults." in records
    assert "The access cannot be renewed, by app Patient Portal." in await told("Patient Portal")


async def test_it_is_told_for_how_long_a_thing_can_be_undone(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await told_of(tenant, capsys, MEGAN, "ana@fabrikam.com", "Patient Portal")
    assert "What was done can be undone for 24 hours, by defaults." in said
    text = f"""
[[defaults.stage]]
approvers = ["app-owners"]
{table(PORTAL, 'undo = "0h"')}
"""
    directory = FakeDirectory(tenant, Faults())
    explaining = Explain(directory, Roster(directory), read_policy(text))
    assert (await explain(explaining, MEGAN, "ana@fabrikam.com", "Patient Portal", "")).tell() == 0
    assert "Nothing can be undone, by app Patient Portal." in capsys.readouterr().out


async def test_why_a_request_would_be_refused_is_told(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    by_guest = await told_of(tenant, capsys, NIA, "x@evil.example", RECORDS, access="Office")
    assert "Guests of evil.example are refused by domains. Deny wins." in by_guest
    narrowed = await told_of(tenant, capsys, MEGAN, "x@other.example", RECORDS, access="Office")
    assert "of those who may (app-owners, by defaults) only role:admins may ask for this" in narrowed
    stranger = await told_of(tenant, capsys, NIA, "x@other.example", "Desk")
    assert "Nia may not request: they are none of app-owners" in stranger
    own = await told_of(tenant, capsys, NIA, "x@contoso-health.com", RECORDS, access="Reader")
    assert "is the organisation's own" in own
    nobody = await told_of(tenant, capsys, MEGAN, "x@other.example", "Desk")
    assert "Stage 1: nobody could decide. app-owners and the fallback (nobody) leave nobody" in nobody


async def test_what_is_not_chosen_is_said_to_be_left_out(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await told_of(tenant, capsys, MEGAN, "x@other.example", "Health Records")
    assert "something that must be chosen" in told
    assert "tables of roles and groups are left out" in told


async def test_what_is_not_understood_is_told_all_at_once(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await told_of(tenant, capsys, GONE, "nonsense", "Nothing")
    assert "'nonsense' is no address" in told
    assert "There is no member" in told
    assert "There is no app 'Nothing'" in told
    assert "gives no 'Surgeon'. It has" in await told_of(
        tenant, capsys, MEGAN, "x@other.example", "Health Records", access="Surgeon"
    )


async def test_who_decides_for_an_approver_now_is_explained_with_until_when(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    record = await house.sent()
    made = await house.delegates.make(ObjectId("alex"), "diego", Period(None, Term(until=date(2026, 12, 1))))
    assert isinstance(made, Delegated)
    roster = Roster(house.directory, seating=StandIns(house.directory, house.store).seat)
    explaining = Explain(house.directory, roster, read_policy(POLICY))
    assert (await explain_request(explaining, record, "R-1001", ZONE)).tell() == 0
    told = capsys.readouterr().out
    assert "Stage 1: Alex, Nia could decide now (app-owners, by defaults)." in told
    assert "Stage 1: Diego decides for Alex until 2026-12-01 22:59 UTC." in told


async def test_a_request_is_explained_by_its_number_and_whether_its_rules_have_changed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    record = await house.sent()
    assert isinstance(record, Record)
    partner = '[[partner]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\n'
    for policy, said in ((POLICY, "are as they were"), (POLICY + partner, "have changed since")):
        explaining = Explain(house.directory, Roster(house.directory), read_policy(policy))
        assert (await explain_request(explaining, record, "R-1001", ZONE)).tell() == 0
        told = capsys.readouterr().out
        assert f"R-1001 is pendingApproval. It was sent by defaults. Its rules {said}" in told
        assert "Stage 1: Alex, Nia could decide now (app-owners, by defaults)." in told
    assert (await explain_request(explaining, None, "R-7", ZONE)).tell() == 2
    assert "There is no request R-7" in capsys.readouterr().err


async def test_where_an_app_role_is_given_the_explanation_names_what_a_group_would_spare(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    explaining = Explain(house.directory, Roster(house.directory), read_policy(POLICY))
    assert (await explain_request(explaining, await house.sent(), "R-1001", ZONE)).tell() == 0
    assert '/setup "Health Records" gives the app one.' in capsys.readouterr().out
    joining = await house.sent(draft(app="Patient Portal", access="Portal guests"))
    assert (await explain_request(explaining, joining, "R-1002", ZONE)).tell() == 0
    assert "/setup" not in capsys.readouterr().out


async def test_a_removal_and_a_set_up_are_explained_by_what_decides_them(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.delivered(await house.approved())
    removal = await house.acts.remove(
        ObjectId("guest-1"), ObjectId("megan"), "over", THREAD, seen=None, personal=True
    )
    setup = await house.setups.send(
        SetupWanted(app="Patient Portal", makes=True), ObjectId("megan"), THREAD, personal=False
    )
    longer = POLICY + '[directory]\ndelete_after = "14d"\n'
    explaining = Explain(house.directory, Roster(house.directory), read_policy(longer))
    assert isinstance(removal, Record)
    assert (await explain_request(explaining, removal, "R-1002", ZONE)).tell() == 0
    told = capsys.readouterr().out
    assert "R-1002 is delivering.\nIt removes a guest from the directory" in told
    assert "An account that is removed now is deleted after 14 days, by directory." in told
    assert isinstance(setup, Record)
    assert (await explain_request(explaining, setup, "R-1003", ZONE)).tell() == 0
    assert "Lidia could decide now." in capsys.readouterr().out
