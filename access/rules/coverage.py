"""Whether guests of an app face multifactor authentication, and conditions on platform and place, there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from access.rules.conditional_access import AccessPolicy, Control, Operator, Protection
from access.rules.forecast import Forecast, Met, Verdict
from access.rules.passing import Need
from access.rules.sign_ins import Seen

_BY_DEVICE = {Control.COMPLIANT_DEVICE, Control.JOINED_DEVICE}
_FACTORS = frozenset(Need) - {Need.TERMS, Need.COMPLIANT_DEVICE, Need.JOINED_DEVICE}


class Cover(StrEnum):
    """How far something holds for the sign-ins of guests, the gaps first."""

    NONE = "none"
    UNSURE = "unsure"
    PARTLY = "partly"
    """From some platforms or places alone."""
    WHOLLY = "wholly"


_GAP = {Cover.NONE: 3, Cover.UNSURE: 2, Cover.PARTLY: 1, Cover.WHOLLY: 0}


@dataclass(frozen=True, slots=True)
class Covered:
    """What guests of an app face."""

    factor: Cover
    platform: Cover
    """Whether a policy that asks or stops something looks at the platform."""
    place: Cover

    @property
    def gap(self) -> tuple[int, int]:
        """How bare it is, to put the barest first: a second factor counts before all else."""
        return _GAP[self.factor], _GAP[self.platform] + _GAP[self.place]


def covered(seen: Sequence[Seen], protection: Protection) -> Covered:
    """Tell what is faced by the guest whose sign-ins are foreseen; what only reports is not counted."""
    known = {one.policy_id: one for one in protection.policies}
    return Covered(
        _factor(seen, known),
        _condition(seen, known, _looks_at_platform),
        _condition(seen, known, lambda one: one.locations is not None),
    )


def _looks_at_platform(policy: AccessPolicy) -> bool:
    platforms = policy.platforms
    return platforms is not None and not ("all" in platforms.include and not platforms.exclude)


def _factor(seen: Sequence[Seen], known: dict[str, AccessPolicy]) -> Cover:
    found = {_proves(one.forecast, known) for one in seen}
    if found == {True}:
        return Cover.WHOLLY
    if True in found:
        return Cover.PARTLY
    return Cover.UNSURE if None in found else Cover.NONE


def _proves(forecast: Forecast, known: dict[str, AccessPolicy]) -> bool | None:
    """Tell whether nobody gets in with a password alone; None where that depends."""
    asking = [one for one in forecast.met if _factors(ask.need for ask in one.passage.asks)]
    forced = any(_forces(known.get(one.policy_id)) for one in asking if not one.on)
    if forced or forecast.verdict is Verdict.BLOCKED:
        return True
    return None if asking or forecast.verdict is Verdict.UNSURE else False


def _forces(policy: AccessPolicy | None) -> bool:
    """Tell whether nothing but a second factor passes: in an *or*, terms that were accepted once would."""
    if policy is None or policy.demands.operator is Operator.AND:
        return True
    demands = policy.demands
    return not (demands.terms or demands.custom or demands.others or demands.controls & _BY_DEVICE)


def _factors(needs: Iterable[Need]) -> bool:
    return bool(_FACTORS & set(needs))


def _condition(
    seen: Sequence[Seen], known: dict[str, AccessPolicy], looks: Callable[[AccessPolicy], bool]
) -> Cover:
    """Tell whether a condition is put to the guest: a policy with it need not stop them everywhere."""
    met = [one for each in seen for one in each.forecast.met if _is_of(one, known, looks)]
    if not met:
        return Cover.NONE
    return Cover.WHOLLY if any(not one.on for one in met) else Cover.UNSURE


def _is_of(met: Met, known: dict[str, AccessPolicy], looks: Callable[[AccessPolicy], bool]) -> bool:
    policy = known.get(met.policy_id)
    return policy is not None and looks(policy)
