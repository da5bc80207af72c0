"""What reading a part of the policy needs of the file's reader, which gathers the mistakes."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any, Protocol

from access.rules.checked import WillFail
from access.rules.model import ObjectId
from access.rules.policy import Source, SourceKind


class Reads(Protocol):
    """Reads values; one that cannot be used becomes a mistake with its place, and something harmless."""

    mistakes: list[str]

    def known(self, table: Mapping[str, Any], where: str, names: AbstractSet[str]) -> None: ...
    def table(self, value: Any, where: str) -> Mapping[str, Any]: ...
    def tables(self, value: Any, where: str) -> list[Mapping[str, Any]]: ...
    def guid(self, text: str, where: str) -> ObjectId: ...
    def length(self, value: Any, where: str, usual: timedelta) -> timedelta: ...
    def domain_list(self, value: Any, where: str) -> tuple[str, ...]: ...
    def sources(
        self, value: Any, where: str, allowed: frozenset[SourceKind], roles: Mapping[str, Any]
    ) -> tuple[Source, ...]: ...


def read_will_fail(reader: Reads, value: Any, where: str) -> WillFail:
    """Return what becomes of approving what will fail."""
    if isinstance(value, str) and value in set(WillFail):
        return WillFail(value)
    reader.mistakes.append(f'{where}: write "warn", "second_press" or "refuse"')
    return WillFail.SECOND_PRESS
