"""The command `guestlist`: what an operator asks beside a running Guestlist, or instead of one."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from access.ports import AccessError
from bot.commands import audit, data, doctor, policy
from bot.settings import Settings, SettingsError

_GROUPS = (doctor, data, audit, policy)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is done, 1 is a finding, 2 is something to change first."""
    parser = argparse.ArgumentParser(prog="guestlist", description="Commands for Guestlist's operator.")
    commands = parser.add_subparsers(dest="command", required=True)
    for group in _GROUPS:
        group.register(commands)
    options = parser.parse_args(arguments)
    settings = Settings.read(os.environ)
    if isinstance(settings, SettingsError) and "without_settings" in options:
        found: int = asyncio.run(options.without_settings(settings, options))
        return found
    if isinstance(settings, SettingsError):
        sys.stderr.write(f"What to change in the settings:\n{settings}\n")
        return 2
    try:
        result: int = asyncio.run(options.run(settings, options))
    except AccessError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return result


if __name__ == "__main__":
    sys.exit(main())
