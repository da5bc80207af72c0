from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from access.rules.audit import BEFORE_THE_FIRST, AuditEntry, link, verify
from access.rules.model import AuditFact, ObjectId, RequestId, Subject

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def chain(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    previous = BEFORE_THE_FIRST
    for seq in range(1, length + 1):
        fact = AuditFact(
            what="step.done",
            request_id=RequestId(f"request-{seq}"),
            actor=ObjectId("somebody"),
            subject=Subject("a-digest"),
            detail={"step": "invite", "fence": seq, "traces": ["one", "two"]},
        )
        entries.append(link(previous, seq, AT + timedelta(seconds=seq), fact))
        previous = entries[-1].hash
    return entries


def test_an_untouched_chain_holds() -> None:
    assert verify([]) is None
    assert verify(chain(5)) is None


EDITS: dict[str, Callable[[AuditEntry], AuditEntry]] = {
    "time": lambda entry: replace(entry, at=entry.at + timedelta(microseconds=1)),
    "what": lambda entry: replace(entry, fact=replace(entry.fact, what="step.failed")),
    "request": lambda entry: replace(entry, fact=replace(entry.fact, request_id=None)),
    "actor": lambda entry: replace(entry, fact=replace(entry.fact, actor=ObjectId("another"))),
    "subject": lambda entry: replace(entry, fact=replace(entry.fact, subject=None)),
    "detail": lambda entry: replace(entry, fact=replace(entry.fact, detail={"step": "invite"})),
    "previous": lambda entry: replace(entry, previous="0" * 64),
    "hash": lambda entry: replace(entry, hash="0" * 64),
}


@pytest.mark.parametrize("part", EDITS)
def test_an_edited_entry_is_the_first_that_is_broken(part: str) -> None:
    entries = chain(5)
    entries[2] = EDITS[part](entries[2])
    assert verify(entries) == 3


def test_an_entry_edited_together_with_its_hash_breaks_the_next() -> None:
    entries = chain(5)
    entries[2] = link(entries[2].previous, 3, AT, replace(entries[2].fact, what="nothing.happened"))
    assert verify(entries) == 4


@pytest.mark.parametrize("place", range(4))
def test_a_removed_entry_breaks_the_one_after_it(place: int) -> None:
    entries = chain(5)
    del entries[place]
    assert verify(entries) == place + 2


def test_reordered_entries_are_found() -> None:
    entries = chain(5)
    entries[1], entries[2] = entries[2], entries[1]
    assert verify(entries) == 3


def test_an_inserted_entry_is_found() -> None:
    entries = chain(5)
    entries.insert(2, link(entries[1].hash, 3, AT, AuditFact(what="request.approved")))
    assert verify(entries) == 3


def test_a_chain_that_starts_elsewhere_is_found() -> None:
    assert verify([link("f" * 64, 1, AT, AuditFact(what="request.submitted"))]) == 1


def test_the_hash_does_not_depend_on_the_order_of_details_or_the_zone_of_the_time() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=2)))
    one = link("", 1, AT, AuditFact(what="x", detail={"a": 1, "b": 2}))
    other = link("", 1, elsewhere, AuditFact(what="x", detail={"b": 2, "a": 1}))
    assert one.hash == other.hash


def test_what_is_no_json_is_no_audit_entry() -> None:
    with pytest.raises(ValueError, match="JSON"):
        link("", 1, AT, AuditFact(what="x", detail={"a": float("nan")}))
