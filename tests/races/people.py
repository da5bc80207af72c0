"""The people of the races: lanes side by side, each with its own requestor, ten approvers and apps."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.story import Story

LANES = 3
APPROVERS = 10
LESS, MORE = "Reader", "Owner"
"""The app roles of which one is less than the other."""
CALLED_IN_AFTER = "5d"
_FIRST = 3
_LETTERS = "ABCDEFGHIJ"
_SPACE = uuid.UUID("3f0c9a2e-5d1b-4a44-9c77-1f6a5b1f2ace")


def identity(key: str) -> str:
    """Return the object id of a person, group or app of the races."""
    return str(uuid.uuid5(_SPACE, key))


@dataclass(frozen=True, slots=True)
class Lane:
    """Who is asked for what where only one race at a time takes place, so that it may change who they are."""

    number: int

    @property
    def requestor(self) -> str:
        return f"requestor{self.number}"

    @property
    def stranger(self) -> str:
        """Return somebody who may decide nothing."""
        return f"stranger{self.number}"

    @property
    def approvers(self) -> Sequence[str]:
        return [f"approver{self.number}{letter.lower()}" for letter in _LETTERS]

    @property
    def first(self) -> Sequence[str]:
        """Return those of them who decide at the first of two stages, too."""
        return self.approvers[:_FIRST]

    @property
    def asker(self) -> str:
        """Return somebody who may ask for what `lives` has, and owns none of it."""
        return f"asker{self.number}"

    @property
    def half(self) -> str:
        """Return an owner of one of both apps whose guests come and go."""
        return f"half{self.number}"

    @property
    def admin(self) -> str:
        return f"admin{self.number}"

    @property
    def people(self) -> Sequence[str]:
        return [self.requestor, self.stranger, self.asker, self.half, self.admin, *self.approvers]

    @property
    def group(self) -> str:
        """Return the group of all approvers; `of_first` is that of the first stage's."""
        return f"approvers{self.number}"

    @property
    def of_first(self) -> str:
        return f"first{self.number}"

    @property
    def one(self) -> str:
        """Return the app on which any one of the approvers decides."""
        return f"Ledger {self.number}"

    @property
    def two(self) -> str:
        """Return the app with two stages: one of the first three, then two of all ten."""
        return f"Vault {self.number}"

    @property
    def owned(self) -> str:
        """Return the app whose owners decide, of whom the requestor is one."""
        return f"Forge {self.number}"

    @property
    def watched(self) -> str:
        """Return the app on which the first three decide, and all ten once it has waited for long."""
        return f"Tower {self.number}"

    @property
    def ranked(self) -> str:
        """Return the app with two roles of which one is less, on which any one decides."""
        return f"Ranks {self.number}"

    @property
    def ruled(self) -> str:
        """Return the app on which any one decides, or by another policy two of the first three."""
        return f"Rules {self.number}"

    @property
    def harbor(self) -> str:
        """Return an app whose guests come and go, by a role; `mill` has them by the group `millers`."""
        return f"Harbor {self.number}"

    @property
    def mill(self) -> str:
        return f"Mill {self.number}"

    @property
    def millers(self) -> str:
        return f"millers{self.number}"

    @property
    def lives(self) -> Sequence[str]:
        return (self.harbor, self.mill)

    def owners(self, app: str) -> Sequence[str]:
        """Return who owns an app beside those who decide on it as its owners."""
        more = {self.owned: self.approvers, self.harbor: [self.half]}
        return [self.requestor, *more.get(app, ())]

    @property
    def apps(self) -> Sequence[str]:
        return (self.one, self.two, self.owned, self.watched, self.ranked, self.ruled, *self.lives)

    def stages(
        self, app: str, *, escalated: bool = False, otherwise: bool = False
    ) -> Sequence[tuple[Sequence[str], int]]:
        """Return who may decide at each stage, and how many of them must; `otherwise` by the other policy."""
        if app == self.ruled and otherwise:
            return ((self.first, 2),)
        if app == self.watched and not escalated:
            return ((self.first, 1),)
        return ((self.first, 1), (self.approvers, 2)) if app == self.two else ((self.approvers, 1),)


LANE = [Lane(number) for number in range(1, LANES + 1)]


def name_of(key: str) -> str:
    """Return what cards call a person of the races: `Approver 1A`."""
    word = key.rstrip("0123456789abcdefghij") if key.startswith("approver") else key.rstrip("0123456789")
    return f"{word.capitalize()} {key.removeprefix(word).upper()}"


def story() -> Story:
    """Return the clinic with the people, groups and apps of every lane."""
    found = Story.load()
    model = {"person": found.person("alex"), "group": found.raw["groups"][0]}
    model["app"] = next(one for one in found.raw["apps"] if one["displayName"] == "Imaging Viewer")
    for lane in LANE:
        found.raw["people"] += [_person(key, model["person"]) for key in lane.people]
        groups = {lane.group: lane.approvers, lane.of_first: lane.first, lane.millers: ()}
        for key, members in groups.items():
            found.raw["groups"].append(_group(key, members, model["group"]))
        for app in lane.apps:
            roles = (LESS, MORE) if app == lane.ranked else (LESS,)
            found.raw["apps"].append(_app(app, lane.owners(app), roles, model["app"]))
        assigned = {"group": identity(lane.millers), "app": identity(lane.mill)}
        found.raw["groupAssignments"].append({**assigned, "appRoleId": role_id(lane.mill, LESS)})
    return found


def _person(key: str, model: Mapping[str, Any]) -> dict[str, Any]:
    address = f"{key}@contoso-health.com"
    names = {"displayName": name_of(key), "userPrincipalName": address, "mail": address}
    return {**model, **names, "key": key, "id": identity(key), "teamsUserId": f"29:{key}"}


def _group(key: str, members: Sequence[str], model: Mapping[str, Any]) -> dict[str, Any]:
    names = {"key": key, "id": identity(key), "displayName": key, "mailNickname": key}
    return {**model, **names, "owners": [], "members": [identity(one) for one in members]}


def _app(app: str, owners: Sequence[str], roles: Sequence[str], model: Mapping[str, Any]) -> dict[str, Any]:
    names = {"key": app, "id": identity(app), "appId": identity(f"{app} app"), "displayName": app}
    first = model["appRoles"][0]
    offered = [
        {**first, "id": role_id(app, one), "displayName": one, "value": one.casefold()} for one in roles
    ]
    return {**model, **names, "owners": [identity(one) for one in owners], "appRoles": offered}


def role_id(app: str, role: str) -> str:
    """Return the id of an app's role."""
    return identity(f"{app} {role}")


def policy(otherwise: Collection[int] = ()) -> str:
    """Return who decides in every lane; in those of these numbers `otherwise` on one of its apps."""
    admins = ", ".join(f'"person:{identity(lane.admin)}"' for lane in LANE)
    told = [
        f"[roles]\nadmins = [{admins}]",
        '[defaults]\nrequestors = ["app-owners"]',
        'quiet_hours = { from = "00:00", to = "00:00", weekend = false }',  # at whatever hour this runs
        "remind_after = []",  # a reminder stays what it is when the request has ended
        '[[defaults.stage]]\napprovers = ["app-owners"]\n',
    ]
    for lane in LANE:
        everybody, first = (f'"group:{identity(key)}"' for key in (lane.group, lane.of_first))
        told += [
            f'[[app]]\nid = "app:{identity(lane.one)}"\n[[app.stage]]\napprovers = [{everybody}]\n',
            f'[[app]]\nid = "app:{identity(lane.two)}"\n[[app.stage]]\napprovers = [{first}]\n',
            f"[[app.stage]]\napprovers = [{everybody}]\nquorum = 2\n",
            f'[[app]]\nid = "app:{identity(lane.owned)}"\n[[app.stage]]\n',
            f'approvers = ["app-owners", {everybody}]\n',
            f'[[app]]\nid = "app:{identity(lane.watched)}"\n[[app.stage]]\napprovers = [{first}]',
            f'escalation = [{everybody}]\nescalate_after = "{CALLED_IN_AFTER}"\n',
            f'[[app]]\nid = "app:{identity(lane.ranked)}"\nleast_first = ["{LESS}", "{MORE}"]',
            f"[[app.stage]]\napprovers = [{everybody}]\n",
            f'[[app]]\nid = "app:{identity(lane.ruled)}"\n[[app.stage]]\n',
            f"approvers = [{first}]\nquorum = 2\n"
            if lane.number in otherwise
            else f"approvers = [{everybody}]\n",
            *(_of_lives(lane, app, everybody) for app in lane.lives),
        ]
    return "\n".join(told)


def _of_lives(lane: Lane, app: str, approvers: str) -> str:
    """Return the policy of an app whose guests come and go: an asker may ask, who owns nothing."""
    given = f'give = "group:{identity(lane.millers)}"\n' if app == lane.mill else ""
    asking = f'requestors = ["app-owners", "person:{identity(lane.asker)}"]'
    return f'[[app]]\nid = "app:{identity(app)}"\n{given}{asking}\n[[app.stage]]\napprovers = [{approvers}]\n'
