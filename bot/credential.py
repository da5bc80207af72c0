"""One Entra credential for Graph and the Bot Connector: asynchronous, cached, one refresh at a time."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError

from access.ports import NotDone, Refused
from access.rules.causes import Cause
from bot.certificate import Chosen, Rotating, Source

if TYPE_CHECKING:
    from bot.settings import Settings

EARLY = 300.0
"""Seconds before a token's end at which a new one is asked for."""

LATE = 10.0
"""Seconds for which a refused token was surely the one before: calls with it were under way."""

OLD = 7200.0
"""Seconds after which a token that nobody asks for any more is no sign of how it stands with Entra."""

PATIENCE = 15.0
"""Seconds for which Entra is waited for; everybody who wants a token waits with the one who asks."""


class Standing(StrEnum):
    """How Entra has answered last, of whatever a token was asked for."""

    UNASKED = "not asked yet"
    SIGNED_IN = "signed in"
    REFUSED = "refused"
    NEVER = "refused since the start"
    UNREACHABLE = "unreachable"


class Credential(Protocol):
    """Hands out bearer tokens; raises `Refused` (sign-in refused) or `NotDone` (Entra not reached)."""

    async def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken: ...

    def forget(self, *scopes: str) -> None:
        """Drop a token that a service has refused, so that the next call asks for a new one."""
        ...

    async def close(self) -> None: ...


class StaticCredential:
    """Hands out one token for everything; only settings whose every address is loopback allow it."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:  # noqa: ARG002 - the protocol's
        return AccessToken(self._token, int(time.time()) + 3600)

    def forget(self, *scopes: str) -> None: ...

    async def close(self) -> None: ...


class CachedCredential:
    """Keeps the token of each scope until shortly before it ends, whoever asks and however many."""

    def __init__(
        self, opens: Callable[[], Source], now: Callable[[], float] = time.time, patience: float = PATIENCE
    ) -> None:
        self.chosen: Chosen | None = None
        """Of which certificate it is, if it is of one."""
        self._opens, self._source = opens, opens()
        self._old: list[Source] = []
        self._refused: set[tuple[str, ...]] = set()
        self._renewed: dict[tuple[str, ...], float] = {}
        self._patience = patience
        self._now = now
        self._tokens: dict[tuple[str, ...], AccessToken] = {}
        self._refresh = asyncio.Lock()
        self._answers: dict[tuple[str, ...], tuple[Standing, float]] = {}
        self._ever = False

    @property
    def standing(self) -> Standing:
        """Return the worst of the last answers; one that is old says nothing beside a newer sign-in."""
        signed_in = max(
            (at for said, at in self._answers.values() if said is Standing.SIGNED_IN), default=0.0
        )
        answers = {said for said, at in self._answers.values() if signed_in - at < OLD}
        if Standing.REFUSED in answers:
            return Standing.REFUSED if self._ever else Standing.NEVER
        return next(
            (one for one in (Standing.UNREACHABLE, Standing.SIGNED_IN) if one in answers), Standing.UNASKED
        )

    async def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        kept = self._fresh(scopes, EARLY)
        if kept is not None and claims is None:
            return kept
        async with self._refresh:
            kept = self._fresh(scopes, EARLY)
            if kept is not None and claims is None:
                return kept
            return await self._ask(scopes, claims)

    def forget(self, *scopes: str) -> None:
        """Have the next call sign in anew; all calls that one token had failed cost one sign-in."""
        if self._now() - self._renewed.get(scopes, -LATE) >= LATE:
            self._tokens.pop(scopes, None)
            self._refused.add(scopes)

    async def close(self) -> None:
        self._old.append(self._source)
        await self._close_old()

    async def _close_old(self) -> None:
        while self._old:
            await self._old[-1].close()
            self._old.pop()

    async def _open_anew(self) -> None:
        """Let go of the source, which keeps its tokens for itself: it would hand out the refused one again.

        One that cannot be opened, as its file is just being written, is left for the next time.
        """
        with suppress(OSError, ValueError):
            fresh = self._opens()
            self._old.append(self._source)
            self._source = fresh
        await self._close_old()

    def _fresh(self, scopes: tuple[str, ...], margin: float) -> AccessToken | None:
        token = self._tokens.get(scopes)
        return token if token is not None and token.expires_on - self._now() > margin else None

    async def _ask(self, scopes: tuple[str, ...], claims: str | None) -> AccessToken:
        try:
            async with asyncio.timeout(self._patience):
                if scopes in self._refused:
                    await self._open_anew()
                token = await self._source.get_token(*scopes, claims=claims, enable_cae=True)
        except (AzureError, TimeoutError) as error:
            # A hiccup of Entra, which azure-identity calls a refusal too, does not end a token that works.
            kept = self._fresh(scopes, 0)
            if kept is not None and claims is None:
                return kept
            refused = isinstance(error, ClientAuthenticationError)
            said = Standing.REFUSED if refused else Standing.UNREACHABLE
            self._answers[scopes] = said, self._now()
            if refused:
                raise Refused(Cause.SIGN_IN_REFUSED, "Entra refused to sign Guestlist in") from error
            raise NotDone(Cause.UNAVAILABLE, "Entra could not be reached for a token") from error
        self._tokens[scopes], self._ever = token, True
        self._answers[scopes] = Standing.SIGNED_IN, self._now()
        if scopes in self._refused:
            self._refused.remove(scopes)
            self._renewed[scopes] = self._now()
        return token


def standing_of(credential: Credential) -> Standing:
    return credential.standing if isinstance(credential, CachedCredential) else Standing.SIGNED_IN


def chosen_of(credential: Credential) -> Chosen | None:
    return credential.chosen if isinstance(credential, CachedCredential) else None


def open_credential(
    kind: str,
    *,
    tenant_id: str,
    app_id: str,
    login_url: str,
    certificate_file: str = "",
    client_secret: str = "",
    static_token: str = "",
) -> Credential:
    """Return the credential that the setting `CREDENTIAL` names; raises `Refused` where it is broken."""
    if kind == "static":
        return StaticCredential(static_token)
    # azure-identity takes 0.6 s to import: a start with a static token does without it.
    from azure.identity import aio  # noqa: PLC0415 - see above

    named: dict[str, Any] = {"tenant_id": tenant_id, "client_id": app_id, "authority": login_url}
    chosen = Chosen(
        Path(certificate_file), lambda data: aio.CertificateCredential(certificate_data=data, **named)
    )
    sources: dict[str, Callable[[], Any]] = {
        "managed-identity": lambda: aio.ManagedIdentityCredential(client_id=app_id),
        "workload-identity": lambda: aio.WorkloadIdentityCredential(**named),
        "certificate": lambda: Rotating(chosen),
        "secret": lambda: aio.ClientSecretCredential(client_secret=client_secret, **named),
    }
    try:
        opened = CachedCredential(sources[kind])
    except (OSError, ValueError) as error:
        raise Refused(
            Cause.SIGN_IN_REFUSED, f"The credential of kind {kind} cannot be used: {error}."
        ) from error
    opened.chosen = chosen if kind == "certificate" else None
    return opened


def credential_of(settings: "Settings") -> Credential:
    """Return the credential that the settings describe."""
    return open_credential(
        settings.credential,
        tenant_id=settings.tenant_id,
        app_id=settings.app_id,
        login_url=settings.login_url,
        certificate_file=settings.certificate_file,
        client_secret=settings.client_secret,
        static_token=settings.static_token,
    )
