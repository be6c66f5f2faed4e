#!/usr/bin/env python3
"""Fails when a room includes from a room that stands above it, or from none that exists.

The order is that of tandem_room() in CMakeLists.txt: a room may include its own headers and those
of the rooms it USES, directly or through them.
"""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent


def rooms():
    """Each room with all the rooms it may include from."""
    allowed = {}
    text = (root / "CMakeLists.txt").read_text()
    for name, rest in re.findall(r"tandem_room\((\w+)([^)]*)\)", text):
        uses = re.search(r"USES ([\w ]+?)(?= LIBRARIES|$)", rest.strip())
        allowed[name] = {name}
        for used in uses.group(1).split() if uses else []:
            if used not in allowed:
                sys.exit(f"CMakeLists.txt: room {name} uses {used}, which is not declared before it")
            allowed[name] |= allowed[used]
    return allowed


def main():
    allowed, wrong = rooms(), []
    for path in sorted((root / "tandem").glob("*/*")):
        room = path.parent.name
        if path.suffix not in (".h", ".cc"):
            continue
        if room not in allowed:
            wrong.append(f"{path.relative_to(root)}: folder {room} is no room of CMakeLists.txt")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'#include "(tandem/(\w+)/[^"]+|[^"]+)"', line)
            if not match:
                continue
            included = match.group(2)
            if match.group(1).startswith("hwy/"):
                continue
            if match.group(1) == "tandem/tandem.h" and room == "cli":
                continue  # a program, not a part of the library: it takes everything
            if included is None:
                wrong.append(f"{path.relative_to(root)}:{number}: {match.group(1)}: "
                             'expected "tandem/ROOM/file.h"')
            elif included not in allowed[room]:
                wrong.append(f"{path.relative_to(root)}:{number}: {room} includes {included}, which "
                             "stands above it")
    print("\n".join(wrong) or "every include points downwards")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
