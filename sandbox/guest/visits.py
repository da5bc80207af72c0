"""Who is at the guest's browser: one visit for each session cookie."""

import secrets
from dataclasses import dataclass, field


@dataclass
class Visit:
    """How far a guest has come on the way from the mail to the app."""

    key: str
    target: str = ""
    signed_in: bool = False
    second_factor: bool = False
    passcode: str = ""
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    authenticator: str = field(default_factory=lambda: f"{secrets.randbelow(1_000_000):06}")


@dataclass
class Visits:
    """All visits by session."""

    by_session: dict[str, Visit] = field(default_factory=dict)

    def begin(self, key: str, target: str) -> tuple[str, Visit]:
        session, visit = secrets.token_urlsafe(24), Visit(key, target)
        self.by_session[session] = visit
        return session, visit
