"""`guestlist doctor`: whether everything around Guestlist is as it needs it, each with what to do."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from access.rules.policy import Policy, PolicyError
from bot.clock import host_time
from bot.commands.examined import Item, as_json, as_text, broken, is_broken, not_checked, ok
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


def register(commands: Any) -> None:
    asking = commands.add_parser(
        "doctor", help="look at permissions, settings, addresses, mailbox, clock and database"
    )
    asking.add_argument("--json", action="store_true", help="as JSON instead of lines")
    asking.set_defaults(run=_run, without_settings=_without_settings)


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


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.commands.doctor_host import credential_or_why  # noqa: PLC0415 - as above

    credential = credential_or_why(settings)
    try:
        return _told(await examined(settings, credential), options)
    finally:
        await credential.close()


async def _without_settings(error: SettingsError, options: argparse.Namespace) -> int:
    """Tell everything that is wrong with the settings; without them nothing else can be looked at."""
    wrong = broken("settings", "they cannot be used", "Change each as its line says", error.problems)
    rest = [not_checked(name, "the settings cannot be used") for name in NAMES if name != wrong.name]
    return _told([wrong, *rest], options)


def _told(items: Sequence[Item], options: argparse.Namespace) -> int:
    """Write what was found; 1 where anything is broken."""
    sys.stdout.write(as_json(items, host_time()) if options.json else as_text(items))
    return 1 if is_broken(items) else 0
