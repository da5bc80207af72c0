"""Waivers: requests that the policy approves by itself, so often and no more; counted as they are sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from access.rules import jobs, sending
from access.rules.addresses import domain_matches
from access.rules.changing import entry, moved_by
from access.rules.lifecycle import Event
from access.rules.model import (
    Change,
    Json,
    NotWaived,
    Record,
    Request,
    RequestId,
    Waived,
    WhyNot,
)
from access.rules.policy import Rules, Waiver
from access.rules.policy_waivers import MOST_WAIVED
from access.rules.refusals import Duplicate

WaiverKey = NewType("WaiverKey", str)
"""Under which the uses of a waiver are kept: what it is called, in small letters, wherever it stands."""


@dataclass(frozen=True, slots=True)
class Uses:
    """When each waiver was used, the last `MOST_WAIVED` times, by the store's clock.

    `restored_at` is when a restored database was noticed last, which may have forgotten uses before that.
    """

    at: Mapping[WaiverKey, Sequence[datetime]]
    restored_at: datetime | None = None
    about: Record | None = None
    """The request that the new one is about, as it stands, locked until the new one is written."""


@dataclass(frozen=True, slots=True)
class Waivable:
    """Makes a request that may need nobody, by its number, the time, and the uses of these waivers.

    The store counts the use together with the request: two replicas never see the same last free place.
    Where what it is `about` has come to stand in its way, or the same was given since it was `begun`, that
    is the `Duplicate`.
    """

    waivers: tuple[WaiverKey, ...]
    make: Callable[[int, datetime, Uses], Change | Duplicate]
    about: RequestId | None = None
    begun: datetime | None = None
    """When it was begun to look whether the guest has it; the directory may not show what was given later."""


class Unfit(StrEnum):
    """Why a waiver does not apply to a request."""

    REQUESTOR = "requestor"
    DOMAIN = "domain"
    TERM = "term"
    GUEST_NEW = "guest-new"


def key_of(waiver: str) -> WaiverKey:
    return WaiverKey(waiver.casefold())


def unfit(waiver: Waiver, domain: str, length: timedelta, *, guest_known: bool) -> Unfit | None:
    """Return why a waiver does not apply to a guest for so long; who may use it is asked elsewhere."""
    if waiver.domains and not domain_matches(domain, waiver.domains):
        return Unfit.DOMAIN
    if waiver.longest is not None and length > waiver.longest:
        return Unfit.TERM
    return Unfit.GUEST_NEW if waiver.known_guests and not guest_known else None


def used(waiver: Waiver, uses: Uses, now: datetime) -> int:
    """Return how often a waiver was used within its window, which slides; later than now counts, too."""
    return sum(now - at < waiver.per for at in uses.at.get(key_of(waiver.name), ()))


def shut(waiver: Waiver, uses: Uses, now: datetime) -> WhyNot | None:
    """Return why a waiver that applies is not used now; None where there is room."""
    if used(waiver, uses, now) >= waiver.most:
        return WhyNot.USED_UP
    forgot = uses.restored_at is not None and now - uses.restored_at < waiver.per
    return WhyNot.RESTORED if forgot else None


def noted(uses: Sequence[datetime], at: datetime) -> tuple[datetime, ...]:
    """Return the uses with one more; as many are kept as any limit can count."""
    return (*uses, at)[-MOST_WAIVED:]


def send(request: Request, may: Sequence[Waiver], uses: Uses, now: datetime, *, personal: bool) -> Change:
    """Send a request by the first of its waivers that has not been used too often, else to its approvers.

    `may` are those that apply to it. Nobody is waived for what benefits themselves.
    """
    plan = request.plan
    if not may or plan is None or plan.guest_id == request.requestor.object_id:
        return sending.send(request, now, personal=personal)
    closed = [shut(one, uses, now) for one in may]
    if closed[0] and all(closed):
        why_not = NotWaived(may[0].name, may[0].most, may[0].per.days, closed[0])
        return sending.send(replace(request, not_waived=why_not), now, personal=personal)
    waiver = may[closed.index(None)]
    count = used(waiver, uses, now) + 1
    waived = Waived(waiver.name, now, plan.hash, count, waiver.most)
    moved = moved_by(request, Event.WAIVED, now, waived=waived, guest_id=plan.guest_id)
    return _waived(moved, waiver, personal=personal)


def renew(request: Request, first: Request, rules: Rules, now: datetime, *, personal: bool) -> Change:
    """Send a renewal that the policy's own waiver approves; each access has as many as it may be renewed.

    Nobody is waived for what benefits themselves.
    """
    plan = request.plan
    if plan is None or plan.guest_id == request.requestor.object_id:
        return sending.send(request, now, personal=personal)
    count, most = len(first.assignment.renewals) + 1 if first.assignment else 1, rules.renewals_most or 0
    waived = Waived(rules.renewals_open, now, plan.hash, count, most)
    moved = moved_by(request, Event.WAIVED, now, waived=waived, guest_id=plan.guest_id)
    return _begun(
        moved,
        {"waiver": waived.waiver, "rule": request.rule, "count": count, "most": most},
        personal=personal,
    )


def _waived(request: Request, waiver: Waiver, *, personal: bool) -> Change:
    assert request.waived is not None
    detail: dict[str, Json] = {
        "waiver": waiver.name,
        "rule": request.rule,
        "count": request.waived.count,
        "most": waiver.most,
        "days": waiver.per.days,
    }
    return _begun(request, detail, personal=personal)


def _begun(request: Request, detail: Mapping[str, Json], *, personal: bool) -> Change:
    """Begin the delivery: the thread shows it, and nobody is asked."""
    assert request.waived is not None
    audience, now = (jobs.REQUESTOR if personal else jobs.THREAD), request.waived.at
    fact = entry(request, "request.waived", {**detail, "plan": request.waived.plan})
    return Change(
        request=request,
        jobs=(jobs.card(request, audience, request.place, now), *sending.steps(request, now)),
        audit=(sending.submitted(request), fact),
    )
