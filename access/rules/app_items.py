"""Will it work at the app? How it stands for guests, and what would be given there: a role or a group."""

from collections.abc import Iterable, Sequence

from access.rules.because import Because
from access.rules.clues import Unread
from access.rules.readiness import ADD_MEMBERS, ASSIGN, WRITES_ALL, Item, Topic, fails, not_read, note, ok
from access.rules.setup_plans import Unfit
from access.rules.tenant_facts import AppFacts, TenantSettings

_ADDS_MEMBERS = frozenset({ADD_MEMBERS, "Group.ReadWrite.All", WRITES_ALL})


def of_app(settings: TenantSettings, facts: AppFacts | Unread, among: Sequence[str] = ()) -> tuple[Item, ...]:
    """Look at the app, and at the group or the role that would be given, unless that is to be chosen."""
    if isinstance(facts, Unread):
        return (not_read(Topic.APP, facts),)
    if among:
        return (*_app(facts), note(Topic.GROUP, Because.TO_CHOOSE, ", ".join(among)))
    return (*_app(facts), *_given(settings, facts))


def _app(facts: AppFacts) -> Iterable[Item]:
    topic = Topic.APP
    if not facts.enabled:
        yield fails(topic, Because.APP_DISABLED)
        return
    notes = [
        (facts.required is False, Because.NOT_REQUIRED),
        (not facts.home_page, Because.NO_HOME_PAGE),
        (facts.on_premises is True, Because.ON_PREMISES),
    ]
    told = [note(topic, because) for holds, because in notes if holds]
    unread = next((one for one in (facts.required, facts.on_premises) if isinstance(one, Unread)), None)
    yield from told or [not_read(topic, unread) if unread else ok(topic)]


def _given(settings: TenantSettings, facts: AppFacts) -> Iterable[Item]:
    """Look at what gives the access, and at the right that this takes."""
    yield _may_give(settings.rights, group=bool(facts.group))
    if facts.group:
        yield from _group(settings, facts)
    elif facts.role:
        holds = ok(Topic.ROLE, facts.role)
        yield fails(Topic.ROLE, Because.ROLE_GONE, facts.role) if facts.gone else holds


def _may_give(rights: frozenset[str] | Unread, *, group: bool) -> Item:
    if isinstance(rights, Unread):
        return not_read(Topic.PERMISSIONS, rights)
    if group and not _ADDS_MEMBERS & rights:
        return fails(Topic.PERMISSIONS, Because.NO_MEMBER_RIGHT, ADD_MEMBERS)
    if not group and ASSIGN not in rights:
        return fails(Topic.PERMISSIONS, Because.NO_ASSIGN_RIGHT, ASSIGN)
    return ok(Topic.PERMISSIONS, ADD_MEMBERS if group else ASSIGN)


def _group(settings: TenantSettings, facts: AppFacts) -> Iterable[Item]:
    topic = Topic.GROUP
    if facts.gone:
        yield fails(topic, Because.GROUP_GONE, facts.group)
    elif facts.unfit is Unfit.UNREAD:
        yield not_read(topic, Unread.AWAY)
    elif facts.unfit:
        yield fails(topic, Because.GROUP_UNFIT, facts.unfit)
    elif isinstance(facts.assigned, Unread):
        yield not_read(topic, facts.assigned)
    elif not facts.assigned:
        yield fails(topic, Because.GROUP_NOT_ASSIGNED, facts.group)
    elif isinstance(settings.premium, Unread):
        yield not_read(topic, settings.premium)
    else:
        yield ok(topic, facts.group) if settings.premium else note(topic, Because.NO_LICENCE, facts.group)
