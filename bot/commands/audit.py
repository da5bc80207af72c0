"""`guestlist audit …`: what an auditor asks of the chain."""

import argparse
import sys
from typing import Any

from access.ports import Store
from access.rules.audit import AuditEntry, verify
from bot.commands.opening import opened
from bot.settings import Settings


def register(commands: Any) -> None:
    group = commands.add_parser("audit", help="verify the audit chain")
    asked = group.add_subparsers(dest="asked", required=True)
    verifying = asked.add_parser("verify", help="find what was edited, removed or reordered")
    verifying.set_defaults(run=_verify)


async def verify_audit(store: Store) -> int:
    """Walk the chain and say whether anything was edited, removed or reordered."""
    entries: list[AuditEntry] = [entry async for entry in store.audit_entries()]
    broken = verify(entries)
    if broken is not None:
        sys.stderr.write(f"The chain is broken at entry {broken}.\n")
        return 1
    sys.stdout.write(f"{len(entries)} entries, the chain holds.\n")
    return 0


async def _verify(settings: Settings, _: argparse.Namespace) -> int:
    async with opened(settings) as store:
        return await verify_audit(store)
