"""What becomes of a guest's sign-in: what is asked, what stops it, and what nobody can say yet."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from access.rules.applying import applies
from access.rules.conditional_access import REGISTER, AccessPolicy, Attempt, Client, PolicyState, Protection
from access.rules.maybe import Maybe, Unknown
from access.rules.passing import REGISTERING, Ask, Need, Passage, Stop, mfa, passage

SECURITY_DEFAULTS = "Security defaults"


class Verdict(StrEnum):
    WORKS = "works"
    ASKS = "asks"
    UNSURE = "unsure"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Met:
    """A policy, by name, and what it means for the sign-in; where `on` is not empty, it may not apply."""

    policy: str
    passage: Passage
    on: frozenset[Unknown] = frozenset()
    policy_id: str = ""
    """Nothing for security defaults, which are no policy."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is foreseen by the policies that are enforced, and what those in report-only mode would add."""

    met: tuple[Met, ...] = ()
    report_only: tuple[Met, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return _verdict(self.met)

    @property
    def once_enforced(self) -> Verdict:
        """The verdict if the policies in report-only mode were enforced."""
        return _verdict((*self.met, *self.report_only))

    @property
    def stops(self) -> tuple[Met, ...]:
        """The policies that certainly stop the sign-in."""
        return tuple(one for one in self.met if one.passage.stop and not one.on)

    @property
    def asks(self) -> frozenset[Ask]:
        """What is certainly asked."""
        return frozenset(ask for one in self.met if not one.on for ask in one.passage.asks)

    @property
    def unsure(self) -> tuple[Met, ...]:
        """The policies of which it is not known whether they apply, or can be passed."""
        return tuple(one for one in self.met if one.on or (one.passage.open and not one.passage.stop))


def foresee(attempt: Attempt, protection: Protection) -> Forecast:
    """Foresee one sign-in; policies are told in the order in which the directory lists them."""
    enforced = _meet(protection, attempt, {PolicyState.ENABLED, None})
    if protection.security_defaults:
        enforced = (*enforced, _by_defaults(attempt))
    watched = _meet(protection, attempt, {PolicyState.REPORT_ONLY})
    return Forecast((*enforced, *_registering(enforced, attempt, protection)), watched)


def _meet(protection: Protection, attempt: Attempt, states: set[PolicyState | None]) -> tuple[Met, ...]:
    found = (_met(policy, attempt, protection) for policy in protection.policies if policy.state in states)
    return tuple(one for one in found if one is not None)


def _met(policy: AccessPolicy, attempt: Attempt, protection: Protection) -> Met | None:
    """Return what a policy means, nothing where it does not apply or asks nothing."""
    answer = applies(policy, attempt, protection.locations)
    what = passage(policy, attempt)
    if answer is False or what == Passage():
        return None
    on = answer.on if isinstance(answer, Maybe) else frozenset()
    if policy.state is None:
        on |= {Unknown.UNREAD}
    return Met(policy.name, what, on, policy.policy_id)


def _by_defaults(attempt: Attempt) -> Met:
    """Return what Microsoft's security defaults ask of guests as of everybody."""
    if attempt.client in {Client.LEGACY, Client.ACTIVE_SYNC}:
        return Met(SECURITY_DEFAULTS, Passage(stop=Stop.LEGACY))
    return Met(SECURITY_DEFAULTS, mfa(attempt.visitor))


def _registering(met: Iterable[Met], attempt: Attempt, protection: Protection) -> tuple[Met, ...]:
    """Return which policies on registering keep a guest from the method that they need."""
    wanting = [one for one in met if {ask.need for ask in one.passage.asks} & REGISTERING]
    if not wanting or attempt.action:
        return ()
    needs = {ask.need for one in wanting if not one.on for ask in one.passage.asks}
    unsure = frozenset() if Need.MFA_REGISTER in needs else frozenset(_unsure(wanting))
    at = replace(attempt, action=REGISTER)
    found = _meet(protection, at, {PolicyState.ENABLED, None})
    return tuple(
        Met(
            one.policy,
            Passage(stop=Stop.REGISTRATION if one.passage.stop else None, open=one.passage.open),
            one.on | unsure,
            one.policy_id,
        )
        for one in found
        if one.passage.stop or one.passage.open
    )


def _unsure(wanting: list[Met]) -> Iterable[Unknown]:
    """Say why it is not sure that they register at all: whether they have, or whether they are asked."""
    return {Unknown.REGISTERED, *(one for met in wanting for one in met.on)}


def _verdict(met: Iterable[Met]) -> Verdict:
    found = tuple(met)
    if any(one.passage.stop and not one.on for one in found):
        return Verdict.BLOCKED
    if any(one.passage.stop or one.passage.open for one in found):
        return Verdict.UNSURE
    return Verdict.ASKS if any(not one.on for one in found) else Verdict.WORKS
