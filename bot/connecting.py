"""How a connection to PostgreSQL is made; loads its driver, so only those who have one import this."""

import ssl
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from access.ports import AccessError
from bot.credential import Credential

SCOPE = "https://ossrdbms-aad.database.windows.net/.default"
"""What a token for Azure's PostgreSQL is issued for."""


class NotSignedInError(ConnectionError):
    """The database did not come to be asked anything: no token, or no proof that it is the one."""


async def connect(url: str, credential: Credential | None = None, **options: Any) -> asyncpg.Connection:
    """Connect by the password in the address or, with a credential, by a token of the moment.

    A token that the server refuses is asked for anew, once: its role may have been made anew, or its key.
    """
    if _by_the_systems_roots(url):
        options["ssl"] = ssl.create_default_context()
    try:
        if credential is None:
            return await asyncpg.connect(url, **options)
        return await _by_token(url, credential, options)
    except ssl.SSLCertVerificationError as error:  # which is a ValueError, as a wrong address is
        raise NotSignedInError(f"its certificate is not believed: {error.verify_message}") from None


async def _by_token(url: str, credential: Credential, options: dict[str, Any]) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(url, password=await _token(credential), **options)
    except asyncpg.InvalidAuthorizationSpecificationError:
        credential.forget(SCOPE)
    return await asyncpg.connect(url, password=await _token(credential), **options)


async def _token(credential: Credential) -> str:
    try:
        return (await credential.get_token(SCOPE)).token
    except AccessError as error:
        raise NotSignedInError(f"no token for it can be had: {str(error).rstrip('.')}") from error


def _by_the_systems_roots(url: str) -> bool:
    """Tell whether the server has to prove its name and no root is named: the driver would know of none."""
    try:
        asked = parse_qs(urlsplit(url).query)
    except ValueError:
        return False
    return asked.get("sslmode", [""])[-1] == "verify-full" and "sslrootcert" not in asked
