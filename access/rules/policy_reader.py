"""Reads the policy from TOML, and gathers every mistake in it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from access.rules.addresses import read_domain
from access.rules.model import ObjectId
from access.rules.policy import Policy, PolicyError, Rules, Source, SourceKind
from access.rules.policy_stages import read_stages
from access.rules.terms import read_length

_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_LONGEST = timedelta(days=3650)
_NAMED = frozenset({SourceKind.GROUP, SourceKind.PERSON, SourceKind.ROLE})
_WRITTEN = {SourceKind.GROUP: "group:ID", SourceKind.PERSON: "person:ID", SourceKind.ROLE: "role:NAME"}
_REQUESTORS = frozenset(SourceKind) - {SourceKind.MANAGER}
_IN_ROLES = frozenset({SourceKind.GROUP, SourceKind.PERSON})


@dataclass(slots=True)
class _Reader:
    """Reads tables and gathers what is wrong instead of stopping at the first mistake."""

    mistakes: list[str] = field(default_factory=list)

    def known(self, table: Mapping[str, Any], where: str, names: set[str]) -> None:
        for name in sorted(table.keys() - names):
            self.mistakes.append(
                f"{where}: {name} is not known to this version; take it out or check its spelling"
            )

    def table(self, value: Any, where: str) -> Mapping[str, Any]:
        """Return a table, empty where something else stands in its place."""
        if isinstance(value, dict):
            return value
        self.mistakes.append(f"{where}: write a table, not {value!r}")
        return {}

    def tables(self, value: Any, where: str) -> list[Mapping[str, Any]]:
        if not isinstance(value, list):
            self.mistakes.append(f"{where}: write it in double brackets")
            return []
        return [self.table(one, where) for one in value if isinstance(one, dict) or self.table(one, where)]

    def sources(
        self, value: Any, where: str, allowed: frozenset[SourceKind], roles: Mapping[str, Any]
    ) -> tuple[Source, ...]:
        """Read a list of people; an empty one is a mistake, because nobody could ever act by it."""
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            self.mistakes.append(f'{where}: write a list of people, such as ["group:ID"]')
            return ()
        return tuple(
            found for item in value if (found := self._source(item, where, allowed, roles)) is not None
        )

    def _source(
        self, text: str, where: str, allowed: frozenset[SourceKind], roles: Mapping[str, Any]
    ) -> Source | None:
        word, colon, name = text.partition(":")
        try:
            kind = SourceKind(word)
        except ValueError:
            kind = None
        if kind not in allowed or (kind in _NAMED) != bool(colon):
            words = ", ".join(_WRITTEN.get(one, one) for one in SourceKind if one in allowed)
            self.mistakes.append(f"{where}: {text!r} is not one of {words}")
            return None
        if kind is SourceKind.ROLE and name not in roles:
            self.mistakes.append(f"{where}: there is no role {name!r} under [roles]")
        if kind in {SourceKind.GROUP, SourceKind.PERSON}:
            self.guid(name, f"{where}: {text!r}")
        return Source(kind, name.lower() if kind is not SourceKind.ROLE else name)

    def guid(self, text: str, where: str) -> ObjectId:
        if not _GUID.match(text.lower()):
            self.mistakes.append(f"{where}: {text!r} is no object id; copy it from the Entra portal")
        return ObjectId(text.lower())

    def length(self, value: Any, where: str, usual: timedelta) -> timedelta:
        try:
            length = read_length(str(value))
        except ValueError as error:
            self.mistakes.append(f"{where}: {error}")
            return usual
        if length > _LONGEST:
            self.mistakes.append(f"{where}: {value} is longer than ten years")
        return min(length, _LONGEST)

    def rules(self, table: Mapping[str, Any], where: str, usual: Rules, roles: Mapping[str, Any]) -> Rules:
        """Read one table on top of `usual`, which an app's table overrides key by key."""
        found: dict[str, Any] = {}
        if "requestors" in table:
            found["requestors"] = self.sources(table["requestors"], f"{where}.requestors", _REQUESTORS, roles)
        found |= self._justification(table.get("justification", {}), f"{where}.justification")
        found |= self._term(table.get("term", {}), f"{where}.term", usual)
        if "closes_after" in table:
            found["closes_after"] = self.length(
                table["closes_after"], f"{where}.closes_after", usual.closes_after
            )
        if "landing" in table:
            found["landing"] = self._landing(table["landing"], f"{where}.landing")
        found["stages"] = read_stages(self, table.get("stage", []), f"{where}.stage", usual.stages, roles)
        rules = replace(usual, **found)
        if rules.term_default > rules.term_longest:
            self.mistakes.append(f"{where}.term: default is longer than longest")
        return rules

    def _justification(self, value: Any, where: str) -> dict[str, Any]:
        table = self.table(value, where)
        self.known(table, where, {"required", "min_length"})
        found: dict[str, Any] = {}
        required, least = table.get("required"), table.get("min_length")
        if isinstance(required, bool):
            found["justification_required"] = required
        elif required is not None:
            self.mistakes.append(f"{where}.required: write true or false")
        if isinstance(least, int) and not isinstance(least, bool) and 0 <= least <= 500:  # noqa: PLR2004 - a card's field
            found["justification_least"] = least
        elif least is not None:
            self.mistakes.append(f"{where}.min_length: write a number from 0 to 500")
        return found

    def _term(self, value: Any, where: str, usual: Rules) -> dict[str, Any]:
        table = self.table(value, where)
        self.known(table, where, {"default", "longest"})
        found = {}
        if "default" in table:
            found["term_default"] = self.length(table["default"], f"{where}.default", usual.term_default)
        if "longest" in table:
            found["term_longest"] = self.length(table["longest"], f"{where}.longest", usual.term_longest)
        return found

    def _landing(self, value: Any, where: str) -> str:
        if value not in ("app-home", "my-apps") and not str(value).startswith("https://"):
            self.mistakes.append(f"{where}: write app-home, my-apps or an https address")
        return str(value)

    def domains(self, table: Mapping[str, Any], name: str) -> tuple[str, ...]:
        """Read domains in the form in which addresses are compared; an empty list says nothing clearly."""
        if name not in table:
            return ()
        value = table[name]
        patterns = [_pattern(item) for item in value] if isinstance(value, list) else []
        if not patterns or not all(patterns):
            self.mistakes.append(
                f'domains.{name}: write a list of domains, such as ["fabrikam.com", "*.example.net"]'
            )
        return tuple(patterns)


def _pattern(item: Any) -> str:
    """Return a domain, or `*.` and a domain, as addresses are written; nothing where it is neither."""
    text = item if isinstance(item, str) else ""
    stars = "*." if text.startswith("*.") else ""
    domain = read_domain(text.removeprefix("*."))
    return f"{stars}{domain}" if domain else ""


_RULES = {"requestors", "justification", "term", "closes_after", "landing", "stage"}
_ROLES = ("admins", "security_admins", "auditors")


def read_policy(text: str) -> Policy:
    """Read a policy file; raises `PolicyError` with every mistake. Unknown keys are mistakes, not ignored."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([f"The file is no TOML: {error}"]) from error
    reader = _Reader()
    reader.known(table, "policy", {"roles", "defaults", "domains", "app"})
    names = reader.table(table.get("roles", {}), "roles")
    reader.known(names, "roles", set(_ROLES))
    roles = {name: reader.sources(value, f"roles.{name}", _IN_ROLES, {}) for name, value in names.items()}
    usual = reader.table(table.get("defaults", {}), "defaults")
    reader.known(usual, "defaults", _RULES)
    defaults = reader.rules(usual, "defaults", Rules(name="defaults"), roles)
    apps = _read_apps(reader, reader.tables(table.get("app", []), "app"), defaults, roles)
    domains = reader.table(table.get("domains", {}), "domains")
    reader.known(domains, "domains", {"deny", "allow"})
    denied, allowed = reader.domains(domains, "deny"), reader.domains(domains, "allow")
    if reader.mistakes:
        raise PolicyError(reader.mistakes)
    return Policy(roles=roles, defaults=defaults, apps=apps, denied_domains=denied, allowed_domains=allowed)


def _read_apps(
    reader: _Reader, tables: list[Mapping[str, Any]], defaults: Rules, roles: Mapping[str, Any]
) -> dict[ObjectId, Rules]:
    apps: dict[ObjectId, Rules] = {}
    for place, table in enumerate(tables, start=1):
        where = f"app {place}"
        reader.known(table, where, _RULES | {"id", "give"})
        app_id = reader.guid(str(table.get("id", "")).removeprefix("app:"), f"{where}.id")
        if app_id in apps:
            reader.mistakes.append(f"{where}.id: {app_id} has an entry already")
        rules = reader.rules(table, where, defaults, roles)
        apps[app_id] = replace(rules, name=f"app {app_id}", give=_give(reader, table.get("give", ""), where))
    return apps


def _give(reader: _Reader, value: Any, where: str) -> str:
    """Return `group:ID`, `app-role:NAME` or empty."""
    kind, _, name = str(value).partition(":")
    if kind == "group":
        return f"group:{reader.guid(name, f'{where}.give')}"
    if value and (kind != "app-role" or not name):
        reader.mistakes.append(f"{where}.give: write group:ID or app-role:NAME")
    return str(value)
