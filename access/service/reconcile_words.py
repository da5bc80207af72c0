"""What an operator reads of a comparison, in the alarm and on the command line: ids, no names."""

from collections.abc import Mapping, Sequence

from access.rules.causes import Cause
from access.rules.reconciled import Act, Finding, Gap, Unseen

_MOST_TOLD = 20
_DID = {
    Act.INVITATION: "invited guest {principal}",
    Act.MEMBERSHIP: "added {principal} to group {resource}",
    Act.ASSIGNMENT: "assigned {principal} to app {resource}{role}",
    Act.LEAVING: "removed {principal} from group {resource}",
    Act.UNASSIGNMENT: "took app {resource}{role} away from {principal}",
    Act.BLOCK: "blocked the account {principal}",
    Act.UNBLOCK: "let the account {principal} sign in again",
    Act.DELETION: "deleted the account {principal}",
    Act.RESTORING: "restored the deleted account {principal}",
    Act.PROFILE: "changed what the directory says of {principal}",
    Act.GROUP: "made the group {principal}",
    Act.OWNER: "made {principal} an owner of group {resource}",
    Act.REQUIRED: "changed the app {principal}",
    Act.POLICY_MADE: "made the policy {principal} of Conditional Access",
    Act.POLICY_CHANGED: "changed the policy {principal} of Conditional Access",
    Act.POLICY_DELETED: "deleted the policy {principal} of Conditional Access",
}
_EFFECT = {
    Act.INVITATION: "invitation of guest {principal}",
    Act.MEMBERSHIP: "membership of {principal} in group {resource}",
    Act.ASSIGNMENT: "assignment of {principal} to app {resource}{role}",
    Act.LEAVING: "removal of {principal} from group {resource}",
    Act.UNASSIGNMENT: "end of the assignment of {principal} to app {resource}{role}",
    Act.BLOCK: "block of the account {principal}",
    Act.UNBLOCK: "end of the block of the account {principal}",
    Act.DELETION: "deletion of the account {principal}",
    Act.RESTORING: "restoring of the account {principal}",
    Act.PROFILE: "change of the details of {principal}",
    Act.GROUP: "making of the group {principal}",
    Act.OWNER: "new owners of group {resource}",
    Act.REQUIRED: "required assignment of app {principal}",
    Act.POLICY_MADE: "making of the policy {principal}",
    Act.POLICY_CHANGED: "change of the policy {principal}",
    Act.POLICY_DELETED: "deletion of the policy {principal}",
}
_TO_DO = {
    Gap.NO_APPROVAL: "Done as Guestlist without a stored approval: look the entry up in Entra's audit log, "
    "take away what nobody wanted, or give it back, and where nobody knows of it give Guestlist a new "
    "credential.",
    Gap.NO_EFFECT: "Approved and done, and not in Entra's audit log: see in Entra whether the guest has the "
    "access or has lost it, how a policy stands, and whether the log is whole.",
}
_STOOD = (
    "Approved, and no step was begun, done or refused since: look at the request and at the processes of "
    "Guestlist; where its steps are gone from the database, somebody changed that: guestlist audit verify, "
    "and ask anew."
)
_WHY = {
    "retention": "the log does not keep them any more (7 days without a licence, 30 with P1)",
    Cause.RIGHTS_MISSING: "Microsoft Graph refuses the log: AuditLog.Read.All is missing",
    Cause.SIGN_IN_REFUSED: "Guestlist cannot sign in",
    Cause.UNAVAILABLE: "Microsoft Graph does not answer",
    Cause.THROTTLED: "Microsoft Graph asks to wait",
}


def line(finding: Finding, labels: Mapping[str, str]) -> str:
    """Return one finding: when, what, and where to look it up."""
    at = f"{finding.at:%Y-%m-%d %H:%M:%S} UTC"
    if finding.act is Act.REQUEST:
        return f"{at}: {_label(finding, labels)} was approved, and nothing was done or refused since"
    if finding.gap is Gap.NO_EFFECT:
        return f"{at}: {_label(finding, labels)} was approved and done, without the {_effect(finding)}"
    done = _DID[finding.act].format(**_words(finding))
    lost = ", in a time that the restored database lost" if finding.gap is Gap.LOST else ""
    return f"{at}: Guestlist's identity {done}{lost} (Entra's entry {finding.key})"


def _words(finding: Finding) -> dict[str, str]:
    return {
        "principal": finding.principal or "unknown",
        "resource": finding.resource or "unknown",
        "role": f" with role {finding.role}" if finding.role else "",
    }


def _effect(finding: Finding) -> str:
    return _EFFECT[finding.act].format(**_words(finding))


def _label(finding: Finding, labels: Mapping[str, str]) -> str:
    return labels.get(str(finding.request_id), f"request {finding.request_id}")


def unseen_line(unseen: Unseen) -> str:
    why = _WHY.get(unseen.why, f"Microsoft Graph refuses the log ({unseen.why})")
    return f"Not seen: {unseen.since:%Y-%m-%d %H:%M} to {unseen.until:%Y-%m-%d %H:%M} UTC, because {why}."


def called_off(late: Sequence[Finding], labels: Mapping[str, str]) -> str:
    """Return what calls off earlier alarms: what was missing in the log, and is not any more."""
    lines = [f"the {_effect(one)} for {_label(one, labels)}" for one in late if one.act is not Act.REQUEST]
    gone_on = [_label(one, labels) for one in late if one.act is Act.REQUEST]
    parts = [f"Entra's audit log was late, and tells by now of {_first(lines)}."] if lines else []
    parts += [f"What stood still has gone on: {_first(gone_on)}."] if gone_on else []
    return " ".join(parts)


def _first(lines: Sequence[str]) -> str:
    more = f"; and {len(lines) - _MOST_TOLD} more" if len(lines) > _MOST_TOLD else ""
    return f"{'; '.join(lines[:_MOST_TOLD])}{more}"


def told(findings: Sequence[Finding], unseen: Sequence[Unseen], labels: Mapping[str, str]) -> str:
    """Return the operator's alarm."""
    logged = [one for one in findings if one.act is not Act.REQUEST]
    stood = [line(one, labels) for one in findings if one.act is Act.REQUEST]
    parts = ["Entra's audit log and Guestlist's approvals do not agree."] if logged else []
    for gap, to_do in _TO_DO.items():
        lines = [line(one, labels) for one in logged if one.gap is gap]
        if lines:
            parts.append(f"{_first(lines)}. {to_do}")
    if stood:
        parts.append(f"{_first(stood)}. {_STOOD}")
    days = [
        f"Guestlist could not compare all days with Entra's audit log. {unseen_line(one)}" for one in unseen
    ]
    rest = ["All of it: guestlist audit reconcile."] if findings else []
    return " ".join([*parts, *days, *rest])
