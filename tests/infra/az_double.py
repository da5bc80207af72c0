"""Stands in for `az`: a tenant's Graph with a few app roles, kept in the file that AZ_DOUBLE names."""

import json
import os
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

GRAPH = "00000000-0000-0000-0000-00000000beef"
ASSIGNMENTS = "/appRoleAssignments"


def answer(state: dict[str, Any], method: str, url: str, query: str, body: str) -> str:
    """Return what az prints for a call; the URL and the query must be ones that Graph and az understand."""
    path = re.fullmatch(r"https://graph\.microsoft\.com/v1\.0/servicePrincipals(.+)", url)
    if not path:
        raise SystemExit(f"no such address: {url}")
    where = path[1]
    if method == "post":
        row = json.loads(body)
        if any(one["appRoleId"] == row["appRoleId"] for one in state["held"]):
            raise SystemExit("Permission being assigned already exists on the object")
        state["held"].append(row | {"id": f"a-{row['appRoleId']}"})
        return ""
    if method == "delete":
        gone = where.rpartition("/")[2]
        state["held"] = [one for one in state["held"] if one["id"] != gone]
        return ""
    return read(state, where, query)


def read(state: dict[str, Any], where: str, query: str) -> str:
    if where == "(appId='00000003-0000-0000-c000-000000000000')?$select=id" and query == "id":
        return GRAPH
    if where == f"/{GRAPH}?$select=appRoles":
        wanted = re.fullmatch(
            r"appRoles\[\?value=='([\w.]+)' && contains\(allowedMemberTypes, 'Application'\)\]\.id \| \[0\]",
            query,
        )
        return f"r-{wanted[1]}" if wanted and wanted[1] in state["roles"] else ""
    if where.endswith(f"{ASSIGNMENTS}?$top=999"):
        sought = re.fullmatch(
            r"value\[\?resourceId=='([\w-]+)' && appRoleId=='([\w.-]+)'\]\.id \| \[0\]", query
        )
        held = [one for one in state["held"] if sought and one["appRoleId"] == sought[2]]
        return str(held[0]["id"]) if held else ""
    if query == "displayName":
        return "id-guestlist"
    raise SystemExit(f"no such question: {where} {query}")


def main() -> None:
    file = Path(os.environ["AZ_DOUBLE"])
    state = json.loads(file.read_text(encoding="utf-8"))
    words = sys.argv[1:]
    options = dict(pairwise(words))
    if words[:2] == ["cloud", "show"]:
        sys.stdout.write("https://graph.microsoft.com/\n")
        return
    method, url = options["--method"], options["--url"]
    state["calls"].append(method)
    said = answer(state, method, url, options.get("--query", ""), options.get("--body", ""))
    file.write_text(json.dumps(state), encoding="utf-8")
    sys.stdout.write(f"{said}\n" if said else "")


if __name__ == "__main__":
    main()
