"""The doctor's look at Microsoft Graph as Guestlist: what it was given, and its mailbox."""

from collections.abc import Sequence

from access.ports import AccessError, Missing
from access.rules.causes import Cause
from access.rules.own_permissions import IN_EXCHANGE, Given, Need, compared
from access.rules.policy import Policy
from bot.clock import SteadyClock
from bot.commands.examined import Item, broken, not_checked, note, ok
from bot.credential import Credential
from bot.graph import Graph
from bot.settings import Settings

_RIGHTS = ("permissions", "optional-permissions", "further-permissions")
_GIVE = "An admin gives it to Guestlist's enterprise application; docs/permissions.md has what each is for"
_NOBODY = "guestlist-doctor"
"""A key that no letter has."""


async def examined(settings: Settings, credential: Credential, policy: Policy | None) -> Sequence[Item]:
    graph = await Graph.open(
        settings.graph_url, credential, settings.mailbox, SteadyClock(), app_id=settings.app_id
    )
    try:
        return [*await _rights(graph, policy, settings), await _mailbox(graph, settings)]
    finally:
        await graph.close()


async def _rights(graph: Graph, policy: Policy | None, settings: Settings) -> Sequence[Item]:
    try:
        held = await graph.footing.permissions()
    except AccessError as error:
        unread = [not_checked(name, "what was given could not be read") for name in _RIGHTS[1:]]
        return [_unread_rights(error, settings), *unread]
    given = compared(held, groups=_gives(policy, "group:"), roles=_gives(policy, "app-role:"))
    return [_needed(given), _optional(given), _further(given, settings)]


def _unread_rights(error: AccessError, settings: Settings) -> Item:
    name = _RIGHTS[0]
    if error.cause is Cause.RIGHTS_MISSING:
        because = "they cannot be read, for which Directory.Read.All is needed, as for everything"
        return broken(name, because, _GIVE)
    if isinstance(error, Missing):
        because = f"the tenant has no enterprise application {settings.app_id}"
        remedy = "Set GUESTLIST_APP_ID to the bot's application id, or add the application to this tenant"
        return broken(name, because, remedy)
    return not_checked(name, _away(error), "Run it again in a minute")


def _gives(policy: Policy | None, kind: str) -> bool:
    """Tell whether the policy names anything of a kind that is given."""
    if policy is None:
        return False
    tables = policy.groups if kind == "group:" else policy.app_roles
    return bool(tables) or any(one.give.startswith(kind) for one in (policy.defaults, *policy.apps.values()))


def _needed(given: Given) -> Item:
    if given.missing:
        names = ", ".join(one.name for one in given.missing)
        return broken("permissions", f"{names} is missing", _GIVE, _listed(given.missing))
    return ok(
        "permissions",
        f"{len(given.present)} are given, all that it cannot do without among them",
    )


def _optional(given: Given) -> Item:
    if not given.without:
        return ok("optional-permissions", "all that Guestlist can use are given")
    said = f"{len(given.without)} that Guestlist can use are not given, and it does without what they open"
    return note("optional-permissions", said, "Give what you want to have of these", _listed(given.without))


def _further(given: Given, settings: Settings) -> Item:
    name, every = "further-permissions", given.every_mailbox
    wide = [f"{one}: in Entra it reaches every mailbox" for one in every]
    if given.too_much or every:
        more = [f"{one}: Guestlist does not use it" for one in given.too_much]
        remedy = "Take them away from Guestlist's enterprise application"
        if every and settings.mailbox:
            remedy += f", and give {' and '.join(sorted(IN_EXCHANGE))} in Exchange for the one mailbox"
        return note(name, "Guestlist was given more than it uses", remedy, (*more, *wide))
    return ok(name, "Guestlist was given nothing that it does not use")


def _listed(needs: Sequence[Need]) -> list[str]:
    return [f"{one.name}: for {one.what}" for one in needs]


async def _mailbox(graph: Graph, settings: Settings) -> Item:
    """Read in it, which a draft needs too; whether it may send shows only a mail that is sent."""
    name, box = "mailbox", settings.mailbox
    if not box:
        return note(name, "none is named, so Microsoft sends its own invitation, without a personal message")
    try:
        await graph.mail.find(_NOBODY)
    except AccessError as error:
        return _unread_mailbox(error, box)
    said = f"{box} is there and can be read; that it may send is shown by a mail alone, or by Exchange's "
    return ok(name, f"{said}Test-ServicePrincipalAuthorization")


def _unread_mailbox(error: AccessError, box: str) -> Item:
    name = "mailbox"
    if error.cause is Cause.MAILBOX_GONE:
        return broken(name, f"there is no mailbox {box}", "Name the shared mailbox in GUESTLIST_MAILBOX")
    if error.cause is Cause.RIGHTS_MISSING:
        remedy = "Give Application Mail.ReadWrite and Mail.Send in Exchange for it, by docs/permissions.md"
        return broken(name, f"Guestlist may not read {box}", remedy)
    return not_checked(name, _away(error), "Run it again in a minute")


def _away(error: AccessError) -> str:
    return f"Microsoft Graph could not be asked: {str(error).rstrip('.')}"
