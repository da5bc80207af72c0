"""The certificate by which Guestlist signs in: taken up when its file changes, and watched until its end."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509 import Certificate, load_pem_x509_certificate

from access.ports import Clock, Store

log = logging.getLogger(__name__)

NOTE = "certificate/told"
"""Of which certificate what was told last."""
BROKEN = "certificate/broken"
"""Of which broken file it was told last; empty once it was whole again."""
NEAR = (1, 7, 30)
"""So many days before its end the operator is told."""


class Source(Protocol):
    """What azure-identity's asynchronous credentials have in common."""

    async def get_token(self, *scopes: str, claims: str | None, enable_cae: bool) -> AccessToken: ...

    async def close(self) -> None: ...


class Chosen:
    """Which certificate is signed in by: the file's, once it has; until then the one before."""

    def __init__(self, path: Path, opens: Callable[[bytes], Source]) -> None:
        self.path, self._opens = path, opens
        self.held = self._seen = self._refused = b""

    def first(self) -> Source:
        """Return a source without a token; raises `OSError` or `ValueError` where none was ever of use."""
        if not self.held:
            found = self.path.read_bytes()
            read_certificate(found)
            source = self._opens(found)
            self.take_up(found)
            return source
        return self._opens(self.held)

    def another(self, found: bytes) -> Source | None:
        """Open what the file holds now, if it is another, of use and begun; what is not is said once."""
        seen, self._seen = self._seen, found
        if found == self.held:
            return None
        try:
            now = datetime.now(UTC)
            if _see_that_it_serves(found, self.held, now) <= now:
                return self._opens(found)
        except ValueError as error:
            if found != seen:
                _say_of_no_use(error)
            return None
        if found != seen:
            log.warning("The certificate in the file has not begun; the one before goes on until then")
        return None

    def take_up(self, found: bytes) -> None:
        self.held, self._refused = found, b""

    def refuse(self, found: bytes, error: ClientAuthenticationError) -> None:
        """Keep in mind what Entra did not sign in; a hiccup, too, is an error of this kind."""
        if "invalid_client" in str(error) and found != self._refused:
            self._refused = found
            _say_of_no_use(error)

    def see_that_it_was_not_refused(self, found: bytes) -> None:
        if found == self._refused:
            raise ValueError("Entra refuses it")


class Rotating:
    """Signs in by the certificate that is chosen at the moment; raises like `Chosen.first`."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen, self._source = chosen, chosen.first()

    async def get_token(self, *scopes: str, claims: str | None, enable_cae: bool) -> AccessToken:
        found = await asyncio.to_thread(_content, self._chosen.path)
        spare = self._chosen.another(found)
        if spare is not None:  # the one before is let go only once this one has signed in
            try:
                token = await spare.get_token(*scopes, claims=claims, enable_cae=enable_cae)
            except ClientAuthenticationError as error:
                self._chosen.refuse(found, error)
            else:
                spare, self._source = self._source, spare
                self._chosen.take_up(found)
                log.info("Another certificate was taken up")
                return token
            finally:
                await spare.close()
        return await self._source.get_token(*scopes, claims=claims, enable_cae=enable_cae)

    async def close(self) -> None:
        await self._source.close()


@dataclass(slots=True)
class CertificateWatch:
    """Tells once that what signs in ends, thirty, seven and one day before, or that its file is broken."""

    chosen: Chosen
    store: Store
    clock: Clock
    ring: Callable[[str], None]
    _broken: str | None = None
    """What was broken at the look before, if anything: what is just being written is whole at the next."""

    async def look(self) -> None:
        found, now = await asyncio.to_thread(_content, self.chosen.path), self.clock.now()
        try:
            _see_that_it_serves(found, self.chosen.held, now)
            self.chosen.see_that_it_was_not_refused(found)
        except ValueError as error:
            await self._tell_that_it_is_broken(found, str(error))
            found = self.chosen.held
        else:
            before, self._broken = self._broken, ""
            if before != "":  # not at every look: another replica's file may stay broken
                await self._is_new(BROKEN, "")
        await self._tell_its_end(found, now)

    async def _tell_that_it_is_broken(self, found: bytes, why: str) -> None:
        digest = hashlib.sha256(found).hexdigest()
        before, self._broken = self._broken, digest
        if before == digest and await self._is_new(BROKEN, digest):
            self.ring(
                f"The file of the certificate by which Guestlist signs in cannot be used: {why}. The one "
                "from before goes on until the next start. Put one there that can be, with its key."
            )

    async def _tell_its_end(self, found: bytes, now: datetime) -> None:
        """Tell the end of the one in use, or of the next, if that lies in the file and begins in time."""
        held, begins = self.chosen.held, read_certificate(found).not_valid_before_utc
        late = begins > max(now, read_certificate(held).not_valid_after_utc)
        counts = held if late else found
        ends = read_certificate(counts).not_valid_after_utc
        days = next((near for near in NEAR if ends - now <= timedelta(days=near)), None)
        told = f"{hashlib.sha256(counts).hexdigest()} {days if ends > now else 0}{' late' if late else ''}"
        if days is None or not await self._is_new(NOTE, told):
            return
        if ends <= now:
            self.ring(
                f"The certificate by which Guestlist signs in ended on {_day(ends)}: nobody is served. Put a "
                "valid one in the place of its file."
            )
        elif late:
            self.ring(
                f"The certificate by which Guestlist signs in ends on {_day(ends)}, and the one in its file "
                f"begins on {_day(begins)}. Put one there that begins before, once Entra knows it."
            )
        else:
            self.ring(
                f"The certificate by which Guestlist signs in ends on {_day(ends)}. Put the next one in the "
                "place of its file, once Entra knows it; no restart is needed."
            )

    async def _is_new(self, key: str, told: str) -> bool:
        if (await self.store.note(key) or "") == told:
            return False
        await self.store.keep_note(key, told)
        return True


@lru_cache(maxsize=2)  # the one in use and the file's: OpenSSL takes a tenth of a second over a key
def read_certificate(data: bytes) -> Certificate:
    """Return the certificate in a PEM or PKCS 12 file; raises `ValueError` where it or its key is missing."""
    key: PrivateKeyTypes | None
    found: Certificate | None
    try:
        if b"-----BEGIN" in data:
            key, found = load_pem_private_key(data, None), load_pem_x509_certificate(data)
        else:
            packed = load_pkcs12(data, None)
            key, found = packed.key, packed.cert.certificate if packed.cert else None
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("it is no whole certificate with a key that needs no password") from error
    if key is None or found is None:
        raise ValueError("it has no certificate, or no key")
    if key.public_key() != found.public_key():
        raise ValueError("its key is of another certificate")
    of_use = isinstance(key, RSAPrivateKey)  # azure-identity signs by no other
    if not of_use:
        raise ValueError("its key is no RSA key")
    return found


def _see_that_it_serves(found: bytes, held: bytes, now: datetime) -> datetime:
    """Return when it begins; raises `ValueError` where it is broken, or is over while what is held is not."""
    fresh = read_certificate(found)
    if fresh.not_valid_after_utc <= now and held and read_certificate(held).not_valid_after_utc > now:
        raise ValueError("its time is over")
    return fresh.not_valid_before_utc


def _say_of_no_use(error: Exception) -> None:
    log.warning(
        "The file of the certificate is of no use; the one before goes on", extra={"error": str(error)}
    )


def _content(path: Path) -> bytes:
    """Return what the file holds; nothing where it cannot be read, which no certificate is."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _day(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
