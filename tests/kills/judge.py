"""The judge of a run: what the sandbox saw against what the database holds, request by request."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.kills.crowd import Before, Guest
from tests.kills.evidence import Entry, Evidence
from tests.kills.plans import EVERY_CALL
from tests.kills.shown import ENDED, cards, posts

STEP_OF = {
    "user.created": "invite",
    "invitation.created": "invite",
    "sponsor.added": "sponsor",
    "member.added": "give",
    "assignment.created": "give",
    "mail.drafted": "mail",
    "mail.sent": "mail",
}
_WRITES = tuple(re.compile(call.decode().removeprefix("^").rstrip()) for call in EVERY_CALL.values())
_BACKWARDS = timedelta(seconds=20)
"""Replicas take the time before they wait for the chain's head, so neighbours may lie this far apart."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def judge(evidence: Evidence) -> list[str]:
    """Return everything that was lost, doubled, out of order or let out, a sentence each."""
    found = list(evidence.faults)
    for rule in (_requests, _approved_before, _known_writes, _chain, cards, posts, _secrets):
        found += rule(evidence)
    return found


def _requests(evidence: Evidence) -> Iterator[str]:
    """Check each guest: one request, one decision, and exactly what was decided happened, once."""
    events = _by_guest(evidence)
    entries = defaultdict(list)
    for entry in evidence.chain:
        entries[entry["request_id"]].append(entry)
    for guest in evidence.guests:
        mine = [row for row in evidence.requests if row[3] == guest.address]
        if len(mine) != 1:
            yield f"{guest.address}: {len(mine)} requests"
            continue
        request_id, number, state, _ = mine[0]
        what = [entry["what"] for entry in entries[request_id]]
        for fault in (
            *_decided(state, what, evidence.decisions.count(request_id)),
            *_done(events[guest.address], state, guest),
            *_invited(events[guest.address], entries[request_id], guest),
        ):
            yield f"R-{number}: {fault}"
        if guest.accepts and state == "delivered" and what.count("guest.accepted") != 1:
            yield f"R-{number}: the acceptance is noted {what.count('guest.accepted')} times"


def _decided(state: str, what: Sequence[str], decisions: int) -> Iterator[str]:
    if state not in ENDED:
        yield f"has not ended: {state}"
    approved, denied = what.count("request.approved"), what.count("request.denied")
    wanted = (0, 1) if state == "denied" else (1, 0)
    if (approved, denied) != wanted or decisions != 1:
        yield f"{approved} approvals, {denied} denials and {decisions} decisions stand behind {state}"


def _done(events: Sequence[Entry], state: str, guest: Guest) -> Iterator[str]:
    """Check the effects: one object, one way in, one mail with the newest link; none where denied.

    Who was there before gets the sponsor of an invitation by a step of its own, and who had accepted no link.
    """
    once = 1 if state == "delivered" else 0
    wanted = {
        ("user.created", "directory objects"): once if guest.before is Before.NOBODY else 0,
        ("sponsor.added", "sponsors"): 0 if guest.before is Before.NOBODY else once,
        ("member.added", "memberships"): 0 if guest.by_role else once,
        ("assignment.created", "app role assignments"): once if guest.by_role else 0,
    }
    for (kind, name), number in wanted.items():
        count = sum(event["kind"] == kind for event in events)
        if count > number or (state in ENDED and count != number):
            yield f"{count} {name}"
    mails = [event["detail"] for event in events if event["kind"] == "mail.sent"]
    if len(mails) > 1 or (len(mails) != once and state in ENDED):
        yield f"{len(mails)} mails"
    if mails and mails[-1]["linkIsNewest"] is not (None if guest.before is Before.ACCEPTED else True):
        yield "the mail's link is not the newest"


def _invited(events: Sequence[Entry], entries: Sequence[Entry], guest: Guest) -> Iterator[str]:
    """A second invitation is for a link that was lost, and the audit says so; who has accepted gets none."""
    invitations = sum(event["kind"] == "invitation.created" for event in events)
    causes = [_detail(entry).get("cause") for entry in entries if entry["what"] == "step.done"]
    if invitations > 1 and "link-lost" not in causes:
        yield f"invited {invitations} times without a cause"
    if invitations and guest.before is Before.ACCEPTED:
        yield "invited though the invitation was accepted before"


def _approved_before(evidence: Evidence) -> Iterator[str]:
    """No effect came in before its approval and the entry of its step stood in the chain."""
    ids = {address: request_id for request_id, _, _, address in evidence.requests}
    firsts: dict[tuple[str, str], int] = {}
    for entry in evidence.chain:
        if entry["what"] in {"request.approved", "step.begun"}:
            key = (entry["request_id"], _detail(entry).get("step", "approval"))
            firsts.setdefault(key, entry["seq"])
    for address, events in _by_guest(evidence).items():
        for event in events:
            step = STEP_OF.get(event["kind"])
            if step is None:
                continue
            head = evidence.heads.get(event["seq"], 0)
            for before in ("approval", step):
                stood = firsts.get((ids.get(address, ""), before))
                if stood is None or stood > head:
                    yield f"{address}: {event['kind']} before the entry of its {before}"


def _known_writes(evidence: Evidence) -> Iterator[str]:
    """Nothing was written to Graph but what a plan holds."""
    for event in evidence.ledger:
        detail = event["detail"]
        if event["kind"] != "graph.call" or detail["method"] == "GET":
            continue
        call = f"{detail['method']} /v1.0{detail['path']}"
        if not any(write.fullmatch(call) for write in _WRITES):
            yield f"an unknown write: {detail['method']} {detail['path']}"


def _chain(evidence: Evidence) -> Iterator[str]:
    """Recompute the chain, by docs and not by the product's code."""
    previous = ""
    for place, entry in enumerate(evidence.chain, 1):
        at = _EPOCH + timedelta(microseconds=entry["at"])
        kept = {name: entry[name] for name in ("seq", "what", "request_id", "actor", "subject", "previous")}
        content = {**kept, "at": at.isoformat(timespec="microseconds"), "detail": _detail(entry)}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode("ascii")).hexdigest()
        if (entry["seq"], entry["previous"], entry["hash"]) != (place, previous, digest):
            yield f"the audit chain breaks at entry {entry['seq']}"
            return
        previous = entry["hash"]
    for earlier, later in pairwise(entry["at"] for entry in evidence.chain):
        if (earlier - later) * timedelta(microseconds=1) > _BACKWARDS:
            yield f"the store's time went back by {(earlier - later) / 1e6:.0f} s"


def _secrets(evidence: Evidence) -> Iterator[str]:
    for output in evidence.outputs:
        text = output.text.casefold()
        for word in output.forbidden:
            if word.casefold() in text:
                yield f"{output.where} holds {word[:20]}…"


def _detail(entry: Entry) -> Mapping[str, Any]:
    detail: Mapping[str, Any] = json.loads(entry["detail"])
    return detail


def _by_guest(evidence: Evidence) -> Mapping[str, list[Entry]]:
    """Return the effects of each guest, by address; of a sponsor the ledger tells by object id alone."""
    found: dict[str, list[Entry]] = defaultdict(list)
    made = {"user.created", "user.byHand"}
    created = [event["detail"] for event in evidence.ledger if event["kind"] in made]
    known = {**evidence.known, **{one.get("guest"): one["address"] for one in created}}
    for event in evidence.ledger:
        detail = event["detail"]
        addresses: Sequence[str] = detail["to"] if event["kind"] in {"mail.sent", "mail.drafted"} else ()
        for address in addresses or ([detail["address"]] if detail.get("address") else []):
            found[address].append(event)
        if event["kind"] == "sponsor.added":
            found[known.get(detail["guest"], detail["guest"])].append(event)
    return found
