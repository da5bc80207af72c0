"""`guestlist doctor`: whether everything around Guestlist is as it needs it, each with what to do."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from access.rules.policy import Policy, PolicyError
from bot.clock import host_time
from bot.commands.answers import DONE, FINDING, Answer
from bot.commands.examined import Item, as_text, broken, document, is_broken, not_checked, ok
from bot.credential import Credential
from bot.policy_file import Written
from bot.settings import Settings, SettingsError

NAMES = (
    *(
        "settings",
        "policy",
        "database",
        "database-clock",
        "credential",
        "files",
        "sign-in",
        "clock",
        "permissions",
    ),
    *("optional-permissions", "further-permissions", "mailbox", "bot-token", "channel-keys"),
    *("process", "public-url", "bot-endpoint"),
)
"""Every item, in the order in which it is told."""


async def examined(
    settings: Settings, credential: Credential, host: Callable[[], datetime] = host_time
) -> Sequence[Item]:
    """Look at everything at once; nothing of it has an effect on the tenant, Teams or the database."""
    from bot.commands import doctor_host, doctor_store, doctor_tenant, doctor_wire  # noqa: PLC0415 - they take a second to load

    policy, read = _policy(settings)
    found = await asyncio.gather(
        doctor_store.examined(settings, credential, host),
        doctor_tenant.examined(settings, credential, policy),
        doctor_wire.examined(settings, credential, host),
    )
    items = {one.name: one for lot in found for one in lot} | {
        "settings": ok("settings", "they can be used"),
        "policy": read,
    }
    items |= {one.name: one for one in doctor_host.examined(settings, host)}
    return [items[name] for name in NAMES]


def _policy(settings: Settings) -> tuple[Policy | None, Item]:
    path = settings.policy_file
    try:
        policy = Written.read(Path(path)).taken().policy
    except PolicyError as error:
        remedy = "Change the file as each line says; docs/policy.md has what can stand in it"
        return None, broken("policy", f"{path} has mistakes", remedy, error.mistakes)
    said = f"{path} can be used; guestlist policy check looks at whom it names"
    return policy, ok("policy", said)


async def seen(settings: Settings) -> Answer:
    from bot.commands.doctor_host import credential_or_why  # noqa: PLC0415 - as above

    credential = credential_or_why(settings)
    try:
        return _told(await examined(settings, credential))
    finally:
        await credential.close()


def without_settings(error: SettingsError) -> Answer:
    """Tell everything that is wrong with the settings; without them nothing else can be looked at."""
    wrong = broken("settings", "they cannot be used", "Change each as its line says", error.problems)
    rest = [not_checked(name, "the settings cannot be used") for name in NAMES if name != wrong.name]
    return _told([wrong, *rest])


def _told(items: Sequence[Item]) -> Answer:
    """Return what was found; 1 where anything is broken."""
    return Answer(as_text(items), document(items, host_time()), FINDING if is_broken(items) else DONE)
