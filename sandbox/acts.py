"""What others than Guestlist do, or what happens to the tenant: `POST /sandbox/act`.

The body is `{"act": name, …}`. With an `address` or `id`: `accept`,
`deleteGuest`, `setProperties` (`properties`, of a group also `guestsAllowed`), `removeMember` (of a
`group`), `removeAssignment` (of `app`); with a `person`: `disable`, `enable`, `removeOwner` (of an `app` or a
`group`); with an `app`: `deleteApp`; with a `group`: `deleteGroup`. Story keys and object ids name things.
What an admin does in the portal is in the audit log under the person `by`, Isaiah unless said otherwise, also
`addMember` and `assign` (`role`, an object id). `eraseAudits` (`activity` of `data/audits.json`, `id`) loses
entries, `addAudits` (`count`, `group`, `person`) makes many of others. `reinvite` invites a guest again, so
that earlier links die, `invite` somebody who is not there yet; `signIn` (`code`, `app`, `count`) notes how
sign-ins ended; `addContact` takes `name` and `mail`. `setPolicy` puts a `policy` (its id or name) of
Conditional Access into another `state`.
`ageSubscriptions` (`minutes`) lets subscriptions come nearer to their end, `dropSubscriptions` takes them
away and says so, `sayOfSubscriptions` (`event`) says something of them. `ageDeleted` (`days`) lets users have
been deleted for longer: after 30 days nobody can restore them.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sandbox.entra import audits
from sandbox.entra.access import who
from sandbox.entra.conditional import put
from sandbox.entra.invitations import guest_properties
from sandbox.entra.passage import RULES
from sandbox.entra.signins import signed_in
from sandbox.entra.tenant import Json, Tenant, Thing, stamp

KEPT = timedelta(days=30)
"""How long a deleted user can be restored."""


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


def age_deleted(tenant: Tenant, given: Json) -> None:
    for thing in list(tenant.deleted.values()):
        at = datetime.fromisoformat(thing.props["deletedDateTime"]) - timedelta(days=given["days"])
        thing.props["deletedDateTime"] = stamp(at)
        if datetime.now(UTC) - at >= KEPT:
            tenant.purge(thing)


def say_of_subscriptions(tenant: Tenant, given: Json) -> None:
    if tenant.subscribed is not None:
        tenant.subscribed.event(given["event"])


def drop_subscriptions(tenant: Tenant, _: Json) -> None:
    if tenant.subscribed is not None:
        tenant.subscribed.drop()


def set_policy(tenant: Tenant, given: Json) -> None:
    if given["state"] not in RULES["words"]["state"]:
        raise UnknownThing(f"A policy is in no state {given['state']!r}.")
    for policy in tenant.conditional_access:
        if given["policy"] in (policy["id"], policy["displayName"]):
            new = {**policy, "state": given["state"], "modifiedDateTime": stamp()}
            put(tenant, policy, new, _admin(tenant, given))
            return
    raise UnknownThing(f"No policy is named by {given!r}.")


ACTS: dict[str, Callable[[Tenant, Json], None]] = {
    "accept": accept,
    "addContact": add_contact,
    "addAudits": add_audits,
    "addMember": add_member,
    "ageDeleted": age_deleted,
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
    "setPolicy": set_policy,
    "setProperties": set_properties,
    "signIn": sign_in,
}
