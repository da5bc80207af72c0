"""Follows a Dockerfile without an engine: reads it, copies what it copies, runs what it runs."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
_PLACES = re.compile(
    r"(?:(?<![\w./-])|(?<=sqlite:///))/(?:opt/guestlist|src|app|data|etc/guestlist)(?![\w.-])"
)


@dataclass(frozen=True, slots=True)
class Instruction:
    word: str
    rest: str

    def list(self) -> list[str]:
        """Return the words of an instruction that is written as a JSON list."""
        found = json.loads(self.rest[self.rest.index("[") :])
        assert all(isinstance(one, str) for one in found)
        return list(found)


@dataclass(slots=True)
class Stage:
    """One FROM and what follows it; `env` is as its last line leaves it."""

    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[Instruction]:
        return [one for one in self.instructions if one.word == word]

    def last(self, word: str) -> Instruction:
        return self.all(word)[-1]

    def pairs(self, word: str) -> dict[str, str]:
        """Return what its ENV, or LABEL, lines set."""
        told = [part for one in self.all(word) for part in shlex.split(one.rest)]
        return dict(part.split("=", 1) for part in told)


def stages(text: str) -> list[Stage]:
    """Return the stages; what stands before the first FROM is for `docker build` alone."""
    found: list[Stage] = []
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        word, rest = line.split(None, 1)
        if word == "FROM":
            found.append(Stage(rest))
        elif found:
            found[-1].instructions.append(Instruction(word, rest))
    return found


def is_ignored(name: str, patterns: Iterable[str]) -> bool:
    """Tell by the lines of a .dockerignore, of which the last that fits decides, whether a file stays out."""
    ignored = False
    parents = [name, *(parent.as_posix() for parent in Path(name).parents if parent.name)]
    for pattern in patterns:
        bare = pattern.removeprefix("!").rstrip("/")
        fits = (
            any(fnmatch.fnmatch(f"/{one}", f"*/{bare[3:]}") for one in parents)
            if bare.startswith("**/")
            else any(bare in (one, "*") for one in parents)
        )
        if fits:
            ignored = not pattern.startswith("!")
    return ignored


def context() -> list[str]:
    """Return the names of what `docker build .` would send."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = [name for name in listed.splitlines() if (ROOT / name).is_file()]
    return sorted(name for name in set(known) if not is_ignored(name, patterns))


class Follower:
    """Carries out the stages below a folder that stands for the image's root."""

    def __init__(self, top: Path, environ: Mapping[str, str]) -> None:
        self.top = top
        self.env = dict(environ)
        self.place = Path("/")
        self.ran: list[str] = []
        self.left_out: list[str] = []

    def here(self, text: str) -> str:
        """Return the text with the image's places turned into ours."""
        return _PLACES.sub(lambda found: f"{self.top}{found.group()}", text)

    def follow(self, stage: Stage) -> None:
        for one in stage.instructions:
            act = getattr(self, f"_{one.word.lower()}", None)
            if act is not None:
                act(one.rest)

    def _env(self, rest: str) -> None:
        for part in shlex.split(rest):
            name, value = part.split("=", 1)
            self.env[name] = self.here(value.replace("$PATH", self.env["PATH"]))

    def _workdir(self, rest: str) -> None:
        self.place = Path(self.here(rest))
        self.place.mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        """Copy as an engine does, from a checkout that its owner alone may read."""
        if rest.startswith("--from="):  # the stages share our folder, so it is there already
            source, target = rest.split()[1:]
            assert source == target
            return
        *sources, target = rest.split()
        for name in context():
            for source in sources:
                if name == source or name.startswith(f"{source}/"):
                    inside = Path(target) / (name if target == "./" else name.removeprefix(f"{source}/"))
                    (self.place / inside).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(ROOT / name, self.place / inside)
                    (self.place / inside).chmod(0o700 if os.access(ROOT / name, os.X_OK) else 0o600)

    def _run(self, rest: str) -> None:
        """Run what installs us. What makes the image's own system (uv, a user) is the engine's to run."""
        if (program := shlex.split(rest)[0]) not in ("uv", "python", "chmod"):
            self.left_out.append(program)
            return
        for command in rest.split(" && "):
            self.ran.append(command.strip())
            words = shlex.split(self.here(command))
            subprocess.run(words, cwd=self.place, env=self.env, check=True, timeout=300)


def plain_environment() -> dict[str, str]:
    """Return the caller's environment without what would tell uv or Python otherwise than the file does."""
    others = ("UV_", "PYTHON", "VIRTUAL_ENV", "GUESTLIST_", "PIP_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    asked = [str(UV), "cache", "dir"]
    return {
        **own,
        "UV_CACHE_DIR": subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip(),
    }
