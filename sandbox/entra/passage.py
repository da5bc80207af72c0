"""What the policies that apply ask of a guest, what the guest can give, and how the sign-in ends.

Written from Microsoft's 'Building a Conditional Access policy', 'Authentication and Conditional Access for
External ID' and 'Report-only mode'; see `data/gates.json`.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sandbox.entra.gates import REGISTERING, SignIn, why_not
from sandbox.story import DATA

Json = dict[str, Any]
RULES: Json = json.loads((DATA / "gates.json").read_text(encoding="utf-8"))
BLOCKED = 53003
PROVE, REGISTER, AGREE = 50076, 50079, 50158
LEGACY = {"exchangeActiveSync", "other"}
ENABLED, REPORTS = "enabled", "enabledForReportingButNotEnforced"


class Step(StrEnum):
    """What a control leads to."""

    MET = "met"
    AT_HOME = "home"
    """The guest's own tenant answers for it, and is believed."""
    PROVE = "mfa"
    REGISTER = "register"
    AGREE = "terms"
    STOPPED = "blocked"


CODES = {Step.PROVE: PROVE, Step.REGISTER: REGISTER, Step.AGREE: AGREE}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a guest has shown and done, and what their own tenant is believed."""

    home_mfa: bool = False
    home_compliant: bool = False
    home_joined: bool = False
    registered: bool = False
    proven: bool = False
    may_register: bool = True
    agreed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Control:
    """One control of a policy, and where it leads this guest."""

    name: str
    step: Step
    code: int = 0
    terms: str = ""


@dataclass(frozen=True)
class Met:
    """A policy and what came of it; `controls` are those that are still to be passed."""

    policy: Json
    why_not: str = ""
    controls: tuple[Control, ...] = ()

    @property
    def stopped(self) -> Control | None:
        return next((one for one in self.controls if one.step is Step.STOPPED), None)


@dataclass(frozen=True)
class Passage:
    """How a sign-in goes on: at the step that is due, with its code; the policies as the log lists them."""

    step: Step = Step.MET
    code: int = 0
    terms: str = ""
    by: str = ""
    """The policy that stops or asks."""
    met: tuple[Met, ...] = ()
    asks: frozenset[Step] = field(default_factory=frozenset)
    """All that is asked, at home too."""


def judge(
    policies: Sequence[Json], sign_in: SignIn, standing: Standing, locations: Collection[Json]
) -> Passage:
    """Try every policy; one that stops comes before all that ask, and those ask in the documented order."""
    met = tuple(_meet(one, sign_in, standing, locations) for one in policies)
    mine = [one for one in met if one.policy["state"] == ENABLED and not one.why_not]
    asks = frozenset(one.step for each in mine for one in each.controls) - {Step.MET, Step.STOPPED}
    for one in mine:
        if one.stopped:
            return Passage(Step.STOPPED, one.stopped.code, "", one.policy["displayName"], met, asks)
    if Step.REGISTER in asks and (bar := _barred(policies, sign_in, standing, locations)):
        return Passage(Step.STOPPED, RULES["registering"], "", bar, met, asks)
    due = [
        (RULES["order"].index(c.name), each.policy["displayName"], c) for each in mine for c in each.controls
    ]
    waiting = [one for one in due if one[2].step in CODES]
    if not waiting:
        return Passage(met=met, asks=asks)
    _, by, control = min(waiting, key=lambda one: one[0])
    return Passage(control.step, CODES[control.step], control.terms, by, met, asks)


def _barred(
    policies: Sequence[Json], sign_in: SignIn, standing: Standing, locations: Collection[Json]
) -> str:
    """Return which policy keeps the guest from registering: also one that asks for what is registered."""
    acting, standing = replace(sign_in, app="", action=REGISTERING), replace(standing, may_register=False)
    for policy in policies:
        one = _meet(policy, acting, standing, locations)
        if policy["state"] == ENABLED and one.stopped:
            return str(policy["displayName"])
    return ""


def _meet(policy: Json, sign_in: SignIn, standing: Standing, locations: Collection[Json]) -> Met:
    if why := why_not(policy, sign_in, locations):
        return Met(policy, why)
    demands = policy.get("grantControls") or {}
    controls = sorted(_controls(demands, sign_in, standing), key=lambda one: RULES["order"].index(one.name))
    if demands.get("operator") == "OR" and not any(one.name == "block" for one in controls):
        controls = _easiest(controls)
    return Met(policy, "", tuple(controls))


def _easiest(controls: list[Control]) -> list[Control]:
    """Of several controls of which one is enough, leave the one that is met, else the first that can be."""
    for steps in ({Step.MET}, {Step.AT_HOME}, set(CODES), {Step.STOPPED}):
        for one in controls:
            if one.step in steps:
                return [one]
    return []


def _controls(demands: Json, sign_in: SignIn, standing: Standing) -> list[Control]:
    """Return the controls of a policy; of clients that know no controls each is a stop."""
    found = [_built_in(name, sign_in, standing) for name in demands.get("builtInControls") or []]
    if strength := demands.get("authenticationStrength"):
        found.append(Control("strength", *_strength(strength, sign_in, standing)))
    found += [
        Control("terms", Step.MET if terms in standing.agreed else Step.AGREE, 0, terms)
        for terms in demands.get("termsOfUse") or []
    ]
    found += [Control("custom", Step.STOPPED, RULES["stops"]["custom"])] * bool(
        demands.get("customAuthenticationFactors")
    )
    if sign_in.client in LEGACY:
        found = [Control(one.name, Step.STOPPED, BLOCKED) for one in found]
    return found


def _built_in(name: str, sign_in: SignIn, standing: Standing) -> Control:
    believed = bool(sign_in.home) and sign_in.kind != "internalGuest"
    joined = standing.home_joined and sign_in.platform == "windows"
    trusted = {
        "mfa": standing.home_mfa,
        "compliantDevice": standing.home_compliant,
        "domainJoinedDevice": joined,
    }
    if believed and trusted.get(name):
        return Control(name, Step.AT_HOME)
    if name == "mfa":
        return Control(name, _here(standing))
    return Control(name, Step.STOPPED, RULES["stops"].get(name, BLOCKED))


def _here(standing: Standing) -> Step:
    if standing.proven:
        return Step.MET
    if standing.registered:
        return Step.PROVE
    return Step.REGISTER if standing.may_register else Step.STOPPED


def _strength(strength: Json, sign_in: SignIn, standing: Standing) -> tuple[Step, int]:
    """Strengths are for accounts of Entra; here such a guest can meet those with one of four methods."""
    known = {one["id"]: one for one in RULES["strengths"]}.get(strength["id"], strength)
    ways = {frozenset(one.split(",")) for one in known.get("allowedCombinations") or []}
    if sign_in.home and sign_in.kind != "internalGuest" and standing.home_mfa:
        return Step.AT_HOME, 0
    first = {"password", "federatedSingleFactor"}
    if sign_in.home and any(
        way & first and way - first and way - first <= set(RULES["here"]) for way in ways
    ):
        return _here(standing), 0
    return Step.STOPPED, BLOCKED


def told(passage: Passage) -> list[Json]:
    """Return `appliedConditionalAccessPolicies` as the sign-in log has them."""
    return [_told(one) for one in passage.met]


def _told(one: Met) -> Json:
    interactive = any(each.step in CODES for each in one.controls)
    state, names = one.policy["state"], [RULES["enforced"][each.name] for each in one.controls]
    if one.why_not or state not in {ENABLED, REPORTS}:
        result = "notApplied" if state in {ENABLED, REPORTS} else "notEnabled"
        names = []
    else:
        result = "failure" if one.stopped or interactive else "success"
    if state == REPORTS:
        result = "interrupted" if result == "failure" and not one.stopped else result
        result = f"reportOnly{result[0].upper()}{result[1:]}"
    return {
        "id": one.policy["id"],
        "displayName": one.policy["displayName"],
        "result": result,
        "enforcedGrantControls": names,
        "enforcedSessionControls": [],
    }
