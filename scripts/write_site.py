#!/usr/bin/env python3
"""Writes the pages of the site: the tutorials with what they print, the guides, and a reference of the Python package
that is derived from the registry and the docstrings.

    write_site.py OUT        with the built package on PYTHONPATH

scripts/build_docs.sh calls it and makes HTML of OUT.
"""

import ast
import contextlib
import inspect
import io
import pathlib
import re
import shutil
import sys

import tandem
from tandem import _C

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDES = ["program-file", "resume-and-replay", "ir", "passes", "architecture", "adding-an-op", "modules"]


# --- tutorials: prose is what is commented, code is run, and what it prints stands below it ---


def parts(source):
    """(kind, text, line) of each part: "prose", which is a block of comments between blank lines, or "code"."""
    yield "prose", ast.get_docstring(ast.parse(source)), 0
    start = source.index('"""', 3) + 3
    code = None  # where it began
    end = start
    for block in re.finditer(r"(?:(?!\n\n+\S).)+", source[start:], re.S):
        text = block[0].strip("\n")
        if not text:
            continue
        at = start + block.start() + block[0].index(text)
        if all(line.startswith("#") for line in text.split("\n")):
            if code is not None:
                yield "code", source[code:end], source[:code].count("\n")
                code = None
            yield "prose", "\n".join(line[2:] for line in text.split("\n")), 0
        elif code is None:
            code = at
        end = at + len(text)
    if code is not None:
        yield "code", source[code:end], source[:code].count("\n")


def run(code, scope, path, line):
    """What the code prints, and the HTML of its last expression."""
    tree = ast.parse(code)
    ast.increment_lineno(tree, line)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    value = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        exec(compile(tree, path, "exec"), scope)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), path, "eval"), scope)
    shown = value._repr_html_() if hasattr(value, "_repr_html_") else ""
    return out.getvalue().strip("\n"), shown


def tutorial(path):
    source = path.read_text()
    scope, page = {"__name__": "__main__"}, []
    for kind, text, line in parts(source):
        if kind == "prose":
            page.append(text)
            continue
        page.append(f"```python\n{text}\n```")
        printed, shown = run(text, scope, path.name, line)
        if printed:
            page.append(f'```text title="prints"\n{printed}\n```')
        if shown:
            page.append(f'<div class="shown">{shown}</div>')
    return "\n\n".join(page) + "\n"


# --- reference ---


def signature(value):
    try:
        return str(inspect.signature(value))
    except (TypeError, ValueError):
        return "(…)"


def entry(name, value, level=3):
    doc = inspect.getdoc(value) or ""
    if isinstance(value, type) and value.__init__ is not object.__init__ and value.__doc__ is None:
        doc = inspect.getdoc(value.__init__) or ""
    # What the text says of the signature stands above it already.
    doc = re.sub(rf"^{name}\(.*\)(\n+|: (?=called as))", "", doc)
    doc = doc[:1].upper() + doc[1:]
    prefix = "class " if isinstance(value, type) else ""
    text = f"{'#' * level} {name} {{ #{name} }}\n\n```python\n{prefix}{name}{signature(value)}\n```\n\n"
    return text + paragraphs(doc) + "\n" + (members(value) if prefix else "")


def members(cls):
    """A list of the methods and properties that a class defines and describes."""
    lines = []
    for name, value in vars(cls).items():
        value = getattr(value, "__func__", value)
        doc = inspect.getdoc(value) if not name.startswith("_") else None
        if doc and (inspect.isfunction(value) or isinstance(value, property)):
            shown = signature(value).replace("(self, ", "(").replace("(self)", "()") if callable(value) else ""
            first = paragraphs(doc.split("\n\n")[0]).strip().replace("\n", " ")
            lines.append(f"- `.{name}{shown}`: {first}")
    return "\n".join(lines) + "\n\n" if lines else ""


def paragraphs(doc):
    """A docstring as Markdown: what is indented is code; ``words`` are `words`."""
    lines, fenced = [], False
    for line in doc.replace("``", "`").split("\n"):
        inside = line.startswith("    ")
        if inside != fenced and line.strip():
            lines.append("\n```python" if inside else "```\n")
            fenced = inside
        lines.append(line[4:] if inside else line)
    return "\n".join(lines) + ("\n```" if fenced else "") + "\n"


def page(title, intro, names, module):
    entries = [(n, getattr(module, n)) for n in sorted(names, key=str.lower)]
    index = " · ".join(f"[{n}](#{n})" for n, _ in entries)
    return f"# {title}\n\n{intro}\n\n{index}\n\n" + "\n".join(entry(n, v) for n, v in entries)


def op_families():
    """The registry's families and the public ops of each, in its order."""
    family, found = None, {}
    for line in (ROOT / "docs" / "ops.md").read_text().splitlines():
        if line.startswith("## "):
            family = found.setdefault(line[3:], [])
        elif family is not None and (match := re.match(r"\*\*`(\w+)\(", line)):
            if isinstance(getattr(tandem, match[1], None), _C.Op):
                family.append(match[1])
    return {f: names for f, names in found.items() if names}


def public(module):
    """What a module says it has, else what it defines."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [n for n in dir(module) if not n.startswith("_") and "tandem" in (
            getattr(getattr(module, n, None), "__module__", None) or "")]
    return [n for n in dict.fromkeys(names) if callable(getattr(module, n, None))]


def intro(module):
    return paragraphs((module.__doc__ or "").strip("\n"))


def reference(out):
    pages = {}
    families = op_families()
    text = ["# Functions of tensors\n\nEach is a function of `tandem` and, where its first argument is a tensor, a method "
            "of `Tensor`. `axis` and `keepdims` are understood for `dim` and `keepdim`.\n"]
    for family, names in families.items():
        text.append(f"## {family}\n\n" + " · ".join(f"[{n}](#{n})" for n in names) + "\n")
        text += [entry(n, getattr(tandem, n)) for n in names]
    pages["functions"] = ("Functions", "\n".join(text))
    in_registry = {n for names in families.values() for n in names}
    rest = [n for n in dir(tandem) if n not in in_registry and n.islower() and not n.startswith("_")
            and not n.endswith("_") and callable(getattr(tandem, n, None)) and not isinstance(getattr(tandem, n), type)]
    pages["more"] = ("More functions", page("More functions", "Creation, random numbers, overloads, programs and state "
                                            "of the process.", rest, tandem))
    for name, title in (("nn", "Modules"), ("nn.functional", "nn.functional"), ("nn.init", "nn.init"),
                        ("optim", "Optimizers"), ("optim.lr_scheduler", "Schedules"), ("utils.data", "Data"),
                        ("vision.datasets", "Vision: datasets"), ("vision.transforms", "Vision: transforms"),
                        ("autograd", "autograd"), ("func", "func"), ("linalg", "linalg"),
                        ("special", "special"), ("distributions", "Distributions"), ("programs", "Programs"),
                        ("array_api", "Array API"), ("testing", "testing")):
        module = __import__("tandem." + name, fromlist=["_"])
        names = public(module)
        if names:
            pages[name] = (title, page(f"tandem.{name}", intro(module), names, module))
    for name, (_, text) in pages.items():
        (out / f"{name}.md").write_text(text)
    return [(title, f"reference/{name}.md") for name, (title, _) in pages.items()]


# --- the site ---

HOME = """# Tandem

{pitch}

<div class="grid cards" markdown>

- [**Tensors**](tutorials/1_tensors.md): make, index, combine, exchange
- [**Gradients**](tutorials/2_autograd.md): backward, functions of functions, your own
- [**A first classifier**](tutorials/3_digits.md): digits, from pictures to a confusion matrix
- [**From PyTorch**](tutorials/4_from_pytorch.md): what is the same, what is better, what is not there
- [**Ship it**](tutorials/5_ship_it.md): program, forecast, verify, record, replay
- [**Reference**](reference/functions.md): every function, module and optimizer

</div>

{start}
"""

CONFIGURATION = """site_name: Tandem
site_description: Deep learning written like PyTorch and shipped like TensorFlow
docs_dir: pages
site_dir: html
theme:
  name: material
  font: false
  palette:
    - media: "(prefers-color-scheme: light)"
      scheme: default
      primary: teal
      toggle: {{icon: material/weather-night, name: Dark}}
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
      primary: teal
      toggle: {{icon: material/weather-sunny, name: Light}}
  features: [navigation.tabs, navigation.top, content.code.copy, search.suggest]
plugins: [search]
extra_css: [style.css]
markdown_extensions: [admonition, attr_list, md_in_html, tables, pymdownx.superfences, pymdownx.highlight,
  {{toc: {{toc_depth: 3}}}}]
nav:
  - Home: index.md
  - Tutorials: [{tutorials}]
  - Guides: [{guides}]
  - Reference:
{reference}
"""

STYLE = """.md-grid { max-width: 72rem; }
.md-typeset .shown { overflow-x: auto; margin: -.4em 0 1em; padding: .4em .8em; font-size: .7rem;
  border-left: 3px solid var(--md-primary-fg-color); }
.md-typeset .shown details { display: block; font-size: inherit; border: 0; box-shadow: none; margin: 0; padding: 0; }
.md-typeset .shown summary { display: list-item; margin: 0; padding: 0 0 0 .2em; border: 0; min-height: 0; background: none;
  font-weight: 400; list-style: disclosure-closed inside; }
.md-typeset .shown details[open] > summary { list-style-type: disclosure-open; }
.md-typeset .shown summary::before, .md-typeset .shown summary::after { display: none; }
.md-typeset .highlight span.filename { font-size: .62rem; opacity: .7; }
"""


def readme_parts():
    """The README's first paragraphs and its Python start, so that they are told in one place."""
    text = (ROOT / "README.md").read_text()
    pitch = text.split("\n\n", 1)[1].split("\n## ", 1)[0].split("```", 1)[0]
    start = "## " + text.split("\n## ", 2)[1]
    return pitch.strip(), start


def main():
    site = pathlib.Path(sys.argv[1])
    pages = site / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    for folder in ("tutorials", "guides", "reference"):
        (pages / folder).mkdir(parents=True)
    tutorials, guides = [], []
    for path in sorted((ROOT / "docs" / "python").glob("*.py")):
        print(f"running {path.name}", flush=True)
        text = tutorial(path)
        (pages / "tutorials" / f"{path.stem}.md").write_text(text)
        tutorials.append(f"tutorials/{path.stem}.md")
    for name in GUIDES:
        text = (ROOT / "docs" / f"{name}.md").read_text()
        text = re.sub(r"\]\(ops\.md\)", "](../reference/functions.md)", text)
        text = re.sub(r"```cpp fragment", "```cpp", text)
        (pages / "guides" / f"{name}.md").write_text(text)
        guides.append(f"guides/{name}.md")
    listed = reference(pages / "reference")
    pitch, start = readme_parts()
    start = re.sub(r"\]\(docs/python/(\w+)\.py\)", r"](tutorials/\1.md)", start)
    pitch, start = (re.sub(r"\]\(docs/([\w-]+)\.md\)", r"](guides/\1.md)", t) for t in (pitch, start))
    (pages / "index.md").write_text(HOME.format(pitch=pitch, start=start))
    (pages / "style.css").write_text(STYLE)
    (site / "mkdocs.yml").write_text(CONFIGURATION.format(
        tutorials=", ".join(tutorials), guides=", ".join(guides),
        reference="\n".join(f'    - "{title}": {path}' for title, path in listed)))


if __name__ == "__main__":
    main()
