"""The life of a request: one table, and nothing else sets a state."""

import sys
from collections.abc import Mapping
from enum import StrEnum

from access.rules.model import State


class Event(StrEnum):
    APPROVAL_REQUIRED = "ApprovalRequired"
    WAIVED = "Waived"
    """A waiver of the policy approves it, so that nobody is asked."""
    ORDERED = "Ordered"
    """Who asks may have it done by their own right: an act on an account, so that nobody else is asked."""
    LISTED = "Listed"
    """A list that is approved asks for it, so that nobody is asked once more."""
    STAGE_APPROVED = "StageApproved"
    """An approval after which others are needed, at the same stage or at the next."""
    QUESTION_ASKED = "QuestionAsked"
    """An approver asks the requestor; the time to decide stands still until it is answered."""
    ANSWERED = "Answered"
    AMENDED = "Amended"
    """An approver made it less; what was approved before is void."""
    APPROVED = "Approved"
    DENIED = "Denied"
    CANCELED = "Canceled"
    ADOPTED = "Adopted"
    """An access that others gave is noted as if it had been delivered; nothing is given."""
    APPROVAL_TIMED_OUT = "ApprovalTimedOut"
    DELIVERY_SUCCEEDED = "DeliverySucceeded"
    DELIVERY_FAILED = "DeliveryFailed"
    DELIVERY_RETRIED = "DeliveryRetried"


TABLE: Mapping[tuple[State, Event], State] = {
    (State.SUBMITTED, Event.APPROVAL_REQUIRED): State.PENDING_APPROVAL,
    (State.SUBMITTED, Event.WAIVED): State.DELIVERING,
    (State.SUBMITTED, Event.ORDERED): State.DELIVERING,
    (State.SUBMITTED, Event.LISTED): State.DELIVERING,
    (State.SUBMITTED, Event.CANCELED): State.CANCELED,
    (State.SUBMITTED, Event.ADOPTED): State.DELIVERED,
    (State.PENDING_APPROVAL, Event.STAGE_APPROVED): State.PENDING_APPROVAL,
    (State.PENDING_APPROVAL, Event.QUESTION_ASKED): State.PENDING_APPROVAL,
    (State.PENDING_APPROVAL, Event.ANSWERED): State.PENDING_APPROVAL,
    (State.PENDING_APPROVAL, Event.AMENDED): State.PENDING_APPROVAL,
    (State.PENDING_APPROVAL, Event.APPROVED): State.DELIVERING,
    (State.PENDING_APPROVAL, Event.DENIED): State.DENIED,
    (State.PENDING_APPROVAL, Event.CANCELED): State.CANCELED,
    (State.PENDING_APPROVAL, Event.APPROVAL_TIMED_OUT): State.EXPIRED,
    (State.DELIVERING, Event.DELIVERY_SUCCEEDED): State.DELIVERED,
    (State.DELIVERING, Event.DELIVERY_FAILED): State.DELIVERY_FAILED,
    (State.DELIVERY_FAILED, Event.DELIVERY_RETRIED): State.DELIVERING,
    (State.DELIVERY_FAILED, Event.CANCELED): State.CANCELED,
}


def after(state: State, event: Event) -> State | None:
    """Return the state that `event` leads to, or None where it is not possible."""
    return TABLE.get((state, event))


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for `docs/lifecycle.md`."""
    lines = ["stateDiagram-v2", "    [*] --> submitted"]
    lines += [f"    {source} --> {target}: {event}" for (source, event), target in TABLE.items()]
    leaving = {source for source, _ in TABLE}
    lines += [f"    {state} --> [*]" for state in State if state not in leaving]
    return "\n".join(lines)


_OF_ACCESSES = """\
## What follows `delivered`

A delivered request keeps the access that it gave, in a small life of its own (`access/rules/assignments.py`,
`access/rules/ending.py`):

```mermaid
stateDiagram-v2
    [*] --> active: DeliverySucceeded
    active --> ending: the term is over, somebody removes or undoes it, or the policy ends it
    active --> active: a renewal, which is a request of its own, has moved its end
    ending --> ended: taken away, and read back that it is gone
    active --> ended: it was there before the request, and stays
    active --> suspended: the guest was removed from the directory
    suspended --> active: the guest was restored, with the end that it had
    suspended --> ended: the account is gone for good
    ended --> returning: somebody undoes the end
    returning --> active: given again, and read back, with the end that it had
    returning --> ending: it stands still, and somebody removes it or its term is over
    ended --> [*]
```

An end is journalled like a delivery: an entry of the audit before each call, what may have begun is looked up
before it is repeated, and nothing is ended before the directory was read back. An end that Microsoft refuses
stands still, says why, and goes on with `/retry`. Where another active access of the guest rests on the same
group or app role, that one takes over the duty to take it away.

Where another request is giving the same access, one of the two waits (`access/rules/giving_way.py`). The end
comes first, and what gives then looks what is there, also where its answer was lost. But whoever is giving it
at that moment, or has given it and proves it, comes before the end, and the access is left to them. A card
names the request that is waited for. A delivery that has waited for about four hours fails, an end or an undo
stands still; the operator is rung, and `/retry` goes on.
"""
_OF_ACCOUNTS = """
## What follows a removal from the directory

A removal that is delivered has blocked the account, which has a small life of its own
(`access/rules/accounts.py`, `access/rules/removing.py`):

```mermaid
stateDiagram-v2
    [*] --> blocked: DeliverySucceeded
    blocked --> deleted: the days of the policy are over
    blocked --> restoring: somebody restores the guest
    deleted --> restoring: somebody restores the guest within 30 days
    deleted --> gone: the 30 days are over, or four looks find no account before that
    gone --> restoring: the directory lists the account after all, within the 30 days
    deleted --> restored: a tenant admin restores the guest past Guestlist
    gone --> restored: the same
    restoring --> restored: put back, unblocked, and read back
    restored --> [*]
    gone --> [*]
```
"""

_OF_SUBSCRIPTION = """
## What Entra says of the subscription itself

The one subscription to change notifications (`access/rules/subscribing.py`, `access/service/subscribe.py`) is
asked for, renewed and made anew without anybody. Of what its secret proves to be Entra's word:

| event | what is done |
|---|---|
| `reauthorizationRequired` | it is authorized again, and renewed if it is time |
| `subscriptionRemoved` | a look whether it stands, every five minutes at the most; if not, it is made anew |
| `missed`, and any other | the delta is read |

After it was made the delta is read. Microsoft documents `subscriptionRemoved` and `missed` for mail and chats
alone; so it is looked for once an hour, and the delta is read now and then, without any event.
"""


def document() -> str:
    """Return `docs/lifecycle.md`."""
    return f"""# The life of a request

One table in `access/rules/lifecycle.py` is the whole truth, and nothing else sets a state. This page is
written from it: `python -m access.rules.lifecycle > docs/lifecycle.md`. A test holds the two together.

```mermaid
{diagram()}
```

The states carry the words of Graph's `accessPackageRequestState`, plus `expired`. While Graph is down or
asks to wait, a request stays `delivering` and says what it waits for. Whether the guest has accepted belongs
to the guest and is told in the thread; it is no state of the request.

A delivery that has failed is canceled where it is a renewal, which changes nothing in the directory, or by an
undo, which takes away what it had done: then an access of the canceled request is ending, or has ended. What
it had given also ends with the term, counted from the first failure; a retry comes before that, and moves no
end. `/remove` gives it up at any time, whether it had given anything or not: where it had not, the access
has ended without a step.

A list of guests goes through the table once, as one request: where an approver leaves domains out, it is
`Amended`, and while its run lasts it is `delivering`. Each row that the run reaches is a request of its own,
`Listed` by the approval of the list. Where some rows have failed, the list has: a retry takes up those.

{_OF_ACCESSES}{_OF_ACCOUNTS}{_OF_SUBSCRIPTION}"""


if __name__ == "__main__":
    sys.stdout.write(document())
