"""A certificate that is replaced while Guestlist runs, against a token endpoint that sees who has signed."""

import asyncio
import base64
import os
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import Certificate

from access.ports import Refused
from access.ports.world import Clock
from bot.certificate import CertificateWatch, Chosen, Rotating, read_certificate
from bot.credential import open_credential
from bot.store import SqliteStore
from tests.certificates import certificate
from tests.store.making import TurnedClock

TENANT, APP = "07c51642-1aa2-593c-8685-29f12285f84f", "bb5439cc-b87f-58ae-8f2e-f778cae333de"
ROOT = Path(__file__).parent.parent.parent


def thumbprint(made: Certificate) -> str:
    return base64.urlsafe_b64encode(made.fingerprint(hashes.SHA256())).decode()


@dataclass(slots=True)
class Entra:
    """Signs in whoever proves to have one of the certificates that it knows."""

    file: Path
    known: dict[str, Certificate] = field(default_factory=dict)
    signed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    error: str = "invalid_client"
    url: str = ""

    def replace(self, days: float = 365, begins: float = -400) -> str:
        """Make another certificate, put it in the place of the file, and return its thumbprint."""
        content, made = certificate(days, begins=begins)
        self.known[thumbprint(made)] = made
        fresh = self.file.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(self.file)
        return thumbprint(made)

    async def answer(self, request: web.Request) -> web.Response:
        said = await request.post()
        assertion = str(said["client_assertion"])
        who = jwt.get_unverified_header(assertion)["x5t#S256"]
        if who not in self.known:
            self.refused.append(who)
            said_why = {"error": self.error, "error_description": "AADSTS700027: not registered"}
            return web.json_response(said_why, status=401)
        key = self.known[who].public_key()
        jwt.decode(assertion, key, algorithms=["PS256"], audience=str(request.url))  # type: ignore[arg-type]  # an RSA key
        self.signed.append(who)
        token = {"access_token": f"token-{len(self.signed)}", "expires_in": 3600, "token_type": "Bearer"}
        return web.json_response(token)


@pytest.fixture
async def entra(tmp_path: Path) -> AsyncIterator[Entra]:
    wire = tmp_path / "wire.pem"
    wire.write_bytes(certificate(name="127.0.0.1")[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(wire)
    made = Entra(tmp_path / "guestlist.pem")
    application = web.Application()
    application.router.add_post(f"/{TENANT}/oauth2/v2.0/token", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    made.url = site.name
    yield made
    await runner.cleanup()


@dataclass(slots=True)
class SigningIn:
    process: asyncio.subprocess.Process

    async def token(self, scope: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"https://{scope}.example.com/.default\n".encode())
        return (await asyncio.wait_for(self.process.stdout.readline(), 30)).decode().strip()

    async def end(self) -> str:
        """End it, and return what it has logged."""
        _, logged = await asyncio.wait_for(self.process.communicate(b"\n"), 30)
        return logged.decode()


@pytest.fixture
async def signing(entra: Entra, tmp_path: Path) -> AsyncIterator[SigningIn]:
    entra.replace()
    pipe = asyncio.subprocess.PIPE
    words = ("-m", "tests.graph.signing_in", entra.url, str(entra.file), TENANT, APP)
    environ = os.environ | {"SSL_CERT_FILE": str(tmp_path / "wire.pem")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, env=environ, stdin=pipe, stdout=pipe, stderr=pipe
    )
    yield SigningIn(process)
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_a_certificate_that_was_replaced_signs_the_next_request_without_a_restart(
    entra: Entra, signing: SigningIn
) -> None:
    (first,) = entra.known
    assert await signing.token("one") == "token-1"
    second = entra.replace()
    assert await signing.token("one") == "token-1", "a token that works is kept"
    assert await signing.token("two") == "token-2"
    third = entra.replace()
    assert await signing.token("three") == "token-3"
    assert entra.signed == [first, second, third]


async def test_a_file_that_is_half_written_leaves_the_one_before_and_is_said_once(
    entra: Entra, signing: SigningIn
) -> None:
    (first,) = entra.known
    await signing.token("one")
    content, made = certificate()
    entra.known[thumbprint(made)] = made
    entra.file.write_bytes(content[: len(content) // 2])
    await signing.token("two")
    await signing.token("three")
    entra.file.write_bytes(content)
    await signing.token("four")
    assert entra.signed == [first, first, first, thumbprint(made)]
    assert (await signing.end()).count(
        "The file of the certificate is of no use; the one before goes on"
    ) == 1


async def test_neither_a_missing_file_nor_a_key_of_another_certificate_is_taken_up(
    entra: Entra, signing: SigningIn
) -> None:
    (first,) = entra.known
    await signing.token("one")
    entra.file.unlink()
    await signing.token("two")
    key, other = certificate()[0], certificate()[0]
    marker = b"-----BEGIN CERTIFICATE-----"
    entra.file.write_bytes(key.partition(marker)[0] + marker + other.partition(marker)[2])
    await signing.token("three")
    assert entra.signed == [first] * 3


async def test_a_key_by_which_nobody_can_sign_in_is_a_broken_file(entra: Entra, signing: SigningIn) -> None:
    (first,) = entra.known
    await signing.token("one")
    entra.file.write_bytes(certificate(curve=True)[0])
    await signing.token("two")
    assert entra.signed == [first] * 2
    with pytest.raises(ValueError, match="no RSA key"):
        read_certificate(entra.file.read_bytes())


async def test_one_that_is_over_or_has_not_begun_does_not_take_the_place_of_a_good_one(
    entra: Entra, signing: SigningIn
) -> None:
    (first,) = entra.known
    await signing.token("one")
    entra.replace(days=-1)
    await signing.token("two")
    await signing.token("three")
    entra.replace(begins=1)
    await signing.token("four")
    good = entra.replace()
    await signing.token("five")
    assert entra.signed == [first] * 4 + [good]
    logged = await signing.end()
    assert logged.count("The file of the certificate is of no use; the one before goes on") == 1
    assert logged.count("The certificate in the file has not begun; the one before goes on until then") == 1


async def test_one_that_entra_does_not_know_leaves_the_one_before_until_it_does(
    entra: Entra, signing: SigningIn
) -> None:
    (first,) = entra.known
    assert await signing.token("one") == "token-1"
    early = entra.replace()
    made = entra.known.pop(early)
    assert await signing.token("two") == "token-2"
    assert await signing.token("three") == "token-3"
    assert (entra.signed, entra.refused) == ([first] * 3, [early] * 2)
    entra.known[early] = made
    assert await signing.token("four") == "token-4"
    del entra.known[first]
    assert await signing.token("five") == "token-5"
    assert entra.signed == [first] * 3 + [early] * 2
    assert (await signing.end()).count(
        "The file of the certificate is of no use; the one before goes on"
    ) == 1


async def test_a_hiccup_of_entra_is_not_laid_to_the_certificate(entra: Entra, signing: SigningIn) -> None:
    (first,) = entra.known
    await signing.token("one")
    entra.known.pop(entra.replace())
    entra.error = "temporarily_unavailable"
    assert await signing.token("two") == "token-2"
    assert entra.signed == [first] * 2
    assert "of no use" not in await signing.end()


@dataclass(slots=True)
class By:
    """Signs in by this, as its token says."""

    data: bytes

    async def get_token(self, *_: str, **__: object) -> AccessToken:
        return AccessToken(self.data.decode(), 0)

    async def close(self) -> None: ...


async def signed_by(rotating: Rotating) -> bytes:
    return (await rotating.get_token("", claims=None, enable_cae=True)).token.encode()


async def test_nor_does_it_where_a_refused_token_has_all_opened_anew(tmp_path: Path) -> None:
    file, good = tmp_path / "guestlist.pem", certificate()[0]
    file.write_bytes(good)
    chosen = Chosen(file, By)
    assert await signed_by(Rotating(chosen)) == good
    for of_no_use in (certificate(days=-1)[0], b"half"):
        file.write_bytes(of_no_use)
        assert await signed_by(Rotating(chosen)) == good


async def test_one_that_has_not_begun_is_not_taken_up_where_the_one_in_use_is_over_either(
    tmp_path: Path,
) -> None:
    file, over = tmp_path / "guestlist.pem", certificate(days=-1)[0]
    file.write_bytes(over)
    rotating = Rotating(Chosen(file, By))
    file.write_bytes(certificate(begins=1)[0])
    assert await signed_by(rotating) == over, "what the watch goes by is what ended"


async def test_where_the_one_in_use_is_over_too_the_file_is_taken_up(tmp_path: Path) -> None:
    file, over, other = tmp_path / "guestlist.pem", certificate(days=-2)[0], certificate(days=-1)[0]
    file.write_bytes(over)
    rotating = Rotating(Chosen(file, By))
    assert await signed_by(rotating) == over
    file.write_bytes(other)
    assert await signed_by(rotating) == other


def test_one_that_is_broken_from_the_beginning_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "guestlist.pem"
    file.write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    ids = {"tenant_id": TENANT, "app_id": APP, "login_url": "https://login.microsoftonline.com"}
    with pytest.raises(Refused, match="no whole certificate"):
        open_credential("certificate", certificate_file=str(file), **ids)


@pytest.fixture
async def watch(entra: Entra, tmp_path: Path) -> AsyncIterator[tuple[CertificateWatch, list[str]]]:
    clock: Clock = TurnedClock()
    store = await SqliteStore.open(tmp_path / "guestlist.db", clock, lambda _: None)
    rung: list[str] = []
    yield CertificateWatch(Chosen(entra.file, By), store, clock, rung.append), rung
    await store.close()


async def told(watch: tuple[CertificateWatch, list[str]], looks: int = 3) -> list[str]:
    """Return what is told by some looks, and by another replica that signs in by the same."""
    seeing, rung = watch
    rung.clear()
    if not seeing.chosen.held:
        seeing.chosen.first()
    for _ in range(looks):
        await seeing.look()
    await CertificateWatch(seeing.chosen, seeing.store, seeing.clock, seeing.ring).look()
    return list(rung)


async def test_its_end_is_told_thirty_seven_and_one_day_before_and_once_each(
    entra: Entra, watch: tuple[CertificateWatch, list[str]]
) -> None:
    clock = watch[0].clock
    assert isinstance(clock, TurnedClock)
    now = datetime.now(UTC)
    clock.at = now
    entra.replace(days=40)
    found = {}
    for days in (39, 31, 29.9, 20, 8, 6.9, 2, 0.9, 0.1, -0.1):
        clock.at = now + timedelta(days=40 - days)
        found[days] = len(await told(watch))
    assert {days for days, count in found.items() if count} == {29.9, 6.9, 0.9, -0.1}
    assert max(found.values()) == 1
    entra.replace(days=400)
    assert await told(watch) == []


async def test_a_broken_file_is_told_once_it_stays_so_and_once(
    entra: Entra, watch: tuple[CertificateWatch, list[str]]
) -> None:
    entra.replace(days=400)
    assert await told(watch) == []
    entra.file.write_bytes(b"half")
    assert await told(watch, looks=1) == [], "it may just be being written"
    (said,) = await told(watch)
    assert "cannot be used" in said
    assert await told(watch) == []


async def test_one_that_entra_refuses_is_told_as_a_broken_file_until_it_signs_in(
    entra: Entra, watch: tuple[CertificateWatch, list[str]]
) -> None:
    unknown: list[bytes] = []

    @dataclass
    class Asking(By):
        async def get_token(self, *_: str, **__: object) -> AccessToken:
            if self.data in unknown:
                raise ClientAuthenticationError("Microsoft Entra ID error '(invalid_client) AADSTS700027'")
            return AccessToken(self.data.decode(), 0)

    entra.replace(days=20)
    before, seeing = entra.file.read_bytes(), watch[0]
    seeing.chosen = Chosen(entra.file, Asking)
    assert await signed_by(Rotating(seeing.chosen)) == before
    assert len((await days_on(watch, 0))[0]) == 1
    entra.replace(days=400)
    unknown.append(entra.file.read_bytes())
    assert await days_on(watch, 0) == {}, "it may be known at the next sign-in"
    for _ in range(2):
        assert await signed_by(Rotating(seeing.chosen)) == before
    found = await days_on(watch, 1, 2, 14)
    assert "cannot be used: Entra refuses it. The one from before goes on" in found[1][0]
    assert found.keys() == {1, 14}, "the end of the one before is near as ever"
    assert await signed_by(Rotating(seeing.chosen)) == before
    fresh = unknown.pop()
    assert await signed_by(Rotating(seeing.chosen)) == fresh
    assert await days_on(watch, 14, 21) == {}


async def test_what_is_broken_again_after_a_repair_is_told_again(
    entra: Entra, watch: tuple[CertificateWatch, list[str]]
) -> None:
    assert isinstance(watch[0].clock, TurnedClock)
    watch[0].clock.at = datetime.now(UTC)
    for days in (400, 20):
        entra.replace(days=days)
        watch[0].chosen.take_up(whole := entra.file.read_bytes())
        assert len(await told(watch)) == (days == 20)
        for _ in range(3):
            entra.file.unlink()
            assert len(await told(watch)) == 1
            entra.file.write_bytes(whole)
            assert await told(watch) == [], "its end was told before"


def test_what_each_look_asks_of_the_same_files_is_read_once() -> None:
    held, found = certificate()[0], certificate()[0]
    first = [read_certificate(one) for one in (held, found)]
    assert all(
        read_certificate(one) is read
        for _ in range(2)
        for one, read in zip((held, found), first, strict=True)
    )


async def days_on(watch: tuple[CertificateWatch, list[str]], *days: float) -> dict[float, list[str]]:
    """Return what is told after so many days, where anything is."""
    assert isinstance(watch[0].clock, TurnedClock)
    now = datetime.now(UTC)
    found = {}
    for later in days:
        watch[0].clock.at = now + timedelta(days=later)
        found[later] = await told(watch)
    return {later: said for later, said in found.items() if said}


async def test_the_end_that_counts_is_that_of_the_one_that_signs_in_and_not_of_a_file_of_no_use(
    entra: Entra, watch: tuple[CertificateWatch, list[str]]
) -> None:
    entra.replace(days=40)
    assert await days_on(watch, 0) == {}
    for of_no_use, why in (
        (certificate(400, curve=True)[0], "its key is no RSA key"),
        (certificate(-1)[0], "its time is over"),
    ):
        entra.file.write_bytes(of_no_use)
        ((said,),) = (await days_on(watch, 0)).values()
        assert f"cannot be used: {why}. The one from before goes on" in said
    found = await days_on(watch, 5, 11, 20, 34, 39.5, 40.5)
    assert {later: len(said) for later, said in found.items()} == {11: 1, 34: 1, 39.5: 1, 40.5: 1}
    assert "nobody is served" in found[40.5][0]


async def test_a_successor_that_begins_in_time_spares_the_alarm_and_one_that_begins_too_late_does_not(
    entra: Entra, watch: tuple[CertificateWatch, list[str]]
) -> None:
    entra.replace(days=20)
    assert len((await days_on(watch, 0))[0]) == 1
    entra.replace(days=400, begins=30)
    found = await days_on(watch, 1, 2, 14, 19.5, 20.5, 25)
    assert found.keys() == {1, 14, 19.5, 20.5}
    late = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    assert all(f"the one in its file begins on {late}" in said for (said,) in list(found.values())[:3])
    assert "ended" in found[20.5][0]
    entra.replace(days=400, begins=19)
    assert await days_on(watch, 1, 14, 18, 19.5, 300) == {}
    assert (await days_on(watch, 371)).keys() == {371}
