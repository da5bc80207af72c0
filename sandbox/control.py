"""The control paths under `/sandbox/`: look at the world, move switches, plan faults, change things directly.

`POST /sandbox/act {"act": name, …}` does what others than Guestlist do. With an `address` or `id`: `accept`,
`deleteGuest`, `setProperties` (`properties`, of a group also `guestsAllowed`), `removeMember` (of a
`group`), `removeAssignment` (of `app`); with a `person`: `disable`, `enable`, `removeOwner` (of an `app` or a
`group`); with an `app`: `deleteApp`; with a `group`: `deleteGroup`. Story keys and object ids name things.
What an admin does in the portal is in the audit log under the person `by`, Isaiah unless said otherwise, also
`addMember` and `assign` (`role`, an object id). `eraseAudits` (`activity` of `data/audits.json`, `id`) loses
entries, `addAudits` (`count`, `group`, `person`) makes many of others. `reinvite` invites a guest again, so
that earlier links die, `invite` somebody who is not there yet; `signIn` (`code`, `app`, `count`) notes how
sign-ins ended; `addContact` takes `name` and `mail`.
`ageSubscriptions` (`minutes`) lets subscriptions come nearer to their end, `dropSubscriptions` takes them
away and says so, `sayOfSubscriptions` (`event`) says something of them.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiohttp import web

from sandbox.entra import audits
from sandbox.entra.access import who
from sandbox.entra.invitations import guest_properties
from sandbox.entra.signins import signed_in
from sandbox.entra.tenant import Json, Tenant, Thing
from sandbox.faults import BadRule, Rule
from sandbox.switches import UnknownSwitch

if TYPE_CHECKING:
    from sandbox.app import World

Handler = Callable[["World", web.Request], Awaitable[Any]]


class UnknownThing(ValueError):
    """Nothing has the key, id or address that was given."""


def named(tenant: Tenant, given: Json, *kinds: str) -> Thing:
    """Return the thing that a body names under one of these names."""
    for kind in kinds:
        key = str(given.get(kind, "")).lower()
        found = (o for o in tenant.objects.values() if key and key in {o.id, o.key.lower(), *o.addresses()})
        for thing in found:
            return thing
    raise UnknownThing(f"Nothing in the directory is named by {given!r}.")


def accept(tenant: Tenant, given: Json) -> None:
    guest = named(tenant, given, "address", "id")
    to_be = {each["address"]: each["identityProvider"] for each in tenant.story.raw["guestsToBe"]}
    tenant.accept(guest, to_be.get(guest.props["mail"], "mail"))


def _admin(tenant: Tenant, given: Json) -> Json:
    return audits.by_person(named(tenant, {"person": given.get("by", "isaiah")}, "person"))


def delete(tenant: Tenant, given: Json) -> None:
    thing = named(tenant, given, "address", "id", "app", "group")
    tenant.remove(thing)
    if thing.type == "user":
        audits.of_user("deleted", tenant, thing, _admin(tenant, given))


def add_member(tenant: Tenant, given: Json) -> None:
    group, member = named(tenant, given, "group"), named(tenant, given, "address", "id", "person")
    group.members.append(member.id)
    tenant.ledger.record("member.added", group=group.props["displayName"], **who(member))
    audits.joined(tenant, group, member, _admin(tenant, given))


def assign(tenant: Tenant, given: Json) -> None:
    app, principal = named(tenant, given, "app"), named(tenant, given, "address", "id", "person", "group")
    tenant.assign(principal, app, given["role"])
    audits.assigned(tenant, app, principal, given["role"], _admin(tenant, given))


def erase_audits(tenant: Tenant, given: Json) -> None:
    tenant.audits.erase(given["activity"], given["id"])


def add_audits(tenant: Tenant, given: Json) -> None:
    group, person = named(tenant, given, "group"), named(tenant, given, "person")
    for _ in range(int(given["count"])):
        audits.joined(tenant, group, person, _admin(tenant, given))


def reinvite(tenant: Tenant, given: Json) -> None:
    guest = named(tenant, given, "address", "id")
    address = guest.props["mail"]
    made = tenant.invite(guest, address, "https://myapplications.microsoft.com/")
    tenant.ledger.record("invitation.byHand", guest=guest.id, address=address)
    audits.invited(tenant, guest, address, made.id, repeated=True, by=_admin(tenant, given))


def invite(tenant: Tenant, given: Json) -> None:
    """Invite somebody in the portal whom the directory does not know yet."""
    address = str(given["address"]).lower()
    if tenant.by_address(address) is not None:
        raise UnknownThing(f"{address} is in the directory: use reinvite.")
    guest = tenant.new_guest(guest_properties(tenant, address, None), [], "user.byHand")
    made = tenant.invite(guest, address, "https://myapplications.microsoft.com/")
    audits.invited(tenant, guest, address, made.id, repeated=False, by=_admin(tenant, given))


def sign_in(tenant: Tenant, given: Json) -> None:
    app = named(tenant, given, "app") if "app" in given else None
    for _ in range(given.get("count", 1)):
        signed_in(tenant, named(tenant, given, "address", "id"), int(given["code"]), app)


def add_contact(tenant: Tenant, given: Json) -> None:
    mail = str(given["mail"])
    props = {
        "id": str(uuid4()),
        "displayName": given["name"],
        "mail": mail,
        "proxyAddresses": [f"SMTP:{mail}"],
    }
    tenant.add(Thing("orgContact", props))


def _enable(tenant: Tenant, given: Json, *, enabled: bool) -> None:
    person = named(tenant, given, "person", "address", "id")
    person.props["accountEnabled"] = enabled
    tenant.changed(person)
    tenant.ledger.record("user.enabled" if enabled else "user.disabled", id=person.id)


def remove_member(tenant: Tenant, given: Json) -> None:
    group, member = named(tenant, given, "group"), named(tenant, given, "address", "id", "person")
    group.members.remove(member.id)
    tenant.ledger.record("member.removed", group=group.props["displayName"], **who(member))
    audits.joined(tenant, group, member, _admin(tenant, given), "left")


def remove_owner(tenant: Tenant, given: Json) -> None:
    thing, owner = named(tenant, given, "app", "group"), named(tenant, given, "person")
    thing.owners.remove(owner.id)
    tenant.ledger.record("owner.removed", of=thing.props["displayName"], person=owner.id)


def remove_assignment(tenant: Tenant, given: Json) -> None:
    app, principal = named(tenant, given, "app"), named(tenant, given, "address", "id", "person", "group")
    for key, each in list(tenant.assignments.items()):
        if (each["principalId"], each["resourceId"]) == (principal.id, app.id):
            del tenant.assignments[key]
            tenant.ledger.record("assignment.removed", **who(principal), app=app.props["displayName"])
            audits.unassigned(tenant, app, principal, each["appRoleId"], _admin(tenant, given))


def set_properties(tenant: Tenant, given: Json) -> None:
    thing = named(tenant, given, "address", "id", "person", "app", "group")
    properties = dict(given["properties"])
    thing.guests_allowed = properties.pop("guestsAllowed", thing.guests_allowed)
    thing.props |= properties
    tenant.changed(thing)


def age_subscriptions(tenant: Tenant, given: Json) -> None:
    if tenant.subscribed is not None:
        tenant.subscribed.age(timedelta(minutes=given["minutes"]))


def say_of_subscriptions(tenant: Tenant, given: Json) -> None:
    if tenant.subscribed is not None:
        tenant.subscribed.event(given["event"])


def drop_subscriptions(tenant: Tenant, _: Json) -> None:
    if tenant.subscribed is not None:
        tenant.subscribed.drop()


ACTS: dict[str, Callable[[Tenant, Json], None]] = {
    "accept": accept,
    "addContact": add_contact,
    "addAudits": add_audits,
    "addMember": add_member,
    "ageSubscriptions": age_subscriptions,
    "assign": assign,
    "dropSubscriptions": drop_subscriptions,
    "eraseAudits": erase_audits,
    "invite": invite,
    **dict.fromkeys(("deleteGuest", "deleteApp", "deleteGroup"), delete),
    "disable": lambda tenant, given: _enable(tenant, given, enabled=False),
    "enable": lambda tenant, given: _enable(tenant, given, enabled=True),
    "reinvite": reinvite,
    "removeMember": remove_member,
    "removeAssignment": remove_assignment,
    "removeOwner": remove_owner,
    "sayOfSubscriptions": say_of_subscriptions,
    "setProperties": set_properties,
    "signIn": sign_in,
}


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
        "apps": known["servicePrincipal"],
        "groups": known["group"],
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
