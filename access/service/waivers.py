"""Which waivers of the policy apply to a request, by policy and directory as they are at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from access.rules.addresses import domain_of
from access.rules.model import App, Give, Guest, Person, WhyNot
from access.rules.policy import Policy, Rules, Waiver
from access.rules.waiving import Unfit, Uses, shut, unfit, used
from access.service.check import Checked
from access.service.roster import Roster


@dataclass(frozen=True, slots=True)
class Past:
    """When waivers were used, and what time it is."""

    uses: Uses
    now: datetime


@dataclass(frozen=True, slots=True)
class Weighed:
    """A waiver that holds; why it does not apply, if so; and how often it was used, if that is known.

    `shut` is why it would not be used now, though it applies.
    """

    waiver: Waiver
    why: Unfit | None
    used: int | None
    shut: WhyNot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody who may ask for it asks for; the guest as the directory knows them, if it does."""

    person: Person
    app: App
    give: Give | None
    domain: str
    guest: Guest | None
    length: timedelta


async def applying(
    roster: Roster, policy: Policy, checked: Checked, person: Person, length: timedelta
) -> tuple[Waiver, ...]:
    """Return the waivers that apply to what was checked, for as long as is asked."""
    asking = Asking(
        person=person,
        app=checked.app,
        give=checked.give,
        domain=domain_of(checked.address),
        guest=checked.guest,
        length=length,
    )
    found = await judged(roster, policy, checked.rules, asking)
    return tuple(one for one, why in found.items() if why is None)


async def weighed(
    roster: Roster, policy: Policy, rules: Rules, asking: Asking, past: Past | None
) -> tuple[Weighed, ...]:
    """Return each waiver that holds, in the order of the file, for whoever wants to know why."""
    found = await judged(roster, policy, rules, asking)
    if past is None:
        return tuple(Weighed(one, why, None) for one, why in found.items())
    uses, now = past.uses, past.now
    return tuple(Weighed(one, why, used(one, uses, now), shut(one, uses, now)) for one, why in found.items())


async def judged(
    roster: Roster, policy: Policy, rules: Rules, asking: Asking
) -> Mapping[Waiver, Unfit | None]:
    """Return each waiver that holds, in the order of the file, with why it does not apply, if it does not."""
    return {one: await _unfit(roster, policy, rules, one, asking) for one in rules.open_waivers}


async def _unfit(
    roster: Roster, policy: Policy, rules: Rules, waiver: Waiver, asking: Asking
) -> Unfit | None:
    why = unfit(waiver, asking.domain, asking.length, guest_known=asking.guest is not None)
    if why is not None or not waiver.requestors:
        return why
    narrowed = replace(rules, within=(waiver.requestors,))
    may = await roster.is_within(policy, narrowed, asking.app, asking.give, asking.person)
    return None if may else Unfit.REQUESTOR
