"""What is said to a server that has to prove that it is the database: nothing, until it has."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.store import StoreError
from bot.store.postgres import PostgresStore
from tests.certificates import certificate

SECRET = "canary-password"


@dataclass(slots=True)
class Claimant:
    """Takes the database's place, with a certificate of its own making."""

    context: ssl.SSLContext
    authority: Path
    heard: list[bytes] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(8)
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(self.context)
            self.heard.append(await reader.read(1024))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()


@pytest.fixture
async def claimant(tmp_path: Path) -> AsyncIterator[Claimant]:
    file = tmp_path / "server.pem"
    file.write_bytes(certificate()[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    made = Claimant(context, file)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.url = f"postgresql://guestlist:{SECRET}@127.0.0.1:{port}/guestlist?sslmode=verify-full"
    yield made
    server.close()


async def opening(url: str) -> str:
    with pytest.raises(StoreError) as refused:
        await PostgresStore.open(url, lambda _: None)
    assert SECRET not in str(refused.value)
    return str(refused.value)


async def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(claimant: Claimant) -> None:
    told = await opening(claimant.url)
    assert "its certificate is not believed: self-signed certificate" in told
    assert not any(claimant.heard)


async def test_the_systems_roots_vouch_where_none_is_named_and_a_file_where_one_is(
    claimant: Claimant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opening(f"{claimant.url}&sslrootcert={claimant.authority}")
    monkeypatch.setenv("SSL_CERT_FILE", str(claimant.authority))
    await opening(claimant.url)
    said = [one for one in claimant.heard if one]
    assert len(said) == 2, "both times it was let hear whose database is wanted"
    assert all(b"guestlist" in one for one in said)
