"""The words of each cause for which a delivery waits or fails, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from access.rules.causes import Cause
from cards.guard_causes import OF_PROTECTIONS
from cards.texts import marked

RETRY = marked("Press Retry. No new approval is needed.")


@dataclass(frozen=True, slots=True)
class Advice:
    """A cause, and at most three things to do."""

    cause: str
    to_do: tuple[str, ...]


WORDS: Mapping[Cause, Advice] = {
    Cause.THROTTLED: Advice(
        marked("{service} asks Guestlist to wait."), (marked("Wait a few minutes."), RETRY)
    ),
    Cause.DAILY_LIMIT: Advice(
        marked("As many were sent in the last 24 hours as may be in a day."),
        (marked("Wait. It goes on by itself."),),
    ),
    Cause.UNAVAILABLE: Advice(
        marked("{service} does not answer."),
        (marked("Look at Service health in the Microsoft 365 admin center."), RETRY),
    ),
    Cause.REPLICATING: Advice(
        marked("The directory does not know {first} everywhere yet."), (marked("Wait a few minutes."), RETRY)
    ),
    Cause.INVITATIONS_OFF: Advice(
        marked("The tenant's settings do not let Guestlist invite guests."),
        (marked("Ask a tenant admin to allow invitations in Entra, External collaboration settings."), RETRY),
    ),
    Cause.INVITATIONS_BLOCKED: Advice(
        marked("Microsoft has blocked invitations from this tenant as suspicious."),
        (
            marked("Ask a tenant admin to open a support case with Microsoft."),
            marked("Send no invitation until the block is lifted."),
            RETRY,
        ),
    ),
    Cause.DOMAIN_REFUSED: Advice(
        marked("The tenant's settings do not allow guests from {domain}."),
        (marked("Ask a tenant admin to allow the domain in Entra, External collaboration settings."), RETRY),
    ),
    Cause.ADDRESS_REFUSED: Advice(
        marked("Microsoft does not take the guest's address."),
        (marked("Ask {first} for another address."), marked("Send a new request with it.")),
    ),
    Cause.ADDRESS_TAKEN: Advice(
        marked(
            "The guest's address belongs to another account in the directory, or to a guest who was deleted."
        ),
        (
            marked("Ask a tenant admin whose account it is. A deleted guest can be restored for 30 days."),
            marked("Send a new request, with another address if it is somebody else's."),
        ),
    ),
    Cause.ADDRESS_MOVED: Advice(
        marked("{guest} has another address in the directory than the one that was approved."),
        (marked("Send a new request for the address of now. It has its own approval."),),
    ),
    Cause.APP_GONE: Advice(
        marked("{app} is no longer in the directory."),
        (marked("Ask a tenant admin whether the app can be restored."), RETRY),
    ),
    Cause.APP_DISABLED: Advice(
        marked("Sign-in to {app} is switched off."),
        (marked("Ask a tenant admin to switch it on: Enterprise applications, Properties."), RETRY),
    ),
    Cause.ROLE_GONE: Advice(
        marked("{app} no longer has the role {access}."),
        (marked("Ask an owner of the app to bring the role back."), RETRY),
    ),
    Cause.GROUP_GONE: Advice(
        marked("The group {access} is no longer in the directory."),
        (marked("Ask a tenant admin whether the group can be restored."), RETRY),
    ),
    Cause.GROUP_CLOSED: Advice(
        marked("A rule or another directory fills the group {access}, so nobody can be added by hand."),
        (marked("Ask the group's owner to set its membership type to Assigned."), RETRY),
    ),
    Cause.GROUP_BARS_GUESTS: Advice(
        marked("The group {access} does not take guests."),
        (marked("Ask the group's owner or a tenant admin to allow guests in it."), RETRY),
    ),
    Cause.OTHERS_GROUP: Advice(
        marked("The policy does not name the group {access} for {app}. Nobody who asks or approves owns it."),
        (
            marked("Have an owner of the group, or an admin, ask or approve."),
            marked("Or ask an admin to name the group for the app in the policy."),
        ),
    ),
    Cause.GUEST_GONE: Advice(
        marked("{guest} is no longer in the directory."),
        (
            marked("Ask a tenant admin who deleted the account, and why."),
            marked("To invite {first} again, press Retry. No new approval is needed."),
        ),
    ),
    Cause.GUEST_DISABLED: Advice(
        marked("The guest's account is switched off."),
        (marked("Ask a tenant admin to switch it on in Entra, or why it is off."), RETRY),
    ),
    Cause.NOT_A_GUEST: Advice(
        marked("The account with this address is no guest, so Guestlist gives it nothing."),
        (marked("Ask a tenant admin to look at the account."),),
    ),
    Cause.REQUESTOR_LEFT: Advice(
        marked("{requestor} has no active account any more, so nobody stands behind this request."),
        (marked("Have somebody else send a new request."),),
    ),
    Cause.SPONSOR_LEFT: Advice(
        marked("{sponsor} has no active account any more, so nobody stands for the guest."),
        (marked("Have {requestor} send a new request with another sponsor."),),
    ),
    Cause.TERM_OVER: Advice(
        marked("The term that was asked for is over."),
        (marked("Have {requestor} send a new request with another term."),),
    ),
    Cause.APPROVAL_OLD: Advice(
        marked("Its approval is more than 30 days old, so no delivery begins by it any more."),
        (marked("Have {requestor} send a new request."),),
    ),
    Cause.DOMAIN_DENIED: Advice(
        marked("The policy does not allow guests from {domain} to get this in {app} any more."),
        (marked("Deny it, or ask whoever keeps Guestlist's policy to allow the domain."),),
    ),
    Cause.GUARDED: Advice(
        marked("Guestlist gives nobody access to Microsoft Graph, and only guests access to an app."),
        (marked("Send a new request for another app."),),
    ),
    Cause.RIGHTS_MISSING: Advice(
        marked("Guestlist lacks a permission in Microsoft Graph for this step."),
        (marked("Ask a tenant admin to consent to Guestlist's permissions."), RETRY),
    ),
    Cause.SIGN_IN_REFUSED: Advice(
        marked("Microsoft does not accept Guestlist's own sign-in."),
        (marked("Ask the operator of Guestlist to renew its credential."), RETRY),
    ),
    Cause.MAILBOX_GONE: Advice(
        marked("The mailbox that sends invitations does not exist, or Guestlist may not use it."),
        (marked("Ask the operator of Guestlist to check the mailbox setting."), RETRY),
    ),
    Cause.MAIL_REFUSED: Advice(
        marked("The mailbox refused to send the mail."),
        (marked("Ask the operator of Guestlist to check the mailbox."), RETRY),
    ),
    Cause.NOT_PROVED: Advice(
        marked("Guestlist read the directory back, and the access was not there."),
        (marked("Ask a tenant admin who took it away, and why."), RETRY),
    ),
    Cause.STILL_THERE: Advice(
        marked("Guestlist took the access away and read the directory back, and it was still there."),
        (marked("Ask a tenant admin who gave it anew, and why."), RETRY),
    ),
    Cause.STILL_ENDING: Advice(
        marked("{other} takes the same access from {first}, and comes first."),
        (marked("Look at {other}. Where that stands still, take it up: type {retry}."), RETRY),
    ),
    Cause.STILL_GIVEN: Advice(
        marked("{other} gives {first} the same access at this moment, and comes first."),
        (marked("Wait until {other} is delivered or has failed."), RETRY),
    ),
    Cause.STILL_ENABLED: Advice(
        marked("Guestlist blocked the account and read the directory back, and it was not blocked."),
        (marked("Ask a tenant admin who let {first} sign in again, and why."), RETRY),
    ),
    Cause.UNBLOCKED: Advice(
        marked("Somebody has let {first} sign in again, so Guestlist has not deleted the account."),
        (
            marked("Ask a tenant admin who did, and why."),
            marked("To delete it all the same, press Retry. To keep it, press Restore."),
        ),
    ),
    Cause.HOLDS_MORE: Advice(
        marked("{first} has been given more since the removal was asked for, so nothing was deleted."),
        (
            marked(
                "Ask whoever gave it whether it is still needed. To keep {first}, press Restore or Give up."
            ),
            marked("To delete the account all the same, have an admin press Retry."),
        ),
    ),
    Cause.BEING_REMOVED: Advice(
        marked("{guest} is being removed from the directory, and is given nothing until that is undone."),
        (marked("Ask an admin to restore {first}."), RETRY),
    ),
    Cause.NOT_DELETED: Advice(
        marked("The account is in the directory, though Guestlist deleted it."),
        (marked("Ask a tenant admin who restored it, and why."), RETRY),
    ),
    Cause.NOT_RESTORED: Advice(
        marked("Guestlist put the account back and read the directory back, and it was not as before."),
        (marked("Ask a tenant admin to look at the account."), RETRY),
    ),
    Cause.GONE_FOR_GOOD: Advice(
        marked("The account is neither in the directory nor among what was deleted."),
        (marked("To let {first} in again, send a new invitation."),),
    ),
    Cause.REMOVED_ALREADY: Advice(
        marked("Another request has removed this guest from the directory already."),
        (marked("Look at the guest's other requests."),),
    ),
    Cause.CHANGED_MEANWHILE: Advice(
        marked("Somebody else has changed {first} meanwhile, so Guestlist has overwritten nothing."),
        (marked("Look at the guest as it is now: type {change}."),),
    ),
    Cause.NOT_CHANGED: Advice(
        marked("Guestlist changed {first} and read the directory back, and it was not so."),
        (marked("Ask a tenant admin who changed it back, and why."), RETRY),
    ),
    Cause.PROTECTED: Advice(
        marked("{first} holds a role over the directory. Microsoft protects such accounts from Guestlist."),
        (marked("Ask a tenant admin to change it in Entra."),),
    ),
    Cause.SYNCED: Advice(
        marked("The account comes from another directory, so Guestlist does not touch it."),
        (marked("Ask a tenant admin to change it there."),),
    ),
    Cause.NOT_INVITED: Advice(
        marked("The account was never invited, so Guestlist does not touch it."),
        (marked("Ask a tenant admin to look at the account."),),
    ),
    Cause.ACCESS_OVER: Advice(
        marked("The access that was to be renewed has ended."),
        (marked("Have {requestor} cancel this and send a new request."),),
    ),
    Cause.ACCESS_LOST: Advice(
        marked("Guestlist read the directory back, and {guest} no longer has this access."),
        (
            marked("Ask a tenant admin who took it away, and why."),
            marked("Have {requestor} cancel this and send a new request."),
        ),
    ),
    Cause.END_MOVED: Advice(
        marked("The end of the access has moved since the renewal was asked for."),
        (marked("Have {requestor} cancel this, look at the access, and ask anew if it is needed."),),
    ),
    Cause.TOO_LONG: Advice(
        marked("The step took too long, so Guestlist stopped trying."),
        (marked("Ask the operator of Guestlist to look at {label} in the log."), RETRY),
    ),
    Cause.BUG: Advice(
        marked("Guestlist made a mistake at this step, several times."),
        (marked("Ask the operator of Guestlist to look at {label} in the log."), RETRY),
    ),
    Cause.BY_HAND: Advice(
        marked(
            "Guestlist lacks the permission for a part of it, and reads in the directory that it is not done."
        ),
        (
            marked("Do what stands below in the portal, or ask a tenant admin for it."),
            marked("Press Check again. No new approval is needed."),
        ),
    ),
    **{cause: Advice(*words) for cause, words in OF_PROTECTIONS.items()},
    Cause.GROUP_LOST: Advice(
        marked("The group {access} is gone, or is not assigned to {app} any more."),
        (marked("Have it restored, or assigned to {app} again."), RETRY),
    ),
    Cause.SETUP_MOVED: Advice(
        marked("{app} is not any more as it was when this was asked: its owners, its roles or the group."),
        (marked("Have {requestor} look how {app} stands now, and ask again."),),
    ),
    Cause.LIST_MOVED: Advice(
        marked(
            "The list is not kept any more, or the policy has come to say something else of a domain. "
            "It keeps the guests or {requestor} out, has others decide or asks for more."
        ),
        (marked("Leave that domain out, or have {requestor} ask anew with a new list."),),
    ),
    Cause.FORGOTTEN: Advice(
        marked("The guest was erased from Guestlist's records."),
        (marked("Send a new request for this guest if the access is still wanted."),),
    ),
    Cause.REFUSED: Advice(
        marked("{service} refused the step."),
        (marked("Ask the operator of Guestlist to look at {label} in the log."), RETRY),
    ),
}
