"""From what Graph answers, or fails to answer, to the errors of the ports."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from access.ports import AccessError, Blocked, Missing, NotDone, NotLicensed, NotYet, Refused, Unknown
from access.rules.causes import Cause
from bot.graph.pacer import Kind
from bot.retry_after import asked_wait

log = logging.getLogger("guestlist.graph")


class AlreadyThere(Refused):
    """What was to be added is there already; for a plan that is success."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusing answer. The message may hold ids and addresses: it is matched and never logged."""

    status: int
    code: str
    message: str
    trace: str
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class _Row:
    """One documented answer: every field that is set must fit; `text` is a part of the message."""

    error: type[AccessError]
    cause: Cause
    status: int
    kinds: frozenset[Kind] = frozenset(Kind)
    code: str = ""
    text: str = ""

    def fits(self, fault: Fault, kind: Kind) -> bool:
        return (
            fault.status == self.status
            and kind in self.kinds
            and self.code in {"", fault.code}
            and self.text.casefold() in fault.message.casefold()
        )


_INVITE = frozenset({Kind.INVITATION})
_WRITE = frozenset({Kind.WRITE})
_MAIL = frozenset({Kind.MAIL, Kind.SENDING})
_LOOK = frozenset({Kind.READ, Kind.REPORT})
_DENIED = "Authorization_RequestDenied"
_NO_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
_CROSS_TENANT = "cross-tenant access settings"

# The first row that fits counts. Texts stand only where Microsoft documents them or where field reports
# agree; a listed domain and an invalid address have no known text, so status and kind of call decide.
_ROWS = (
    _Row(Blocked, Cause.INVITATIONS_BLOCKED, 403, _INVITE, text="Invitations are blocked for this directory"),
    _Row(Refused, Cause.DOMAIN_REFUSED, 403, _INVITE, text=_CROSS_TENANT),
    _Row(Refused, Cause.DOMAIN_REFUSED, 400, _INVITE, text=_CROSS_TENANT),
    _Row(Refused, Cause.RIGHTS_MISSING, 403, _INVITE, code=_DENIED),
    _Row(Refused, Cause.RIGHTS_MISSING, 403, _INVITE, text="Generic authorization exception"),
    _Row(Refused, Cause.INVITATIONS_OFF, 403, _INVITE),
    _Row(Refused, Cause.ADDRESS_TAKEN, 400, _INVITE, text="already exists in the directory as object ID"),
    _Row(Refused, Cause.ADDRESS_REFUSED, 400, _INVITE),
    _Row(AlreadyThere, Cause.REFUSED, 400, _WRITE, text="Permission being assigned already exists"),
    _Row(AlreadyThere, Cause.REFUSED, 400, _WRITE, text="added object references already exist"),
    _Row(NotYet, Cause.REPLICATING, 400, _WRITE, text="Not a valid reference update"),
    _Row(Refused, Cause.GROUP_BARS_GUESTS, 403, _WRITE, _DENIED, "not allowed to join this Unified Group"),
    _Row(AlreadyThere, Cause.REFUSED, 409, _WRITE),
    _Row(Refused, Cause.MAIL_REFUSED, 400, _MAIL),
    _Row(Refused, Cause.SECURITY_DEFAULTS, 400, text="Security Defaults is enabled in the tenant"),
    _Row(NotLicensed, Cause.RIGHTS_MISSING, 403, _LOOK, code=_NO_PREMIUM),
    _Row(Refused, Cause.SIGN_IN_REFUSED, 401),
    _Row(Refused, Cause.RIGHTS_MISSING, 403),
)
_NOT_FOUND = frozenset({404, 410})
_UNREAD_COMPANY = "Unable to read the company information from the directory"
_ITEM_NOT_FOUND = "ErrorItemNotFound"


def fault_of(response: httpx.Response) -> Fault:
    """Read a refusing answer; a gateway's page, which is no Graph error, has neither code nor message."""
    try:
        body: Any = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    said: Mapping[str, Any] = error if isinstance(error, dict) else {}
    return Fault(
        status=response.status_code,
        code=str(said.get("code") or ""),
        message=str(said.get("message") or ""),
        trace=response.headers.get("request-id", ""),
        retry_after=asked_wait(response.headers),
    )


def error_for(fault: Fault, kind: Kind, missing: Cause) -> AccessError:
    """Return the port's error; `missing` says what a 404 means for this call."""
    error, cause = _classified(fault, kind, missing)
    # To wait for replication is a part of every delivery, and no news.
    log.log(
        logging.INFO if error is NotYet else logging.WARNING,
        "Graph refused a call",
        extra={
            "kind": kind.value,
            "status": fault.status,
            "code": fault.code,
            "cause": cause.value,
            "trace": fault.trace,
        },
    )
    text = f"Graph answered {fault.status} {fault.code}".rstrip()
    return error(cause, text, trace=fault.trace, retry_after=fault.retry_after)


def lost(error: httpx.RequestError, kind: Kind) -> AccessError:
    """Return what a call without an answer means: not sent surely did nothing, the rest is unknown."""
    log.warning("Graph gave no answer", extra={"kind": kind.value, "error": type(error).__name__})
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        return NotDone(Cause.UNAVAILABLE, "Graph could not be reached")
    return Unknown(Cause.UNAVAILABLE, "Graph's answer was lost")


def _classified(fault: Fault, kind: Kind, missing: Cause) -> tuple[type[AccessError], Cause]:
    if fault.status == httpx.codes.TOO_MANY_REQUESTS:
        return NotDone, Cause.THROTTLED
    if fault.status >= httpx.codes.INTERNAL_SERVER_ERROR or fault.status == httpx.codes.REQUEST_TIMEOUT:
        return Unknown, Cause.UNAVAILABLE
    if kind in {Kind.WRITE, Kind.READ} and fault.message.startswith(_UNREAD_COMPANY):
        return NotYet, Cause.REPLICATING
    if fault.status in _NOT_FOUND:
        if kind in _MAIL and fault.code != _ITEM_NOT_FOUND:
            return Refused, Cause.MAILBOX_GONE
        return Missing, missing
    row = next((row for row in _ROWS if row.fits(fault, kind)), None)
    return (row.error, row.cause) if row else (Refused, Cause.REFUSED)
