"""Reads the values of the policy file, and gathers every mistake in them."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from access.rules.addresses import read_domain
from access.rules.model import ObjectId
from access.rules.patterns import unsafe
from access.rules.policy import Domains, Rules, Source, SourceKind
from access.rules.policy_lapses import LAPSES, read_lapses
from access.rules.policy_questions import read_questions
from access.rules.policy_reads import read_will_fail
from access.rules.policy_renewals import read_renewals
from access.rules.policy_schema import (
    DOMAINS,
    JUSTIFICATION,
    LAPSE,
    LENGTH,
    PAGE,
    QUIET,
    RENEWALS,
    REQUESTORS,
    TERM,
    WAIVER,
)
from access.rules.policy_stages import read_stages
from access.rules.policy_times import read_quiet_hours, read_reminders, read_undo, read_warnings
from access.rules.policy_waivers import Words, read_waivers
from access.rules.terms import read_length

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LENGTH = re.compile(LENGTH)
_PAGE = re.compile(PAGE)
_LONGEST = timedelta(days=3650)
_LONGEST_WORDS = 120
_NAMED = frozenset({SourceKind.GROUP, SourceKind.PERSON, SourceKind.ROLE})
_WRITTEN = {SourceKind.GROUP: "group:ID", SourceKind.PERSON: "person:ID", SourceKind.ROLE: "role:NAME"}


@dataclass(slots=True)
class Reader:
    """Reads tables and gathers what is wrong instead of stopping at the first mistake."""

    mistakes: list[str] = field(default_factory=list)

    def known(self, table: Mapping[str, Any], where: str, names: AbstractSet[str]) -> None:
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
        if not _GUID.fullmatch(text.lower()):
            self.mistakes.append(f"{where}: {text!r} is no object id; copy it from the Entra portal")
        return ObjectId(text.lower())

    def length(self, value: Any, where: str, usual: timedelta) -> timedelta:
        try:
            length = read_length(_written(value))
        except ValueError as error:
            self.mistakes.append(f"{where}: {error}")
            return usual
        if length > _LONGEST:
            self.mistakes.append(f"{where}: {value} is longer than ten years")
        return min(length, _LONGEST)

    def rules(
        self, table: Mapping[str, Any], where: str, usual: Rules, roles: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what a table says of `Rules`, by its fields; it overrides `usual` key by key."""
        found: dict[str, Any] = {}
        if "requestors" in table:
            found["requestors"] = self.sources(table["requestors"], f"{where}.requestors", REQUESTORS, roles)
        found |= self._justification(table.get("justification", {}), f"{where}.justification")
        found |= self._term(table.get("term", {}), f"{where}.term", usual)
        found |= read_renewals(self, table, where, RENEWALS.keys())
        if "closes_after" in table:
            found["closes_after"] = self.length(
                table["closes_after"], f"{where}.closes_after", usual.closes_after
            )
        found |= self._reminding(table, where, usual)
        if "undo" in table:
            found["undo"] = read_undo(self, table["undo"], f"{where}.undo")
        if "will_fail" in table:
            found["will_fail"] = read_will_fail(self, table["will_fail"], f"{where}.will_fail")
        if "landing" in table:
            found["landing"] = self._landing(table["landing"], f"{where}.landing")
        if "question" in table:
            found["questions"] = read_questions(self, table["question"], f"{where}.question")
        if "stage" in table:
            found["stages"] = read_stages(self, table["stage"], f"{where}.stage", usual.stages, roles)
        return found | read_waivers(self, table, where, Words(WAIVER.keys(), REQUESTORS, roles))

    def _reminding(self, table: Mapping[str, Any], where: str, usual: Rules) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "remind_after" in table:
            found["remind_after"] = read_reminders(self, table["remind_after"], f"{where}.remind_after")
        if "warn_before" in table:
            found["warn_before"] = read_warnings(self, table["warn_before"], f"{where}.warn_before")
        if "quiet_hours" in table:
            value, place = table["quiet_hours"], f"{where}.quiet_hours"
            found["quiet_hours"] = read_quiet_hours(self, value, place, usual.quiet_hours, QUIET.keys())
        before = {key: getattr(usual, key) for key in LAPSES}
        return found | read_lapses(self, table, where, before, {key: LAPSE[key].keys() for key in LAPSES})

    def _justification(self, value: Any, where: str) -> dict[str, Any]:
        table = self.table(value, where)
        self.known(table, where, JUSTIFICATION.keys())
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
        return found | self._pattern(table, where)

    def _pattern(self, table: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Read a pattern, and the words that tell people what it wants: nobody could guess it."""
        pattern, expected = table.get("pattern"), table.get("expected")
        if pattern is None and expected is None:
            return {}
        if pattern == "" and expected is None:
            return {"justification_pattern": "", "justification_expected": ""}
        if not isinstance(expected, str) or not 0 < len(expected.strip()) <= _LONGEST_WORDS:
            example = '"an incident number such as INC0042117"'
            self.mistakes.append(
                f"{where}.expected: say in a few words what the pattern wants, such as {example}"
            )
        if not isinstance(pattern, str):
            self.mistakes.append(f"{where}.pattern: write a regular expression, such as 'INC[0-9]{{7}}'")
        elif wrong := unsafe(pattern):
            self.mistakes.append(f"{where}.pattern: {wrong}")
        return {"justification_pattern": str(pattern), "justification_expected": str(expected).strip()}

    def _term(self, value: Any, where: str, usual: Rules) -> dict[str, Any]:
        table = self.table(value, where)
        self.known(table, where, TERM.keys())
        found = {}
        if "default" in table:
            found["term_default"] = self.length(table["default"], f"{where}.default", usual.term_default)
        if "longest" in table:
            found["term_longest"] = self.length(table["longest"], f"{where}.longest", usual.term_longest)
        return found

    def _landing(self, value: Any, where: str) -> str:
        if value not in ("app-home", "my-apps") and not _PAGE.fullmatch(str(value)):
            self.mistakes.append(f"{where}: write app-home, my-apps or an https address")
        return str(value)

    def domains(self, value: Any, where: str) -> Domains:
        table = self.table(value, where)
        self.known(table, where, DOMAINS.keys())
        return Domains(
            **{
                name: self.domain_list(table[name], f"{where}.{name}")
                for name in ("deny", "allow")
                if name in table
            }
        )

    def domain_list(self, value: Any, where: str) -> tuple[str, ...]:
        """Read domains in the form in which addresses are compared; an empty list says nothing clearly."""
        patterns = [_domain(item) for item in value] if isinstance(value, list) else []
        if not patterns or not all(patterns):
            self.mistakes.append(
                f'{where}: write a list of domains, such as ["fabrikam.com", "*.example.net"]'
            )
        return tuple(dict.fromkeys(patterns))


def _written(length: Any) -> str:
    """Return a length as the file has it; raises ValueError where it is written another way than there."""
    if not isinstance(length, str) or not _LENGTH.fullmatch(length):
        raise ValueError(f"{str(length)!r} is no length; write days, weeks, months or years, such as 90d")
    return length


def _domain(item: Any) -> str:
    """Return a domain, or `*.` and a domain, as addresses are written; nothing where it is neither."""
    text = item if isinstance(item, str) else ""
    stars = "*." if text.startswith("*.") else ""
    domain = read_domain(text.removeprefix("*."))
    return f"{stars}{domain}" if domain else ""
