"""Writes docs/licences.md, the licence of each package of the image: `python -m supply.licences`."""

import sys
from collections.abc import Iterable
from importlib.metadata import version

from supply.declared import EXCEPTIONS, licence_of
from supply.sbom import Component, components

HEAD = """\
# Licences

What is in the image beside Guestlist, which is under [MIT](../LICENSE): each package that `uv.lock` has
for it on Linux, with the licence that it declares, as an [SPDX](https://spdx.org/licenses/) expression.
The installed packages carry their licence texts with them, and so does the image. `make licences` writes
this page; a test holds that it is the lock's, and that no licence asks for more than that its text is
passed on, but those below. `make sbom` writes the same, with hashes and with what needs what, as a bill
of materials: `build/sbom.cdx.json`, CycloneDX 1.5. It is made by `uv export`, which uv calls a preview.

Not here: Debian's packages and Python itself, which come with the base image; what tests and checks need;
and the npm packages of the sandbox's page. None of the latter two is in the image.
"""


def page(listed: Iterable[Component]) -> str:
    """Return docs/licences.md."""
    rows = [f"| {one.name} | {one.version} | {licence_of(one.name)} |" for one in listed]
    more = [f"| {name} | {why} |" for name, why in sorted(EXCEPTIONS.items())]
    parts = (
        HEAD,
        *("## Which ask for more", "", "| package | what, and why it is kept |", "|---|---|", *more, ""),
        *("## All", "", "| package | version | licence |", "|---|---|---|", *rows, ""),
    )
    return "\n".join(parts)


def main() -> int:
    """Write the page; 1 where what is installed is not what is locked."""
    listed = components()
    odd = [f"{one.name} {one.version}" for one in listed if version(one.name) != one.version]
    if odd:
        sys.stderr.write(f"Not installed as locked: {', '.join(odd)}. make setup\n")
        return 1
    sys.stdout.write(page(listed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
