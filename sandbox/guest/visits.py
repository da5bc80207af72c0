"""Who the guests are in the world outside the tenant, and who is at the guest's browser."""

import secrets
from dataclasses import dataclass, field

from sandbox.entra.tenant import Json
from sandbox.story import Story

ORGANISATION = "ExternalAzureAD"


@dataclass(frozen=True)
class Outsider:
    """A person with an inbox; an organisation's account if there is a home, else only an address."""

    key: str
    name: str
    address: str
    provider: str
    home: str

    @classmethod
    def of(cls, story: Story, key: str) -> "Outsider | None":
        """Return a guest of the story by key or address; any other address has just an inbox."""
        for each in story.raw["guestsToBe"]:
            if key.lower() in (each["key"], each["address"].lower()):
                home = (each["homeTenant"] or {}).get("displayName", "")
                return cls(each["key"], each["displayName"], each["address"], each["identityProvider"], home)
        return cls(key, key, key, "mail", "") if "@" in key else None


@dataclass
class Visit:
    """How far a guest has come on the way from the mail to the app."""

    outsider: Outsider
    target: str
    signed_in: bool = False
    second_factor: bool = False
    platform: str = "windows"
    place: str = ""
    """Where the guest is, by key; nothing is the first country of the story."""
    passcode: str = ""
    told: dict[tuple[object, ...], Json] = field(default_factory=dict)
    """What the sign-in log has been told of this visit."""
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    authenticator: str = field(default_factory=lambda: f"{secrets.randbelow(1_000_000):06}")

    def leave(self) -> None:
        """Forget what was shown, so that the guest signs in anew, from elsewhere."""
        self.signed_in = self.second_factor = False
        self.told.clear()


@dataclass
class Visits:
    """All visits by session."""

    by_session: dict[str, Visit] = field(default_factory=dict)

    def begin(self, outsider: Outsider, target: str) -> str:
        session = secrets.token_urlsafe(24)
        self.by_session[session] = Visit(outsider, target)
        return session

    def end(self, addresses: set[str]) -> None:
        """End the sessions of whoever has one of these addresses."""
        still = self.by_session.items()
        self.by_session = {key: one for key, one in still if one.outsider.address.lower() not in addresses}
