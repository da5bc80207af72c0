"""Cards that tell of changed settings."""

from access.rules.changed_settings import Difference, Part
from access.rules.clues import Unread
from access.rules.watch_effects import Changed, Effect
from cards import settings_changed
from cards.elements import CardJson
from cards.look import Look

_FABRIKAM = "0e71112a-6a5d-54dd-ac20-9a421112bb52"
_LOCKED = Changed(
    (
        Difference(Part.INVITES, "everyone", "none"),
        Difference(Part.DOMAIN, "", "BlockedDomains", "fabrikam.com"),
        Difference(Part.PARTNER_USERS, "allowed: all", "blocked: all", _FABRIKAM),
        Difference(Part.POLICY_STATE, "enabledForReportingButNotEnforced", "enabled", "Guests: MFA", "state"),
        Difference(Part.POLICY_CONTENT, "", "include: iOS, linux", "Guests: MFA", "platforms"),
    ),
    Effect(locked_out=42, of_apps=5, narrowed=3, unsure=2, failing=("R-1042", "R-1043", "R-1051")),
    (("domains", Unread.PERMISSION), ("protection", Unread.AWAY)),
    {_FABRIKAM: "fabrikam.com"},
    unforeseen=True,
)
_OTHER = Difference(Part.PARTNER, "", "there", "da664a73-ce64-5d09-bb8a-d62310b976ab")
_MANY = (_OTHER, *(Difference(Part.LOCATION, "", "there", f"Ward {number}") for number in range(17)))
_LETS_IN = Changed((Difference(Part.POLICY, "enabled", "", "Guests: *block*"),), Effect(let_in=1))


def settings_cards(look: Look) -> dict[str, CardJson]:
    return {
        "settings-changed-locked-out": settings_changed.draw(_LOCKED, look),
        "settings-changed-let-in": settings_changed.draw(_LETS_IN, look),
        "settings-changed-many": settings_changed.draw(Changed(_MANY, Effect(narrowed=1)), look),
    }
