"""A page of the audit, as somebody may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from access.rules.audit import AuditEntry
from access.rules.model import ObjectId, Request, RequestId

ROWS = 8
"""Entries on a page."""


@dataclass(frozen=True, slots=True)
class NothingFor:
    """There is nothing about an address, or nothing that this person may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A page of entries, newest first, with what their words need."""

    entries: Sequence[AuditEntry]
    page: int
    pages: int
    requests: Mapping[RequestId, Request]
    names: Mapping[ObjectId, str]
    """Of those who act in these entries, as far as they are known."""
