"""What gives access: app role assignments, group memberships, and the bot's app for a person."""

import re
from uuid import UUID

from sandbox.entra import audits
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.directory import bound, first_segment, referred
from sandbox.entra.granted import needs
from sandbox.entra.shaping import SETS, TYPES, many, one
from sandbox.entra.tenant import NO_ROLE, Json, Thing

MOST_BOUND = 20
MEMBER_TYPES = {"user": "User", "group": "User", "servicePrincipal": "Application"}


def who(thing: Thing) -> Json:
    """Return how the ledger names a principal: a guest with the address, others by object id alone."""
    return {"guest": thing.id, "address": thing.props["mail"]} if thing.is_guest else {"principal": thing.id}


def _guid(body: Json, name: str) -> str:
    try:
        return str(UUID(str(body[name])))
    except (KeyError, ValueError) as error:
        raise Refused("badRequest", detail=f"'{name}' is required and must be an object id.") from error


def assign(call: Call) -> Answer:
    """Assign a principal to an app, from either end."""
    needs(call, "AppRoleAssignment.ReadWrite.All")
    here, body = call.thing(SETS[first_segment(call)]), call.body()
    principal_id, resource_id, role = (_guid(body, n) for n in ("principalId", "resourceId", "appRoleId"))
    if here.id != (resource_id if call.route.endswith("appRoleAssignedTo") else principal_id):
        raise Refused("badRequest", detail="The ids in the path and in the body must name the same object.")
    tenant = call.tenant
    principal, app = tenant.objects.get(principal_id), tenant.find("servicePrincipal", resource_id)
    if app is None:
        raise Refused("notFound", id=resource_id)
    if principal is None or not tenant.referable(principal):
        raise Refused("badReference")
    _check_role(app, principal, role)
    for each in tenant.assignments.values():
        if (each["principalId"], each["resourceId"], each["appRoleId"]) == (principal_id, resource_id, role):
            raise Refused("assignedAlready")
    assignment = tenant.assign(principal, app, role)
    audits.assigned(tenant, app, principal, role, audits.by_app(tenant))
    call.world.ledger.record(
        "assignment.created",
        assignment=assignment["id"],
        **who(principal),
        app=app.props["displayName"],
        role=role,
    )
    return Answer(201, {"@odata.context": call.context("appRoleAssignments/$entity"), **assignment})


def _check_role(app: Thing, principal: Thing, role: str) -> None:
    """Refuse a role that the app does not offer; no role at all is for apps that have none for this kind."""
    kind = MEMBER_TYPES[principal.type]
    offered = [r["id"] for r in app.props["appRoles"] if r["isEnabled"] and kind in r["allowedMemberTypes"]]
    if role not in (offered or [NO_ROLE]):
        raise Refused("roleNotFound", app=app.props["appId"])


def _assignment(call: Call) -> Json:
    here = call.thing(SETS[first_segment(call)])
    end = "resourceId" if "appRoleAssignedTo" in call.route else "principalId"
    assignment = call.tenant.assignments.get(call.args["assignment"])
    if assignment is None or assignment[end] != here.id:
        raise Refused("notFound", id=call.args["assignment"])
    return assignment


def get_assignment(call: Call) -> Answer:
    return one(call, "appRoleAssignment", _assignment(call), "appRoleAssignments")


def remove_assignment(call: Call) -> Answer:
    assignment = _assignment(call)
    del call.tenant.assignments[assignment["id"]]
    tenant, app = call.tenant, assignment["resourceDisplayName"]
    principal, resource = tenant.objects[assignment["principalId"]], tenant.objects[assignment["resourceId"]]
    audits.unassigned(tenant, resource, principal, assignment["appRoleId"], audits.by_app(tenant))
    call.world.ledger.record("assignment.removed", assignment=assignment["id"], **who(principal), app=app)
    return Answer(204)


def _check_membership(group: Thing, joining: list[Thing], *, adds_guests: bool = True) -> None:
    if "DynamicMembership" in group.props["groupTypes"]:
        raise Refused("dynamicGroup")
    if group.props.get("onPremisesSyncEnabled"):
        raise Refused("syncedGroup")
    unified = "Unified" in group.props["groupTypes"]
    barred = not group.guests_allowed or (unified and not adds_guests)
    if barred and any(thing.is_guest for thing in joining):
        raise Refused("guestsBarred")


def _join(call: Call, group: Thing, joining: list[Thing]) -> None:
    """Add all of them or none."""
    _check_membership(group, joining, adds_guests=call.tenant.switches["tenantAddsGuests"])
    ids = [thing.id for thing in joining]
    if set(ids) & set(group.members) or len(set(ids)) != len(ids):
        raise Refused("memberAlready", name="members")
    group.members += ids
    for thing in joining:
        call.world.ledger.record("member.added", group=group.props["displayName"], **who(thing))
        audits.joined(call.tenant, group, thing, audits.by_app(call.tenant))


def add_member(call: Call) -> Answer:
    needs(call, "GroupMember.ReadWrite.All", "Group.ReadWrite.All")
    group = call.thing("group")
    _join(call, group, [referred(call, call.body())])
    return Answer(204)


def remove_member(call: Call) -> Answer:
    group, member = call.thing("group"), call.args["other"].lower()
    _check_membership(group, [])
    if member not in group.members:
        raise Refused("notFound", id=member)
    group.members.remove(member)
    tenant, gone = call.tenant, who(call.tenant.objects[member])
    audits.joined(tenant, group, tenant.objects[member], audits.by_app(tenant), "left")
    call.world.ledger.record("member.removed", group=group.props["displayName"], **gone)
    return Answer(204)


def delete_member_itself(call: Call) -> Answer:
    """Delete the member, not the membership: what a forgotten `/$ref` may do on the real service."""
    group, member = call.thing("group"), call.args["other"].lower()
    if member not in group.members:
        raise Refused("notFound", id=member)
    call.tenant.remove(call.tenant.objects[member])
    return Answer(204)


def patch_group(call: Call) -> Answer:
    group, body = call.thing("group"), call.body()
    links = body.pop("members@odata.bind", [])
    for name in body:
        if name not in TYPES["group"]["writable"]:
            raise Refused("badRequest", detail=f"Property '{name}' cannot be set here.")
    if len(links) > MOST_BOUND:
        raise Refused("tooManyMembers")
    if links:
        _join(call, group, list(bound(call, links)))
    group.props |= body
    return Answer(204)


def list_teams_apps(call: Call) -> Answer:
    bot = call.tenant.story.bot
    app = {
        "id": bot["teamsAppId"],
        "externalId": bot["appId"],
        "displayName": bot["name"],
        "distributionMethod": "organization",
    }
    return many(call, "teamsApp", [app], "appCatalogs/teamsApps")


def install_app(call: Call) -> Answer:
    """Install the bot's app for a person, who can be written to from then on."""
    if not call.tenant.switches["installPermission"]:
        raise Refused("installDenied")
    user, body = call.thing("user"), call.body()
    found = re.search(r"/teamsApps(?:/|\(')([\w-]+)", str(body.get("teamsApp@odata.bind", "")))
    if not found or found[1] != call.tenant.story.bot["teamsAppId"]:
        raise Refused("notFound", id=found[1] if found else "teamsApp")
    if user.id in call.world.channel.installed:
        raise Refused("installedAlready")
    call.world.channel.install(user.id)
    return Answer(201)


ROUTES = [
    ("POST", "/servicePrincipals/{id}/appRoleAssignedTo", assign),
    *[("POST", f"/{name}/{{id}}/appRoleAssignments", assign) for name in ("users", "groups")],
    *[
        (method, f"{path}/{{assignment}}", handler)
        for path in (
            "/servicePrincipals/{id}/appRoleAssignedTo",
            "/users/{id}/appRoleAssignments",
            "/groups/{id}/appRoleAssignments",
        )
        for method, handler in (("GET", get_assignment), ("DELETE", remove_assignment))
    ],
    ("PATCH", "/groups/{id}", patch_group),
    ("POST", "/groups/{id}/members/$ref", add_member),
    ("DELETE", "/groups/{id}/members/{other}/$ref", remove_member),
    ("DELETE", "/groups/{id}/members/{other}", delete_member_itself),
    ("GET", "/appCatalogs/teamsApps", list_teams_apps),
    ("POST", "/users/{id}/teamwork/installedApps", install_app),
]
