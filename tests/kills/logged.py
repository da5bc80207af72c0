"""What others than Guestlist's own records say of it: Entra's log, and the cards that people see."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.kills.past import ACCESS, Begun, Past, detail_of, told, what_of

STEPS = {
    "Invite external user": {"invite"},
    "Add member to group": {"give", "give-again"},
    "Remove member from group": {"take-away"},
    "Add app role assignment grant to user": {"give", "give-again"},
    "Remove app role assignment from user": {"take-away"},
    "Disable account": {"block"},
    "Enable account": {"unblock"},
    "Delete user": {"delete"},
    "Restore user": {"put-back"},
}
_LOGGED = {step for steps in STEPS.values() for step in steps} - {"invite"}
"""What Entra surely logs; of somebody who was there it may leave an invitation out."""
_NOTHING_DONE = ("was_there", "was_gone", "was_so", "found")


def logged(past: Past) -> Iterator[str]:
    """Entra's log has nothing of ours that no step explains, and all that a step says that it did."""
    explained: set[int] = set()
    before = {*past.after.known}  # whom the run itself has invited once, with our credential
    for entry in past.after.logged:
        steps = STEPS.get(entry["activityDisplayName"])
        if steps is None:
            continue
        mine = [one for one in past.steps if one.step in steps and _explains(past, one, entry)]
        explained |= {one.since for one in mine}
        if not mine and before & _targets(entry):
            before -= _targets(entry)
        elif not mine:
            yield f"Entra tells of {entry['activityDisplayName']} of {_targets(entry)}, the chain does not"
    for one in past.steps if past.after.logged else ():
        if one.step in _LOGGED and _did(one) and one.since not in explained:
            number = past.after.bodies[one.request]["number"]
            yield f"R-{number}: {one.step} is done by the chain, and Entra tells nothing of it"


def _targets(entry: Mapping[str, Any]) -> set[str]:
    targets = entry["targetResources"]
    return {str(name) for one in targets for name in (one["id"], one["displayName"]) if name}


def _explains(past: Past, one: Begun, entry: Mapping[str, Any]) -> bool:
    """Tell whether a step is about the guest and the group or app of an entry, and was under way then."""
    body, targets = past.after.bodies[one.request], _targets(entry)
    guest = {past.addresses.get(target, "").casefold() for target in targets}
    about = body["address"].casefold() in guest
    if body["kind"] in ACCESS and one.step != "invite":
        about &= what_of(body) in targets
    return about and one.since <= entry["head"] < one.until


def _did(one: Begun) -> bool:
    """Tell whether a step says that it made the directory do something."""
    if one.end is None or one.end["what"] != "step.done":
        return False
    detail = detail_of(one.end)
    return bool(detail.get("request-id")) and not any(detail.get(name) for name in _NOTHING_DONE)


def shown(past: Past) -> Iterator[str]:
    """No word stands on a card of who has an access and on one of who has not, whatever the word is."""
    texts: dict[str, str] = {}
    for event in past.after.ledger:
        if event["kind"] in {"card.posted", "card.updated"}:
            texts[event["detail"]["activityId"]] = event["detail"]["fallbackText"]
    words: dict[str, dict[bool, list[str]]] = defaultdict(lambda: defaultdict(list))
    for request, message in past.after.cards:
        body = past.after.bodies[request]
        one = told(past.entries[request], body)
        delivered = any(entry["what"] == "request.delivered" for entry in past.entries[request])
        if body["kind"] in ACCESS and delivered and not one.under and message in texts:
            words[texts[message].partition(".")[0]][one.has].append(f"R-{body['number']}")
    for word, labels in words.items():
        if len(labels) > 1:
            has, has_not = (sorted({*labels[one]})[:5] for one in (True, False))
            yield f"{word} stands on the cards of {has}, who have it, and of {has_not}, who have not"
