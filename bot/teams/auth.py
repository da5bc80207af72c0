"""Who may speak to the bot: the channel's tokens, checked strictly, and the activities they came with."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)

from bot.teams.keys import ChannelKeys, KeysUnreachable
from bot.teams.origins import Origins
from bot.teams.turns import scope_of
from dialogs.turn import Scope

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
SKEW = 300.0
"""Seconds by which clocks may differ, as Microsoft's page on connector authentication allows."""
_KEPT = 256
_OPTIONS: Any = {
    "require": ["exp", "nbf", "iss", "aud"],
    "verify_exp": False,  # the three times are judged below, by the clock that is a port
    "verify_nbf": False,
    "verify_iat": False,
}


class Unwelcome(PermissionError):
    """A call that gets no turn: 401 for its token, 403 for whom it speaks for, 503 without keys."""

    def __init__(self, why: str, status: int = 401) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Caller:
    """A channel whose token was verified."""

    service_url: str
    expires_at: float
    generation: int
    admitted: AuthenticateRequestResult
    """What botbuilder is told of it."""


class NoConnectors(ConnectorFactory):
    """Gives each turn what botbuilder will not do without; answers leave by `Conversations`."""

    async def create(self, service_url: str, audience: str) -> object:
        del service_url, audience
        return object()


class ChannelAuthentication(BotFrameworkAuthentication):
    """Verifies tokens once and keeps them while they live; botbuilder's extension point for all this."""

    def __init__(
        self,
        *,
        app_id: str,
        tenant_id: str,
        keys: ChannelKeys,
        origins: Origins,
        now: Callable[[], float],
    ) -> None:
        self._app_id = app_id
        self._tenant_id = tenant_id
        self._keys = keys
        self._origins = origins
        self._now = now
        self._callers: dict[str, Caller] = {}

    async def caller(self, header: str) -> Caller:
        """Return whose token it is; raises `Unwelcome`."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unwelcome("no bearer token")
        caller = self._callers.get(token)
        if caller is None or caller.generation != self._keys.generation:
            caller = await self._verified(token)
            if len(self._callers) >= _KEPT:
                del self._callers[next(iter(self._callers))]
            self._callers[token] = caller
        if caller.expires_at + SKEW <= self._now():
            self._callers.pop(token, None)
            raise Unwelcome("expired")
        return caller

    def admit(self, caller: Caller, activity: Activity) -> AuthenticateRequestResult:
        """Hold an activity against the token it came with, and the allow-lists; raises `Unwelcome`."""
        if activity.channel_id != CHANNEL:
            raise Unwelcome("another channel's activity")
        if activity.service_url != caller.service_url:
            raise Unwelcome("the token is for another service URL")
        if _tenants(activity) != {self._tenant_id} or self._is_anothers_chat(activity):
            raise Unwelcome("another tenant's activity", 403)
        if not self._origins.allows(activity.service_url):
            raise Unwelcome("a service URL that is not allowed", 403)
        return caller.admitted

    def _is_anothers_chat(self, activity: Activity) -> bool:
        """Tell of a personal chat; in a channel that we share, `members` knows whose people act."""
        tenant = activity.from_property.additional_properties.get("tenantId")
        return scope_of(activity) is Scope.PERSONAL and tenant not in {None, self._tenant_id}

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        return self.admit(await self.caller(auth_header), activity)

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> None:
        del auth_header, channel_id_header
        raise Unwelcome("streaming is not offered")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        del claims_identity
        return NoConnectors()

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """Return nothing: no flow signs anybody in."""
        del claims_identity

    async def _verified(self, token: str) -> Caller:
        try:
            head = jwt.get_unverified_header(token)
            kid = head.get("kid")
            if head.get("alg") != "RS256" or not isinstance(kid, str):
                raise Unwelcome("not signed as the channel signs")
            key = await self._keys.find(kid)
            if key is None or CHANNEL not in key.endorsements:
                raise Unwelcome("signed with no key that is endorsed for this channel")
            claims = jwt.decode(
                token, key.public, ["RS256"], options=_OPTIONS, audience=self._app_id, issuer=ISSUER
            )
        except KeysUnreachable as error:
            raise Unwelcome("the channel's keys cannot be had", 503) from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Unwelcome(f"not valid: {type(error).__name__}") from error
        return self._caller(claims)

    def _caller(self, claims: dict[str, Any]) -> Caller:
        expires_at, begins_at = _moment(claims["exp"]), _moment(claims["nbf"])
        if begins_at - SKEW > self._now():
            raise Unwelcome("not valid yet")
        service_url = claims.get("serviceurl")
        if not isinstance(service_url, str) or not service_url:
            raise Unwelcome("no service URL in the token")
        admitted = AuthenticateRequestResult()
        admitted.claims_identity = ClaimsIdentity(claims, True)
        admitted.audience = ISSUER
        admitted.connector_factory = NoConnectors()
        return Caller(service_url, expires_at, self._keys.generation, admitted)


def _moment(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unwelcome("a time that is no number")
    return float(value)


def _tenants(activity: Activity) -> set[Any]:
    """Return every tenant that the activity is said to happen in; all of them must be ours."""
    tenant = (activity.channel_data or {}).get("tenant")
    named = {
        activity.conversation.tenant_id,
        tenant.get("id") if isinstance(tenant, dict) and isinstance(tenant.get("id"), str) else None,
    }
    return named - {None}
