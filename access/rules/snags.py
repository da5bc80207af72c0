"""What can keep a guest out, and by which codes Microsoft Entra says so."""

from collections.abc import Mapping
from enum import StrEnum


class Snag(StrEnum):
    """What can keep a guest out, those first that hold whatever else is found."""

    GONE = "gone"
    DISABLED = "disabled"
    DELIVERING = "delivering"
    DELIVERY_FAILED = "delivery-failed"
    MAIL_FAILED = "mail-failed"
    MAIL_QUEUED = "mail-queued"
    DOMAIN_DENIED = "domain-denied"
    DOMAIN_LISTED = "domain-listed"
    CROSS_TENANT = "cross-tenant"
    COLLIDES = "collides"
    ALIAS = "alias"
    LINK_REPLACED = "link-replaced"
    NOT_ASSIGNED = "not-assigned"
    OTHER_ACCOUNT = "other-account"
    CONDITIONAL_ACCESS = "conditional-access"
    SECOND_FACTOR = "second-factor"
    TERMS_OF_USE = "terms-of-use"
    CONSENT = "consent"
    SIGN_IN_REFUSED = "sign-in-refused"
    MAIL_NOT_OURS = "mail-not-ours"


REFUSED_AS: Mapping[int, Snag] = {
    50105: Snag.NOT_ASSIGNED,
    50057: Snag.DISABLED,
    500212: Snag.CROSS_TENANT,
    500213: Snag.CROSS_TENANT,
    50020: Snag.OTHER_ACCOUNT,
    90072: Snag.OTHER_ACCOUNT,
    53000: Snag.CONDITIONAL_ACCESS,
    53001: Snag.CONDITIONAL_ACCESS,
    53003: Snag.CONDITIONAL_ACCESS,
    50072: Snag.SECOND_FACTOR,
    50074: Snag.SECOND_FACTOR,
    50076: Snag.SECOND_FACTOR,
    50079: Snag.SECOND_FACTOR,
    50158: Snag.TERMS_OF_USE,
    500121: Snag.SECOND_FACTOR,
    65001: Snag.CONSENT,
    65004: Snag.CONSENT,
}
"""Microsoft Entra authentication error codes (learn.microsoft.com/entra/identity-platform)."""
OF_THE_ACCOUNT = frozenset({50020, 50034, 50053, 50055, 50057, 50144, 51004, 90072, 500212, 500213})
"""Codes by which Entra refuses the account itself, wherever it signs in: unknown here, locked, disabled,
its password expired, kept out between the tenants. All others say something of one app alone."""
INTERRUPTS = frozenset({16000, 50058, 50125, 50140, 50199, 51006})
"""Codes by which Entra asks for something in the middle of a sign-in, which goes on: nobody is refused."""
