"""The policy file: read at start, looked at again and again, and taken up when it has changed."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from access.ports import Store
from access.rules.audit import POLICY_CHANGED
from access.rules.model import AuditFact
from access.rules.policy import Policy, PolicyError
from access.rules.policy_reader import read_policy

log = logging.getLogger(__name__)

LOOKED_AT = 2.0
"""Seconds between two looks."""
NOTED = "policy"
"""The note that keeps the digest of the policy last noted in the audit."""
_MOST_TOLD = 40
"""Mistakes in one alarm, which must stay small enough to be posted."""


class UnreadPolicyError(PolicyError):
    """There is no file, or it cannot be read: what it says is not known."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A policy as it was read of a file; its `digest` is all that the audit says of it."""

    path: Path
    digest: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Written:
    """What a policy file holds at one look."""

    path: Path
    content: bytes
    digest: str
    trouble: str = ""
    """Why there is nothing to read."""

    @classmethod
    def read(cls, path: Path) -> "Written":
        try:
            content = path.read_bytes()
        except OSError as error:
            trouble = f"{path}: {error.strerror}; GUESTLIST_POLICY_FILE names the policy"
            return cls(path, b"", trouble, trouble)
        return cls(path, content, f"sha256:{hashlib.sha256(content).hexdigest()}")

    def taken(self) -> Taken:
        """Return the policy; raises `PolicyError` with every mistake, or that nothing was read."""
        if self.trouble:
            raise UnreadPolicyError([self.trouble])
        try:
            return Taken(self.path, self.digest, read_policy(self.content.decode("utf-8")))
        except UnicodeDecodeError as error:
            raise PolicyError([f"{self.path}: save the file as UTF-8 text"]) from error


@dataclass(slots=True)
class PolicyFile:
    """The policy in force: that of the file as this replica took it up last."""

    taken: Taken
    store: Store
    ring: Callable[[str], None]
    _seen: str = ""
    """The digest that the look before this one saw."""
    _told: str = ""
    """The digest of what the alarm rang for and has not been called off."""

    @classmethod
    async def open(cls, taken: Taken, store: Store, ring: Callable[[str], None]) -> "PolicyFile":
        """Begin with the policy as it was read at start, noted; raises `AccessError` where it cannot be."""
        opened = cls(taken, store, ring)
        await opened._note(taken)
        return opened

    def current(self) -> Policy:
        return self.taken.policy

    async def look(self) -> None:
        """Take up what the file says by now, once two looks saw the same: half of it may read as a whole.

        Its content is compared, and no times: a file that is copied or swapped may be older. Where the
        audit cannot be written this raises `AccessError`, and the next look tries again; until then, and
        while the file has mistakes, the policy from before decides.
        """
        written = await asyncio.to_thread(Written.read, self.taken.path)
        settled, self._seen = written.digest == self._seen, written.digest
        if not settled or written.digest == self._told:
            return
        if written.digest != self.taken.digest:
            try:
                taken = await asyncio.to_thread(written.taken)
            except PolicyError as error:
                self._told = written.digest
                self.ring(_alarm(error.mistakes))
                return
            await self._note(taken)
            self.taken = taken
            log.info("A changed policy file was taken up", extra={"digest": written.digest})
        if self._told:
            self._told = ""
            self.ring("The policy file can be used again, and what it says now is in force.")

    async def _note(self, taken: Taken) -> None:
        """Write the audit entry of a policy, which goes before all that it decides; none if noted last."""
        before = await self.store.note(NOTED)
        if before != taken.digest:
            detail = {"digest": taken.digest, "before": before or ""}
            await self.store.write_audit(AuditFact(what=POLICY_CHANGED, detail=dict(detail)))
            await self.store.keep_note(NOTED, taken.digest)


def _alarm(mistakes: list[str]) -> str:
    told = mistakes[:_MOST_TOLD]
    if more := len(mistakes) - len(told):
        told.append(f"and {more} more")
    return "\n".join(["The policy file cannot be used; the policy from before stays in force.", *told])
