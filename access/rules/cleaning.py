"""What the looks of the policy at an access come to: reminders, a question to its owner, its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from access.rules import ending, jobs, lapsing, unaccepted
from access.rules.lapses import Lapse, Lapsed, Silence
from access.rules.lapsing import Audience, Stands
from access.rules.model import Change, EndCause, JobStatus, Record
from access.rules.policy import Rules
from access.rules.refusals import Stale

Cleaning = Callable[[Record, datetime], Change | Stale]

WHY = {
    Lapse.NEVER_ACCEPTED: EndCause.NEVER_ACCEPTED,
    Lapse.INACTIVE: EndCause.INACTIVE,
    Lapse.SPONSORLESS: EndCause.SPONSORLESS,
}


def look(key: str, fence: int, facts: unaccepted.Facts) -> jobs.Claim:
    """Do what is due while a guest does not accept, and sleep until something is."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, request = jobs.held(record, key, fence), record.request
        if job is None:
            return Stale()
        if lapsing.waits_since(request) is None:
            return Change(request=request, jobs=(jobs.done(job),))
        due = unaccepted.due(record, facts, now)
        change, at = Change(request=request), now
        if facts.asked or not due.anything:
            if facts.pending and due.over and lapsing.is_seen(record, Lapse.NEVER_ACCEPTED, facts.other):
                change = over(record, Lapse.NEVER_ACCEPTED, facts.rules, now)
                return replace(change, jobs=(*change.jobs, jobs.done(job)))
            change = _told(record, due, facts, now) if facts.pending else change
            change = replace(change, jobs=unaccepted.saying(change.jobs, facts.stuck))
            at = unaccepted.next_at(change.request, facts.rules, facts.house, now)
        asleep = replace(jobs.later(job, at, surely_not_done=True), tries=0)
        return replace(change, jobs=(*change.jobs, asleep))

    return transition


def _told(record: Record, due: unaccepted.Due, facts: unaccepted.Facts, now: datetime) -> Change:
    reminded = unaccepted.reminded(record, due, facts, now)
    if not due.choice:
        return reminded
    of = (record, Lapse.NEVER_ACCEPTED, facts.audience, facts.rules, now)
    shown = lapsing.note(*of, None, facts.by) if facts.by else lapsing.show(*of, more=facts.more)
    return replace(shown, jobs=(*reminded.jobs, *shown.jobs), audit=(*reminded.audit, *shown.audit))


def over(record: Record, what: Lapse, rules: Rules, now: datetime) -> Change:
    """End an access by the policy, in the way of every end; its entry names the tables that say so."""
    change = ending.by_policy(record, WHY[what], rules.name, now)
    row = record.jobs.get(jobs.key_of(record.request.request_id, 0, unaccepted.NAME))
    mine = () if row is None or row.lease_until else (replace(row, status=JobStatus.DROPPED),)
    return replace(change, jobs=(*change.jobs, *mine))


def show(
    what: Lapse,
    audience: Audience,
    rules: Rules,
    silence: Silence | None,
    more: int,
    card: str = "",
    unseen: Lapsed | None = None,
) -> Cleaning:
    """Show a lapse that was found, and `more` with it, unless the `card` of another access tells of it.

    What was shown before and seen by nobody is `unseen`, and shown anew.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        found = lapsing.lapsed(request, what)
        standing = lapsing.stands(found, lapsing.rule_of(request, rules, what), now)
        anew = found is not None and found == unseen
        if not lapsing.can_lapse(request) or not (anew or standing is Stands.UNSHOWN):
            return Stale()
        if card:
            return lapsing.note(record, what, audience, rules, now, silence, card)
        return lapsing.show(record, what, audience, rules, now, more=more, found=silence)

    return transition


def recover(what: Lapse) -> Cleaning:
    """Take back what is a lapse no more."""

    def transition(record: Record, now: datetime) -> Change | Stale:  # noqa: ARG001 - a transition's
        return lapsing.recovered(record, what) if lapsing.can_lapse(record.request) else Stale()

    return transition


def end(what: Lapse, rules: Rules, shown: Record | None = None) -> Cleaning:
    """End an access whose grace is over, if nobody has kept it since it was looked at.

    `shown` is the request whose card has shown it, where that is another.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        rule, found = lapsing.rule_of(request, rules, what), lapsing.lapsed(request, what)
        is_over = lapsing.stands(found, rule, now) is Stands.OVER
        if not (is_over and lapsing.can_lapse(request) and lapsing.is_seen(record, what, shown)):
            return Stale()
        return over(record, what, rules, now)

    return transition
