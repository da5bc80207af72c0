"""What Guestlist was given against what it needs."""

from access.rules.own_permissions import GROUPS, IN_EXCHANGE, NEEDS, ROLES, Level, Need, compared
from tests.test_permissions import GIVEN

ALL = {one.name for one in NEEDS}


def names(needs: tuple[Need, ...]) -> set[str]:
    return {one.name for one in needs}


def test_every_permission_of_the_documentation_is_known_and_no_other() -> None:
    assert ALL | IN_EXCHANGE == GIVEN


def test_where_all_is_given_nothing_is_missing_and_nothing_too_much() -> None:
    given = compared(ALL, groups=True, roles=True)
    assert (given.missing, given.without, given.too_much, given.every_mailbox) == ((), (), (), ())
    assert names(given.present) == ALL


def test_what_it_cannot_do_without_is_missing_and_the_rest_is_done_without() -> None:
    given = compared((), groups=False, roles=False)
    always = {one.name for one in NEEDS if one.level is Level.ALWAYS}
    assert names(given.missing) == always | {GROUPS, ROLES}, "nothing could be given"
    assert names(given.without) == ALL - always - {GROUPS, ROLES}


def test_by_what_the_policy_gives_one_way_of_giving_is_missing_or_not() -> None:
    assert names(compared(ALL - {ROLES}, groups=True, roles=False).without) == {ROLES}
    assert names(compared(ALL - {ROLES}, groups=True, roles=True).missing) == {ROLES}
    assert names(compared(ALL - {GROUPS}, groups=True, roles=False).missing) == {GROUPS}


def test_what_nothing_uses_is_too_much_and_mail_in_entra_reaches_every_mailbox() -> None:
    given = compared({*ALL, "Sites.FullControl.All", "Mail.Send"}, groups=True, roles=True)
    assert (given.too_much, given.every_mailbox) == (("Sites.FullControl.All",), ("Mail.Send",))


def test_what_reads_conditional_access_alone_is_too_much_only_beside_what_reads_every_policy() -> None:
    alone, wide = "Policy.Read.ConditionalAccess", "Policy.Read.All"
    found = [compared(names, groups=False, roles=False).too_much for names in ({alone}, {alone, wide})]
    assert found == [(), (alone,)]
