"""A process that lists one origin is told lies over its real endpoint: no turn, and not one call leaves."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from bot.web import LARGEST_BODY
from tests.teams.channel import Channel
from tests.teams.forged import BAD, ELSEWHERE, publish
from tests.teams.process import Running, running

SECRET = "/invite canary.ursula@fabrikam.com to Health Records for 90d because canary"
together = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Canary:
    """A listener on loopback that nobody has any business to call."""

    port: int = 0
    called: list[object] = field(default_factory=list)

    async def listen(self) -> asyncio.Server:
        async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.called.append(writer.get_extra_info("peername"))
            writer.close()

        server = await asyncio.start_server(note, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def double() -> AsyncIterator[Channel]:
    channel = Channel()
    publish(channel)
    await channel.server.start_server()
    yield channel
    await channel.server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[Canary]:
    one = Canary()
    async with await one.listen():
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guestlist(double: Channel, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("hostile"), double) as started:
        yield started
        await started.help("a good token has its turn in the end as well")
        assert [secret for secret in ("canary", "eyJ", "fabrikam") if secret in started.log] == []


def nothing_left(double: Channel, canary: Canary) -> None:
    assert double.heard == []
    assert canary.called == []


@together
@pytest.mark.parametrize("case", BAD)
async def test_a_bad_token_over_the_real_endpoint_is_a_401_and_nothing_leaves(
    case: str, guestlist: Running, double: Channel, canary: Canary
) -> None:
    headers = {"Content-Type": "application/json"}
    if authorization := BAD[case](double):
        headers["Authorization"] = authorization
    body = json.dumps(double.activity(serviceUrl=f"http://127.0.0.1:{canary.port}/", text=SECRET))
    for sent in (body, json.dumps(double.activity(id=case, text=SECRET))):
        status, answer = await guestlist.bot.raw(sent.encode(), headers)
        assert (status, answer) == (401, b"")
    nothing_left(double, canary)


@together
@pytest.mark.parametrize("url", ELSEWHERE)
async def test_a_service_url_that_leads_elsewhere_is_a_403_and_nothing_leaves(
    url: str, guestlist: Running, double: Channel, canary: Canary
) -> None:
    url = url.format(port=canary.port)
    activity = double.activity(serviceUrl=url, id=url)
    assert await guestlist.bot.send(activity, double.token(serviceurl=url)) == (403, None)
    nothing_left(double, canary)


@together
async def test_a_service_url_that_differs_from_the_claim_is_a_401_and_nothing_leaves(
    guestlist: Running, double: Channel, canary: Canary
) -> None:
    other = f"http://127.0.0.1:{canary.port}/"
    assert (await guestlist.bot.send(double.activity(serviceUrl=other)))[0] == 401
    assert (await guestlist.bot.send(double.activity(), double.token(serviceurl=other)))[0] == 401
    nothing_left(double, canary)


@together
@pytest.mark.parametrize("body", [b"", b"[]", b'{"text": "canary@fabrikam.com', b'{"type": "canary"}'])
async def test_a_bad_body_over_the_real_endpoint_is_a_400_that_says_nothing(
    body: bytes, guestlist: Running, double: Channel, canary: Canary
) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {double.token()}"}
    assert await guestlist.bot.raw(body, headers) == (400, b"")
    nothing_left(double, canary)


@together
async def test_a_body_over_the_real_endpoint_may_be_as_large_as_is_said_and_no_larger(
    guestlist: Running, double: Channel, canary: Canary
) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {double.token()}"}
    for more, expected in ((0, 400), (1, 413)):
        body = b"[]".ljust(LARGEST_BODY + more)
        status, _ = await guestlist.bot.raw(body, headers)
        assert status == expected
    nothing_left(double, canary)


@together
@pytest.mark.parametrize("channel_id", ["webchat", "directline", "emulator", "msteams "])
async def test_another_channel_is_a_401_and_nothing_leaves(
    channel_id: str, guestlist: Running, double: Channel, canary: Canary
) -> None:
    assert (await guestlist.bot.send(double.activity(channelId=channel_id)))[0] == 401
    nothing_left(double, canary)
