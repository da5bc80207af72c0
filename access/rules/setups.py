"""What is asked for an app that is to have a group of its own for guests, and what has come of it."""

from dataclasses import dataclass
from datetime import datetime

from access.rules.assignments import End
from access.rules.people import AppRole, Named, ObjectId, RequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The group that is made for an app's guests, or adopted, as the app is to be."""

    group_name: str
    role: AppRole
    """What the group is assigned in the app."""
    owners: tuple[Named, ...]
    """Who is to own the group: the app's owners."""
    group_id: ObjectId | None = None
    """The group; None until it is made."""
    adopted: bool = False
    by_hand: tuple[str, ...] = ()
    """The steps for which Guestlist lacks the permission, and that a person does in the portal."""
    entry: str = ""
    """The lines that the policy file is to hold, once the group stands."""
    in_force_at: datetime | None = None
    """When the policy was found to give this group."""
    gone_at: datetime | None = None
    """Since when the group, which stood once, is not assigned to the app any more, or gone."""
    given_up: End | None = None
    """Who has given it up after it failed."""

    @property
    def give(self) -> str:
        """Return what the policy says where it gives this group."""
        return f"group:{self.group_id}"


def marker_of(request_id: RequestId) -> str:
    """Return the mail nickname of the group that a request makes: by it, one is found and not made twice."""
    return f"guestlist-{request_id}"
