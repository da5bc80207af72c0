"""What the judge of lives is told of a run, and what the judge of deliveries is told without them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.kills.evidence import Evidence, cards_of
from tests.kills.grounds import Ground
from tests.kills.onlooker import Sight
from tests.kills.past import Aftermath, May, anybody


def without(evidence: Evidence, addresses: Collection[str]) -> Evidence:
    """Return what is judged of requests about a guest that ended with their delivery, and nothing else."""
    known = {guest for guest, address in evidence.known.items() if address in addresses}
    guests = known | {
        event["detail"]["guest"]
        for event in evidence.ledger
        if event["detail"].get("address") in addresses and event["detail"].get("guest")
    }
    names = [name_of_guest(address) for address in addresses]

    def of_others(detail: Mapping[str, Any]) -> bool:
        about = {detail.get("address"), *(detail.get("to") or ())} & {*addresses}
        said = detail.get("fallbackText", "")
        return not about and detail.get("guest") not in guests and not any(name in said for name in names)

    return replace(
        evidence,
        guests=[guest for guest in evidence.guests if guest.address not in addresses],
        requests=[row for row in evidence.requests if row[3] and row[3] not in addresses],
        ledger=[event for event in evidence.ledger if of_others(event["detail"])],
    )


def name_of_guest(address: str) -> str:
    """Return what a guest is called of whom only the address was said: `Canary Abc`."""
    return address.partition("@")[0].replace(".", " ").title()


async def aftermath(
    ground: Ground,
    sight: Sight,
    evidence: Evidence,
    guests: Sequence[Mapping[str, Any]],
    may: May = anybody,
) -> Aftermath:
    """Gather what is known of every guest, once all is quiet; `guests` are those whom the directory has."""
    rows = await ground.rows("SELECT id, body FROM requests")
    return Aftermath(
        chain=evidence.chain,
        ledger=evidence.ledger,
        heads=evidence.heads,
        bodies={row[0]: json.loads(row[1]) for row in rows},
        guests=guests,
        known=evidence.known,
        logged=sight.logged,
        cards=await cards_of(ground),
        may=may,
    )
