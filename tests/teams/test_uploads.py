"""Files that are put in ranges: where they may go, what has arrived, and what was lost on the way."""

from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from access.ports import AccessError, Gone, NotDone, Refused, Unknown
from access.rules.causes import Cause
from bot.teams.origins import Origins
from bot.teams.uploads import OneDriveUploads, ranges
from tests.teams.conftest import HandTime

SECRET = "?guid='1'&tempauth=abc"


@dataclass
class Drive:
    """An upload session that gives these `answers` first; one that is `"lost"` is carried out before."""

    data: bytearray = field(default_factory=bytearray)
    calls: list[tuple[str, str]] = field(default_factory=list)
    headers: list[set[str]] = field(default_factory=list)
    answers: deque[int | str | None] = field(default_factory=deque)
    ended: bool = False

    def __post_init__(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/up/{rest:.*}", self.answer)
        self.server = TestServer(app)

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def answer(self, request: web.Request) -> web.Response:
        assert request.query["tempauth"] == "abc"
        told = request.headers.get("Content-Range", "")
        self.calls.append((request.method, told))
        self.headers.append({name.lower() for name in request.headers})
        body = await request.read()
        planned = self.answers.popleft() if self.answers and request.method == "PUT" else None
        if isinstance(planned, int):
            headers = {"Location": f"{self.origin}/up/else"} if planned == 302 else {}
            return web.Response(status=planned, headers=headers)
        answer = self._take(request.method, told, body)
        if planned == "lost":
            assert request.transport is not None
            request.transport.abort()
        return answer

    def _take(self, method: str, told: str, body: bytes) -> web.Response:
        if self.ended:
            return web.Response(status=404)
        if method == "PUT":
            span, _, size = told.removeprefix("bytes ").partition("/")
            first, _, last = span.partition("-")
            if int(first) != len(self.data):
                return web.Response(status=416)
            self.data += body
            if int(last) + 1 == int(size):
                self.ended = True
                return web.json_response({}, status=201)
        missing = {"nextExpectedRanges": [f"{len(self.data)}-"]}
        return web.json_response(missing, status=202 if method == "PUT" else 200)


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    opened = Drive()
    await opened.server.start_server()
    yield opened
    await opened.server.close()


@pytest.fixture
async def uploads(drive: Drive, passing: HandTime) -> AsyncIterator[OneDriveUploads]:
    async with aiohttp.ClientSession() as session:
        origins = Origins([drive.origin])
        yield OneDriveUploads(session, origins, most=10, now=passing.now, sleep=passing.sleep)


def letters(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield bytes([97 + number % 26])


async def put(uploads: OneDriveUploads, drive: Drive, size: int = 25) -> None:
    await uploads.put(f"{drive.origin}/up/1{SECRET}", size, letters(size))


async def test_a_file_arrives_in_ranges_in_order_without_anything_that_says_who_we_are(
    uploads: OneDriveUploads, drive: Drive
) -> None:
    await put(uploads, drive)
    assert bytes(drive.data) == b"".join(letters(25))
    assert drive.calls == [
        ("PUT", "bytes 0-9/25"),
        ("PUT", "bytes 10-19/25"),
        ("PUT", "bytes 20-24/25"),
    ]
    assert not any("authorization" in names or "cookie" in names for names in drive.headers)


@pytest.mark.parametrize("size", [1, 9, 10, 11, 20, 21])
def test_every_range_but_the_last_is_as_long_as_it_may_be(size: int) -> None:
    found = [len(one) for one in ranges(letters(size), 10)]
    assert sum(found) == size
    assert set(found[:-1]) <= {10}
    assert 0 < found[-1] <= 10


@pytest.mark.parametrize("trouble", [429, 416, 500, 503, "lost"])
@pytest.mark.parametrize("which", [0, 1])
async def test_a_range_in_the_middle_is_looked_up_and_sent_again_only_if_it_has_not_arrived(
    uploads: OneDriveUploads, drive: Drive, trouble: int | str, which: int
) -> None:
    drive.answers.extend([*[None] * which, trouble])
    await put(uploads, drive)
    assert bytes(drive.data) == b"".join(letters(25))
    assert "GET" in {method for method, _ in drive.calls}


async def test_the_last_range_whose_answer_is_lost_may_have_made_the_file(
    uploads: OneDriveUploads, drive: Drive
) -> None:
    drive.answers.extend(["lost"])
    with pytest.raises(Unknown):
        await put(uploads, drive, 5)
    assert bytes(drive.data) == b"".join(letters(5))


async def test_a_session_that_has_ended_before_the_file_is_told_of(
    uploads: OneDriveUploads, drive: Drive
) -> None:
    drive.ended = True
    with pytest.raises(Gone):
        await put(uploads, drive, 5)


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 409, 507])
async def test_what_is_refused_is_not_tried_for_ever(
    uploads: OneDriveUploads, drive: Drive, status: int
) -> None:
    drive.answers.extend([status] * 9)
    with pytest.raises(AccessError):
        await put(uploads, drive, 5)
    assert drive.data == b""
    assert len(drive.calls) <= 8
    assert all(request[1] == "bytes 0-4/5" for request in drive.calls if request[0] == "PUT")


async def test_no_try_begins_after_the_patience_is_over(
    uploads: OneDriveUploads, drive: Drive, passing: HandTime
) -> None:
    drive.answers.extend([503] * 9)
    with pytest.raises((Unknown, NotDone)):
        await put(uploads, drive, 5)
    assert sum(passing.slept) < 90


@pytest.mark.parametrize(
    "url",
    [
        "https://contoso-my.sharepoint.com/personal/x/_api/v2.0/uploadSession?guid='1'&tempauth=a.b-c_d%3D",
        "https://contoso.sharepoint.com/up",
    ],
)
def test_a_file_goes_to_sharepoint(url: str) -> None:
    assert Origins(["*.sharepoint.com"]).allows_file(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://contoso-my.sharepoint.com/up",
        "https://contoso-my.sharepoint.com:8443/up",
        "https://sharepoint.com.evil.example/up",
        "https://evil-sharepoint.com/up",
        "https://sharepoint.com/up",
        "https://me@contoso.sharepoint.com/up",
        "https://evil.example#@contoso.sharepoint.com/up",
        "https://evil.example\\.sharepoint.com/up",
        "https://evil.example?.sharepoint.com/up",
        "https://127.0.0.1/up?x=.sharepoint.com",
        "https://169.254.169.254/metadata",
        "https:///contoso.sharepoint.com/up",
        "//contoso.sharepoint.com/up",
        "file:///etc/passwd",
        "https://contoso.sharepoint.com/up?a b",
        "https://contoso.sharepoint.com/up?a\r\nHost: evil",
        "https://cöntoso.sharepoint.com/up",
        "https://.sharepoint.com/up",
        "https://a..sharepoint.com/up",
        f"https://{'a' * 64}.sharepoint.com/up",
        f"https://{'a.' * 120}sharepoint.com/up",
        "https://%00.sharepoint.com/up",
        "",
    ],
)
async def test_a_file_goes_nowhere_else(url: str, passing: HandTime) -> None:
    origins = Origins(["*.sharepoint.com"])
    assert not origins.allows_file(url)
    async with aiohttp.ClientSession() as session:
        uploads = OneDriveUploads(session, origins, now=passing.now, sleep=passing.sleep)
        with pytest.raises(Refused) as refused:
            await uploads.put(url, 1, letters(1))
    assert refused.value.cause is Cause.GUARDED
