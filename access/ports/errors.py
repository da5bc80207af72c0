"""How the world fails, as the use cases need to tell it apart."""

from access.rules.causes import Cause


class AccessError(Exception):
    """The world failed; `cause` says how, `trace` is the vendor's request id for the log."""

    def __init__(
        self, cause: Cause, text: str = "", *, trace: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(text or cause)
        self.cause = cause
        self.trace = trace
        self.retry_after = retry_after


class NotDone(AccessError):
    """Surely nothing happened, and it may be tried again: throttled, or no connection was made."""


class GivesWay(NotDone):
    """Nothing was done: another request about the same access, called `label`, comes first."""

    def __init__(self, cause: Cause, label: str) -> None:
        super().__init__(cause, f"{label} comes first")
        self.label = label


class NotKept(NotDone):
    """What Guestlist keeps could not be read or written; nothing was."""


class Unknown(AccessError):
    """It may or may not have happened: 5xx, reset, time-out. Look before repeating."""


class Unconfirmed(Unknown):
    """The store's answer was lost: what was asked for stands, or does not. To ask again is safe."""


class NotYet(AccessError):
    """The directory does not know the guest everywhere yet: wait with back-off."""


class Refused(AccessError):
    """The world said no, and will again until somebody changes something."""


class Missing(Refused):
    """The thing addressed does not exist."""


class NotLicensed(Refused):
    """The tenant lacks the licence without which Microsoft tells this to nobody."""


class Unfamiliar(Refused):
    """It was read, and says what Guestlist does not know: nothing of it is guessed."""

    def __init__(self, text: str) -> None:
        super().__init__(Cause.REFUSED, text)


class TooMany(Refused):
    """There is more of it than Guestlist goes through, so nothing of it is told."""

    def __init__(self) -> None:
        super().__init__(Cause.REFUSED)


class Blocked(Refused):
    """Microsoft's abuse block: terminal for everything, never retried, the operator is told."""


class Gone(AccessError):
    """The message or conversation no longer exists: post anew or give up."""


class Unreachable(AccessError):
    """Nobody reads there: a person without the app or who blocks it, a team without it, a deleted channel."""
