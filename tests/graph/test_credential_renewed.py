"""A token that a service has refused: one sign-in gets another, whatever azure-identity keeps for itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AsyncHttpResponse, AsyncHttpTransport
from azure.identity.aio import ClientSecretCredential

from bot.credential import CachedCredential

SCOPE, OTHER = "https://graph.microsoft.com/.default", "https://api.botframework.com/.default"
TENANT = "07c51642-1aa2-593c-8685-29f12285f84f"


class Signed(AsyncHttpResponse):
    def __init__(self, request: Any, number: int) -> None:
        super().__init__(request, None)
        self.status_code, self.content_type = 200, "application/json"
        self.headers = {"Content-Type": "application/json"}
        self._number = number

    def body(self) -> bytes:
        token = {"access_token": f"token-{self._number}", "expires_in": 86_400, "token_type": "Bearer"}
        return json.dumps(token).encode()


class Entra(AsyncHttpTransport[Any, Any]):
    """Signs in whoever asks, over the wire of one credential; notes what is open."""

    def __init__(self, asked: list[str], opened: list["Entra"]) -> None:
        self.asked, self.closed = asked, False
        opened.append(self)

    async def send(self, request: Any, **_: Any) -> Any:
        self.asked.append(request.url)
        return Signed(request, len(self.asked))

    async def open(self) -> None: ...

    async def close(self) -> None:
        self.closed = True

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Signing:
    """Our credential over azure-identity's own."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.opened: list[Entra] = []
        self.now = 1_000.0
        self.broken = False
        self.credential = CachedCredential(self._open, lambda: self.now)

    def _open(self) -> Any:
        if self.broken:
            raise ValueError("a certificate that is half written")
        wire = Entra(self.asked, self.opened)
        return ClientSecretCredential(
            TENANT, "bb5439cc-b87f-58ae-8f2e-f778cae333de", "made-up", transport=wire
        )

    async def token(self, scope: str = SCOPE) -> str:
        found: AccessToken = await self.credential.get_token(scope)
        return found.token


@pytest.fixture
async def signing() -> AsyncIterator[Signing]:
    made = Signing()
    yield made
    await made.credential.close()
    assert all(one.closed for one in made.opened)


async def test_a_refused_token_is_not_handed_out_again_from_the_cache_of_azure_identity(
    signing: Signing,
) -> None:
    assert await signing.token() == "token-1"
    signing.credential.forget(SCOPE)
    assert await signing.token() == "token-2"
    assert [one.closed for one in signing.opened] == [True, False], "the old one leaks nothing"


async def test_all_calls_that_one_token_has_failed_cost_one_sign_in(signing: Signing) -> None:
    await signing.token()
    for late in range(100):
        signing.credential.forget(SCOPE)
        signing.now += 0.09
        assert await signing.token() == "token-2", late
    signing.now += 10
    signing.credential.forget(SCOPE)
    assert set(await asyncio.gather(*(signing.token() for _ in range(9)))) == {"token-3"}
    assert len(signing.asked) == 3


async def test_another_scope_keeps_its_token(signing: Signing) -> None:
    assert (await signing.token(), await signing.token(OTHER)) == ("token-1", "token-2")
    signing.credential.forget(SCOPE)
    assert (await signing.token(), await signing.token(OTHER)) == ("token-3", "token-2")


async def test_a_certificate_that_is_half_written_is_read_again_the_next_time(signing: Signing) -> None:
    await signing.token()
    signing.broken = True
    signing.credential.forget(SCOPE)
    assert await signing.token() == "token-1"
    signing.broken = False
    signing.now += 10
    signing.credential.forget(SCOPE)
    assert await signing.token() == "token-2"
