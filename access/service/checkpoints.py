"""Keeping checkpoints of the audit chain elsewhere, so that whoever cuts it off or writes it anew is seen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from access.ports import AccessError, Clock, Store
from access.rules.audit import AuditEntry
from access.rules.checkpoints import Checkpoint, is_due


@dataclass(slots=True)
class Checkpoints:
    """Keeps them at one place, beside whatever is changed meanwhile, which waits for none of it.

    Asked now and then by one replica at a time; one that is written twice harms nobody.
    """

    name: str
    """Of the place, in the note that says how far its checkpoints go."""
    store: Store
    clock: Clock
    keep: Callable[[Checkpoint], Awaitable[None]]
    """Returns when it is surely kept there; raises `AccessError`."""
    ring: Callable[[str], None]
    _failing: bool = False

    async def look(self) -> None:
        """Keep a checkpoint where one is due; of what goes wrong the operator hears once."""
        noted = int(await self.store.note(self._note) or 0)
        head, first = await self.store.audit_head(), await self._after(noted)
        now = self.clock.now()
        if head is None or first is None or not is_due(head, first, now):
            return
        try:
            await self.keep(Checkpoint(head.seq, head.hash, now))
        except AccessError as error:
            if not self._failing:
                self.ring(f"The audit goes on without checkpoints in its {self.name}. {error}")
            self._failing = True
            raise
        self._failing = False
        await self.store.keep_note(self._note, str(head.seq))

    @property
    def _note(self) -> str:
        return f"audit/checkpoint/{self.name}"

    async def _after(self, seq: int) -> AuditEntry | None:
        async for entry in self.store.audit_entries(seq):
            return entry
        return None
