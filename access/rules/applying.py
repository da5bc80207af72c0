"""Whether a policy of Conditional Access applies to a sign-in: yes, no, or what that depends on.

All that is set has to hold: https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-policies
"""

import re
from collections.abc import Mapping
from uuid import UUID

from access.rules.conditional_access import (
    EVERY,
    GUESTS,
    MFA_TRUSTED_IPS,
    NONE,
    TRUSTED,
    AccessPolicy,
    Attempt,
    Client,
    External,
    Filter,
    GuestType,
    NamedLocation,
    Network,
    Picked,
    Place,
    Platform,
    Target,
    Visitor,
    Within,
)
from access.rules.maybe import Answer, Unknown, all_of, any_of, but_not, depends

SUITES = {"Office365", "MicrosoftAdminPortals"}
"""Words that stand for many apps, all of Microsoft's."""
_NO_APP_OF_GUESTS = {NONE, "AllAgentIdResources"}
_EVERY_RISK = {"none", "low", "medium", "high"}
_B2B = {GuestType.B2B_GUEST, GuestType.B2B_MEMBER}
_FUTURE = "unknownFutureValue"
_SYNCED_ON = {Platform.ANDROID, Platform.IOS, Platform.WINDOWS}
"""Platforms on which Exchange ActiveSync counts as supported."""
_OPERATOR = re.compile(r"(?:^|[\s(])-(\w+)")
_POSITIVE = {"eq", "startswith", "endswith", "contains", "in"}
_NEGATIVE = {"ne", "notstartswith", "notendswith", "notcontains", "notin"}
_JOINING = {"and", "or"}


def applies(policy: AccessPolicy, attempt: Attempt, locations: Mapping[str, NamedLocation]) -> Answer:
    """Tell whether every assignment and condition of a policy holds for a sign-in; its state is not asked."""
    if policy.elsewhere or policy.flows:
        return False
    visitor = attempt.visitor
    return all_of(
        (
            but_not(_picked(policy.include, attempt), _picked(policy.exclude, attempt)),
            _targeted(policy, attempt),
            _platform(policy.platforms, attempt.platform),
            _place(policy.locations, attempt.place, locations),
            _client(policy.clients, attempt),
            _risk(policy.sign_in_risk, Unknown.SIGN_IN_RISK),
            _risk(policy.user_risk, Unknown.USER_RISK),
            depends(Unknown.INSIDER_RISK) if policy.insider_risk else True,
            _device(policy.device_filter, visitor),
            depends(*policy.unread) if policy.unread else True,
        )
    )


def _picked(picked: Picked, attempt: Attempt) -> Answer:
    visitor = attempt.visitor
    named = bool({EVERY, GUESTS} & picked.users) or (visitor.object_id and visitor.object_id in picked.users)
    return any_of(
        (
            bool(named),
            _among(picked.groups, visitor.groups, visitor.unsure_groups, Unknown.GROUPS),
            _among(picked.roles, visitor.roles, frozenset(), Unknown.ROLES),
            _external(picked.external, attempt),
        )
    )


def _among(
    wanted: frozenset[str], held: frozenset[str] | None, unsure: frozenset[str], unknown: Unknown
) -> Answer:
    if not wanted:
        return False
    if held is None:
        return depends(unknown)
    return bool(wanted & held) or (depends(unknown) if wanted & unsure else False)


def _external(external: External | None, attempt: Attempt) -> Answer:
    if external is None:
        return False
    visitor = attempt.visitor
    kind: Answer = visitor.kind in external.types
    if not kind and GuestType.DIRECT_CONNECT in external.types and _may_be_direct(attempt):
        kind = depends(Unknown.DIRECT_CONNECT)
    if not kind and _FUTURE in external.types:
        kind = depends(Unknown.UNREAD)
    return all_of((kind, _of_tenant(external.tenants, visitor)))


def _may_be_direct(attempt: Attempt) -> bool:
    """Tell whether a B2B user is met, too, by what is for direct connect: in Teams and SharePoint Online."""
    return attempt.target.by_microsoft and attempt.visitor.kind in _B2B


def _of_tenant(tenants: frozenset[str] | None, visitor: Visitor) -> Answer:
    if tenants is None:
        return True
    return depends(Unknown.HOME) if visitor.tenant is None else visitor.tenant in tenants


def _targeted(policy: AccessPolicy, attempt: Attempt) -> Answer:
    if attempt.action:
        return attempt.action in policy.actions
    by_filter: Answer = depends(Unknown.APP_FILTER) if policy.app_filter else False
    excludes = policy.app_filter is not None and policy.app_filter.excludes
    include, exclude = (_app(words, attempt.target) for words in (policy.apps.include, policy.apps.exclude))
    return but_not(
        any_of((include, False if excludes else by_filter)),
        any_of((exclude, by_filter if excludes else False)),
    )


def _app(words: frozenset[str], target: Target) -> Answer:
    return any_of(_is_app(word, target) for word in words)


def _is_app(word: str, target: Target) -> Answer:
    if word == EVERY or word.lower() == target.app_id.lower():
        return True
    if word in SUITES:
        return depends(Unknown.APP_SUITE) if target.by_microsoft else False
    return False if word in _NO_APP_OF_GUESTS or is_id(word) else depends(Unknown.UNREAD)


def is_id(word: str) -> bool:
    try:
        UUID(word)
    except ValueError:
        return False
    return True


def _platform(platforms: Within | None, platform: Platform) -> Answer:
    if platforms is None:
        return True
    include, exclude = (_is_platform(words, platform) for words in (platforms.include, platforms.exclude))
    return but_not(include, exclude)


def _is_platform(words: frozenset[str], platform: Platform) -> Answer:
    if "all" in words or platform in words:
        return True
    return depends(Unknown.UNREAD) if _FUTURE in words else False


def _place(where: Within | None, place: Place, locations: Mapping[str, NamedLocation]) -> Answer:
    if where is None:
        return True
    include, exclude = (
        any_of(_is_place(word, place, locations) for word in words)
        for words in (where.include, where.exclude)
    )
    return but_not(include, exclude)


def _is_place(word: str, place: Place, locations: Mapping[str, NamedLocation]) -> Answer:
    if word == EVERY:
        return True
    unread: Answer = depends(Unknown.PLACE) if place.networks else False
    if word == MFA_TRUSTED_IPS:
        return unread
    if word == TRUSTED:
        return any_of((unread, *(is_inside(one, place) for one in locations.values() if one.trusted)))
    location = locations.get(word)
    return depends(Unknown.PLACE) if location is None else is_inside(location, place)


def is_inside(location: NamedLocation, place: Place) -> Answer:
    """Tell whether a place is within a location."""
    if location.networks is not None:
        found = {_covered(network, location.networks) for network in place.networks}
        return False if not found else found.pop() if len(found) == 1 else depends(Unknown.PLACE)
    if location.countries is None or place.country is None:
        return depends(Unknown.PLACE)
    inside = place.country in location.countries if place.country else location.with_unknown
    # Whose app tells nothing is in no known country.
    return depends(Unknown.GPS) if location.by_gps and inside is not location.with_unknown else inside


def _covered(network: Network, by: tuple[Network, ...]) -> Answer:
    same = [one for one in by if one.version == network.version]
    if any(network.subnet_of(one) for one in same):  # type: ignore[arg-type]  # of one version, by the line before
        return True
    return depends(Unknown.PLACE) if any(network.overlaps(one) for one in same) else False


def _client(clients: frozenset[str], attempt: Attempt) -> bool:
    if not clients or "all" in clients or attempt.client in clients:
        return True
    if attempt.client is not Client.ACTIVE_SYNC:
        return False
    return ("easSupported" if attempt.platform in _SYNCED_ON else "easUnsupported") in clients


def _risk(levels: frozenset[str], unknown: Unknown) -> Answer:
    return True if not levels or levels >= _EVERY_RISK else depends(unknown)


def _device(rule: Filter | None, visitor: Visitor) -> Answer:
    """Tell whether a filter for devices lets a policy apply.

    A guest's device is registered in their own tenant, if anywhere. Unless that one's word is taken for it,
    its properties are null here: a rule of positive operators is never met, one of negative ones always.
    """
    if rule is None:
        return True
    trusted = visitor.trust is None or visitor.trust.compliant or visitor.trust.joined
    own = visitor.kind is GuestType.INTERNAL_GUEST
    met = depends(Unknown.DEVICE) if trusted or own else _met_by_nothing(rule.rule)
    return but_not(True, met) if rule.excludes else met


def _met_by_nothing(rule: str) -> Answer:
    words = {word.lower() for word in _OPERATOR.findall(_without_texts(rule))} - _JOINING
    if words and words <= _POSITIVE:
        return False
    return True if words and words <= _NEGATIVE else depends(Unknown.DEVICE)


def _without_texts(rule: str) -> str:
    return re.sub(r'"[^"]*"', '""', rule)
