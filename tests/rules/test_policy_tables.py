"""What holds for a request where more than one table of the policy speaks of it."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.rules.model import Give, GiveKind, ObjectId
from access.rules.policy import Policy, PolicyError, Rules, Source, SourceKind
from access.rules.policy_reader import read_policy

RECORDS, PORTAL = (ObjectId(f"{digit * 8}-1111-4111-8111-111111111111") for digit in "12")
GUESTS, OFFICE = (ObjectId(f"{digit * 8}-2222-4222-8222-222222222222") for digit in "34")
READER = Give(GiveKind.APP_ROLE, ObjectId("reader-id"), "Reader")
WRITER = Give(GiveKind.APP_ROLE, ObjectId("writer-id"), "Writer")
AS_GUEST = Give(GiveKind.GROUP, GUESTS, "Guests")
IN_OFFICE = Give(GiveKind.GROUP, OFFICE, "Office")
GIVES = (None, READER, WRITER, AS_GUEST, IN_OFFICE)
PEOPLE = tuple(f"person:{digit * 8}-5555-4555-8555-555555555555" for digit in "0123456789")


def source(text: str) -> Source:
    kind, _, name = text.partition(":")
    return Source(SourceKind(kind), name)


def approvers(rules: Rules) -> list[str]:
    return [str(one) for stage in rules.stages for one in stage.approvers]


def stage(table: str, person: str) -> str:
    return f'[[{table}.stage]]\napprovers = ["{person}"]\n'


WHOLE = f"""
[defaults]
term = {{ default = "30d", longest = "300d" }}
landing = "my-apps"
{stage("defaults", PEOPLE[0])}
[[app]]
id = "app:{RECORDS}"
closes_after = "7d"
{stage("app", PEOPLE[1])}
  [[app.role]]
  name = "Reader"
  term = {{ longest = "20d" }}
  {stage("app.role", PEOPLE[2])}
[[group]]
id = "group:{GUESTS}"
requestors = ["{PEOPLE[7]}"]
landing = "https://guests.example"
{stage("group", PEOPLE[3])}
[[partner]]
name = "Fabrikam"
domains = ["fabrikam.com", "*.fabrikam.com"]
apps = ["app:{RECORDS}"]
requestors = ["{PEOPLE[8]}"]
term = {{ default = "60d", longest = "200d" }}
landing = "https://fabrikam.example"
[[partner]]
name = "Fabrikam Labs"
domains = ["*.labs.fabrikam.com"]
{stage("partner", PEOPLE[4])}
"""


def test_an_app_without_a_table_has_the_defaults() -> None:
    policy = read_policy(WHOLE)
    assert policy.rules_for(PORTAL, WRITER, "example.org") is policy.defaults
    assert policy.rules_for(None) is policy.defaults


@pytest.mark.parametrize(
    ("app", "give", "domain", "decides"),
    [
        (PORTAL, None, "example.org", PEOPLE[0]),
        (RECORDS, None, "example.org", PEOPLE[1]),
        (RECORDS, WRITER, "example.org", PEOPLE[1]),
        (RECORDS, READER, "example.org", PEOPLE[2]),
        (RECORDS, replace(READER, name="reader"), "example.org", PEOPLE[2]),
        (PORTAL, READER, "example.org", PEOPLE[0]),
        (RECORDS, AS_GUEST, "example.org", PEOPLE[3]),
        (PORTAL, AS_GUEST, "example.org", PEOPLE[3]),
        (RECORDS, READER, "fabrikam.com", PEOPLE[2]),
        (RECORDS, READER, "x.labs.fabrikam.com", PEOPLE[4]),
        (PORTAL, AS_GUEST, "x.labs.fabrikam.com", PEOPLE[4]),
        (RECORDS, READER, "labs.fabrikam.com", PEOPLE[2]),
    ],
)
def test_who_decides_is_said_by_the_most_specific_table_that_says_it(
    app: ObjectId, give: Give | None, domain: str, decides: str
) -> None:
    assert approvers(read_policy(WHOLE).rules_for(app, give, domain)) == [decides]


def test_what_a_table_does_not_say_is_as_in_the_one_below_it() -> None:
    rules = read_policy(WHOLE).rules_for(RECORDS, AS_GUEST, "fabrikam.com")
    assert (rules.closes_after, rules.landing) == (timedelta(days=7), "https://fabrikam.example")
    assert approvers(rules) == [PEOPLE[3]]


def test_the_tables_that_hold_are_named() -> None:
    policy = read_policy(WHOLE)
    assert policy.rules_for(RECORDS, None, "").name == f"app {RECORDS}"
    named = policy.rules_for(RECORDS, AS_GUEST, "fabrikam.com").name
    assert named == f"app {RECORDS}, group {GUESTS}, partner Fabrikam"


def test_a_group_a_role_and_a_partner_shorten_the_longest_term_and_never_lengthen_it() -> None:
    policy = read_policy(WHOLE)
    terms = {
        name: (rules.term_default.days, rules.term_longest.days)
        for name, rules in {
            "app": policy.rules_for(RECORDS),
            "role": policy.rules_for(RECORDS, READER),
            "partner": policy.rules_for(RECORDS, None, "fabrikam.com"),
            "both": policy.rules_for(RECORDS, READER, "fabrikam.com"),
        }.items()
    }
    assert terms == {"app": (30, 300), "role": (20, 20), "partner": (60, 200), "both": (20, 20)}


def test_who_may_request_for_the_app_is_narrowed_and_never_widened() -> None:
    rules = read_policy(WHOLE).rules_for(RECORDS, AS_GUEST, "fabrikam.com")
    assert rules.requestors == (Source(SourceKind.APP_OWNERS),)
    assert rules.within == ((source(PEOPLE[7]),), (source(PEOPLE[8]),))


def test_a_partner_gets_no_other_apps_than_theirs() -> None:
    policy = read_policy(WHOLE)
    assert policy.refused_by(RECORDS, None, "eu.fabrikam.com") == ()
    assert policy.refused_by(PORTAL, None, "eu.fabrikam.com") == ("partner Fabrikam",)
    assert policy.refused_by(PORTAL, None, "x.labs.fabrikam.com") == (), "another partner, without a list"
    assert policy.refused_by(PORTAL, None, "example.org") == ()


LISTS = f"""
[domains]
deny = ["*.evil.example"]
[[app]]
id = "{RECORDS}"
domains = {{ allow = ["fabrikam.com", "*.fabrikam.com", "münchen.example", "x.evil.example"] }}
  [[app.role]]
  name = "Reader"
  domains = {{ deny = ["fabrikam.com"] }}
[[group]]
id = "{GUESTS}"
domains = {{ allow = ["*.fabrikam.com"] }}
"""


@pytest.mark.parametrize(
    ("app", "give", "domain", "by"),
    [
        (PORTAL, None, "fabrikam.com", ()),
        (PORTAL, None, "evil.example", ()),
        (PORTAL, None, "x.evil.example", ("domains",)),
        (RECORDS, None, "x.evil.example", ("domains",)),
        (RECORDS, WRITER, "fabrikam.com", ()),
        (RECORDS, WRITER, "example.org", (f"app {RECORDS}",)),
        (RECORDS, WRITER, "xn--mnchen-3ya.example", ()),
        (RECORDS, READER, "fabrikam.com", ("role Reader",)),
        (RECORDS, READER, "eu.fabrikam.com", ()),
        (RECORDS, AS_GUEST, "fabrikam.com", (f"group {GUESTS}",)),
        (RECORDS, AS_GUEST, "eu.fabrikam.com", ()),
        (PORTAL, AS_GUEST, "example.org", (f"group {GUESTS}",)),
        (RECORDS, AS_GUEST, "example.org", (f"app {RECORDS}", f"group {GUESTS}")),
    ],
)
def test_a_domain_must_pass_the_lists_of_every_table_that_holds(
    app: ObjectId, give: Give | None, domain: str, by: tuple[str, ...]
) -> None:
    assert read_policy(LISTS).refused_by(app, give, domain) == by


MISTAKES = [
    (f"[[group]]\nid = '{GUESTS}'\n[[group]]\nid = 'group:{GUESTS}'", "group 2.id"),
    (f"[[group]]\nid = '{GUESTS}'\ngive = 'app-role:x'", "group 1: give is not known"),
    (
        f"[[app]]\nid = '{RECORDS}'\n[[app.role]]\nterm = {{ longest = '9d' }}",
        "app 1.role 1.name: write a name",
    ),
    (
        f"[[app]]\nid = '{RECORDS}'\n[[app.role]]\nname = 'Reader'\n[[app.role]]\nname = 'READER'",
        "app 1.role 2.name: READER has an entry already",
    ),
    (
        f"[[app]]\nid = '{RECORDS}'\n[[app.role]]\nname = 'x'\ngive = 'app-role:x'",
        "app 1.role 1: give is not",
    ),
    (f"[[app]]\nid = '{RECORDS}'\ndomains = ['x.com']", "app 1.domains: write a table"),
    ("[[partner]]\nname = 'A'", "partner 1.domains: write a list of domains"),
    ("[[partner]]\ndomains = ['a.com']", "partner 1.name: write a name"),
    ("[[partner]]\nname = 'A'\ndomains = ['a.com']\napps = []", "partner 1.apps: write a list"),
    ("[[partner]]\nname = 'A'\ndomains = ['a.com']\napps = ['app:1']", "no object id"),
    (
        "[[partner]]\nname = 'A'\ndomains = ['a.com']\n[[partner]]\nname = 'B'\ndomains = ['A.com']",
        "partner 2.domains: a.com stands in partner 1 already",
    ),
    (
        "[[partner]]\nname = 'A'\ndomains = ['a.com']\n[[partner]]\nname = 'A'\ndomains = ['b.com']",
        "partner 2.name: partner A has an entry already",
    ),
    (
        "[[partner]]\nname = 'A'\ndomains = ['a.com']\nterm = { default = '9d', longest = '8d' }",
        "partner 1.term: default is longer than longest",
    ),
    (
        "[defaults]\njustification = { pattern = 'INC' }",
        "defaults.justification.expected: say in a few words",
    ),
    (
        "[defaults]\njustification = { expected = 'a number' }",
        "defaults.justification.pattern: write a regular",
    ),
    ("[defaults]\njustification = { pattern = '(a+)+', expected = 'a' }", "not a group in parentheses"),
    ("[defaults]\nrenewal = 2", "renewal is not known"),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_in_a_table_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(text)
    assert len(caught.value.mistakes) == 1
    assert said in caught.value.mistakes[0]


def test_a_pattern_of_the_defaults_can_be_switched_off_for_an_app() -> None:
    text = f"""
    [defaults]
    justification = {{ pattern = 'INC\\d{{7}}', expected = "an incident number" }}
    [[app]]
    id = "{RECORDS}"
    justification = {{ pattern = "" }}
    """
    policy = read_policy(text)
    assert policy.defaults.justification_pattern == r"INC\d{7}"
    assert policy.rules_for(RECORDS).justification_pattern == ""


# --- for any policy -------------------------------------------------------------------------------------

DOMAINS = ("a.example", "b.a.example", "c.b.a.example", "other.example")
PATTERNS = st.sampled_from(["a.example", "*.a.example", "*.b.a.example", "c.b.a.example", "other.example"])
LISTED = st.lists(PATTERNS, min_size=1, max_size=2, unique=True)


def quoted(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


@st.composite
def bodies(draw: st.DrawFn, name: str, *, with_domains: bool = True) -> str:
    """Draw what a table says, of everything that may come together with others."""
    lines = []
    if draw(st.booleans()):
        lines.append(f'requestors = ["{draw(st.sampled_from(PEOPLE))}"]')
    if draw(st.booleans()):
        lines.append(f'term = {{ longest = "{draw(st.integers(100, 400))}d" }}')
    if with_domains and draw(st.booleans()):
        lists = {key: draw(LISTED) for key in draw(st.sets(st.sampled_from(["allow", "deny"]), min_size=1))}
        lines.append(
            "domains = {" + ", ".join(f"{key} = {quoted(value)}" for key, value in lists.items()) + "}"
        )
    if draw(st.booleans()):
        lines.append(
            f'[[{name}.question]]\nid = "{draw(st.sampled_from("abc"))}"\nask = "Why?"\nkind = "text"'
        )
    if draw(st.booleans()):
        lines.append(f'[[{name}.stage]]\napprovers = ["{draw(st.sampled_from(PEOPLE))}"]')
    return "\n".join(lines) + "\n"


@st.composite
def tables(draw: st.DrawFn) -> list[str]:
    """Draw the tables of a policy, each of which may stand anywhere."""
    found = [f"[defaults]\n{draw(bodies('defaults', with_domains=False))}"]
    for app in draw(st.sets(st.sampled_from([RECORDS, PORTAL]))):
        text = f'[[app]]\nid = "{app}"\n{draw(bodies("app"))}'
        for role in draw(st.sets(st.sampled_from(["Reader", "Writer"]))):
            text += f'[[app.role]]\nname = "{role}"\n{draw(bodies("app.role"))}'
        found.append(text)
    groups = draw(st.sets(st.sampled_from([GUESTS, OFFICE])))
    found += [f'[[group]]\nid = "{group}"\n{draw(bodies("group"))}' for group in groups]
    shared = draw(st.lists(PATTERNS, max_size=4, unique=True))
    for number, pattern in enumerate(shared):
        head = f'[[partner]]\nname = "P{number}"\ndomains = ["{pattern}"]\n'
        found.append(head + draw(bodies("partner", with_domains=False)))
    if draw(st.booleans()):
        found.append(f"[domains]\ndeny = {quoted(draw(LISTED))}\n")
    return found


def everything(policy: Policy) -> dict[Any, Any]:
    """Return what the policy says of every combination that can be asked for."""
    asked = product((None, RECORDS, PORTAL), GIVES, ("", *DOMAINS))
    return {one: (policy.rules_for(*one), policy.refused_by(*one)) for one in asked}


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_tables_means_nothing(found: list[str], order: Any) -> None:
    before = everything(read_policy("\n".join(found)))
    order.shuffle(found)
    assert everything(read_policy("\n".join(found))) == before


@given(tables(), st.sampled_from(DOMAINS))
def test_a_denied_domain_is_refused_whatever_else_matches(found: list[str], denied: str) -> None:
    text = "\n".join(one for one in found if not one.startswith("[domains]"))
    policy = read_policy(f'{text}\n[domains]\ndeny = ["{denied}"]\n')
    for app, give in product((None, RECORDS, PORTAL), GIVES):
        assert "domains" in policy.refused_by(app, give, denied)


@given(tables(), tables())
def test_a_table_that_is_added_allows_nobody_what_was_refused(found: list[str], more: list[str]) -> None:
    """Deny wins: a group or partner can only narrow domains, the longest term, and who may request."""
    mine = [one for one in found if one.startswith(("[defaults]", "[[app]]", "[domains]"))]
    added = [one for one in more if one.startswith(("[[group]]", "[[partner]]"))]
    before, after = read_policy("\n".join(mine)), read_policy("\n".join([*mine, *added]))
    for one in product((None, RECORDS, PORTAL), GIVES, DOMAINS):
        assert set(before.refused_by(*one)) <= set(after.refused_by(*one))
        old, new = before.rules_for(*one), after.rules_for(*one)
        assert new.term_longest <= old.term_longest
        assert new.requestors == old.requestors
        assert new.within[: len(old.within)] == old.within
