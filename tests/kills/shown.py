"""What people were shown, judged: every card says how its request has ended, and none went back."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.kills.crowd import Guest
from tests.kills.evidence import CHANNEL, Entry, Evidence

ENDED = {"delivered", "denied"}
_LABEL = re.compile(r"R-\d+")
_ACCEPTED = " accepted the invitation "
_DEATHS = {"hit", "killed", "paused"}
_UNDER_WAY = re.compile(r"Delivering: step (\d+) ")
_ENDS = ("Delivered", "Accepted", "Denied", "Canceled", "Expired", "Delivery failed", "Guest deleted")
_REFUSED = 403


@dataclass(slots=True)
class Cards:
    """What one audience was shown of one request, in order: each text, and the message that held it."""

    told: list[tuple[str, str]] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    """The messages, as they were posted."""

    @property
    def newest(self) -> str:
        """Return what the newest copy says now.

        After a death or a lost answer nobody knows whether a card was posted, so it is again. The earlier
        copy stays as it was, and is told to be stale when somebody presses it.
        """
        return next(text for text, message in reversed(self.told) if message == self.copies[-1])


def cards(evidence: Evidence) -> Iterator[str]:
    """Every card ends with how its request ended, none ever went back, and a notice is shown once."""
    notices = Counter(
        (event["detail"]["conversation"], text.partition(" accepted")[0])
        for event, text in _shown(evidence.ledger)
        if _ACCEPTED in text
    )
    for (where, whom), count in notices.items():
        if count > 1:
            yield f"a notice about {whom} was shown {count} times in {where}"
    shown = _by_audience(evidence.ledger)
    names = {conversation: name for name, conversation in evidence.places.items()}
    guests = {guest.address: guest for guest in evidence.guests}
    accepted = {entry["request_id"] for entry in evidence.chain if entry["what"] == "guest.accepted"}
    asked = {entry["request_id"] for entry in evidence.chain if entry["what"] == "question.asked"}
    for request_id, number, state, address in evidence.requests:
        if request_id in asked:
            continue  # the messages of a question and of its answer are cards, too, and stay as they were
        label = f"R-{number}"
        mine = {where: found for (of, where), found in shown.items() if of == label}
        final = "Accepted" if request_id in accepted else state.capitalize()
        for where, found in mine.items():
            whose = names.get(where, where)
            yield from _went_back(f"{label}: the card of {whose}", found)
            if state not in ENDED or found.newest.startswith(f"{final}."):
                continue
            # Who cannot be reached any more, as Teams itself said, keeps what they were shown last.
            if not _given_up(evidence, request_id, whose):
                yield f"{label}: the card of {whose} does not say {final}: {found.newest[:20]}"
        for whose in _audiences(guests.get(address)):
            if evidence.places[whose] not in mine and not _given_up(evidence, request_id, whose):
                yield f"{label}: no card for {whose}"


def _audiences(guest: Guest | None) -> Sequence[str]:
    """Return who must be shown a request: whoever asks, there, and both who decide."""
    return (CHANNEL if guest.in_channel else "megan", "alex", "nia") if guest else ()


def _given_up(evidence: Evidence, request_id: str, whose: str) -> bool:
    """Tell whether a card was given up, and for the one good cause: Teams refuses the person for good."""
    where = evidence.places.get(whose, "")
    calls = (event["detail"] for event in evidence.ledger if event["kind"] == "connector.call")
    refused = any(call.get("status") == _REFUSED and where in call["path"] for call in calls)
    return refused and (request_id, whose) in evidence.given_up


def _by_audience(ledger: Sequence[Entry]) -> Mapping[tuple[str, str], Cards]:
    """Return the cards by their request and the conversation that they are in.

    Answers to what somebody said are no cards of the outbox; they say what was true then, and stay so.
    """
    found: dict[tuple[str, str], Cards] = defaultdict(Cards)
    copies: dict[str, Cards] = {}
    for event, text in _shown(ledger):
        message, label = event["detail"]["activityId"], _LABEL.search(text)
        if _ACCEPTED in text or label is None:
            continue
        if event["kind"] == "card.posted":
            copies[message] = found[label[0], event["detail"]["conversation"]]
            copies[message].copies.append(message)
        if message in copies:
            copies[message].told.append((text, message))
    return found


def _went_back(whose: str, cards: Cards) -> Iterator[str]:
    """No copy says less than one before it did, and how a request ended is said once and for all.

    This holds across copies: one is posted anew only when whoever held the card before has lost its claim.
    """
    for (earlier, _), (later, _) in pairwise(cards.told):
        ends = (_end(earlier), _end(later))
        if _stage(later) < _stage(earlier):
            yield f"{whose} went back from {earlier[:20]} to {later[:20]}"
        elif "" not in ends and ends[0] != ends[1] and ends != ("Delivered", "Accepted"):
            yield f"{whose} ended twice, as {ends[0]} and as {ends[1]}"


def _end(text: str) -> str:
    """Return how a request ended, by its card; nothing while it has not."""
    return next((word for word in _ENDS if text.startswith(word)), "")


def _stage(text: str) -> tuple[int, int]:
    """Return how far a card says that its request is: asked, under way at a step, ended, accepted."""
    if end := _end(text):
        return (3, 0) if end == "Accepted" else (2, 0)
    step = _UNDER_WAY.match(text)
    return (1, int(step[1]) if step else 0) if text.startswith("Delivering") else (0, 0)


def _shown(ledger: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield what the outbox showed; an answer to somebody's words is sent as a reply, so it is left out."""
    for event, call in pairwise(ledger):
        posted = event["kind"] == "card.posted" and call["detail"].get("path", "").endswith("/activities")
        if posted or event["kind"] == "card.updated":
            yield event, event["detail"]["fallbackText"]


def posts(evidence: Evidence) -> Iterator[str]:
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
