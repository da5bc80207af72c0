"""A session that sends no write for whoever may have lost the job: the last look before anything leaves."""

from types import SimpleNamespace

import aiohttp

from access.ports import LeaseLost, check_lease


def guarded(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Return one over the same connections that asks for the lease; close it before the other.

    Asked when the connection stands, and again in the step that writes: that may come a turn of the event
    loop later, and a process that was stopped in between has been succeeded by another.
    """

    async def ask(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        del context
        check_lease()

    look = aiohttp.TraceConfig()
    look.on_connection_create_end.append(ask)
    look.on_connection_reuseconn.append(ask)
    look.on_request_chunk_sent.append(ask)
    return aiohttp.ClientSession(
        connector=session.connector,
        connector_owner=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=session.auto_decompress,
        trace_configs=[*session.trace_configs, look],
    )


def lost_lease(error: BaseException) -> LeaseLost | None:
    """Return the loss that a session's error was made of, which it wraps where it has begun to write."""
    cause = error.__cause__
    return cause if cause is None or isinstance(cause, LeaseLost) else lost_lease(cause)
