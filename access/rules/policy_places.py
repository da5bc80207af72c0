"""Where in the file the tables of a policy stand, in the words in which mistakes are told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from access.rules.form_questions import FormQuestion
from access.rules.model import ObjectId
from access.rules.policy import Partner, Policy, Rules, Source, Stage, Table, Waiver


def apps(policy: Policy) -> Iterator[tuple[str, ObjectId, Rules]]:
    for number, (app_id, rules) in enumerate(policy.apps.items(), start=1):
        yield f"app {number}", app_id, rules


def app_roles(policy: Policy, app_id: ObjectId) -> Iterator[tuple[str, str, Table]]:
    """Yield the place below its app's, the name or id, and the table of each app role."""
    of_app = [(name, table) for (one, name), table in policy.app_roles.items() if one == app_id]
    for number, (name, table) in enumerate(of_app, start=1):
        yield f"role {number}", name, table


def groups(policy: Policy) -> Iterator[tuple[str, ObjectId, Table]]:
    for number, (group_id, table) in enumerate(policy.groups.items(), start=1):
        yield f"group {number}", group_id, table


def partners(policy: Policy) -> Iterator[tuple[str, Partner]]:
    for number, partner in enumerate(policy.partners, start=1):
        yield f"partner {number}", partner


def tables(policy: Policy) -> Iterator[tuple[str, Table]]:
    """Yield every table that stands over an app's."""
    for place, app_id, _ in apps(policy):
        yield from ((f"{place}.{below}", table) for below, _, table in app_roles(policy, app_id))
    yield from ((place, table) for place, _, table in groups(policy))
    yield from partners(policy)


def people(policy: Policy) -> Iterator[tuple[str, Sequence[Source]]]:
    """Yield every list of people; what an app has of the defaults stands there alone."""
    usual = policy.defaults
    yield from ((f"roles.{name}", sources) for name, sources in policy.roles.items())
    yield "defaults.requestors", usual.requestors
    yield from _of_stages("defaults", usual.stages, ())
    for place, _, rules in apps(policy):
        if rules.requestors is not usual.requestors:
            yield f"{place}.requestors", rules.requestors
        yield from _of_stages(place, rules.stages, usual.stages)
    for place, table in tables(policy):
        yield f"{place}.requestors", table.requestors
        yield from _of_stages(place, table.says.get("stages", ()), usual.stages)
    yield from ((f"{place}.requestors", waiver.requestors) for place, waiver in waivers(policy))


def waivers(policy: Policy) -> Iterator[tuple[str, Waiver]]:
    """Yield every waiver that the file has, where it stands."""
    usual = policy.defaults.waivers
    yield from _of_waivers("defaults", usual)
    for place, _, rules in apps(policy):
        yield from _of_waivers(place, () if rules.waivers is usual else rules.waivers)
    for place, table in tables(policy):
        yield from _of_waivers(place, table.says.get("waivers", ()))


def _of_waivers(place: str, found: Sequence[Waiver]) -> Iterator[tuple[str, Waiver]]:
    for number, one in enumerate(found, start=1):
        yield (f"{place}.waiver" if len(found) == 1 else f"{place}.waiver {number}"), one


def renewals(policy: Policy) -> Iterator[tuple[str, Rules]]:
    """Yield where the file says something of renewals, with the rules that then hold."""
    usual = policy.defaults
    if _of_renewals(usual) != _of_renewals(Rules(name="")):
        yield "defaults.renewals", usual
    for place, _, rules in apps(policy):
        if _of_renewals(rules) != _of_renewals(usual):
            yield f"{place}.renewals", rules
    for place, table in tables(policy):
        if any(table.says.get(name) for name in _RENEWALS):
            yield f"{place}.renewals", table.over(replace(usual, renewals_waiver=""))


def renewal_waivers(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield what the waivers of renewals are called; what an app has of the defaults stands there alone."""
    usual = policy.defaults.renewals_waiver
    for place, rules in renewals(policy):
        if rules is policy.defaults or rules.renewals_waiver != usual:
            yield f"{place}.waiver", rules.renewals_waiver


_RENEWALS = ("renewals_most", "renewals_longest", "renewals_total", "renewals_waiver")


def _of_renewals(rules: Rules) -> tuple[object, ...]:
    return tuple(getattr(rules, name) for name in _RENEWALS)


def questions(policy: Policy) -> Iterator[tuple[str, Sequence[FormQuestion]]]:
    """Yield the questions that each table says; what an app has of the defaults stands there alone."""
    usual = policy.defaults.questions
    yield "defaults.question", usual
    for place, _, rules in apps(policy):
        if rules.questions is not usual:
            yield f"{place}.question", rules.questions
    for place, table in tables(policy):
        yield f"{place}.question", table.says.get("questions", ())


def stage(place: str, number: int, of: int) -> str:
    return f"{place}.stage" if of == 1 else f"{place}.stage {number}"


def _of_stages(
    place: str, stages: Sequence[Stage], usual: Sequence[Stage]
) -> Iterator[tuple[str, Sequence[Source]]]:
    if stages is usual:
        return
    said = {id(sources) for one in usual for sources in _lists(one).values()}
    for number, one in enumerate(stages, start=1):
        for name, sources in _lists(one).items():
            if id(sources) not in said:
                yield f"{stage(place, number, len(stages))}.{name}", sources


def _lists(one: Stage) -> dict[str, tuple[Source, ...]]:
    return {
        "approvers": one.approvers,
        "fallback": one.fallback,
        "may_decide": one.may_decide,
        "escalation": one.escalation,
    }
