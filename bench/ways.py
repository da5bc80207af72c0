"""How many guests are invited without Guestlist: each way as its users write it, with the retries it has.

Each invites with Microsoft's mail, adds the guest to a group, and reads back that they are in it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.models.invitation import Invitation
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_request_adapter import options as sdk_options
from msgraph_core import GraphClientFactory

from sandbox.story import Story

Invite = Callable[[Sequence[str]], Awaitable[None]]
Way = Callable[[str, str], AbstractAsyncContextManager[Invite]]
GROUP = "bdec204c-40ed-5221-b43f-21005de59ad1"
LANDING = "https://myapplications.microsoft.com"
ROUNDS, LONGEST = 5, 30.0
"""How often what was throttled in a batch is sent once more, and for how many seconds at most that waits."""


@asynccontextmanager
async def _sdk(url: str, token: str) -> AsyncIterator[Any]:
    """Open Microsoft's client as it comes, with its own retries; what it imports late is imported."""
    client = httpx.AsyncClient(timeout=30, headers={"Authorization": f"Bearer {token}"})
    http = GraphClientFactory.create_with_default_middleware(client=client, options=sdk_options)
    adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=http)
    adapter.base_url = f"{url}/v1.0"
    sdk = GraphServiceClient(request_adapter=adapter)
    await sdk.users.by_user_id(Story.load().person("megan")["id"]).get()
    yield sdk
    await client.aclose()


async def _one(sdk: Any, address: str) -> None:
    """Invite, give and prove; who meets an error is left, as the next is not."""
    body = Invitation(
        invited_user_email_address=address, invite_redirect_url=LANDING, send_invitation_message=True
    )
    try:
        made = await sdk.invitations.post(body)
        link = f"{sdk.request_adapter.base_url}/directoryObjects/{made.invited_user.id}"
        await sdk.groups.by_group_id(GROUP).members.ref.post(ReferenceCreate(odata_id=link))
        await sdk.users.by_user_id(made.invited_user.id).member_of.get()
    except (APIError, httpx.HTTPError):
        return


@asynccontextmanager
async def loop(url: str, token: str) -> AsyncIterator[Invite]:
    async with _sdk(url, token) as sdk:

        async def invite(addresses: Sequence[str]) -> None:
            for address in addresses:
                await _one(sdk, address)

        yield invite


@asynccontextmanager
async def gathered(url: str, token: str) -> AsyncIterator[Invite]:
    async with _sdk(url, token) as sdk:

        async def invite(addresses: Sequence[str]) -> None:
            await asyncio.gather(*(_one(sdk, address) for address in addresses))

        yield invite


@asynccontextmanager
async def batches(url: str, token: str) -> AsyncIterator[Invite]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=headers, timeout=aiohttp.ClientTimeout(30)) as http:

        async def invite(addresses: Sequence[str]) -> None:
            for first in range(0, len(addresses), 20):
                await _twenty(http, url, addresses[first : first + 20])

        yield invite


async def _twenty(http: aiohttp.ClientSession, url: str, addresses: Sequence[str]) -> None:
    bodies = [
        {"invitedUserEmailAddress": one, "inviteRedirectUrl": LANDING, "sendInvitationMessage": True}
        for one in addresses
    ]
    made = await _batch(http, [("POST", "/invitations", body) for body in bodies])
    ids = [one["invitedUser"]["id"] for one in made if one]
    links = [{"@odata.id": f"{url}/v1.0/directoryObjects/{one}"} for one in ids]
    await _batch(http, [("POST", f"/groups/{GROUP}/members/$ref", body) for body in links])
    await _batch(http, [("GET", f"/users/{one}/memberOf", None) for one in ids])


async def _batch(http: aiohttp.ClientSession, calls: Sequence[tuple[str, str, Any]]) -> list[Any]:
    """Send calls together, and those again that were throttled, unavailable or lost; return what was said."""
    left, said = dict(enumerate(calls)), dict[int, Any]()
    for _ in range(ROUNDS):
        wait = 1.0
        for one in await _sent(http, left):
            if one["status"] in {429, 503, 504}:
                wait = max(wait, float(one["headers"].get("Retry-After", 1)))
                continue
            del left[int(one["id"])]
            if one["status"] < 400:
                said[int(one["id"])] = one.get("body")
        if not left:
            break
        await asyncio.sleep(min(wait, LONGEST))
    return [said.get(place) for place in range(len(calls))]


async def _sent(http: aiohttp.ClientSession, calls: dict[int, tuple[str, str, Any]]) -> list[Any]:
    """Return the answers; none where the batch as a whole met an error."""
    requests = [
        {"id": str(place), "method": method, "url": url}
        | ({"body": body, "headers": {"Content-Type": "application/json"}} if body else {})
        for place, (method, url, body) in calls.items()
    ]
    try:
        async with http.post("/v1.0/$batch", json={"requests": requests}) as answer:
            answer.raise_for_status()
            return list((await answer.json())["responses"])
    except aiohttp.ClientError:
        return []
