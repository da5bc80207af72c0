"""What a guest has to do to pass the grant controls of a policy, and which of them no guest can pass."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from access.rules.conditional_access import (
    AccessPolicy,
    Attempt,
    Client,
    Control,
    GuestType,
    Operator,
    Platform,
    Strength,
    Visitor,
)
from access.rules.maybe import Unknown


class Need(StrEnum):
    """What is asked of the guest, in the order in which Entra asks where one of several is enough."""

    MFA_AT_HOME = "mfa-at-home"
    """In their own tenant, which is believed here; often it is done already."""
    MFA_HERE = "mfa-here"
    MFA_SOMEWHERE = "mfa-somewhere"
    """Here or at home: it is not known whether their own tenant is believed."""
    MFA_HERE_UNSURE = "mfa-here-unsure"
    """With a method that they register here, unless they have."""
    MFA_REGISTER = "mfa-register"
    STRENGTH_AT_HOME = "strength-at-home"
    COMPLIANT_DEVICE = "compliant-device"
    JOINED_DEVICE = "joined-device"
    TERMS = "terms-of-use"


_TRUST = frozenset({Unknown.TRUST})
_EASE = {need: place for place, need in enumerate(Need)}
REGISTERING = {Need.MFA_REGISTER, Need.MFA_HERE_UNSURE, Need.MFA_SOMEWHERE}


class Stop(StrEnum):
    """Why a guest cannot pass."""

    BLOCK = "block"
    DEVICE = "device"
    """A managed device is wanted, and no other tenant's word for it is taken."""
    NOT_WINDOWS = "not-windows"
    APP_PROTECTION = "app-protection"
    PASSWORD = "password"  # noqa: S105 - no secret
    RISK = "risk"
    """A risk that only the guest's own tenant can take away."""
    UNREGISTERED = "unregistered"
    """At risk, multifactor authentication is not registered any more."""
    STRENGTH = "strength"
    """No method that guests can register here is strong enough."""
    LEGACY = "legacy"
    """A client that cannot answer any demand."""
    REGISTRATION = "registration"
    """What has to be registered may not be registered from there."""
    NOT_TRUSTED = "not-trusted"
    """Direct connect wants multifactor authentication at home, which is not believed here."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Something asked; `of` names the terms by their ids, or the strength."""

    need: Need
    of: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a policy that applies means: all that is asked, why it cannot be passed, and what is not known."""

    asks: frozenset[Ask] = frozenset()
    stop: Stop | None = None
    open: frozenset[Unknown] = frozenset()


_HERE = {"sms", "voice", "microsoftAuthenticatorPush", "softwareOath"}
"""Second factors that a guest can register here, beside a first one: Microsoft's table for external users."""
_FIRST = {"password", "federatedSingleFactor"}
_BUILT_IN = {
    "00000000-0000-0000-0000-000000000002": True,
    "00000000-0000-0000-0000-000000000003": False,
    "00000000-0000-0000-0000-000000000004": False,
}
"""Whether one of Microsoft's own strengths can be met here: multifactor, passwordless, phishing-resistant."""


def passage(policy: AccessPolicy, attempt: Attempt) -> Passage:
    """Return what a guest meets where the policy applies."""
    demands = policy.demands
    if Control.BLOCK in demands.controls:
        return Passage(stop=Stop.BLOCK)
    ways = [
        *(_control(control, policy, attempt) for control in sorted(demands.controls)),
        *(Passage(open=frozenset({Unknown.UNREAD})) for _ in demands.others),
        *(_terms(terms, attempt) for terms in sorted(demands.terms)),
        *(Passage(open=frozenset({Unknown.CUSTOM_CONTROL})) for _ in demands.custom),
        *((_strength(demands.strength, policy, attempt),) if demands.strength else ()),
    ]
    if ways and attempt.client in {Client.LEGACY, Client.ACTIVE_SYNC}:
        return Passage(stop=Stop.LEGACY)
    if attempt.action:
        ways = [_while_registering(way) for way in ways]
    found = _easiest(ways) if demands.operator is Operator.OR else _all(ways)
    if policy.stopping_session and attempt.client is Client.MODERN and attempt.target.by_microsoft:
        return _all((found, Passage(open=frozenset({Unknown.SESSION}))))
    return found


def _while_registering(way: Passage) -> Passage:
    """Stop whoever has to prove what they only register: there is no Temporary Access Pass for guests."""
    return Passage(stop=Stop.REGISTRATION) if {ask.need for ask in way.asks} & REGISTERING else way


def mfa(visitor: Visitor) -> Passage:
    """Return where and how the guest proves a second factor."""
    if visitor.kind is GuestType.INTERNAL_GUEST or visitor.tenant == "":
        return Passage(frozenset({Ask(_registered(visitor))}))
    direct = visitor.kind is GuestType.DIRECT_CONNECT
    if visitor.tenant is None or visitor.trust is None:
        return Passage(frozenset({Ask(Need.MFA_SOMEWHERE)}), open=_TRUST if direct else frozenset())
    if visitor.trust.mfa:
        return Passage(frozenset({Ask(Need.MFA_AT_HOME)}))
    return Passage(stop=Stop.NOT_TRUSTED) if direct else Passage(frozenset({Ask(_registered(visitor))}))


def _registered(visitor: Visitor) -> Need:
    if visitor.registered is None:
        return Need.MFA_HERE_UNSURE
    return Need.MFA_HERE if visitor.registered else Need.MFA_REGISTER


def _control(control: Control, policy: AccessPolicy, attempt: Attempt) -> Passage:
    match control:
        case Control.MFA:
            return _at_risk(mfa(attempt.visitor), policy)
        case Control.COMPLIANT_DEVICE:
            return _device(attempt, Need.COMPLIANT_DEVICE)
        case Control.JOINED_DEVICE:
            windows = attempt.platform is Platform.WINDOWS
            return _device(attempt, Need.JOINED_DEVICE) if windows else Passage(stop=Stop.NOT_WINDOWS)
        case Control.APPROVED_APP | Control.PROTECTED_APP:
            return Passage(stop=Stop.APP_PROTECTION)
        case Control.PASSWORD_CHANGE:
            return Passage(stop=Stop.PASSWORD)
        case _:
            return Passage(stop=Stop.RISK)


def _at_risk(found: Passage, policy: AccessPolicy) -> Passage:
    """Stop who would have to register in a sign-in that counts as a risk."""
    needs = {ask.need for ask in found.asks}
    if not policy.sign_in_risk or not needs & REGISTERING:
        return found
    if Need.MFA_REGISTER in needs:
        return Passage(stop=Stop.UNREGISTERED)
    return Passage(found.asks, open=frozenset({Unknown.SIGN_IN_RISK}))


def _device(attempt: Attempt, need: Need) -> Passage:
    """Return whether the guest's own tenant can vouch for their device; here no guest can register one."""
    visitor = attempt.visitor
    if visitor.kind is GuestType.INTERNAL_GUEST:
        return Passage(frozenset({Ask(need)}))
    if visitor.tenant == "":
        return Passage(stop=Stop.DEVICE)
    if visitor.tenant is None or visitor.trust is None:
        return Passage(open=_TRUST)
    trusted = visitor.trust.compliant if need is Need.COMPLIANT_DEVICE else visitor.trust.joined
    return Passage(frozenset({Ask(need)})) if trusted else Passage(stop=Stop.DEVICE)


def _terms(terms: str, attempt: Attempt) -> Passage:
    """Ask for terms; that direct connect knows none is not said to stop it."""
    if attempt.visitor.kind is GuestType.DIRECT_CONNECT:
        return Passage(open=frozenset({Unknown.UNREAD}))
    return Passage(frozenset({Ask(Need.TERMS, terms)}))


def _strength(strength: Strength, policy: AccessPolicy, attempt: Attempt) -> Passage:
    visitor = attempt.visitor
    if visitor.tenant == "" and visitor.kind is not GuestType.INTERNAL_GUEST:
        return Passage(open=frozenset({Unknown.STRENGTH}))
    if visitor.tenant is None or visitor.trust is None:
        return Passage(open=_TRUST)
    if visitor.trust.mfa and visitor.kind is not GuestType.INTERNAL_GUEST:
        return Passage(frozenset({Ask(Need.STRENGTH_AT_HOME, strength.name)}))
    if visitor.kind is GuestType.INTERNAL_GUEST:
        return Passage(frozenset({Ask(Need.STRENGTH_AT_HOME, strength.name)}))
    here = _can_be_met_here(strength)
    if here is None:
        return Passage(open=frozenset({Unknown.STRENGTH}))
    return _at_risk(mfa(visitor), policy) if here else Passage(stop=Stop.STRENGTH)


def _can_be_met_here(strength: Strength) -> bool | None:
    if strength.combinations is None:
        return _BUILT_IN.get(strength.strength_id)
    ways = [frozenset(one.split(",")) for one in strength.combinations]
    return any(way & _HERE and way <= _HERE | _FIRST for way in ways)


def _all(ways: Iterable[Passage]) -> Passage:
    found = tuple(ways)
    return Passage(
        frozenset(ask for way in found for ask in way.asks),
        next((way.stop for way in found if way.stop), None),
        frozenset(one for way in found for one in way.open),
    )


def _easiest(ways: list[Passage]) -> Passage:
    """Return the way that is asked for first; one of which something is not known comes after the known."""
    if not ways:
        return Passage()
    return min(ways, key=lambda way: (way.stop is not None, bool(way.open), _effort(way)))


def _effort(way: Passage) -> int:
    return max((_EASE[ask.need] for ask in way.asks), default=0)
