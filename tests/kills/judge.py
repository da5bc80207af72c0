"""The judge of a run: what the sandbox saw against what the database holds, request by request."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.kills.crowd import Guest
from tests.kills.evidence import Entry, Evidence
from tests.kills.plans import CALLS

ENDED = {"delivered", "denied"}
STEP_OF = {
    "user.created": "invite",
    "invitation.created": "invite",
    "member.added": "give",
    "assignment.created": "give",
    "mail.drafted": "mail",
    "mail.sent": "mail",
}
_WRITES = tuple(re.compile(call.decode().removeprefix("^POST /v1.0").rstrip()) for call in CALLS.values())
_BACKWARDS = timedelta(seconds=20)
"""Replicas take the time before they wait for the chain's head, so neighbours may lie this far apart."""
_LABEL = re.compile(r"R-\d+")
_ACCEPTED = " accepted the invitation "
_DEATHS = {"hit", "killed", "paused"}
_ORDER = ("Delivering", "Delivered", "Accepted")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def judge(evidence: Evidence) -> list[str]:
    """Return everything that was lost, doubled, out of order or let out, a sentence each."""
    found = list(evidence.faults)
    for rule in (_requests, _approved_before, _known_writes, _chain, _cards, _posts, _secrets):
        found += rule(evidence)
    return found


def _requests(evidence: Evidence) -> Iterator[str]:
    """Check each guest: one request, one decision, and exactly what was decided happened, once."""
    events = _by_guest(evidence.ledger)
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
            *_invited(events[guest.address], entries[request_id]),
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
    """Check the effects: one object, one way in, one mail with the newest link; none where denied."""
    once = 1 if state == "delivered" else 0
    wanted = {
        ("user.created", "directory objects"): once,
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
    if mails and not mails[-1]["linkIsNewest"]:
        yield "the mail's link is not the newest"


def _invited(events: Sequence[Entry], entries: Sequence[Entry]) -> Iterator[str]:
    """A second invitation is for a link that was lost, and the audit says so."""
    invitations = sum(event["kind"] == "invitation.created" for event in events)
    causes = [_detail(entry).get("cause") for entry in entries if entry["what"] == "step.done"]
    if invitations > 1 and "link-lost" not in causes:
        yield f"invited {invitations} times without a cause"


def _approved_before(evidence: Evidence) -> Iterator[str]:
    """No effect came in before its approval and the entry of its step stood in the chain."""
    ids = {address: request_id for request_id, _, _, address in evidence.requests}
    firsts: dict[tuple[str, str], int] = {}
    for entry in evidence.chain:
        if entry["what"] in {"request.approved", "step.begun"}:
            key = (entry["request_id"], _detail(entry).get("step", "approval"))
            firsts.setdefault(key, entry["seq"])
    for address, events in _by_guest(evidence.ledger).items():
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
        if detail["method"] != "POST" or not any(write.fullmatch(detail["path"]) for write in _WRITES):
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


def _cards(evidence: Evidence) -> Iterator[str]:
    """A card never goes back, ends with how its request ended, and a notice is shown once."""
    shown: dict[tuple[str, str], list[str]] = defaultdict(list)
    notices: dict[tuple[str, str], int] = defaultdict(int)
    for event, text in _shown(evidence.ledger):
        where = event["detail"]["conversation"]
        if _ACCEPTED in text:
            notices[where, text.partition(" accepted")[0]] += 1
        elif found := _LABEL.search(text):
            shown[found[0], event["detail"]["activityId"]].append(text)
    for (where, whom), count in notices.items():
        if count > 1:
            yield f"a notice about {whom} was shown {count} times in {where}"
    states = {f"R-{number}": state for _, number, state, _ in evidence.requests}
    for (label, _), texts in shown.items():
        ranks = [_rank(text) for text in texts]
        if ranks != sorted(ranks):
            yield f"{label}: a card went back: {[text[:12] for text in texts]}"
    for label, state in states.items():
        newest = [texts[-1] for (of, _), texts in shown.items() if of == label]
        told = any(_rank(text) > 1 or text.startswith("Denied") for text in newest)
        if state in ENDED and not told:
            yield f"{label}: no card says how it ended"


def _rank(text: str) -> int:
    return next((place for place, word in enumerate(_ORDER, 1) if text.startswith(word)), 0)


def _shown(ledger: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield what the outbox showed; an answer to somebody's words is sent as a reply, so it is left out."""
    for event, call in pairwise(ledger):
        posted = event["kind"] == "card.posted" and call["detail"].get("path", "").endswith("/activities")
        if posted or event["kind"] == "card.updated":
            yield event, event["detail"]["fallbackText"]


def _posts(evidence: Evidence) -> Iterator[str]:
    """A card is posted again only where nobody can know that it was: after a death, or a lost answer."""
    postings: dict[str, list[tuple[int, Entry]]] = defaultdict(list)
    for place, line in enumerate(evidence.trail):
        if line["what"] == "posting" and not _held_back(evidence.trail[place + 1 :], line):
            postings[line["key"]].append((place, line))
    for key, posted in postings.items():
        for (place, line), (again, _) in pairwise(posted):
            between = evidence.trail[place:again]
            noted = any(one["what"] == "noted" and one["key"] == key for one in between)
            died = any(one["what"] in _DEATHS and one["pid"] == line["pid"] for one in between)
            if noted or not (died or _unknown(evidence.trail[place:], line)):
                yield f"{key}: posted again, {'though that was noted' if noted else 'for no cause'}"
    yield from _more_than_posted(evidence, postings)


def _more_than_posted(evidence: Evidence, postings: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Check that no call to the connector showed a card that nobody meant to post."""
    shown = Counter(
        label[0]
        for event, text in _shown(evidence.ledger)
        if event["kind"] == "card.posted" and _ACCEPTED not in text and (label := _LABEL.search(text))
    )
    posted = Counter[str]()
    for key, lines in postings.items():
        if "/accepted/" not in key:
            posted[key.partition("/")[0]] += len(lines)
    for request_id, number, _, _ in evidence.requests:
        if shown[f"R-{number}"] > posted[request_id]:
            yield f"R-{number}: {shown[f'R-{number}']} cards for {posted[request_id]} postings"


def _held_back(since: Sequence[Entry], posting: Entry) -> bool:
    """Tell whether a posting was refused before it left: its process had lost its lease meanwhile."""
    told = [line for line in since if line["pid"] == posting["pid"] and line.get("key") == posting["key"]]
    return bool(told and told[0].get("error") == "LeaseLost")


def _unknown(since: Sequence[Entry], posting: Entry) -> bool:
    """Tell whether the poster itself never knew, or could not note, what became of it."""
    mine = (line for line in since if line["pid"] == posting["pid"] and line.get("key") == posting["key"])
    return any(line["what"] in {"failed", "unnoted"} for line in mine)


def _secrets(evidence: Evidence) -> Iterator[str]:
    for output in evidence.outputs:
        text = output.text.casefold()
        for word in output.forbidden:
            if word.casefold() in text:
                yield f"{output.where} holds {word[:20]}…"


def _detail(entry: Entry) -> Mapping[str, Any]:
    detail: Mapping[str, Any] = json.loads(entry["detail"])
    return detail


def _by_guest(ledger: Sequence[Entry]) -> Mapping[str, list[Entry]]:
    """Return the effects of each guest, by address; the ledger also names them by object id."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for event in ledger:
        detail = event["detail"]
        addresses: Sequence[str] = detail["to"] if event["kind"] in {"mail.sent", "mail.drafted"} else ()
        for address in addresses or ([detail["address"]] if detail.get("address") else []):
            found[address].append(event)
    return found
