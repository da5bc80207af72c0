"""The doctor's look at addresses: Entra's, Graph's clock, the channel's keys, and Guestlist's own."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import jwt

from access.ports import AccessError
from bot.commands.doctor_store import APART
from bot.commands.examined import Item, broken, not_checked, note, ok
from bot.credential import Credential
from bot.graph.notified import CHANGED
from bot.settings import CredentialKind, Settings
from bot.teams.connector import SCOPE
from bot.teams.keys import ChannelKeys, KeysUnreachable

MESSAGES = "/api/messages"
_PATIENCE = aiohttp.ClientTimeout(total=10)
_UNAUTHORIZED = 401
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to ask, not to listen


async def examined(
    settings: Settings, credential: Credential, host: Callable[[], datetime]
) -> Sequence[Item]:
    async with aiohttp.ClientSession(timeout=_PATIENCE) as http:
        return await asyncio.gather(
            _token("sign-in", f"{settings.graph_url}/.default", settings, credential),
            _token("bot-token", SCOPE, settings, credential),
            _clock(http, settings, host),
            _keys(http, settings),
            _process(http, settings),
            _public(http, settings),
            _endpoint(http, settings),
        )


async def _token(name: str, scope: str, settings: Settings, credential: Credential) -> Item:
    """Have a token as Guestlist does, and see in it that it is for this application and tenant."""
    if settings.credential is CredentialKind.STATIC:
        return not_checked(name, "the credential is a fixed token, which no Entra has issued")
    try:
        token = await credential.get_token(scope)
    except AccessError as error:
        remedy = "See GUESTLIST_CREDENTIAL and what it needs, the ids of app and tenant, and the network"
        return broken(name, f"no token for {scope} can be had: {str(error).rstrip('.')}", remedy)
    wrong = _of_another(token.token, settings)
    if wrong:
        return broken(
            name, wrong, "Give the bot's own identity as the credential, of the tenant that it serves"
        )
    return ok(name, f"Entra gives a token for {scope}")


def _of_another(token: str, settings: Settings) -> str:
    """Return whose token it is where it is not ours; what cannot be read is not ours to judge."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return ""
    app, tenant = str(claims.get("appid") or settings.app_id), str(claims.get("tid") or settings.tenant_id)
    if app.lower() != settings.app_id:
        return f"the token is for the application {app}, and GUESTLIST_APP_ID names another"
    if tenant.lower() != settings.tenant_id:
        return f"the token is for the tenant {tenant}, and GUESTLIST_TENANT_ID names another"
    return ""


async def _clock(http: aiohttp.ClientSession, settings: Settings, host: Callable[[], datetime]) -> Item:
    """Compare with the date of an answer of Graph's; without a token it says no, and what time it is."""
    name, begun = "clock", time.monotonic()
    try:
        async with http.get(f"{settings.graph_url}/v1.0/organization", allow_redirects=False) as answer:
            theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (aiohttp.ClientError, TimeoutError) as error:
        remedy = "See that this computer reaches it, through its firewall and proxy"
        return broken(name, f"{settings.graph_url} cannot be reached ({_kind(error)})", remedy)
    except ValueError:
        return not_checked(name, "the answer says no date")
    apart = host() - timedelta(seconds=(time.monotonic() - begun) / 2) - theirs
    if abs(apart) > APART:
        way = "ahead of" if apart > timedelta() else "behind"
        because = f"this computer's clock is {abs(apart).total_seconds():,.0f} s {way} Microsoft Graph's"
        return broken(
            name, because, "Have this computer follow a time server (NTP): tokens and terms count by it"
        )
    return ok(name, f"it agrees with Microsoft Graph's within {APART.seconds} s")


async def _keys(http: aiohttp.ClientSession, settings: Settings) -> Item:
    """Fetch what signs Teams' activities, as Guestlist does."""
    name, keys = "channel-keys", ChannelKeys(http, settings.channel_openid_url, time.monotonic)
    try:
        await keys.find("")
    except KeysUnreachable:
        remedy = "See that this computer reaches it, and what GUESTLIST_CHANNEL_OPENID_URL says"
        return broken(name, f"no keys can be had by {settings.channel_openid_url}", remedy)
    finally:
        await keys.close()
    return ok(name, f"{settings.channel_openid_url} and the keys that it names can be read")


async def _process(http: aiohttp.ClientSession, settings: Settings) -> Item:
    """Ask whether a Guestlist of these settings runs on this computer, which it need not."""
    name = "process"
    where = f"http://{_ANYWHERE.get(settings.host, settings.host)}:{settings.port}"
    try:
        async with http.get(f"{where}/readyz") as answer:
            said = str((await answer.json())["status"])
    except aiohttp.ClientConnectorError:
        return not_checked(name, f"no Guestlist runs at {where}")
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
        remedy = "See what else uses this port, or change GUESTLIST_PORT"
        return broken(name, f"what answers at {where} is no Guestlist ({_kind(error)})", remedy)
    if answer.ok:
        return ok(name, f"the one at {where} is ready")
    return broken(name, f"the one at {where} is not ready: {said}", "See its log, and the items above")


async def _public(http: aiohttp.ClientSession, settings: Settings) -> Item:
    """Go through the handshake that Graph begins a subscription with, from this computer."""
    name, url = "public-url", settings.public_url
    if not url:
        said = f"GUESTLIST_PUBLIC_URL is not set, so who accepts is noticed within {settings.delta_seconds} s"
        return note(name, said)
    token = secrets.token_urlsafe(16)
    try:
        async with http.post(f"{url}{CHANGED}", params={"validationToken": token}) as answer:
            echoed, status = (await answer.content.read(1024)).decode(errors="replace"), answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        return broken(name, f"{url} cannot be reached from here ({_kind(error)})", _PROXY)
    if echoed != token:
        return broken(name, f"what answers at {url}{CHANGED} is no Guestlist (status {status})", _PROXY)
    return ok(name, f"{url} is reached from here and answers Graph's handshake")


_PROXY = "See GUESTLIST_PUBLIC_URL, and that what stands before Guestlist passes everything below it on"


async def _endpoint(http: aiohttp.ClientSession, settings: Settings) -> Item:
    """Post what nobody signed, which a bot's endpoint turns away."""
    name, url = "bot-endpoint", settings.public_url
    if not url:
        return not_checked(name, "GUESTLIST_PUBLIC_URL is not set, and what Azure posts to cannot be read")
    try:
        async with http.post(f"{url}{MESSAGES}", json={}) as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        return broken(name, f"{url}{MESSAGES} cannot be reached from here ({_kind(error)})", _PROXY)
    if status != _UNAUTHORIZED:
        because = f"{url}{MESSAGES} answers {status} to who has no token, and a bot's endpoint 401"
        return broken(name, because, _PROXY)
    return ok(name, f"{url}{MESSAGES} turns away who has no token; it is what the Azure bot has to name")


def _kind(error: Exception) -> str:
    return type(error).__name__
