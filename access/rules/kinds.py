"""What kinds of request there are, and of which steps each is made."""

from enum import StrEnum


class Kind(StrEnum):
    """What was typed, of an app (the guest may be new, or is in the directory) or of a guest's account."""

    INVITE = "invite"
    ASSIGN = "assign"
    REMOVE = "remove"
    """`/remove … from the directory`."""
    CHANGE = "change"
    """`/change`: what the directory says of a guest."""
    SETUP = "setup"
    """A group of its own for an app's guests: a request of no guest."""
    PROTECT = "protect"
    """Policies of Conditional Access for the guests of an app: a request of no guest."""
    EXTEND = "extend"
    """`/extend`, of an access that another request gave."""
    BULK = "bulk"
    """A list of guests for an app, approved once: a request of no single guest."""


INTO_AN_APP = frozenset({Kind.INVITE, Kind.ASSIGN, Kind.EXTEND})
"""Of a guest's access to an app, so that it can be asked whether it will work."""
OF_GUESTS = INTO_AN_APP | {Kind.BULK}
"""Of one guest's access or of many's."""
ON_ACCOUNTS = frozenset({Kind.REMOVE, Kind.CHANGE})
"""Acts on an account: such a request has no app, gives nothing, and leaves no assignment behind."""


class StepKind(StrEnum):
    INVITE = "invite"
    KNOW = "know"
    SPONSOR = "sponsor"
    GIVE = "give"
    MAIL = "mail"
    PROVE = "prove"
    TAKE_AWAY = "take-away"
    PROVE_GONE = "prove-gone"
    UNSPONSOR = "unsponsor"
    BLOCK = "block"
    SIGN_OUT = "sign-out"
    PROVE_BLOCKED = "prove-blocked"
    DELETE = "delete"
    PROVE_DELETED = "prove-deleted"
    SEE_GONE = "see-gone"
    PUT_BACK = "put-back"
    UNBLOCK = "unblock"
    PROVE_BACK = "prove-back"
    WRITE_PROFILE = "write-profile"
    NAME_SPONSOR = "name-sponsor"
    DROP_SPONSORS = "drop-sponsors"
    PROVE_PROFILE = "prove-profile"
    MAKE_GROUP = "make-group"
    OWN_GROUP = "own-group"
    ASSIGN_GROUP = "assign-group"
    REQUIRE = "require-assignment"
    PROVE_SETUP = "prove-setup"
    MAKE_POLICIES = "make-policies"
    ENFORCE_POLICIES = "enforce-policies"
    WATCH_POLICIES = "watch-policies"
    REMOVE_POLICIES = "remove-policies"
    PROVE_POLICIES = "prove-policies"
    EXTEND = "extend"
    SHORTEN = "shorten"
    GIVE_AGAIN = "give-again"
    PROVE_AGAIN = "prove-again"
