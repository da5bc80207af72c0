"""Made as it is drafted, a change lets through what failed: by Graph's JSON, read and judged anew."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from access.rules.clues import Unread
from access.rules.drafted import drafted
from access.rules.model import App, ObjectId
from access.rules.readied import Asked, Read, Readied
from access.rules.readiness import INVITE, Item, of_address, of_tenant, will_fail
from access.rules.setting_drafts import Call
from access.rules.tenant_facts import AddressFacts, CrossTenants, RedemptionOrder, TenantSettings
from bot.graph.policy_shapes import cross_tenant_from, domains_from, guest_settings_from
from tests.cards.checks import AT

Json = dict[str, Any]
TENANT, RECORDS, OTHER = "fabrikam-tenant", "records", "other"
GUESTS = "10dae51f-b6af-4016-8d66-8c2a99b929b3"
INBOUND = "b2bCollaborationInbound"


def side(access: str, *targets: str) -> Json:
    return {
        "accessType": access,
        "targets": [{"target": one, "targetType": "application"} for one in targets],
    }


USERS = st.sampled_from([side("allowed", "AllUsers"), side("blocked", "AllUsers")])
APPS = st.builds(
    lambda access, targets: side(access, *targets),
    st.sampled_from(["allowed", "blocked"]),
    st.sampled_from([["AllApplications"], [OTHER], [RECORDS], [OTHER, RECORDS], ["Office365", RECORDS]]),
)
INBOUNDS = st.fixed_dictionaries({"usersAndGroups": USERS, "applications": APPS})
PARTIAL = st.fixed_dictionaries({"usersAndGroups": st.none() | USERS, "applications": st.none() | APPS})
PARTNERS = st.one_of(
    st.just({}),
    st.just({TENANT: {INBOUND: None, "inboundTrust": None}}),
    st.builds(lambda inbound: {TENANT: {INBOUND: inbound, "inboundTrust": None}}, PARTIAL),
    st.builds(lambda inbound: {"another": {INBOUND: inbound, "inboundTrust": None}}, PARTIAL),
)
DOMAINS = st.lists(st.sampled_from(["fabrikam.com", "Fabrikam.COM", "a.example", "b.example"]), max_size=3)
LISTS = st.one_of(
    st.just({}),
    DOMAINS.map(lambda some: {"AllowedDomains": some}),
    DOMAINS.map(lambda some: {"BlockedDomains": some}),
    st.builds(lambda yes, no: {"AllowedDomains": yes, "BlockedDomains": no}, DOMAINS, DOMAINS),
)
TENANTS = st.fixed_dictionaries(
    {
        "invites": st.sampled_from(
            ["none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone"]
        ),
        "rights": st.sampled_from([frozenset({INVITE}), frozenset({"User.ReadWrite.All"})]),
        "premium": st.sampled_from([True, False, Unread.AWAY]),
        "lists": LISTS,
        "inner": st.sampled_from(
            ["InvitationsAllowedAndBlockedDomainsPolicy", "invitationsAllowedAndBlocked"]
        ),
        "default": INBOUNDS,
        "partners": PARTNERS,
        "tenant": st.sampled_from([TENANT, "", Unread.PERMISSION]),
        "app": st.sampled_from(["", RECORDS]),
    }
)


class Graph:
    """A tenant's policies in Graph's JSON, changed as its documentation says: what a body names is set."""

    def __init__(self, made: Json) -> None:
        policy = {"B2BManagementPolicy": {made["inner"]: made["lists"], "Version": 1}}
        self.made = made
        self.authorization = {"allowInvitesFrom": made["invites"], "guestUserRoleId": GUESTS}
        self.list = {"id": "policy-1", "definition": [json.dumps(policy)]}
        self.default: Json = {INBOUND: deepcopy(made["default"]), "inboundTrust": {}}
        self.partners: dict[str, Json] = deepcopy(made["partners"])

    def call(self, call: Call) -> None:
        path, body = call.url.split("/policies/", 1)[1], json.loads(call.body)
        if call.method == "POST":
            assert path == "crossTenantAccessPolicy/partners"
            tenant = body.pop("tenantId")
            assert tenant not in self.partners, "there is one already"
            self.partners[tenant] = {INBOUND: None, "inboundTrust": None, **body}
            return
        assert call.method == "PATCH"
        found = {
            "authorizationPolicy": self.authorization,
            "b2bManagementPolicies/policy-1": self.list,
            "crossTenantAccessPolicy/default": self.default,
            **{f"crossTenantAccessPolicy/partners/{one}": entry for one, entry in self.partners.items()},
        }[path]
        for name, value in body.items():
            assert name in found, name
            merges = isinstance(value, dict) and isinstance(found[name], dict)
            found[name] = {**found[name], **value} if merges else value

    def shown(self) -> Readied:
        guests = guest_settings_from(self.authorization)
        partners = {one: cross_tenant_from(entry) for one, entry in self.partners.items()}
        settings = TenantSettings(
            invites=guests.invites,
            guest_role=guests.role,
            domains=domains_from([self.list]),
            cross_tenant=CrossTenants(cross_tenant_from(self.default), partners),
            redemption=RedemptionOrder(),
            google=False,
            rights=self.made["rights"],
            premium=self.made["premium"],
        )
        address = AddressFacts(
            domain="fabrikam.com", own=False, disposable=False, tenant=self.made["tenant"], holders=None
        )
        app = App(ObjectId("app-1"), "Health Records", app_id=self.made["app"]) if self.made["app"] else None
        items = (*of_tenant(settings), *of_address(settings, address, self.made["app"]))
        return Readied(
            asked=Asked("fabrikam.com"), items=items, read_at=AT, app=app, read=Read(settings, address)
        )


def calls(graph: Graph) -> Iterator[tuple[Item, Call]]:
    for item, drafts in drafted(graph.shown(), Unread.AWAY).ways:
        yield from ((item, draft.call) for draft in drafts if draft.call is not None)


@given(TENANTS)
def test_each_change_alone_mends_what_it_is_drafted_for_and_breaks_nothing(made: Json) -> None:
    before = set(will_fail(Graph(made).shown().items))
    for item, call in calls(Graph(made)):
        graph = Graph(made)
        graph.call(call)
        after = {one.topic for one in will_fail(graph.shown().items)}
        assert item.topic not in after, (item, call)
        assert after < {one.topic for one in before}, (item, call)


@given(TENANTS)
def test_all_first_changes_together_leave_nothing_that_fails_by_a_setting(made: Json) -> None:
    graph, drafts = Graph(made), drafted(Graph(made).shown(), Unread.AWAY).ways
    for _, some in drafts:
        assert some, "each of these settings can be changed"
        call = next(one.call for one in some if one.call is not None)
        graph.call(call)
    assert will_fail(graph.shown().items) == ()


@given(TENANTS)
def test_the_first_change_opens_no_more_than_the_next(made: Json) -> None:
    for _, drafts in drafted(Graph(made).shown(), Unread.AWAY).ways:
        order = ["one-tenant-one-app", "one-tenant", "every-tenant"]
        opens = [order.index(one.opens) for one in drafts if one.opens in order]
        assert opens == sorted(opens)


def test_what_an_entry_does_not_say_is_said_as_the_default_has_it() -> None:
    made = {
        "invites": "everyone",
        "rights": frozenset({INVITE}),
        "premium": True,
        "lists": {},
        "inner": "InvitationsAllowedAndBlockedDomainsPolicy",
        "default": {"usersAndGroups": side("blocked", "AllUsers"), "applications": side("allowed", OTHER)},
        "partners": {},
        "tenant": TENANT,
        "app": "",
    }
    [(_, call)] = list(calls(Graph(made)))[:1]
    inbound = json.loads(call.body)[INBOUND]
    assert inbound["applications"] == side("allowed", OTHER)
    assert replace(call, body="").url.endswith("/partners")
