"""``python -m tandem`` shows what this installation is and checks it; ``python -m tandem run script.py [args]`` runs a
program written for PyTorch."""

import os
import sys

_usage = """usage: tandem run script.py [args]

Runs a Python program with torch and torchvision imported from Tandem. Other commands are those of the tandem program."""


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"]:
        if len(arguments) < 2 or arguments[1] in ("-h", "--help"):
            sys.exit(_usage)
        from .run import run

        return run(arguments[1], arguments[2:])
    if not arguments:
        from ._about import about

        return about()
    if arguments[0] in ("-h", "--help"):
        print(_usage)
        return None
    return _program(arguments)


def _program(arguments):
    """Everything else goes to the program of C++, which has the same name: the first in the path that is not this."""
    here = os.path.realpath(sys.argv[0])
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, "tandem")
        if os.access(path, os.X_OK) and os.path.isfile(path) and os.path.realpath(path) != here and not _is_script(path):
            os.execv(path, [path, *arguments])
    sys.exit(f"tandem: there is no command '{arguments[0]}' here, and the tandem program, which has others, is not in the "
             "path\n" + _usage)


def _is_script(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


if __name__ == "__main__":
    sys.exit(main())
