"""Reading the directory: lists, counts, single objects and their navigations, the same way for every kind."""

import re
from collections.abc import Iterable, Iterator

from sandbox.entra import audits
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.called import only_addresses
from sandbox.entra.filters import only_ids
from sandbox.entra.shaping import MIXED, SETS, kind_of, many, narrowed, one, related
from sandbox.entra.tenant import Json, Thing

MOST_IDS = 1000

NAVIGATIONS = {
    "users": ("memberOf", "transitiveMemberOf", "ownedObjects", "sponsors", "appRoleAssignments"),
    "groups": (
        "owners",
        "members",
        "memberOf",
        "transitiveMemberOf",
        "transitiveMembers",
        "appRoleAssignments",
    ),
    "servicePrincipals": ("owners", "appRoleAssignedTo", "appRoleAssignments"),
}
REFERENCE = re.compile(
    r"/(?:directoryObjects|users|groups|servicePrincipals)(?:/|\(')([0-9a-fA-F-]{36})(?:'\))?$"
)


def first_segment(call: Call) -> str:
    return re.split(r"[/(]", call.route)[1]


def list_set(call: Call) -> Answer:
    name, tenant = first_segment(call), call.tenant
    kind, asked = SETS[name], call.query.get("$filter", "")
    ids: Iterable[str] | None = only_ids(asked)
    if ids is None and (addresses := only_addresses(asked)) is not None:
        ids = tenant.called.ids(addresses)
    named = [found for each in dict.fromkeys(ids or ()) if (found := tenant.find(kind, each))]
    return many(call, kind, tenant.known(kind) if ids is None else named, name)


def count_set(call: Call) -> Answer:
    call.allow("$filter", "$search")
    if not call.eventual:
        raise Refused("unsupportedQuery", detail="$count needs the header 'ConsistencyLevel: eventual'.")
    call.query["$count"] = "true"
    kind = SETS[first_segment(call)]
    return Answer(body=str(len(narrowed(call, kind, call.tenant.known(kind)))))


def get_one(call: Call) -> Answer:
    name = first_segment(call)
    return one(call, SETS[name], call.thing(SETS[name]), name)


def get_app_by_app_id(call: Call) -> Answer:
    apps = (o for o in call.tenant.known("servicePrincipal") if o.props["appId"] == call.args["appId"])
    app = next(apps, None)
    if app is None:
        raise Refused("notFound", id=call.args["appId"])
    return one(call, app.type, app, "servicePrincipals")


def get_manager(call: Call) -> Answer:
    for manager in related(call.tenant, call.thing("user"), "manager"):
        return one(call, MIXED, manager, MIXED + "s")
    raise Refused("notFound", id="manager")


def list_navigation(call: Call) -> Answer:
    """List what an object refers to; a cast such as `graph.user` leaves one kind of it."""
    set_name, name = first_segment(call), call.route.split("/")[3]
    thing = call.thing(SETS[set_name])
    things = list(related(call.tenant, thing, name))
    if name.startswith("appRole"):
        return many(call, "appRoleAssignment", things, f"{set_name}('{thing.id}')/{name}")
    cast = call.args.get("cast", "").rpartition(".")[2]
    if not cast:
        return many(call, MIXED, things, f"{MIXED}s")
    kind = next((kind for kind in SETS.values() if kind.lower() == cast.lower()), None)
    if kind is None:
        raise Refused("unknownPath", segment=call.args["cast"])
    return many(call, kind, [each for each in things if kind_of(each) == kind], f"{kind}s")


def get_by_ids(call: Call) -> Answer:
    """Return the objects of these ids and types that there are; the others are left out in silence."""
    ids, types = call.body().get("ids"), call.body().get("types") or []
    if not isinstance(ids, list) or len(ids) > MOST_IDS:
        raise Refused("badBody")
    wanted = {str(one).lower() for one in ids}
    found: list[Thing | Json] = [
        thing
        for thing in call.tenant.known()
        if thing.id.lower() in wanted and (not types or kind_of(thing) in types)
    ]
    return many(call, MIXED, found, f"{MIXED}s")


def referred(call: Call, body: Json) -> Thing:
    """Return the object that a `$ref` body names."""
    return next(bound(call, [body.get("@odata.id")]))


def bound(call: Call, links: list[object]) -> Iterator[Thing]:
    """Return the objects that links such as `…/directoryObjects/{id}` name, all of them or a refusal."""
    things = []
    for link in links:
        found = REFERENCE.search(link) if isinstance(link, str) else None
        if not found:
            raise Refused(
                "badRequest", detail="A reference needs an @odata.id that names one directory object."
            )
        thing = call.tenant.objects.get(found[1].lower())
        if thing is None or thing.known_at > call.tenant.clock():
            raise Refused("notFound", id=found[1])
        if not call.tenant.referable(thing):
            raise Refused("badReference")
        things.append(thing)
    return iter(things)


def deleted_users(call: Call) -> Answer:
    return many(call, "user", call.tenant.deleted.values(), "users")


def _deleted(call: Call) -> Thing:
    thing = call.tenant.deleted.get(call.args["id"].lower())
    if thing is None:
        raise Refused("notFound", id=call.args["id"])
    return thing


def deleted_one(call: Call) -> Answer:
    return one(call, MIXED, _deleted(call), MIXED + "s")


def deleted_user(call: Call) -> Answer:
    return one(call, "user", _deleted(call), "users")


def restore(call: Call) -> Answer:
    thing = _deleted(call)
    call.tenant.restore(thing)
    audits.of_user("restored", call.tenant, thing, audits.by_app(call.tenant))
    return one(call, MIXED, thing, MIXED + "s")


def delete_for_good(call: Call) -> Answer:
    call.tenant.purge(_deleted(call))
    return Answer(204)


def list_organization(call: Call) -> Answer:
    call.allow("$select")
    tenant = call.tenant.story.raw["tenant"]
    default, initial = tenant["verifiedDomains"][0], tenant["initialDomain"]
    domains = [
        {"name": name, "isDefault": name == default, "isInitial": name == initial, "type": "Managed"}
        for name in tenant["verifiedDomains"]
    ]
    return many(call, "organization", [{**tenant, "verifiedDomains": domains}], "organization")


ROUTES = [
    ("POST", "/directoryObjects/getByIds", get_by_ids),
    *[("GET", f"/{name}", list_set) for name in SETS],
    *[("GET", f"/{name}/$count", count_set) for name in SETS],
    ("GET", "/servicePrincipals(appId='{appId}')", get_app_by_app_id),
    *[("GET", f"/{name}/{{id}}", get_one) for name in SETS],
    ("GET", "/users/{id}/manager", get_manager),
    *[
        route
        for name, navigations in NAVIGATIONS.items()
        for each in navigations
        for route in (
            ("GET", f"/{name}/{{id}}/{each}", list_navigation),
            ("GET", f"/{name}/{{id}}/{each}/{{cast}}", list_navigation),
        )
        if not (each.startswith("appRole") and "cast" in route[1])
    ],
    ("GET", "/directory/deletedItems/graph.user", deleted_users),
    ("GET", "/directory/deletedItems/microsoft.graph.user", deleted_users),
    ("GET", "/directory/deletedItems/{id}", deleted_one),
    ("GET", "/directory/deletedItems/{id}/graph.user", deleted_user),
    ("GET", "/directory/deletedItems/{id}/microsoft.graph.user", deleted_user),
    ("POST", "/directory/deletedItems/{id}/restore", restore),
    ("DELETE", "/directory/deletedItems/{id}", delete_for_good),
    ("GET", "/organization", list_organization),
]
