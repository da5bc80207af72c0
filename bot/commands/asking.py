"""How a command is carried out: by the settings of the environment, and told as it was asked."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.answers import Answer, read_enough, wrong
from bot.commands.how_far import HowFar

if TYPE_CHECKING:
    from bot.settings import Settings, SettingsError

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of words.")]
Work = Callable[["Settings", HowFar], Awaitable[Answer | int]]
"""Ends with an answer to tell, or with an exit code where all is written."""


def ask(
    work: Work,
    *,
    as_json: bool,
    policy: Path | None = None,
    without_settings: Callable[["SettingsError"], Answer] | None = None,
) -> int:
    """Carry out a command, tell its answer, and return how it ends; a `policy` stands for the one named."""
    from bot.settings import Settings, SettingsError

    settings = Settings.read(os.environ, policy)
    if isinstance(settings, SettingsError):
        return (without_settings or _unusable)(settings).tell(as_json=as_json)
    try:
        answer = asyncio.run(_carried_out(work, settings, HowFar.on_a_terminal(as_json=as_json)))
        return answer if isinstance(answer, int) else answer.tell(as_json=as_json)
    except BrokenPipeError:
        read_enough()
        return 0


async def _carried_out(work: Work, settings: "Settings", far: HowFar) -> Answer | int:
    from access.ports import AccessError

    try:
        return await work(settings, far)
    except AccessError as error:
        return wrong(str(error))


def _unusable(error: "SettingsError") -> Answer:
    return wrong(f"What to change in the settings:\n{error}", problems=error.problems)
