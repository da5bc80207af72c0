"""What `/healthz` and `/readyz` say, from memory alone: a database that hangs makes no probe hang."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from bot.credential import Standing

if TYPE_CHECKING:
    from bot.process import Guestlist

LATE = 300.0
"""Seconds by which a due job may be late before somebody should look why."""
_UNREAD = 900.0
Check = Mapping[str, str | float]


def checks_of(guestlist: "Guestlist") -> dict[str, Check]:
    """Return what each thing that Guestlist stands on is like; `ok`, `degraded`, or not known."""
    worker, unread = guestlist.worker, guestlist.readers.unread_for
    standing = guestlist.standing()
    silence = min(worker.silence, 1e9)
    most = max(_UNREAD, 10 * guestlist.settings.delta_seconds)
    signed_in = {Standing.SIGNED_IN: "ok", Standing.UNASKED: "unknown"}.get(standing, "degraded")
    delta: Check = {"status": "unknown" if guestlist.readers.unknown_for <= most else "degraded"}
    if unread is not None:
        delta = {"status": _of(well=unread <= most), "unread_for": round(unread, 1)}
    return {
        "database": {"status": _of(well=not guestlist.is_silent), "silent_for": round(silence, 1)},
        "queue": {"status": _of(well=worker.late_by <= LATE), "late_by": round(worker.late_by, 1)},
        "credential": {"status": signed_in, "standing": standing.value},
        "delta": delta,
    }


def _of(*, well: bool) -> str:
    return "ok" if well else "degraded"


def health_routes(guestlist: "Guestlist") -> list[web.RouteDef]:
    """Return `/healthz` (no restart is needed) and `/readyz` (turns are taken and jobs run; else why not)."""

    async def alive(_: web.Request) -> web.Response:
        why = guestlist.unwell()
        return web.json_response({"status": why or "alive"}, status=503 if why else 200)

    async def is_ready(_: web.Request) -> web.Response:
        why, checks = guestlist.unready(), checks_of(guestlist)
        degraded = any(one["status"] == "degraded" for one in checks.values())
        said = why or ("degraded" if degraded else "ready")
        return web.json_response({"status": said, "checks": checks}, status=503 if why else 200)

    return [web.get("/healthz", alive), web.get("/readyz", is_ready)]
