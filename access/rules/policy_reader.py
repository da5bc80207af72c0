"""Reads the policy from TOML: which tables there are, and what each may say."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from access.rules import policy_places
from access.rules.guards import GuardRules, Spared
from access.rules.model import ObjectId
from access.rules.policy import (
    LONGEST_BLOCKED,
    DirectoryRules,
    Domains,
    Partner,
    Policy,
    PolicyError,
    Rules,
    SourceKind,
    Table,
)
from access.rules.policy_order import read_order
from access.rules.policy_protect import read_protect
from access.rules.policy_schema import (
    APP,
    DIRECTORY,
    GROUP,
    IN_FILE,
    IN_ROLES,
    PARTNER,
    PROTECT,
    ROLE,
    ROLES,
    RULES,
    TERMS_OF_USE,
)
from access.rules.policy_values import Reader

_LONGEST_NAME, _LONGEST_TOLD = 100, 200


def read_policy(text: str) -> Policy:
    """Read a policy file; raises `PolicyError` with every mistake. Unknown keys are mistakes, not ignored."""
    try:
        return _read(text)
    except PolicyError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # A mistake of which nobody has thought must not end what runs by the policy from before.
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:_LONGEST_TOLD]
        raise PolicyError([f"The file holds what cannot be read: {what}"]) from error


def _read(text: str) -> Policy:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([f"The file is no TOML: {error}"]) from error
    reader = Reader()
    reader.known(table, "policy", IN_FILE.keys())
    names = reader.table(table.get("roles", {}), "roles")
    reader.known(names, "roles", set(ROLES))
    roles = {name: reader.sources(value, f"roles.{name}", IN_ROLES, {}) for name, value in names.items()}
    usual = reader.table(table.get("defaults", {}), "defaults")
    reader.known(usual, "defaults", RULES.keys())
    found = reader.rules(usual, "defaults", Rules(name="defaults"), roles)
    defaults = _checked(reader, replace(Rules(name="defaults"), **found), "defaults")
    policy = _Tables(reader, defaults, roles).read(table)
    mistakes = [*reader.mistakes, *_named_twice(policy)]
    if mistakes:
        raise PolicyError(mistakes)
    return policy


def _named_twice(policy: Policy) -> Iterator[str]:
    """Yield each waiver that has the name of another: nobody could tell them apart, and they count as one."""
    first: dict[str, str] = {}
    named = [(f"{place}.name", waiver.name) for place, waiver in policy_places.waivers(policy)]
    named += policy_places.renewal_waivers(policy)
    for place, name in named:
        other = first.setdefault(name.casefold(), place.removesuffix(".name"))
        if name and other != place.removesuffix(".name"):
            yield f"{place}: {name} is what {other} is called already"


def _checked(reader: Reader, rules: Rules, where: str) -> Rules:
    if rules.term_default > rules.term_longest:
        reader.mistakes.append(f"{where}.term: default is longer than longest")
    return rules


class _Tables:
    """Reads the tables that say what differs from the defaults."""

    def __init__(self, reader: Reader, defaults: Rules, roles: Mapping[str, Any]) -> None:
        self.reader, self.defaults, self.roles = reader, defaults, roles
        self.apps: dict[ObjectId, Rules] = {}
        self.app_domains: dict[ObjectId, Domains] = {}
        self.app_roles: dict[tuple[ObjectId, str], Table] = {}
        self.groups: dict[ObjectId, Table] = {}
        self.least_first: dict[ObjectId, tuple[str, ...]] = {}

    def read(self, table: Mapping[str, Any]) -> Policy:
        reader = self.reader
        for place, one in enumerate(reader.tables(table.get("app", []), "app"), start=1):
            self._app(one, f"app {place}")
        for place, one in enumerate(reader.tables(table.get("group", []), "group"), start=1):
            self._group(one, f"group {place}")
        return Policy(
            roles=self.roles,
            defaults=self.defaults,
            apps=self.apps,
            domains=reader.domains(table.get("domains", {}), "domains"),
            app_domains=self.app_domains,
            app_roles=self.app_roles,
            groups=self.groups,
            least_first=self.least_first,
            partners=self._partners(reader.tables(table.get("partner", []), "partner")),
            directory=_directory(reader, table.get("directory", {})),
            protect=_protect(reader, reader.table(table.get("protect", {}), "protect")),
        )

    def _app(self, table: Mapping[str, Any], where: str) -> None:
        reader = self.reader
        reader.known(table, where, APP.keys())
        app_id = reader.guid(str(table.get("id", "")).removeprefix("app:"), f"{where}.id")
        if app_id in self.apps:
            reader.mistakes.append(f"{where}.id: {app_id} has an entry already")
        found = reader.rules(table, where, self.defaults, self.roles)
        give = _give(reader, table.get("give", ""), where)
        if "least_first" in table:
            self.least_first[app_id] = read_order(reader, table["least_first"], f"{where}.least_first")
        rules = replace(self.defaults, **found, name=f"app {app_id}", give=give)
        self.apps[app_id] = _checked(reader, rules, where)
        if "domains" in table:
            self.app_domains[app_id] = reader.domains(table["domains"], f"{where}.domains")
        for place, one in enumerate(reader.tables(table.get("role", []), f"{where}.role"), start=1):
            self._role(one, app_id, f"{where}.role {place}")

    def _role(self, table: Mapping[str, Any], app_id: ObjectId, where: str) -> None:
        self.reader.known(table, where, ROLE.keys())
        name = self._name(table, where)
        if (app_id, name.casefold()) in self.app_roles:
            self.reader.mistakes.append(f"{where}.name: {name} has an entry already")
        self.app_roles[app_id, name.casefold()] = self._table(table, where, f"role {name}")

    def _group(self, table: Mapping[str, Any], where: str) -> None:
        self.reader.known(table, where, GROUP.keys())
        group_id = self.reader.guid(str(table.get("id", "")).removeprefix("group:"), f"{where}.id")
        if group_id in self.groups:
            self.reader.mistakes.append(f"{where}.id: {group_id} has an entry already")
        self.groups[group_id] = self._table(table, where, f"group {group_id}")

    def _partners(self, tables: Sequence[Mapping[str, Any]]) -> tuple[Partner, ...]:
        found: dict[str, Partner] = {}
        whose: dict[str, str] = {}
        for place, table in enumerate(tables, start=1):
            where = f"partner {place}"
            partner = self._partner(table, where)
            if partner.name in found:
                self.reader.mistakes.append(f"{where}.name: {partner.name} has an entry already")
            for domain in partner.of:
                if whose.setdefault(domain, where) != where:
                    self.reader.mistakes.append(
                        f"{where}.domains: {domain} stands in {whose[domain]} already"
                    )
            found[partner.name] = partner
        return tuple(found.values())

    def _partner(self, table: Mapping[str, Any], where: str) -> Partner:
        reader = self.reader
        reader.known(table, where, PARTNER.keys())
        name = self._name(table, where)
        base = self._table({**table, "domains": {}}, where, f"partner {name}")
        apps = table.get("apps", [])
        if "apps" in table and (not isinstance(apps, list) or not apps):
            reader.mistakes.append(f'{where}.apps: write a list of apps, such as ["app:ID"]')
            apps = []
        return Partner(
            name=base.name,
            says=base.says,
            requestors=base.requestors,
            longest=base.longest,
            of=reader.domain_list(table.get("domains"), f"{where}.domains"),
            apps=frozenset(reader.guid(str(one).removeprefix("app:"), f"{where}.apps") for one in apps),
        )

    def _table(self, table: Mapping[str, Any], where: str, name: str) -> Table:
        found = self.reader.rules(table, where, self.defaults, self.roles)
        longest, requestors = found.pop("term_longest", None), found.pop("requestors", ())
        if longest and found.get("term_default", longest) > longest:
            self.reader.mistakes.append(f"{where}.term: default is longer than longest")
        domains = self.reader.domains(table.get("domains", {}), f"{where}.domains")
        return Table(name=name, says=found, requestors=requestors, longest=longest, domains=domains)

    def _name(self, table: Mapping[str, Any], where: str) -> str:
        name = table.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
            self.reader.mistakes.append(f"{where}.name: write a name of at most {_LONGEST_NAME} characters")
            return ""
        return name.strip()


def _directory(reader: Reader, value: Any) -> DirectoryRules:
    table, usual = reader.table(value, "directory"), DirectoryRules()
    reader.known(table, "directory", DIRECTORY.keys())
    if "delete_after" not in table:
        return usual
    after = reader.length(table["delete_after"], "directory.delete_after", usual.delete_after)
    if after > LONGEST_BLOCKED:
        reader.mistakes.append(f"directory.delete_after: {table['delete_after']} is longer than 90 days")
    return DirectoryRules(delete_after=after)


def _protect(reader: Reader, table: Mapping[str, Any]) -> GuardRules:
    reader.known(table, "protect", PROTECT.keys())
    for place, one in enumerate(reader.tables(table.get("terms", []), "protect.terms"), start=1):
        reader.known(one, f"protect.terms {place}", TERMS_OF_USE.keys())
    named = table.get("break_glass", [])
    found = reader.sources(named, "protect.break_glass", IN_ROLES, {}) if "break_glass" in table else ()
    users, groups = (
        frozenset(one.name for one in found if one.kind is kind)
        for kind in (SourceKind.PERSON, SourceKind.GROUP)
    )
    return read_protect(reader, table, Spared(users, groups))


def _give(reader: Reader, value: Any, where: str) -> str:
    """Return `group:ID`, `app-role:NAME` or empty."""
    kind, _, name = str(value).partition(":")
    if kind == "group":
        return f"group:{reader.guid(name, f'{where}.give')}"
    if value and (kind != "app-role" or not name):
        reader.mistakes.append(f"{where}.give: write group:ID or app-role:NAME")
    return str(value)
