"""Why a guest is stuck: every cause found and not found, what could not be read, and the act that helps."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from access.rules.clues import Clues, Holder, HolderKind, LaterInvitation, SignIn, Unread
from access.rules.coaching import Check, Helps, Stands, diagnose
from access.rules.model import Guest, MailState, Redemption, State
from access.rules.snags import Snag
from tests.rules.making import ANA, NOW, guest

ACCEPTED = guest(Redemption.ACCEPTED)
LATER = LaterInvitation(NOW + timedelta(days=2), "Isaiah Langer")


def clues(**changes: Any) -> Clues:
    """Return what is read of a guest who was invited and has not accepted, with nothing in the way."""
    usual = Clues(
        guest=guest(),
        asked="ana@fabrikam.com",
        state=State.DELIVERED,
        mail=MailState.SENT,
        mailed_at=NOW,
        domain_denied=False,
        holds=True,
        holders=(),
        shut_out=False,
        listed=False,
        later=None,
        sign_in=None,
    )
    return replace(usual, **changes)


def check(snag: Snag, read: Clues) -> Check:
    return next(one for one in diagnose(read).checks if one.snag is snag)


def refused(code: int) -> SignIn:
    return SignIn(NOW, code)


CAUSES: list[tuple[Snag, dict[str, Any], Stands, Helps]] = [
    (Snag.GONE, {"guest": None}, Stands.STUCK, Helps.INVITE_AGAIN),
    (Snag.DISABLED, {"guest": replace(guest(), enabled=False)}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.DELIVERING, {"state": State.DELIVERING}, Stands.WAITING, Helps.WAIT),
    (Snag.DELIVERY_FAILED, {"state": State.DELIVERY_FAILED}, Stands.STUCK, Helps.RETRY),
    (Snag.MAIL_FAILED, {"mail": MailState.FAILED}, Stands.STUCK, Helps.RETRY),
    (Snag.MAIL_QUEUED, {"mail": MailState.QUEUED}, Stands.WAITING, Helps.WAIT),
    (Snag.DOMAIN_DENIED, {"domain_denied": True}, Stands.STUCK, Helps.ASK_POLICY),
    (Snag.DOMAIN_LISTED, {"listed": True}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.CROSS_TENANT, {"shut_out": True}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.COLLIDES, {"holders": [Holder(HolderKind.CONTACT, "Ana")]}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.ALIAS, {"asked": "a.ruiz@fabrikam.com"}, Stands.STUCK, Helps.CHANGE_ADDRESS),
    (Snag.LINK_REPLACED, {"later": LATER}, Stands.STUCK, Helps.RESEND),
    (Snag.NOT_ASSIGNED, {"guest": ACCEPTED, "holds": False}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.OTHER_ACCOUNT, {"guest": ACCEPTED, "sign_in": refused(50020)}, Stands.STUCK, Helps.RESET),
    (Snag.OTHER_ACCOUNT, {"sign_in": refused(50020)}, Stands.STUCK, Helps.CHANGE_ADDRESS),
    (Snag.CONDITIONAL_ACCESS, {"sign_in": refused(53003)}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.SECOND_FACTOR, {"sign_in": refused(50076)}, Stands.STUCK, Helps.TELL_GUEST),
    (Snag.SECOND_FACTOR, {"sign_in": refused(50079)}, Stands.STUCK, Helps.TELL_GUEST),
    (Snag.TERMS_OF_USE, {"sign_in": refused(50158)}, Stands.STUCK, Helps.TELL_GUEST),
    (Snag.CONSENT, {"sign_in": refused(65001)}, Stands.STUCK, Helps.TELL_GUEST),
    (Snag.CONSENT, {"guest": ACCEPTED, "sign_in": refused(65001)}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.SIGN_IN_REFUSED, {"sign_in": refused(700016)}, Stands.STUCK, Helps.ASK_ADMIN),
    (Snag.MAIL_NOT_OURS, {"mail": MailState.BY_MICROSOFT}, Stands.WAITING, Helps.RESEND),
]


@pytest.mark.parametrize(("snag", "read", "stands", "helps"), CAUSES)
def test_a_cause_is_found_and_one_act_helps(
    snag: Snag, read: dict[str, Any], stands: Stands, helps: Helps
) -> None:
    found = diagnose(clues(**read))
    assert found.cause is not None
    assert (found.cause.snag, found.stands, found.helps) == (snag, stands, helps)


@pytest.mark.parametrize("snag", Snag)
def test_each_cause_is_in_the_table(snag: Snag) -> None:
    assert snag in {one for one, *_ in CAUSES}


@pytest.mark.parametrize("snag", Snag)
def test_where_nothing_is_in_the_way_each_cause_was_looked_for_and_not_found(snag: Snag) -> None:
    assert check(snag, clues()).found is False


def test_a_guest_who_has_not_accepted_and_is_not_stuck_can_get_a_new_link() -> None:
    found = diagnose(clues())
    assert (found.stands, found.cause, found.helps) == (Stands.WAITING, None, Helps.RESEND)


def test_a_guest_who_has_accepted_and_is_not_stuck_needs_nothing() -> None:
    found = diagnose(clues(guest=ACCEPTED))
    assert (found.stands, found.cause, found.helps) == (Stands.ACCEPTED, None, Helps.NOTHING)


UNREAD: list[tuple[Snag, str]] = [
    (Snag.CROSS_TENANT, "shut_out"),
    (Snag.DOMAIN_LISTED, "listed"),
    (Snag.COLLIDES, "holders"),
    (Snag.LINK_REPLACED, "later"),
    (Snag.NOT_ASSIGNED, "holds"),
    (Snag.OTHER_ACCOUNT, "sign_in"),
    (Snag.CONDITIONAL_ACCESS, "sign_in"),
    (Snag.SECOND_FACTOR, "sign_in"),
    (Snag.TERMS_OF_USE, "sign_in"),
    (Snag.CONSENT, "sign_in"),
    (Snag.SIGN_IN_REFUSED, "sign_in"),
]


@pytest.mark.parametrize("why", Unread)
@pytest.mark.parametrize(("snag", "reading"), UNREAD)
def test_what_cannot_be_read_is_neither_found_nor_fine(snag: Snag, reading: str, why: Unread) -> None:
    read = clues(**{reading: why})
    assert check(snag, read).found is why
    assert diagnose(read).cause is None


def test_settings_that_hold_for_some_guests_are_not_clear() -> None:
    assert check(Snag.CROSS_TENANT, clues(shut_out=Unread.UNCLEAR)).found is Unread.UNCLEAR


@pytest.mark.parametrize("code", [500212, 500213])
def test_a_sign_in_that_was_refused_between_the_tenants_counts_though_the_settings_cannot_be_read(
    code: int,
) -> None:
    read = clues(shut_out=Unread.PERMISSION, sign_in=refused(code))
    assert check(Snag.CROSS_TENANT, read).found is True
    assert check(Snag.SIGN_IN_REFUSED, read).found is False


def test_what_an_older_sign_in_met_is_over_where_the_newest_went_through() -> None:
    found = diagnose(clues(guest=ACCEPTED, sign_in=SignIn(NOW, 0)))
    assert found.cause is None


def test_a_sign_in_refused_for_want_of_access_does_not_count_where_the_access_is_there_now() -> None:
    assert diagnose(clues(guest=ACCEPTED, sign_in=refused(50105))).cause is None


def test_an_account_that_was_disabled_at_a_sign_in_and_is_not_here_is_told_as_refused() -> None:
    """It may be disabled at home, which nobody can read here, or was so here until it was enabled."""
    found = diagnose(clues(guest=ACCEPTED, sign_in=refused(50057))).cause
    assert found is not None
    assert (found.snag, found.who) == (Snag.SIGN_IN_REFUSED, "50057")


def test_of_several_causes_the_one_that_holds_whatever_else_is_done_comes_first() -> None:
    barred = Guest(ANA, "Ana Ruiz", "ana@fabrikam.com", Redemption.PENDING, enabled=False)
    found = diagnose(clues(guest=barred, domain_denied=True, later=LATER, sign_in=refused(50076)))
    assert [one.snag for one in found.checks if one.found is True] == [
        Snag.DISABLED,
        Snag.DOMAIN_DENIED,
        Snag.LINK_REPLACED,
        Snag.SECOND_FACTOR,
    ]
    assert found.cause == found.checks[1]


@pytest.mark.parametrize(
    "snag", [Snag.MAIL_QUEUED, Snag.DOMAIN_LISTED, Snag.ALIAS, Snag.LINK_REPLACED, Snag.COLLIDES]
)
def test_what_came_before_accepting_is_not_looked_for_afterwards(snag: Snag) -> None:
    read = clues(guest=ACCEPTED, mail=MailState.QUEUED, listed=True, asked="other@fabrikam.com", later=LATER)
    assert snag not in {one.snag for one in diagnose(read).checks}


def test_of_an_account_that_is_gone_nothing_else_is_said() -> None:
    assert [one.snag for one in diagnose(clues(guest=None, domain_denied=True)).checks] == [Snag.GONE]


@pytest.mark.parametrize("address", ["ANA@Fabrikam.com", "ana@FABRIKAM.COM"])
def test_an_address_in_capitals_is_no_alias(address: str) -> None:
    assert check(Snag.ALIAS, clues(asked=address)).found is False
