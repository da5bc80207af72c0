"""The state of the Entra tenant: directory objects, assignments, invitations, policies, what changed when."""

import hashlib
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.entra.auditlog import AuditLog
from sandbox.entra.called import Called
from sandbox.entra.mailbox import Mail, Mailbox
from sandbox.entra.subscribed import Subscribed
from sandbox.entra.throttle import Meter
from sandbox.ledger import Ledger
from sandbox.story import Story
from sandbox.switches import Switches

Json = dict[str, Any]
NO_ROLE = "00000000-0000-0000-0000-000000000000"
LINK_SECRET = re.compile(r"[?&](?:amp;)?ticket=([\w-]+)")
NO_PROPERTIES = {"key", "address", "manager", "teamsUserId", "hasApp", "owners", "members", "guestsAllowed"}


def stamp(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest(secret: str) -> str:
    """Return what the ledger shows of a redeem link's secret: enough to tell two links apart."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


@dataclass(eq=False)
class Thing:
    """A directory object: its properties as Graph spells them, and its references by object id."""

    type: str
    props: Json
    key: str = ""
    owners: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    sponsors: list[str] = field(default_factory=list)
    manager: str | None = None
    guests_allowed: bool = True
    known_at: float = 0
    referable_at: float = 0
    held: list[tuple[list[str], str]] = field(default_factory=list)
    """Of who is deleted: where it was named, so that to restore it restores that."""
    assigned: list[Json] = field(default_factory=list)
    """Of who is deleted: the app roles that it had."""

    @property
    def id(self) -> str:
        return str(self.props["id"])

    @property
    def is_guest(self) -> bool:
        return self.props.get("userType") == "Guest"

    def addresses(self) -> set[str]:
        """Return every address by which the object is known, in lower case."""
        proxies = [proxy.partition(":")[2] for proxy in self.props.get("proxyAddresses", [])]
        known = [self.props.get("mail"), *self.props.get("otherMails", []), *proxies]
        return {address.lower() for address in known if address}


@dataclass(eq=False)
class Invitation:
    """An invitation; its secret opens the guest's page as long as no newer one was made."""

    id: str
    guest: str
    address: str
    redirect: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    alive: bool = True


@dataclass
class Tenant:
    """One tenant; everything in it is lost when the sandbox ends."""

    story: Story
    switches: Switches
    ledger: Ledger
    clock: Callable[[], float] = time.monotonic
    objects: dict[str, Thing] = field(default_factory=dict)
    deleted: dict[str, Thing] = field(default_factory=dict)
    assignments: dict[str, Json] = field(default_factory=dict)
    invitations: list[Invitation] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    inboxes: dict[str, list[Mail]] = field(default_factory=dict)
    conditional_access: list[Json] = field(default_factory=list)
    named_locations: list[Json] = field(default_factory=list)
    registered: set[str] = field(default_factory=set)
    """Guests who have registered a method of multifactor authentication here."""
    agreed: set[tuple[str, str]] = field(default_factory=set)
    """Guests with the terms of use that they have accepted."""
    sign_ins: list[tuple[datetime, Json]] = field(default_factory=list)
    """Each with the time from which the log tells of it."""
    subscribed: Subscribed | None = None

    @classmethod
    def of(cls, story: Story, switches: Switches, ledger: Ledger) -> "Tenant":
        """Return the tenant as the story begins."""
        tenant = cls(story, switches, ledger)
        raw = deepcopy(story.raw)
        box = raw["mailbox"]
        kinds = {
            "user": [*raw["people"], box, *raw["accounts"]],
            "group": raw["groups"],
            "servicePrincipal": [*raw["apps"], _of_bot(story)],
        }
        for kind, entries in kinds.items():
            for entry in entries:
                tenant.add(_thing(kind, entry, raw["tenant"]["verifiedDomains"][0]))
        for given in raw["groupAssignments"]:
            tenant.assign(tenant.objects[given["group"]], tenant.objects[given["app"]], given["appRoleId"])
        tenant.mailbox = Mailbox(box["id"], box["address"], box["displayName"])
        return tenant

    def __post_init__(self) -> None:
        self.meter = Meter(self.clock, self.switches)
        self.mailbox = Mailbox("", "", "")
        self.audits = AuditLog(self.switches)
        self.called = Called()
        self._newest: dict[str, Invitation] = {}

    def add(self, thing: Thing) -> None:
        self.objects[thing.id] = thing
        self.changed(thing)

    def changed(self, thing: Thing) -> None:
        """Note that delta has something to tell about this user, and tell who wants to know that it has."""
        self.called.learn(thing.id, thing.props)
        if thing.type == "user":
            self.changes.append(thing.id)
            if self.subscribed is not None:
                self.subscribed.changed(thing.id)

    def known(self, kind: str | None = None) -> Iterator[Thing]:
        """Return what reads can see by now, of one kind or of all."""
        now = self.clock()
        return (o for o in self.objects.values() if kind in (None, o.type) and o.known_at <= now)

    def find(self, kind: str, key: str) -> Thing | None:
        """Return an object that reads can see, by object id or (users) by user principal name."""
        thing = self.objects.get(key.lower())
        if thing is None and kind == "user" and "@" in key:
            same = (o for o in self.known("user") if o.props["userPrincipalName"].lower() == key.lower())
            thing = next(same, None)
        visible = thing is not None and thing.type == kind and thing.known_at <= self.clock()
        return thing if visible else None

    def referable(self, thing: Thing) -> bool:
        return thing.referable_at <= self.clock()

    def by_address(self, address: str) -> Thing | None:
        """Return who has an address, replicated or not: the invitation service knows its own."""
        named = (self.objects.get(key) for key in self.called.ids([address]))
        return next((o for o in named if o and address.lower() in o.addresses()), None)

    def new_guest(self, props: Json, sponsors: list[str], told: str = "user.created") -> Thing:
        lag = float(self.switches["lag"]) * (random.random() if self.switches["lagVaries"] else 1)  # noqa: S311 - no secret
        now = self.clock()
        guest = Thing("user", props, sponsors=sponsors, known_at=now + lag, referable_at=now + 1.5 * lag)
        self.add(guest)
        self.ledger.record(told, guest=guest.id, address=props["mail"], sponsors=sponsors)
        return guest

    def invite(self, guest: Thing, address: str, redirect: str) -> Invitation:
        """Make an invitation; the links of earlier ones to the same guest die."""
        if (earlier := self._newest.get(guest.id)) is not None:
            earlier.alive = False
        invitation = self._newest[guest.id] = Invitation(str(uuid4()), guest.id, address, redirect)
        self.invitations.append(invitation)
        return invitation

    def assign(self, principal: Thing, app: Thing, role: str) -> Json:
        kind = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}[principal.type]
        assignment = {
            "id": secrets.token_urlsafe(32),
            "deletedDateTime": None,
            "appRoleId": role,
            "createdDateTime": stamp(),
            "principalDisplayName": principal.props["displayName"],
            "principalId": principal.id,
            "principalType": kind,
            "resourceDisplayName": app.props["displayName"],
            "resourceId": app.id,
        }
        self.assignments[assignment["id"]] = assignment
        return assignment

    def remove(self, thing: Thing) -> None:
        """Delete an object with everything that refers to it; a user stays restorable."""
        del self.objects[thing.id]
        for other in self.objects.values():
            for references in (other.owners, other.members, other.sponsors):
                if thing.id in references:
                    references.remove(thing.id)
                    thing.held.append((references, thing.id))
        ends = ("principalId", "resourceId")
        gone = [key for key, a in self.assignments.items() if thing.id in (a[end] for end in ends)]
        thing.assigned = [self.assignments.pop(key) for key in gone]
        if thing.type == "user":
            thing.props["deletedDateTime"] = stamp()
            self.deleted[thing.id] = thing
        self.changed(thing)
        self.ledger.record(f"{thing.type}.deleted", id=thing.id, name=thing.props["displayName"])

    def restore(self, thing: Thing) -> None:
        """Put a deleted user back, with its groups and app roles as far as those are still there."""
        del self.deleted[thing.id]
        thing.props["deletedDateTime"] = None
        for references, name in thing.held:
            references.append(name)
        still = [a for a in thing.assigned if a["resourceId"] in self.objects]
        self.assignments |= {a["id"]: a for a in still}
        thing.held, thing.assigned = [], []
        self.add(thing)
        self.ledger.record("user.restored", id=thing.id)

    def purge(self, thing: Thing) -> None:
        """Let go of a deleted user for good."""
        del self.deleted[thing.id]
        self.changed(thing)
        self.ledger.record("user.purged", id=thing.id)

    def accept(self, guest: Thing, issuer: str) -> None:
        """Record that a guest has redeemed an invitation."""
        props = guest.props
        if props["externalUserState"] == "Accepted":
            return
        props["externalUserState"] = "Accepted"
        props["externalUserStateChangeDateTime"] = stamp()
        props["identities"].append({"signInType": "federated", "issuer": issuer, "issuerAssignedId": None})
        if self.switches["deltaExternalUserState"] != "silent":
            self.changed(guest)
        self.ledger.record("redemption.accepted", guest=guest.id, address=props["mail"])

    def deliver(self, mail: Mail, key: str | None) -> None:
        """Put a mail into its receivers' inboxes and say in the ledger which link it carried."""
        secret = next(iter(LINK_SECRET.findall(mail.body)), None)
        newest = secret in {invitation.secret for invitation in self.invitations if invitation.alive}
        for address in mail.to:
            self.inboxes.setdefault(address.lower(), []).append(mail)
        self.ledger.record(
            "mail.sent",
            to=mail.to,
            sender=mail.sender,
            subject=mail.subject,
            key=key,
            linkTicket=secret and digest(secret),
            linkIsNewest=newest if secret else None,
        )

    def apps_of(self, guest: Thing) -> list[Thing]:
        """Return the apps that My Apps shows: the guest's own, and those of their groups (direct members)."""
        groups = {o.id for o in self.objects.values() if guest.id in o.members}
        apps = {a["resourceId"] for a in self.assignments.values() if a["principalId"] in groups | {guest.id}}
        return [o for o in self.objects.values() if o.id in apps]


def _of_bot(story: Story) -> Json:
    """Return Guestlist's own enterprise application: untagged, so that nobody is offered it."""
    bot = story.bot
    names = {"id": bot["servicePrincipalId"], "appId": bot["appId"], "displayName": bot["name"]}
    return {
        **names,
        "accountEnabled": True,
        "servicePrincipalType": "Application",
        "tags": [],
        "appRoles": [],
    }


def _thing(kind: str, entry: Json, domain: str) -> Thing:
    """Return an entry of the story as a directory object; what is no property of Graph's stays beside it."""
    props = {name: value for name, value in entry.items() if name not in NO_PROPERTIES}
    if kind == "user":
        mail = entry.get("mail") or entry["address"]
        props |= {"mail": mail, "mailNickname": mail.partition("@")[0], "proxyAddresses": [f"SMTP:{mail}"]}
        props |= {"createdDateTime": stamp(), "userType": "Member", "otherMails": [], "identities": []}
        props = {"userPrincipalName": mail, "accountEnabled": False, **props}
    elif kind == "group":
        mail = f"{entry['mailNickname']}@{domain}"
        props |= {"createdDateTime": stamp(), "mail": mail if entry["mailEnabled"] else None}
    else:
        props |= {"appDisplayName": entry["displayName"], "servicePrincipalNames": [entry["appId"]]}
    thing = Thing(kind, props, entry.get("key", "mailbox"), manager=entry.get("manager"))
    thing.owners, thing.members = entry.get("owners", []), entry.get("members", [])
    thing.guests_allowed = entry.get("guestsAllowed", True)
    return thing
