"""What goes out: the default property sets, $select, $filter, $search, $orderby, $expand, paging."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.filters import Filter, fold
from sandbox.entra.granted import permissions
from sandbox.entra.tenant import Json, Tenant, Thing
from sandbox.story import DATA

TYPES: dict[str, Json] = json.loads((DATA / "properties.json").read_text(encoding="utf-8"))
TYPES.pop("_source")
MIXED = "directoryObject"
SETS = {"users": "user", "groups": "group", "servicePrincipals": "servicePrincipal", "contacts": "orgContact"}
LARGEST_PAGE, MOST_EXPANDED = 999, 20
COLLECTION_OPTIONS = ("$select", "$filter", "$search", "$orderby", "$expand", "$top", "$count", "$skiptoken")


def properties(kind: str) -> list[str]:
    return [*TYPES[kind]["default"], *TYPES[kind]["more"]]


def selected(kind: str, text: str | None) -> list[str]:
    """Return the properties that `$select` names, in the service's spelling, or the default set."""
    if not text:
        return list(TYPES[kind]["default"])
    kinds = SETS.values() if kind == MIXED else [kind]
    known = {name.lower(): name for each in kinds for name in properties(each)}
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name.lower() not in known:
            raise Refused("unknownProperty", name=name, type=kind)
    return list(dict.fromkeys(known[name.lower()] for name in names))


def row(kind: str, thing: Thing | Json) -> Json:
    """Return all properties of an object that the sandbox carries, null where it has none."""
    props = thing.props if isinstance(thing, Thing) else thing
    empty = TYPES[kind]["collections"]
    return {name: props.get(name, [] if name in empty else None) for name in properties(kind)}


def draw(kind: str, thing: Thing | Json, names: list[str], *, typed: bool = False) -> Json:
    """Return an object with exactly the named properties of its type; `typed` adds `@odata.type`."""
    full = row(kind, thing)
    tag = {"@odata.type": f"#microsoft.graph.{kind}"} if typed else {}
    return tag | {name: full[name] for name in names if name in full}


def _props(thing: Thing | Json) -> Json:
    return thing.props if isinstance(thing, Thing) else thing


def kind_of(thing: Thing | Json) -> str:
    return thing.type if isinstance(thing, Thing) else "appRoleAssignment"


def drawn(call: Call, kind: str, thing: Thing | Json) -> Json:
    """Return one object with what the call selects and expands."""
    own = kind_of(thing) if kind in (MIXED, "appRoleAssignment") else kind
    text = call.query.get("$select")
    names = selected(kind, text) if text or kind != MIXED else selected(own, None)
    shape = draw(own, thing, names, typed=kind == MIXED)
    if "signInActivity" in shape:
        shape["signInActivity"] = _activity(call, thing)
    return shape | expanded(call, own, thing)


def _activity(call: Call, user: Thing | Json) -> Json | None:
    """Return when somebody last signed in, for tenants that are licensed to know."""
    if not call.tenant.switches["auditPermission"]:
        raise Refused("auditDenied")
    if not call.tenant.switches["signInLicence"]:
        raise Refused("notPremium")
    now, mine = datetime.now(UTC), user.id if isinstance(user, Thing) else None
    read = [one for known_from, one in call.tenant.sign_ins if known_from <= now and one["userId"] == mine]
    through = [one["createdDateTime"] for one in read if not one["status"]["errorCode"]]
    if not read:
        return None
    return {
        "lastSignInDateTime": read[-1]["createdDateTime"],
        "lastNonInteractiveSignInDateTime": None,
        "lastSuccessfulSignInDateTime": through[-1] if through else None,
    }


def expanded(call: Call, kind: str, thing: Thing | Json) -> Json:
    """Return what `$expand` adds: one navigation, of which at most 20 objects come."""
    text = call.query.get("$expand")
    if not text:
        return {}
    found = re.fullmatch(r"(\w+)(?:\(\$select=([\w,]+)\))?", text.replace(" ", ""))
    if not found or found[1] not in TYPES[kind]["expand"] or not isinstance(thing, Thing):
        raise Refused(
            "badQuery", detail=f"Parsing OData Select and Expand failed: '{text}' cannot be expanded here."
        )
    things: list[Any] = list(related(call.tenant, thing, found[1]))[:MOST_EXPANDED]
    shapes = []
    for other in things:
        own = kind_of(other)
        names = (
            selected(MIXED if isinstance(other, Thing) else own, found[2])
            if found[2]
            else selected(own, None)
        )
        shapes.append(draw(own, other, names, typed=isinstance(other, Thing)))
    if found[1] == "manager":
        return {"manager": shapes[0]} if shapes else {}
    return {found[1]: shapes}


def related(tenant: Tenant, thing: Thing, name: str) -> Iterable[Thing | Json]:
    """Return what a navigation of an object leads to, as far as reads can see it."""
    if name in ("appRoleAssignments", "appRoleAssignedTo"):
        return _assignments(tenant, thing, to=name == "appRoleAssignedTo")
    if name in ("ownedObjects", "memberOf"):  # asked for often, also where there are thousands of objects
        whose = "owners" if name == "ownedObjects" else "members"
        found = (o for o in tenant.objects.values() if o.type != "user" and thing.id in getattr(o, whose))
        return [o for o in found if o.known_at <= tenant.clock()]
    match name:
        case "manager":
            return _known(tenant, [thing.manager] if thing.manager else [])
        case "transitiveMemberOf":
            return _upwards([o for o in tenant.known() if o.type != "user"], thing.id)
        case "transitiveMembers":
            return _downwards(tenant, thing)
        case _:
            return _known(tenant, getattr(thing, name))


def _known(tenant: Tenant, ids: Iterable[str]) -> list[Thing]:
    """Return those that reads can see by now; looked up, for there may be thousands of others."""
    now = tenant.clock()
    return [o for o in map(tenant.objects.get, ids) if o is not None and o.known_at <= now]


def _assignments(tenant: Tenant, thing: Thing, *, to: bool) -> list[Json]:
    """Return who is assigned to an app, or what somebody is assigned to, also through their groups."""
    if not to and thing.id == tenant.story.bot["servicePrincipalId"]:
        return permissions(tenant)
    if to:
        return [a for a in tenant.assignments.values() if a["resourceId"] == thing.id]
    principals = {thing.id, *(o.id for o in tenant.objects.values() if thing.id in o.members)}
    return [a for a in tenant.assignments.values() if a["principalId"] in principals]


def _upwards(groups: list[Thing], member: str) -> list[Thing]:
    found = {o.id: o for o in groups if member in o.members}
    more = {o.id: o for each in found for o in _upwards(groups, each)}
    return list((found | more).values())


def _downwards(tenant: Tenant, group: Thing) -> list[Thing]:
    members = {o.id: o for o in _known(tenant, group.members)}
    more = {o.id: o for each in members.values() for o in _downwards(tenant, each)}
    return list((members | more).values())


def one(call: Call, kind: str, thing: Thing | Json, context: str) -> Answer:
    call.allow("$select", "$expand")
    return Answer(body={"@odata.context": call.context(f"{context}/$entity"), **drawn(call, kind, thing)})


def many(call: Call, kind: str, things: Iterable[Thing | Json], context: str) -> Answer:
    """Return one page of a collection."""
    call.allow(*COLLECTION_OPTIONS)
    found = ordered(call, kind, narrowed(call, kind, things))
    body: Json = {"@odata.context": call.context(context)}
    if call.query.get("$count") == "true" and call.eventual:
        body["@odata.count"] = len(found)
    body["value"] = [drawn(call, kind, each) for each in page(call, body, found)]
    return Answer(body=body)


def page_size(call: Call) -> int:
    top = call.query.get("$top", "")
    if top and not (top.isdigit() and 1 <= int(top) <= LARGEST_PAGE):
        raise Refused(
            "badQuery", detail=f"Invalid page size specified: '{top}'. Must be between 1 and 999 inclusive."
        )
    return int(top or call.tenant.switches["pageSize"])


def page(call: Call, body: Json, found: list[Any]) -> list[Any]:
    """Return the objects of the page that is asked for, and put the link to the next one into the body."""
    size, token = page_size(call), call.query.get("$skiptoken", "m~0")
    if not re.fullmatch(r"m~\d+", token):
        raise Refused("badQuery", detail="The skip token is not valid.")
    start = int(token[2:])
    if len(found) > start + size:
        body["@odata.nextLink"] = call.link(**{**call.query, "$skiptoken": f"m~{start + size}"})
    return found[start : start + size]


def narrowed(call: Call, kind: str, things: Iterable[Thing | Json]) -> list[Thing | Json]:
    """Return what `$filter` and `$search` leave, refusing what needs a header that is not there."""
    query = call.query
    parsed = Filter(query["$filter"], TYPES[kind]["filter"]) if "$filter" in query else None
    advanced = parsed is not None and (parsed.advanced or "$orderby" in query or kind == MIXED)
    if advanced and not (call.eventual and query.get("$count") == "true"):
        raise Refused(
            "unsupportedQuery",
            detail="This query needs the header 'ConsistencyLevel: eventual' and '$count=true'.",
        )
    found = [each for each in things if parsed.matches(_props(each))] if parsed else list(things)
    if "$search" in query:
        if not call.eventual:
            raise Refused(
                "unsupportedQuery",
                detail="Request with $search query parameter only works through "
                "MSGraph with a special request header: 'ConsistencyLevel: eventual'",
            )
        clauses = _search(kind, query["$search"])
        found = [each for each in found if any(_hit(row(_own(kind, each), each), c) for c in clauses)]
    return found


def _own(kind: str, thing: Thing | Json) -> str:
    return kind_of(thing) if kind == MIXED else kind


def _search(kind: str, text: str) -> list[tuple[str, str]]:
    """Read `"displayName:words" OR "mail:words"`."""
    clauses = []
    for part in re.split(r"\s+OR\s+", text.strip()):
        found = re.fullmatch(r'"(\w+):(.*)"', part)
        if not found or found[1] not in TYPES[kind]["search"]:
            raise Refused("badQuery", detail=f"Unsupported or malformed $search clause: {part}")
        clauses.append((found[1], found[2]))
    return clauses


def _hit(full: Json, clause: tuple[str, str]) -> bool:
    """Tell whether every word of the clause begins a word of the property, as the directory's search does."""
    words = re.split(r"[\W_]+", fold(full[clause[0]] or ""))
    return all(any(word.startswith(w) for word in words) for w in re.split(r"[\W_]+", fold(clause[1])) if w)


def ordered(call: Call, kind: str, found: list[Thing | Json]) -> list[Thing | Json]:
    text = call.query.get("$orderby")
    if not text:
        return found
    name, _, direction = text.strip().partition(" ")
    if name not in TYPES[kind]["orderby"] or direction.strip().lower() not in ("", "asc", "desc"):
        raise Refused("badQuery", detail=f"Unsupported sort: '{text}'.")
    return sorted(
        found, key=lambda each: fold(row(kind, each)[name] or ""), reverse=direction.strip().lower() == "desc"
    )
