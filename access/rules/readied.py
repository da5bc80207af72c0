"""What was asked of readiness, and the answer: the items that were looked at, and what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from access.rules.clues import Holder, HolderKind, Unread
from access.rules.model import App, Give, Guest, Person
from access.rules.readiness import Item
from access.rules.sign_ins import Foreseen
from access.rules.tenant_facts import AddressFacts, AppFacts, TenantSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, read: nothing of a guest is the tenant alone; an address has its domain with it."""

    domain: str = ""
    address: str = ""
    app: str = ""
    access: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What the items were told from."""

    settings: TenantSettings
    address: AddressFacts | None = None
    app: AppFacts | Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readied:
    """Items as they stood at `read_at`, with the app and what would be given where those were asked for."""

    asked: Asked
    items: tuple[Item, ...]
    read_at: datetime
    app: App | None = None
    give: Give | None = None
    guest: Guest | None = None
    foreseen: Foreseen | None = None
    """The guest's sign-ins at the app, where the policies could be read."""
    label: str = ""
    """The number of the request that it was asked for."""
    read: Read | None = None
    for_admin: bool = False
    """Whether an admin asked, who may mend what is set."""


@dataclass(frozen=True, slots=True)
class NotForYou:
    """Whoever asks is no admin, and may request for no app."""


def held_by(
    asked: Asked, found: Guest | Person | Unread | None, holders: Sequence[Holder] | Unread
) -> Sequence[Holder] | Unread | None:
    """Return who else has the address; a member who has it is known even where the rest cannot be read."""
    if not asked.address:
        return None
    if isinstance(found, Unread):
        return found
    if isinstance(found, Person) and isinstance(holders, Unread):
        return (Holder(HolderKind.PERSON, found.name),)
    return holders
