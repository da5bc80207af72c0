"""Finding rules that others keep from ever holding: times after the end, and domains that are refused."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

from access.rules import policy_places as places
from access.rules.addresses import domain_matches
from access.rules.model import Give, GiveKind, ObjectId
from access.rules.policy import Domains, Policy, Rules
from access.rules.policy_domains import witnesses
from access.service.policy_check import Finding, PolicyCheck

Assigned = Mapping[ObjectId, Sequence[ObjectId]]
"""The apps of each group that has a table."""
Named = tuple[str, Domains]
_NOBODY_WROTE = Rules(name="").remind_after


@dataclass(frozen=True, slots=True)
class Spot:
    """The rules that hold where a table does, and which of them it says itself."""

    place: str
    rules: Rules
    says: Collection[str]


@dataclass(frozen=True, slots=True)
class Lists:
    """The domains of a table, and the lists that hold with them: of a group, those in each of its apps."""

    place: str
    domains: Domains
    others: Sequence[Sequence[Named]]


@dataclass(frozen=True, slots=True)
class Unreached:
    """Looks at every table together with those that hold beside it."""

    check: PolicyCheck

    async def findings(self) -> list[Finding]:
        policy = self.check.policy
        assigned = {one: await self.check.apps_of(one) for _, one, _ in places.groups(policy)}
        found = [one for spot in _spots(policy, assigned) for one in _too_late(spot)]
        found += [one for lists in _lists(policy, assigned) for one in _refused(policy, lists)]
        return list(dict.fromkeys(found))


def _spots(policy: Policy, assigned: Assigned) -> Iterator[Spot]:
    usual, names = policy.defaults, [one.name for one in fields(Rules)]
    yield Spot("defaults", usual, names)
    for place, app_id, rules in places.apps(policy):
        yield Spot(place, rules, [one for one in names if getattr(rules, one) is not getattr(usual, one)])
        for below, name, table in places.app_roles(policy, app_id):
            yield Spot(f"{place}.{below}", policy.rules_for(app_id, _role(name)), table.says)
    for place, group_id, table in places.groups(policy):
        for one in _or_none(assigned[group_id]):
            yield Spot(place, policy.rules_for(one, _group(group_id)), table.says)
    for place, partner in places.partners(policy):
        anywhere: tuple[ObjectId | None, ...] = (None, *policy.apps)
        for one in sorted(partner.apps) or anywhere:
            for give in _gives(policy, one, assigned):
                yield Spot(place, partner.over(policy.rules_for(one, give)), partner.says)


def _or_none(apps: Sequence[ObjectId]) -> Sequence[ObjectId | None]:
    return apps or (None,)


def _gives(policy: Policy, app_id: ObjectId | None, assigned: Assigned) -> Iterator[Give | None]:
    """Yield nothing in particular, and whatever has a table in an app."""
    yield None
    if app_id is not None:
        yield from (_role(name) for _, name, _ in places.app_roles(policy, app_id))
    yield from (_group(group_id) for group_id, apps in assigned.items() if app_id in apps)


def _role(name: str) -> Give:
    return Give(GiveKind.APP_ROLE, ObjectId(name), name)


def _group(group_id: ObjectId) -> Give:
    return Give(GiveKind.GROUP, group_id, "")


def _too_late(spot: Spot) -> Iterator[Finding]:
    """Yield what would come due once a request has expired, at the table that makes it so."""
    rules, says = spot.rules, spot.says
    ends = f"for a request that nobody decides ends after {_days(rules.closes_after)}"
    by_end = f"{spot.place}.closes_after"
    for number, stage in enumerate(rules.stages, start=1):
        after = stage.escalate_after
        if after is None or after < rules.closes_after or not {"stages", "closes_after"} & set(says):
            continue
        stands = f"{places.stage(spot.place, number, len(rules.stages))}.escalate_after"
        text = f"nobody is ever called in after {_days(after)}, {ends}. Call in sooner, or close later."
        yield Finding(stands if "stages" in says else by_end, text)
    late = [one for one in rules.remind_after if one >= rules.closes_after]
    said = "remind_after" in says or (late == [*rules.remind_after] and "closes_after" in says)
    if late and said and rules.remind_after is not _NOBODY_WROTE:
        place = f"{spot.place}.remind_after" if "remind_after" in says else by_end
        days = _days(*late)
        yield Finding(place, f"nobody is ever reminded after {days}, {ends}. Remind sooner, or close later.")


def _days(*lengths: timedelta) -> str:
    *others, last = [str(one.days) for one in lengths]
    numbers = f"{', '.join(others)} and {last}" if others else last
    return f"{numbers} day{'' if numbers == '1' else 's'}"


def _lists(policy: Policy, assigned: Assigned) -> Iterator[Lists]:
    everywhere = ("[domains]", policy.domains)
    of_app = {
        app_id: [everywhere, (place, policy.app_domains.get(app_id, Domains()))]
        for place, app_id, _ in places.apps(policy)
    }
    yield Lists("domains.allow", policy.domains, [[]])
    for place, app_id, _ in places.apps(policy):
        yield Lists(f"{place}.domains.allow", policy.app_domains.get(app_id, Domains()), [[everywhere]])
        for below, _, table in places.app_roles(policy, app_id):
            yield Lists(f"{place}.{below}.domains.allow", table.domains, [of_app[app_id]])
    for place, group_id, table in places.groups(policy):
        apps = [of_app.get(app_id, [everywhere]) for app_id in assigned[group_id]]
        yield Lists(f"{place}.domains.allow", table.domains, apps or [[everywhere]])
    for place, partner in places.partners(policy):
        yield Lists(f"{place}.domains", Domains(allow=partner.of), [[everywhere]])


def _refused(policy: Policy, lists: Lists) -> Iterator[Finding]:
    """Yield what a list allows and another refuses, and a list that refuses all that the others allow."""
    own = lists.domains
    for pattern in own.allow:
        domains = witnesses(policy, pattern)
        if any(_passes(one, own, others) for others in lists.others for one in domains):
            continue
        names = [name for others in lists.others for name, one in others if any(map(one.refuse, domains))]
        names += ["`deny` beside it"] if any(domain_matches(one, own.deny) for one in domains) else []
        refuse = f"{' and '.join(dict.fromkeys(names))} refuse{'s' if len(set(names)) == 1 else ''}"
        yield Finding(lists.place, f"{refuse} {pattern}, and deny wins. Take it out of one of them.")
    if own.deny and not own.allow and _refuses_all(policy, lists):
        text = "it refuses whatever the lists above it allow, so nobody is ever invited. Take some out."
        yield Finding(lists.place.replace(".allow", ".deny"), text)


def _refuses_all(policy: Policy, lists: Lists) -> bool:
    """Tell whether a list denies every domain that others let in, where these allow some alone."""
    let_in = [
        (one, others)
        for others in lists.others
        for _, listed in others
        for pattern in listed.allow
        for one in witnesses(policy, pattern)
        if _passes(one, Domains(), others)
    ]
    some_alone = all(any(listed.allow for _, listed in others) for others in lists.others)
    return (
        some_alone and bool(let_in) and not any(_passes(one, lists.domains, others) for one, others in let_in)
    )


def _passes(domain: str, own: Domains, others: Sequence[Named]) -> bool:
    return not own.refuse(domain) and not any(listed.refuse(domain) for _, listed in others)
