"""Calls that leave: paced, repeated only where nothing shows twice, and only to where they may go."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from azure.core.credentials import AccessToken

from access.ports import AccessError, Gone, Lease, LeaseLost, NotDone, Refused, Unknown, Unreachable
from access.rules.causes import Cause
from bot.teams.connector import PATIENCE, TRIES, Connector
from bot.teams.origins import Origins
from tests.teams.channel import ANA, BOT, TENANT, Answer, Channel
from tests.teams.conftest import HandTime

THERE = "Tue, 06 May 2031 07:08:09 GMT"
"""What the channel's clock says, far from what this host's does."""


class CountingCredential:
    """Hands out a new token whenever the last was forgotten."""

    def __init__(self) -> None:
        self.number = 1

    async def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        assert claims is None
        assert scopes == ("https://api.botframework.com/.default",)
        return AccessToken(f"token {self.number}", 0)

    def forget(self, *scopes: str) -> None:
        assert scopes
        self.number += 1

    async def close(self) -> None: ...


@pytest.fixture
async def connector(channel: Channel, passing: HandTime) -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(
            session, CountingCredential(), Origins([channel.origin]), now=passing.now, sleep=passing.sleep
        )


async def post(connector: Connector, channel: Channel, conversation: str = "a:1") -> str:
    return await connector.post(channel.service_url, conversation, b'{"type": "message"}')


async def test_after_the_stop_nothing_is_sent_and_that_is_no_bug(channel: Channel, passing: HandTime) -> None:
    async with aiohttp.ClientSession() as session:
        origins = Origins([channel.origin])
        late = Connector(session, CountingCredential(), origins, now=passing.now, sleep=passing.sleep)
    with pytest.raises(NotDone, match="stops"):
        await post(late, channel)
    assert channel.heard == []


@pytest.mark.parametrize("status", [412, 429])
async def test_what_was_surely_not_shown_is_posted_again(
    status: int, connector: Connector, channel: Channel, passing: HandTime
) -> None:
    channel.answers.extend([Answer(status), Answer(status), Answer(201, {"id": "m"})])
    assert await post(connector, channel) == "m"
    assert len(channel.heard) == 3
    assert 0.25 <= passing.slept[0] < passing.slept[1]


@pytest.mark.parametrize("status", [500, 502, 503, 504, "reset"])
async def test_a_post_whose_answer_was_lost_is_not_repeated(
    status: int | str, connector: Connector, channel: Channel
) -> None:
    channel.answers.append(Answer(status))
    with pytest.raises(Unknown):
        await post(connector, channel)
    assert len(channel.heard) == 1


@pytest.mark.parametrize("status", [412, 429, 500, 502, 503, 504, "reset"])
async def test_an_update_is_repeated_whatever_became_of_it(
    status: int | str, connector: Connector, channel: Channel
) -> None:
    channel.answers.extend([Answer(status), Answer(200)])
    await connector.update(channel.service_url, "a:1", "m1", b"{}")
    assert [(call.method, call.path) for call in channel.heard] == [("PUT", "/a:1/activities/m1")] * 2


async def test_trying_again_ends(connector: Connector, channel: Channel) -> None:
    channel.answers.extend([Answer(429)] * 20)
    with pytest.raises(NotDone) as caught:
        await post(connector, channel)
    assert caught.value.cause is Cause.THROTTLED
    assert len(channel.heard) == TRIES


async def test_those_that_were_refused_together_do_not_come_back_together(
    connector: Connector, channel: Channel, passing: HandTime
) -> None:
    for number in range(5):
        channel.answers.extend([Answer(429), Answer(201, {"id": "m"})])
        await post(connector, channel, f"a:{number}")
    assert len(set(passing.slept)) == 5
    assert all(0.25 <= seconds <= 0.3125 for seconds in passing.slept)


async def test_retry_after_is_obeyed(connector: Connector, channel: Channel, passing: HandTime) -> None:
    channel.answers.extend([Answer(429, headers={"Retry-After": "2"}), Answer(201, {"id": "m"})])
    await post(connector, channel)
    assert 2 <= passing.slept[0] <= 2.5


@pytest.mark.parametrize(
    "retry_after",
    ["Tue, 06 May 2031 08:08:09 GMT", "9" * 400],
    ids=["date", "more than fits any time"],
)
async def test_a_long_retry_after_is_handed_on(
    retry_after: str, connector: Connector, channel: Channel, passing: HandTime
) -> None:
    channel.answers.append(Answer(429, headers={"Date": THERE, "Retry-After": retry_after}))
    with pytest.raises(NotDone) as caught:
        await post(connector, channel)
    assert caught.value.retry_after == 3600
    assert passing.slept == []


async def test_a_date_to_wait_for_is_read_by_the_channels_clock(
    connector: Connector, channel: Channel, passing: HandTime
) -> None:
    soon = {"Date": THERE, "Retry-After": "Tue, 06 May 2031 07:08:11 GMT"}
    channel.answers.extend([Answer(429, headers=soon), Answer(201, {"id": "m"})])
    await post(connector, channel)
    assert 2 <= passing.slept[0] <= 2.5


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        (400, Refused, Cause.REFUSED),
        (403, Unreachable, Cause.REFUSED),
        (404, Gone, Cause.REFUSED),
        (413, Refused, Cause.REFUSED),
        (302, Refused, Cause.REFUSED),
    ],
)
async def test_a_refusal_is_told_in_our_words_and_not_repeated(
    status: int, error: type[AccessError], cause: Cause, connector: Connector, channel: Channel
) -> None:
    told = {"error": {"code": "SomeCode", "message": "not for the log"}}
    channel.answers.append(Answer(status, told, {"MS-CV": "trace.1", "Location": "/elsewhere"}))
    with pytest.raises(error) as caught:
        await post(connector, channel)
    assert caught.value.cause is cause
    assert caught.value.trace == "trace.1"
    assert str(caught.value) == f"the connector answered {status} SomeCode"
    assert len(channel.heard) == 1


async def test_a_token_that_is_refused_is_replaced_once(connector: Connector, channel: Channel) -> None:
    channel.answers.extend([Answer(401), Answer(201, {"id": "m"})])
    assert await post(connector, channel) == "m"
    assert [call.token for call in channel.heard] == ["token 1", "token 2"]
    channel.answers.extend([Answer(401), Answer(401)])
    with pytest.raises(Refused) as caught:
        await post(connector, channel)
    assert caught.value.cause is Cause.SIGN_IN_REFUSED


async def test_nobody_listening_means_that_nothing_was_shown(connector: Connector, channel: Channel) -> None:
    url = channel.service_url
    await channel.server.close()
    with pytest.raises(NotDone):
        await connector.post(url, "a:1", b"{}")


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "https://evil.example/", "file:///etc/passwd"])
async def test_a_service_url_that_is_not_listed_is_never_called(url: str, connector: Connector) -> None:
    with pytest.raises(Refused, match="not allowed"):
        await connector.post(url, "a:1", b"{}")


async def test_ids_cannot_leave_their_place_in_the_path(connector: Connector, channel: Channel) -> None:
    await connector.post(channel.service_url, "../../x?y#z;messageid=1", b"{}", reply_to="a/b")
    assert channel.heard[0].path == "/../../x?y#z;messageid=1/activities/a/b"
    assert channel.heard[0].query == {}


async def test_a_chat_is_opened_by_object_id(connector: Connector, channel: Channel) -> None:
    channel.answers.append(Answer(201, {"id": "a:new"}))
    assert await connector.create(channel.service_url, BOT, ANA, TENANT) == "a:new"
    assert channel.heard[0].path == ""
    assert channel.heard[0].body == {
        "bot": {"id": BOT},
        "isGroup": False,
        "members": [{"id": ANA}],
        "tenantId": TENANT,
        "channelData": {"tenant": {"id": TENANT}},
    }


async def test_a_member_is_read_by_object_id(connector: Connector, channel: Channel) -> None:
    channel.answers.append(Answer(200, {"id": "29:ana"}))
    assert await connector.member(channel.service_url, "19:x", ANA) == {"id": "29:ana"}
    assert [(call.method, call.path) for call in channel.heard] == [("GET", f"/19:x/members/{ANA}")]


async def test_a_turn_that_is_too_far_off_is_left_to_the_outbox(
    connector: Connector, channel: Channel, passing: HandTime
) -> None:
    for _ in range(60):
        await post(connector, channel)
    with pytest.raises(NotDone) as caught:
        await post(connector, channel)
    assert len(channel.heard) == 60
    assert 5 < (caught.value.retry_after or 0) <= 30
    assert all(seconds <= PATIENCE for seconds in passing.slept)


async def test_nothing_is_shown_for_whoever_may_have_lost_the_job(
    connector: Connector, channel: Channel
) -> None:
    channel.answers.append(Answer(201, {"id": "m"}))
    for warm in (False, True):  # over a new connection and over one that is kept
        with Lease(1.0, lambda: 1.0).guarding():
            with pytest.raises(LeaseLost):
                await post(connector, channel)
            with pytest.raises(LeaseLost):
                await connector.update(channel.service_url, "a:1", "m", b"{}")
        assert len(channel.heard) == warm
        with Lease(1.0, lambda: 0.9).guarding():
            assert warm or await post(connector, channel) == "m"


async def test_whoever_is_stopped_between_the_connection_and_the_write_shows_nothing(
    connector: Connector, channel: Channel
) -> None:
    """The lease stands when the connection does, and is over when the bytes are to go."""

    def ticking() -> Lease:
        times = iter([0.0, 2.0])
        return Lease(1.0, lambda: next(times))

    with ticking().guarding(), pytest.raises(LeaseLost):
        await post(connector, channel)
    with ticking().guarding(), pytest.raises(LeaseLost):
        await connector.update(channel.service_url, "a:1", "m", b"{}")
    assert channel.heard == []


async def test_the_threads_of_a_channel_share_the_limits_of_the_channel(
    connector: Connector, channel: Channel, passing: HandTime
) -> None:
    for number in range(8):
        await connector.post(channel.service_url, f"19:team@thread.tacv2;messageid={number}", b"{}")
    assert passing.at > 1000.9, "seven a second, however many threads there are"
