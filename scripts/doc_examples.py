#!/usr/bin/env python3
"""The C++ of the documentation.

    doc_examples.py --write FOLDER FILE.md...    writes each whole program (a block with a main) as
                                                 FOLDER/FILE_LINE.cc, unchanged ones left alone
    doc_examples.py --check FILE.md...           fails when a block is neither a whole program nor
                                                 marked: ```cpp fragment
"""
import pathlib
import re
import sys


def blocks(path):
    """(line, words after ```, text) of every fenced block."""
    fence = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if fence is None:
            if match := re.match(r"\s*```+\s*(\S.*)$", line):
                fence, words, lines = number, match[1].split(), []
        elif re.match(r"\s*```+\s*$", line):
            yield fence, words, "\n".join(lines) + "\n"
            fence = None
        else:
            lines.append(line)
    if fence is not None:
        sys.exit(f"{path}:{fence}: this block has no end")


def is_program(text):
    return re.search(r"^int main\(", text, re.M) is not None


def write(folder, paths):
    wanted = {}
    for path in paths:
        for line, words, text in blocks(path):
            if words[0] == "cpp" and is_program(text):
                wanted[f"{path.stem}_{line}.cc"] = f'#line {line + 1} "{path}"\n{text}'
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.cc"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        file = folder / name
        if not file.exists() or file.read_text() != text:
            file.write_text(text)


def check(paths):
    wrong = [
        f"{path}:{line}: a block that is no whole program is marked ```cpp fragment"
        for path in paths
        for line, words, text in blocks(path)
        if words[0] == "cpp" and "fragment" not in words and not is_program(text)
    ]
    if wrong:
        sys.exit("\n".join(wrong))


if sys.argv[1:2] == ["--write"] and len(sys.argv) > 3:
    write(pathlib.Path(sys.argv[2]), [pathlib.Path(p) for p in sys.argv[3:]])
elif sys.argv[1:2] == ["--check"] and len(sys.argv) > 2:
    check([pathlib.Path(p) for p in sys.argv[2:]])
else:
    sys.exit(__doc__)
