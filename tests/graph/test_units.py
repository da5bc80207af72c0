"""A read is counted as what Microsoft's table says that it costs, and never as less."""

from typing import Any

import httpx
import pytest
from kiota_abstractions.request_information import RequestInformation

from bot.clock import SteadyClock
from bot.credential import StaticCredential
from bot.graph.accounts import GraphAccounts
from bot.graph.app_guests import GraphAppGuests
from bot.graph.client import GraphClient
from bot.graph.directory import GraphDirectory
from bot.graph.pacer import CHARGES, Kind, Pacer, Priority
from bot.graph.units import kind_of_read
from sandbox.settings import Settings
from tests.graph.conftest import Entra

ID = "1f3e6289-0a96-5854-a119-2866b99250bc"


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("users?%24select=id,mail&%24filter=userType%20eq%20'Guest'&%24top=999", 1),
        ("users?$filter=mail eq 'a@b.example'", 2),
        ("users?%24select=id&%24expand=sponsors(%24select=id)", 2),
        (f"users/{ID}?%24select=id", 1),
        (f"users/{ID}", 1),
        (f"users/{ID}/memberOf", 2),
        (f"users/{ID}/memberOf?%24select=id", 1),
        (f"users/{ID}/transitiveMemberOf?%24top=999", 2),
        (f"users/{ID}/appRoleAssignments?%24top=999", 1),
        (f"servicePrincipals/{ID}/appRoleAssignments?%24top=999", 2),
        (f"servicePrincipals/{ID}/appRoleAssignedTo?%24top=999", 1),
        (f"groups/{ID}", 1),
        (f"groups/{ID}/members/microsoft.graph.user?%24select=id&%24top=999", 2),
        (f"groups/{ID}/members?%24top=999", 5),  # three, which no kind costs
        (f"groups/{ID}/transitiveMembers?%24select=id", 5),  # four, likewise
        (f"groups/{ID}/transitiveMembers", 5),
        ("organization", 1),
        ("users/delta?$skiptoken=members", 1),
    ],
)
def test_a_read_costs_what_its_path_and_its_query_say(path: str, units: int) -> None:
    kind = kind_of_read(f"https://graph.microsoft.com/v1.0/{path}")
    assert CHARGES[kind] == {"units": units}


def test_an_address_without_a_path_is_counted_too() -> None:
    assert kind_of_read("https://graph.microsoft.com") is Kind.READ


class Counting(GraphClient):
    """Keeps beside what a read was counted as what Graph says that it cost."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.seen: list[tuple[str, float, int]] = []

    async def _send(self, request: RequestInformation, kind: Kind, priority: Priority) -> httpx.Response:
        response = await super()._send(request, kind, priority)
        if kind is Kind.READ:
            counted = CHARGES[kind_of_read(request.url)]["units"]
            self.seen.append((request.url, counted, int(response.headers["x-ms-resource-unit"])))
        return response


async def test_no_read_is_counted_as_less_than_graph_says_it_cost(entra: Entra) -> None:
    client = Counting(entra.url, StaticCredential(Settings().token), Pacer())
    directory, guests = GraphDirectory(client, SteadyClock()), GraphAppGuests(client)
    app, group, megan = (
        entra.app("health-records"),
        entra.group("guests-health-records"),
        entra.person("megan"),
    )
    await directory.person(megan)
    await directory.manager(megan)
    await directory.find_by_address("ana@fabrikam.com")
    await directory.memberships(megan)
    await directory.apps_owned_by(megan)
    await directory.app_owners(app)
    await directory.group_owners(group)
    await directory.group_members(group)
    await directory.everybody_in(group)
    await directory.groups_of_app(app)
    await directory.own_domains()
    await guests.guests_of(app)
    await guests.holders_of(app, entra.membership("guests-health-records"))
    await guests.sponsors_of([megan])
    await GraphAccounts(client).holdings(megan)
    await client.close()
    assert len(client.seen) > 20
    assert [one for one in client.seen if one[1] < one[2]] == []
    assert sum(one[1] for one in client.seen) <= 1.3 * sum(one[2] for one in client.seen)
