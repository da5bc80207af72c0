"""The judge of protections: one policy for each part, each change under its order, and a truthful card.

It knows the audit chain, the sandbox's ledger of policies, and the requests as they are stored.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.kills.evidence import Entry
from tests.kills.past import Aftermath, Past, detail_of

STEPS = {
    "policy.added": {"make-policies"},
    "policy.updated": {"enforce-policies", "watch-policies"},
    "policy.deleted": {"remove-policies"},
}
_WORDS = {"watching": "Only reports", "enforced": "Enforced", "removed": "Removed"}
_STATES = {"watching": "enabledForReportingButNotEnforced", "enforced": "enabled"}
_LEADS_TO = {"enforce": "guard.enforced", "watch": "guard.watching", "remove": "guard.removed"}


def protections(after: Aftermath) -> list[str]:
    """Return everything that is wrong with what became of protections, a sentence each."""
    past = Past.read(after)
    found: list[str] = []
    for rule in (_under_a_step, _one_at_a_time, _as_stored, _each_order_once, _told):
        found += rule(past)
    return found


def _guards(past: Past) -> Mapping[str, Mapping[str, Any]]:
    return {of: body for of, body in past.after.bodies.items() if body["kind"] == "protect"}


def _ours(past: Past) -> list[Entry]:
    return [one for one in past.after.ledger if one["kind"] in STEPS and one["seq"] in past.after.heads]


def _under_a_step(past: Past) -> Iterator[str]:
    """Each write has the entry of its step before it, and that the approval or what was ordered."""
    for event in _ours(past):
        head = past.after.heads[event["seq"]]
        mine = [
            one for one in past.steps if one.step in STEPS[event["kind"]] and one.since <= head < one.until
        ]
        if not mine:
            yield f"{event['kind']} of {event['detail']['name']} without a step that is under way"
        for one in mine:
            what = [entry["what"] for entry in past.entries[one.request] if entry["seq"] < one.since]
            wanted = "request.approved" if one.step == "make-policies" else "guard.ordered"
            if wanted not in what:
                yield f"{event['kind']} of {event['detail']['name']} before its {wanted}"


def _one_at_a_time(past: Past) -> Iterator[str]:
    """Names are not unique in Entra, so nothing else keeps a second one of the same mark away."""
    there = Counter[str]()
    for event in _ours(past):
        name = event["detail"]["name"]
        there[name] += {"policy.added": 1, "policy.deleted": -1}.get(event["kind"], 0)
        if there[name] > 1:
            yield f"{name} was made while it was there"


def _as_stored(past: Past) -> Iterator[str]:
    """In the tenant is what the requests have come to, in the state that they say; nothing else of ours."""
    there: dict[str, str] = {}
    for event in _ours(past):
        detail = event["detail"]
        there[detail["id"]] = detail["state"]
        if event["kind"] == "policy.deleted":
            del there[detail["id"]]
    for body in _guards(past).values():
        guard, label = body["guard"], f"R-{body['number']}"
        if guard["doing"] or body["state"] == "delivering":
            yield f"{label}: under way, and nothing goes on with it"
        for made in guard["made"] if guard["state"] in _STATES else ():
            found = there.pop(made["policy_id"], "")
            if found != _STATES[guard["state"]]:
                yield f"{label}: stored as {guard['state']}, and its policy is {found or 'not there'}"
    for policy, state in there.items():
        yield f"the policy {policy} is {state}, and no request has it"


def _each_order_once(past: Past) -> Iterator[str]:
    """The making, and each order, is told to be done once, or to have failed; what came last is stored."""
    for request, body in _guards(past).items():
        label, wanted, last = f"R-{body['number']}", "", ""
        for entry in past.entries[request]:
            what = entry["what"]
            if what in {"request.approved", "delivery.retried"}:
                wanted = "guard.watching"
            elif what == "guard.ordered":
                wanted = _LEADS_TO[detail_of(entry)["act"]]
            elif what == "step.failed":
                wanted = ""
            elif what in _LEADS_TO.values():
                if what != wanted:
                    yield f"{label}: {what}, and what was wanted is {wanted or 'nothing'}"
                wanted, last = "", what
        if last and last != f"guard.{body['guard']['state']}":
            yield f"{label}: stored as {body['guard']['state']}, and told as {last}"


def _told(past: Past) -> Iterator[str]:
    """Each card says what the protection has come to."""
    texts: dict[str, str] = {}
    for event in past.after.ledger:
        if event["kind"] in {"card.posted", "card.updated"}:
            texts[event["detail"]["activityId"]] = event["detail"]["fallbackText"]
    guards = _guards(past)
    for request, message in past.after.cards:
        state = guards[request]["guard"]["state"] if request in guards else None
        if state and message in texts and not texts[message].startswith(_WORDS[state]):
            yield f"R-{guards[request]['number']}: {state}, and a card says {texts[message][:30]}"
