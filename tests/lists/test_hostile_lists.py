import json
import subprocess
import sys

import pytest

from tests.lists.costs import HOSTILE

MOST_BYTES = 100 * 10**6
MOST_SECONDS = 10


@pytest.mark.parametrize("kind", ["text", "workbook"])
def test_a_list_that_lies_ends_in_one_refusal_and_costs_little(kind: str) -> None:
    """Each in a process of its own, because what is freed by one would hide what the next takes."""
    names = [name for name in HOSTILE if name.startswith(kind)]
    command = [sys.executable, "-m", "tests.lists.costs", *names]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    costs = {one["name"]: one for one in map(json.loads, told)}
    assert {name: (one["why"], one["row"]) for name, one in costs.items()} == {
        name: (HOSTILE[name].why, HOSTILE[name].row) for name in names
    }
    assert {name: one["bytes"] for name, one in costs.items() if one["bytes"] > MOST_BYTES} == {}
    assert {name: one["s"] for name, one in costs.items() if one["s"] > MOST_SECONDS} == {}


def test_what_costs_are_measured_by_notices_what_is_taken() -> None:
    code = (
        "from tests.lists.costs import *\nforget_memory()\nbefore = most_memory()\n"
        "taken = bytearray(50_000_000)\ndel taken\nprint(most_memory() - before)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert int(told) > 45_000_000
