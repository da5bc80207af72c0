"""The judge of a kill run: the sandbox's ledger against the audit chain, guest by guest."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GIVEN = ("member.added", "assignment.created")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was lost or doubled, a sentence each; empty when nothing was."""

    faults: tuple[str, ...]


def judge(ledger: Sequence[Mapping[str, Any]], database: Path, addresses: Sequence[str]) -> Verdict:
    """Check each guest: one object, one thing given, one approval, at most one mail with the newest link."""
    faults: list[str] = []
    of_guest = _by_guest(ledger)
    audit = _audit(database)
    for number, address in enumerate(addresses):
        events, entries = of_guest[address], audit[1001 + number]
        faults += [f"{address}: {fault}" for fault in _faults(events, entries)]
    return Verdict(tuple(faults))


def _faults(events: Sequence[Mapping[str, Any]], entries: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    def of(*kinds: str) -> list[Mapping[str, Any]]:
        return [event["detail"] for event in events if event["kind"] in kinds]

    faults = []
    if len(of("user.created")) != 1:
        faults.append(f"{len(of('user.created'))} directory objects")
    if len(of(*GIVEN)) != 1:
        faults.append(f"given {len(of(*GIVEN))} times")
    if len([what for what, _ in entries if what == "request.approved"]) != 1:
        faults.append("not exactly one approval")
    if len(of("mail.sent")) > 1:
        faults.append(f"{len(of('mail.sent'))} mails")
    invitations = of("invitation.created")
    mails = of("mail.sent")
    if mails and invitations and not mails[-1]["linkIsNewest"]:
        faults.append("the mail's link is not the newest")
    causes = [detail.get("cause") for what, detail in entries if what == "step.done" and "cause" in detail]
    if len(invitations) > 1 and "link-lost" not in causes:
        faults.append(f"invited {len(invitations)} times without a cause: {causes}")
    if "request.delivered" not in [what for what, _ in entries]:
        faults.append("not delivered")
    return faults


def _by_guest(ledger: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    address_of = {
        event["detail"]["guest"]: event["detail"]["address"]
        for event in ledger
        if event["kind"] == "user.created"
    }
    for event in ledger:
        detail = event["detail"]
        if event["kind"] == "mail.sent":
            for to in detail["to"]:
                found[to].append(event)
        elif "address" in detail:
            found[detail["address"]].append(event)
        elif detail.get("guest") in address_of:
            found[address_of[detail["guest"]]].append(event)
    return found


def _audit(database: Path) -> dict[int, list[tuple[str, dict[str, Any]]]]:
    """Return what the chain says of each request, by its number, in order."""
    query = (
        "SELECT r.number, a.what, a.detail FROM audit a JOIN requests r ON r.id = a.request_id ORDER BY a.seq"
    )
    found: dict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    with sqlite3.connect(database) as reader:
        for number, what, detail in reader.execute(query):
            found[number].append((what, json.loads(detail)))
    return found
