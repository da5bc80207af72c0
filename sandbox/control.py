"""The control paths under `/sandbox/`: look at the world, move switches, plan faults; `acts.py` acts."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.acts import ACTS, UnknownThing
from sandbox.entra.conditional import policies_of
from sandbox.entra.tenant import Json, Tenant, Thing
from sandbox.faults import BadRule, Rule
from sandbox.switches import UnknownSwitch

if TYPE_CHECKING:
    from sandbox.app import World

Handler = Callable[["World", web.Request], Awaitable[Any]]


async def act(world: "World", request: web.Request) -> Any:
    given = await request.json()
    if given.get("act") not in ACTS:
        raise UnknownThing(f"There is no act {given.get('act')!r}; there are {', '.join(ACTS)}.")
    ACTS[given["act"]](world.tenant, given)
    return {}


async def state(world: "World", _: web.Request) -> Any:
    """Return the directory as the page shows it."""
    tenant = world.tenant
    known: dict[str, list[Json]] = {"user": [], "group": [], "servicePrincipal": [], "orgContact": []}
    for thing in tenant.objects.values():
        if not thing.is_guest:
            known[thing.type].append({**thing.props, "key": thing.key, "members": thing.members})
    return {
        "tenant": world.story.raw["tenant"],
        "people": known["user"],
        "guests": [_guest(tenant, thing) for thing in tenant.objects.values() if thing.is_guest],
        "deleted": [thing.props for thing in tenant.deleted.values()],
        "apps": known["servicePrincipal"],
        "groups": known["group"],
        "policies": [
            {name: each[name] for name in ("id", "displayName", "state")} for each in policies_of(tenant)
        ],
        "locations": tenant.named_locations,
        "switches": world.switches.as_json(),
    }


def _guest(tenant: Tenant, guest: Thing) -> Json:
    mine = [a["resourceDisplayName"] for a in tenant.assignments.values() if a["principalId"] == guest.id]
    groups = [o.props["displayName"] for o in tenant.objects.values() if guest.id in o.members]
    return {**guest.props, "sponsors": guest.sponsors, "assignments": mine, "groups": groups}


async def ledger(world: "World", request: web.Request) -> Any:
    """Return the entries, of one kind or after a number if asked so."""
    kind, after = request.query.get("kind"), int(request.query.get("after", 0))
    return [e for e in world.ledger.as_json() if kind in (None, e["kind"]) and e["seq"] > after]


async def read_switches(world: "World", _: web.Request) -> Any:
    return world.switches.as_json()


async def set_switches(world: "World", request: web.Request) -> Any:
    for name, value in (await request.json()).items():
        world.switches.set(name, value)
    return world.switches.as_json()


async def add_fault(world: "World", request: web.Request) -> Any:
    world.faults.rules.append(Rule.of(await request.json()))
    return {"rules": len(world.faults.rules)}


async def clear_faults(world: "World", _: web.Request) -> Any:
    world.faults.clear()
    return {}


async def held(world: "World", _: web.Request) -> Any:
    return [{"id": one.id, "method": one.method, "path": one.path} for one in world.faults.held.values()]


async def release(world: "World", request: web.Request) -> Any:
    """Let the answer with the given id go, or all."""
    body = await request.json() if request.can_read_body else {}
    return {"released": world.faults.release(body.get("id"))}


async def reset(world: "World", _: web.Request) -> Any:
    await world.renew()
    return {}


PATHS: dict[tuple[str, str], Handler] = {
    ("GET", "state"): state,
    ("GET", "ledger"): ledger,
    ("GET", "switches"): read_switches,
    ("POST", "switches"): set_switches,
    ("POST", "faults"): add_fault,
    ("POST", "faults/clear"): clear_faults,
    ("GET", "held"): held,
    ("POST", "held/release"): release,
    ("POST", "act"): act,
    ("POST", "reset"): reset,
}


def routes(world: "World") -> list[web.RouteDef]:
    def bound(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                return web.json_response(await handler(world, request))
            except (UnknownThing, UnknownSwitch, BadRule, KeyError, json.JSONDecodeError) as error:
                return web.json_response({"error": str(error)}, status=400)

        return answer

    return [
        web.route(method, f"/sandbox/{path}", bound(handler)) for (method, path), handler in PATHS.items()
    ]
