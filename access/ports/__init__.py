"""What Guestlist needs of the world, in its own words. Adapters live in `bot/`, one folder per vendor.

Every method may raise `AccessError`; nothing else crosses a port but bugs.
"""

from access.ports.accounts import Accounts, Acted, Seen
from access.ports.app_guests import AppGuests
from access.ports.caps import Cap, Uncapped
from access.ports.changes import ActivityLog, Changes, GuestDelta, Subscribed, Subscriptions
from access.ports.clues import ClueReader
from access.ports.delegations import Delegations, Standing
from access.ports.downloads import Downloads
from access.ports.errors import (
    AccessError,
    Blocked,
    GivesWay,
    Gone,
    Missing,
    NotDone,
    NotKept,
    NotLicensed,
    NotYet,
    Refused,
    TooMany,
    Unconfirmed,
    Unfamiliar,
    Unknown,
    Unreachable,
)
from access.ports.guards import GuardWriter, MadeNow, Reported
from access.ports.keeping import Budget, Ending, Pending, PolicySource, Queue, Share, Store, Transition, Turns
from access.ports.lease import Lease, LeaseLost, check_lease
from access.ports.mail import Drafted, Letter, Mail, Origin, Reminds, SentMail
from access.ports.profiles import Profiles
from access.ports.protection import Memberships, ProtectionReader
from access.ports.self_service import Made, NewGroup, SelfService
from access.ports.tenant import Disposables, Footing, TenantPolicies
from access.ports.tried import tried
from access.ports.upkeep import Upkeep
from access.ports.uploads import Uploads
from access.ports.world import (
    Access,
    ChangedGuests,
    Chat,
    Clock,
    Directory,
    Given,
    Invitation,
    Invited,
    Proof,
    Taken,
)

__all__ = [
    "Access",
    "AccessError",
    "Accounts",
    "Acted",
    "ActivityLog",
    "AppGuests",
    "Blocked",
    "Budget",
    "Cap",
    "ChangedGuests",
    "Changes",
    "Chat",
    "Clock",
    "ClueReader",
    "Delegations",
    "Directory",
    "Disposables",
    "Downloads",
    "Drafted",
    "Ending",
    "Footing",
    "Given",
    "GivesWay",
    "Gone",
    "GuardWriter",
    "GuestDelta",
    "Invitation",
    "Invited",
    "Lease",
    "LeaseLost",
    "Letter",
    "Made",
    "MadeNow",
    "Mail",
    "Memberships",
    "Missing",
    "NewGroup",
    "NotDone",
    "NotKept",
    "NotLicensed",
    "NotYet",
    "Origin",
    "Pending",
    "PolicySource",
    "Profiles",
    "Proof",
    "ProtectionReader",
    "Queue",
    "Refused",
    "Reminds",
    "Reported",
    "Seen",
    "SelfService",
    "SentMail",
    "Share",
    "Standing",
    "Store",
    "Subscribed",
    "Subscriptions",
    "Taken",
    "TenantPolicies",
    "TooMany",
    "Transition",
    "Turns",
    "Uncapped",
    "Unconfirmed",
    "Unfamiliar",
    "Unknown",
    "Unreachable",
    "Upkeep",
    "Uploads",
    "check_lease",
    "tried",
]
