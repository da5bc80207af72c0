"""Whether a past request would have needed anybody, by the waivers of another policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from access.rules.facts import Limit
from access.rules.model import Request
from access.rules.policy import Policy, Waiver
from access.rules.replay_people import Meanings, is_among
from access.rules.replayed import Findings, What
from access.rules.waiving import key_of, unfit
from access.rules.ways_in import names


def waiving(
    policy: Policy, request: Request, meanings: Meanings, length: timedelta, findings: Findings
) -> bool:
    """Compare what waives a request; tell whether people decided on it, and still would.

    Of a waiver that did not apply then nobody counted how often it was used: it counts as not used up.
    """
    applying = _applying(policy, request, meanings, length, findings)
    if applying is None:
        return request.waived is None
    was, now = request.waived, _first(request, applying)
    if isinstance(now, _Unknown):
        findings.lacks(f"how often the waiver {now.waiver.name} had been used")
    elif now is None and was is not None:
        words = f"The waiver {was.waiver} would not apply: people would be asked."
        findings.differs(What.WAIVER, words)
    elif now is not None and (was is None or key_of(was.waiver) != key_of(now.name)):
        often = f"{now.most} times within {now.per.days} day{'' if now.per.days == 1 else 's'}"
        instead = f"the waiver {was.waiver}" if was else "people"
        words = f"The waiver {now.name} would approve it, not {instead}, if it was not used {often} before."
        findings.differs(What.WAIVER, words)
    return was is None and now is None


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A waiver of which nobody knows whether it had been used too often."""

    waiver: Waiver


def _applying(
    policy: Policy, request: Request, meanings: Meanings, length: timedelta, findings: Findings
) -> Sequence[Waiver] | None:
    """Return the waivers that would apply; None where that was not kept."""
    facts = request.facts
    if facts is None:
        return None
    given = facts.give or request.give
    if facts.others and not names(policy, request.app.object_id, given.object_id):
        return ()
    rules, found = policy.rules_for(request.app.object_id, facts.give, facts.domain), list[Waiver]()
    for one in rules.open_waivers:
        if unfit(one, facts.domain, length, guest_known=facts.guest_known):
            continue
        may, untold = (
            is_among(one.requestors, policy.roles, facts.give, meanings) if one.requestors else (True, ())
        )
        if may is None:
            findings.lacks(*untold)
            return None
        if may:
            found.append(one)
    return found


def _first(request: Request, applying: Sequence[Waiver]) -> Waiver | _Unknown | None:
    """Return the first waiver that was not used too often when the request was sent."""
    limits = {key_of(one.waiver): one for one in (request.facts.waivers if request.facts else ())}
    for one in applying:
        limit = limits.get(key_of(one.name))
        full = False if limit is None else _full(request, one, limit)
        if full is None:
            return _Unknown(one)
        if not full:
            return one
    return None


def _full(request: Request, waiver: Waiver, limit: Limit) -> bool | None:
    """Tell whether a waiver that applied then would have been used up, by what was counted of it."""
    was = request.waived
    tried = [key_of(one.waiver) for one in request.facts.waivers] if request.facts else []
    per, name = int(waiver.per.total_seconds()), key_of(waiver.name)
    if was is not None and name == key_of(was.waiver):
        if per <= limit.per and was.count <= waiver.most:
            return False
        return True if per >= limit.per and was.count > waiver.most else None
    if was is not None and tried.index(name) > tried.index(key_of(was.waiver)):
        return None  # nobody got as far as counting it
    return True if per >= limit.per and waiver.most <= limit.most else None
