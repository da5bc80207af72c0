"""Why what was ordered of a protection was not done: the cause, and at most three things to do."""

from collections.abc import Mapping

from access.rules.causes import Cause
from cards.texts import marked

OF_PROTECTIONS: Mapping[Cause, tuple[str, tuple[str, ...]]] = {
    Cause.POLICY_CHANGED: (
        marked("Somebody has changed a policy of it by hand, or made another with its mark."),
        (
            marked("Look at the policy in the portal: Guestlist never overwrites what a person has changed."),
            marked("Set it back to what stands below, or delete it there and remove this protection here."),
        ),
    ),
    Cause.POLICY_ENFORCED: (
        marked("Somebody has enforced a policy of it by hand, so Guestlist has not deleted that."),
        (marked("Ask a security admin to remove it, or to let it only report again."),),
    ),
    Cause.POLICY_GONE: (
        marked("A policy of it is not there any more: somebody has deleted it."),
        (marked("Remove this protection here, and ask anew if it is needed."),),
    ),
    Cause.POLICY_OWNED: (
        marked("Another request has made a policy of it by now."),
        (marked("Go on with it on the card of that request."),),
    ),
    Cause.SECURITY_DEFAULTS: (
        marked("Entra lets no policy be enforced while security defaults are on in the tenant."),
        (
            marked("Have a tenant admin put policies in place of the defaults, and turn these off."),
            marked("It goes on reporting meanwhile."),
        ),
    ),
    Cause.GUARD_MOVED: (
        marked("Others are to be spared by now, or one is gone, or its group holds others than guests."),
        (marked("Have {requestor} look at it again and ask anew."),),
    ),
}
