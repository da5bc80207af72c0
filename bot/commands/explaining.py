"""An explanation of the policy in sentences, for whoever keeps it."""

from datetime import timedelta

from access.rules.checked import WillFail
from access.rules.lapses import LapseRule, Then
from access.rules.model import GiveKind, Panel
from access.rules.policy import Rules, Source
from access.service.explain import Explanation
from access.service.sponsors import asks_sponsors
from bot.commands.answers import Document
from bot.commands.explaining_waivers import waived


def explained(found: Explanation) -> str:
    """Return what holds and why, a line for each thing."""
    what = found.give.name if found.give else "something that must be chosen"
    lines = [
        f"{found.person.name} asks for {found.app.name} ({what}) for a guest of {found.domain}.",
        f"Tables that hold, each over the one before: {_tables(found.rules)}.",
        "",
        *_requesting(found),
        *_guest(found),
        *_terms(found),
        *_questions(found),
        *_sponsors(found),
        *waived(found),
        *(line for number, one in enumerate(found.stages, start=1) for line in _stage(found, number, one)),
        *_reminders(found),
        *_warnings(found),
        *_lapses(found),
        *_renewals(found),
        _undo(found),
        _will_fail(found),
        *_lesser(found),
        f"The invitation leads to {found.rules.landing}, by {found.says['landing']}.",
        f"Undecided, it ends after {_days(found.rules.closes_after)}, by {found.says['closes_after']}.",
    ]
    if found.give is not None and found.give.kind is GiveKind.APP_ROLE:
        lines.append(
            f"{what} is an app role, for which Guestlist needs AppRoleAssignment.ReadWrite.All. "
            f'A group needs less: /setup "{found.app.name}" gives the app one.'
        )
    if found.give is None:
        lines.append("What is given is not known, so tables of roles and groups are left out. Add --access.")
    return _by_name("".join(f"{line}\n" for line in lines), found)


def as_document(found: Explanation) -> Document:
    """Return for machines who asks for what, whether they may, and who could decide now."""
    return {
        "person": found.person.object_id,
        "app_id": found.app.object_id,
        "app": found.app.name,
        "access": found.give.name if found.give else None,
        "domain": found.domain,
        "tables": found.rules.name,
        "may_request": found.may_request and found.is_within,
        "guest_allowed": not found.is_own_domain and not found.refused_by,
        "stages": [
            {"quorum": stage.quorum, "asked": [one.object_id for one in panel.asked]}
            for stage, panel in zip(found.rules.stages, found.stages, strict=True)
        ],
        "explained": [line for line in explained(found).splitlines() if line],
    }


def _by_name(text: str, found: Explanation) -> str:
    """Write the names of the app and of what is given where their tables are named by their ids."""
    text = text.replace(f"app {found.app.object_id}", f"app {found.app.name}")
    return text.replace(f"group {found.give.object_id}", f"group {found.give.name}") if found.give else text


def _tables(rules: Rules) -> str:
    return rules.name if rules.name.startswith("defaults") else f"defaults, {rules.name}"


def _days(length: timedelta) -> str:
    return "1 day" if length.days == 1 else f"{length.days} days"


def _words(sources: tuple[Source, ...]) -> str:
    return ", ".join(map(str, sources)) or "nobody"


def _requesting(found: Explanation) -> list[str]:
    name, lists = found.person.name, _words(found.rules.requestors)
    by = found.says["requestors"]
    if not found.may_request:
        return [f"{name} may not request: they are none of {lists}, by {by}, or have no active account here."]
    if not found.is_within:
        narrower = " and ".join(_words(one) for one in found.rules.within)
        return [
            f"{name} may not request: of those who may ({lists}, by {by}) only {narrower} may ask for this."
        ]
    return [f"{name} may request, as one of {lists}, by {by}."]


def _guest(found: Explanation) -> list[str]:
    if found.is_own_domain:
        return [f"{found.domain} is the organisation's own: who has an address there is no guest."]
    if found.refused_by:
        return [f"Guests of {found.domain} are refused by {', '.join(found.refused_by)}. Deny wins."]
    return [f"Guests of {found.domain} are allowed: no list of domains that holds refuses them."]


def _terms(found: Explanation) -> list[str]:
    rules, says = found.rules, found.says
    term = (
        f"The term is {_days(rules.term_default)} if nobody says, by {says['term_default']}, and "
        f"{_days(rules.term_longest)} at most, by {says['term_longest']}."
    )
    if not rules.justification_required:
        return [term, f"No justification is asked for, by {says['justification_required']}."]
    least, by = rules.justification_least, says["justification_least"]
    lines = [term, f"A justification of at least {least} characters is asked for, by {by}."]
    if rules.justification_pattern:
        expected, by = rules.justification_expected, says["justification_pattern"]
        lines.append(f"It must hold {expected}, by {by}.")
    return lines


def _lesser(found: Explanation) -> list[str]:
    if not found.lesser:
        return []
    names = ", ".join(one.name for one in found.lesser)
    return [f"Whoever decides may give less instead: {names}, by app {found.app.object_id}."]


def _sponsors(found: Explanation) -> list[str]:
    if not asks_sponsors(found.rules):
        return []
    if found.is_new:
        return ["The guest is not in the directory, so they have no sponsors who could decide."]
    who = found.person.name
    return [
        f"Whom {who} made a sponsor of this guest by another request decides nothing, which is not looked at."
    ]


def _questions(found: Explanation) -> list[str]:
    asked, by = found.rules.questions, found.says["questions"]
    if not asked:
        return [] if by == "defaults" else [f"The form asks nothing more, by {by}."]
    must = {True: "must be answered", False: "may be answered"}
    return [f"The form asks “{one.ask}” ({one.id}), which {must[one.required]}, by {by}." for one in asked]


def _stage(found: Explanation, number: int, panel: Panel) -> list[str]:
    stage, by = found.rules.stages[number - 1], found.says["stages"]
    if not panel.asked:
        leave = f"{_words(stage.approvers)} and the fallback ({_words(stage.fallback)}) leave nobody"
        return [f"Stage {number}: nobody could decide. {leave} but the requestor, by {by}."]
    names = ", ".join(person.name for person in panel.asked if person in panel.seats)
    lists, why = _words(stage.approvers), ""
    if panel.fallback_used:
        lists = _words((*stage.approvers, *stage.fallback) if stage.quorum > 1 else stage.fallback)
        why = f" because the approvers leave {'too few' if stage.quorum > 1 else 'nobody'}"
    told = [f"Stage {number}: {names} could decide now{why} ({lists}, by {by})."]
    if stage.quorum > 1:
        told.append(f"Stage {number} needs {stage.quorum} of them.")
    if len(panel.seats) < stage.quorum:
        told.append(f"Stage {number} lacks {stage.quorum - len(panel.seats)}: nothing can be sent.")
    if panel.silent:
        others = [person.name for person in panel.seats if person not in panel.asked]
        told.append(f"Stage {number}: {', '.join(others)} may decide, too, and gets no card.")
    for one in panel.delegated:
        until = f"{one.until:%Y-%m-%d %H:%M} UTC"
        told.append(f"Stage {number}: {one.by.name} decides for {one.for_whom.name} until {until}.")
    return [*told, *_escalation(found, number)]


def _escalation(found: Explanation, number: int) -> list[str]:
    stage, by = found.rules.stages[number - 1], found.says["stages"]
    if stage.escalate_after is None:
        return []
    after = f"Stage {number}: undecided for {_days(stage.escalate_after)}"
    lists, called = _words(stage.escalation), found.called_in[number - 1]
    if not called:
        return [f"{after}, it would call in nobody who does not decide anyway ({lists}, by {by})."]
    return [f"{after}, it calls in {', '.join(one.name for one in called)}, too ({lists}, by {by})."]


def _reminders(found: Explanation) -> list[str]:
    rules, by = found.rules, found.says["remind_after"]
    if not rules.remind_after:
        return [f"Nobody is reminded, by {by}."]
    *first, last = (one.days for one in rules.remind_after)
    days = f"{', '.join(map(str, first))} and {last}" if first else str(last)
    days += " day" if not first and last == 1 else " days"
    return [f"Who is to decide is reminded after {days}, by {by}. {_quiet(found)}"]


def _warnings(found: Explanation) -> list[str]:
    rules, by = found.rules, found.says["warn_before"]
    if not rules.warn_before:
        return [f"Nobody is warned before an access ends, by {by}."]
    days = " and ".join(str(one.days) for one in rules.warn_before)
    return [f"Before an access ends, its owner and the guest are warned ({days} days), by {by}."]


def _lapses(found: Explanation) -> list[str]:
    return [
        _lapse(found, "never_accepted", "never accepts", "since the link was sent"),
        _lapse(found, "inactive", "does not sign in", "without a sign-in"),
        _lapse(found, "sponsorless", "has no sponsor any more", ""),
    ]


def _lapse(found: Explanation, key: str, who: str, since: str) -> str:
    rule: LapseRule = getattr(found.rules, key)
    by, reminded = found.says[key], ""
    if rule.remind_after:
        days = " and ".join(str(one.days) for one in rule.remind_after)
        reminded = f" The guest is reminded by mail ({days} days)."
    if rule.then is Then.NOTHING:
        return f"Where a guest {who}, nothing becomes of the access, by {by}.{reminded}"
    when = f" ({rule.after.days} days {since})" if since else ""
    then = f"it ends {_days(rule.grace)} later" if rule.then is Then.REMOVE else "nothing ends by itself"
    rest = f"who keeps it is asked again after {_days(rule.rest)}"
    return f"Where a guest {who}{when}, the owner is asked, {then}, and {rest}, by {by}.{reminded}"


def _renewals(found: Explanation) -> list[str]:
    rules, says = found.rules, found.says
    if rules.renewals_most == 0:
        return [f"The access cannot be renewed, by {says['renewals_most']}."]
    often = "as often as is asked" if rules.renewals_most is None else _times(rules.renewals_most)
    most, longest = says["renewals_most"], says["renewals_longest"]
    length = f"each time by {_days(rules.renewed_by)} at most, by {longest}"
    lines = [f"The access can be renewed {often}, by {most}, {length}."]
    if rules.renewals_total:
        by = says["renewals_total"]
        lines.append(f"With its renewals it lasts {_days(rules.renewals_total)} at most, by {by}.")
    if not rules.renewals_open:
        return [*lines, "A renewal needs approval as a new request does."]
    return [*lines, f"A renewal is waived ({rules.renewals_open}), by {says['renewals_waiver']}."]


def _undo(found: Explanation) -> str:
    hours, by = int(found.rules.undo.total_seconds()) // 3600, found.says["undo"]
    if not hours:
        return f"Nothing can be undone, by {by}."
    length = "1 hour" if hours == 1 else f"{hours} hours"
    return f"What was done can be undone for {length}, by {by}."


def _will_fail(found: Explanation) -> str:
    does = {
        WillFail.WARN: "may be approved, and the card says so",
        WillFail.SECOND_PRESS: "is approved by a second press",
        WillFail.REFUSE: "cannot be approved",
    }
    return f"What is known to fail {does[found.rules.will_fail]}, by {found.says['will_fail']}."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _quiet(found: Explanation) -> str:
    quiet, by = found.rules.quiet_hours, found.says["quiet_hours"]
    hours = f"from {quiet.begin:%H:%M} to {quiet.end:%H:%M}" if quiet.begin != quiet.end else ""
    when = " and ".join(part for part in (hours, "at weekends" if quiet.weekend else "") if part)
    return f"It is quiet {when}, by their own clock, by {by}." if when else f"No time is quiet, by {by}."
