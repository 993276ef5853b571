"""Lists the public names of Django's SessionBase, and since which version each is there.

    python3 sessionbase.py CHECKOUT... > sessionbase.txt
    python3 sessionbase.py --check CHECKOUT...

Each CHECKOUT is a folder that holds the package django: a clone, or a folder with an installed Django. With
--check it compares the list beside this script with what the checkouts have, and says what differs; versions
before the oldest of them are believed. Nothing is imported: the sources are parsed, so that any Python 3.9 or
later reads any Django.
"""

import ast
import difflib
import pathlib
import sys

SOURCE = "django/contrib/sessions/backends/base.py"


def version(checkout):
    for node in ast.parse((checkout / "django/__init__.py").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "VERSION":
            return ast.literal_eval(node.value)
    raise SystemExit(f"{checkout}: no VERSION")


def names(checkout):
    """The names of the class and of what __init__ sets, but for those that begin with one underscore."""
    module = ast.parse((checkout / SOURCE).read_text())
    base = next(n for n in module.body if isinstance(n, ast.ClassDef) and n.name == "SessionBase")
    found = set()
    for node in base.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets)
    init = next(n for n in base.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    found.update(n.attr for n in ast.walk(init) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    operator = lambda name: name.startswith("__") and name.endswith("__") and name != "__init__"
    return {name for name in found if operator(name) or not name.startswith("_")}


def kept():
    """The names of the list beside this script, each with its version."""
    lines = pathlib.Path(__file__).with_suffix(".txt").read_text().splitlines()
    return dict(line.split() for line in lines if not line.startswith("#"))


def short(version):
    return f"{version[0]}.{version[1]}"


def number(short):
    return [int(part) for part in short.split(".")]


def main(arguments):
    checkouts = sorted((version(pathlib.Path(a)), pathlib.Path(a)) for a in arguments if a != "--check")
    if not checkouts:
        raise SystemExit(__doc__)
    since = {}
    if check := "--check" in arguments:
        since = {name: v for name, v in kept().items() if number(v) < number(short(checkouts[0][0]))}
    for v, checkout in checkouts:
        for name in names(checkout):
            since.setdefault(name, short(v))
    newest, last = checkouts[-1]
    found = [f"{name} {since[name]}" for name in sorted(names(last))]
    if check:
        before = [f"{name} {v}" for name, v in kept().items()]
        differs = list(difflib.unified_diff(before, found, "kept", "found", lineterm="", n=0))
        raise SystemExit("\n".join(differs) or None)
    print(f"# SessionBase of Django {short(newest)} ({newest[3]}), {SOURCE}")
    print("# Each name, and the first of these versions that has it:", ", ".join(short(v) for v, _ in checkouts))
    print("# Made by sessionbase.py.")
    print("\n".join(found))


main(sys.argv[1:])
