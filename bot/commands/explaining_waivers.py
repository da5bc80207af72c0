"""Whether a waiver of the policy would approve a request by itself, in sentences, and why not."""

from datetime import timedelta
from typing import assert_never

from access.rules.model import WhyNot
from access.rules.waiving import Unfit
from access.service.explain import Explanation
from access.service.waivers import Weighed


def waived(found: Explanation) -> list[str]:
    """Return a line for each waiver of the table whose waivers hold; none, where it has none."""
    rules, by = found.rules, found.says["waivers"]
    if not rules.waives:
        return [f"No waiver holds: `waiver = []` of {found.says['waives']} closes them."]
    if not found.waivers:
        return []
    if not (found.may_request and found.is_within) or found.is_own_domain or found.refused_by:
        return [
            "No waiver matters here: none lets anybody ask who may not, or invites whom the lists refuse."
        ]
    return [f"Waiver {one.waiver.name}, by {by}: {_applies(one, found)}" for one in found.waivers]


def _applies(one: Weighed, found: Explanation) -> str:
    """Return the end of a sentence, and what the limit says."""
    waiver = one.waiver
    match one.why:
        case None:
            pass
        case Unfit.REQUESTOR:
            lists = ", ".join(map(str, waiver.requestors))
            return f"it does not apply, for {found.person.name} is none of {lists}."
        case Unfit.DOMAIN:
            return f"it does not apply, for it is for guests of {', '.join(waiver.domains)} alone."
        case Unfit.TERM:
            longest = _days(waiver.longest or timedelta())
            return f"it does not apply to {_days(found.length)}, for it is for {longest} at most."
        case Unfit.GUEST_NEW:
            return "it does not apply, for the guest is not in the directory yet."
        case _:
            assert_never(one.why)
    limit = f"{waiver.most} times within {_days(waiver.per)}"
    if one.used is None:
        return f"it would approve {_days(found.length)} by itself, unless it was used {limit} already."
    if one.shut is WhyNot.USED_UP:
        return f"it would apply, but was used {one.used} of {limit}. So people decide."
    if one.shut is WhyNot.RESTORED:
        last = f"within the last {_days(waiver.per)}"
        return f"it would apply, but the database was restored or moved {last}, and may have forgotten uses."
    return f"it would approve {_days(found.length)} by itself. It was used {one.used} of {limit}."


def _days(length: timedelta) -> str:
    return "1 day" if length.days == 1 else f"{length.days} days"
