"""The test of the tests, by chance: small changes at random places of what must be right; how many does a test notice?

    .venv/bin/python tests/mutants.py                every module, 16 changes each
    .venv/bin/python tests/mutants.py outbox 40      one module, 40 changes

The changes are the same each time. Source: FAULTS, goal 32.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = 17_06_2007
PATIENCE_SECONDS = 300
MODULES = {
    "outbox": ("bot/domain/outbox.py", "tests/test_outbox.py tests/test_worker.py"),
    "policy": ("bot/domain/policy.py", "tests/test_policy.py"),
    "dates": ("bot/dates.py", "tests/test_dates.py"),
    "recurrence": ("bot/domain/recurrence.py", "tests/test_dates.py tests/handlers/test_meetings.py"),
    "reminders": ("bot/domain/reminders.py", "tests/domain/test_reminders.py tests/handlers/test_meetings.py"),
    "quiet": ("bot/domain/quiet.py", "tests/domain/test_reminders.py tests/handlers/test_announcements.py"),
}
_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
             ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}  # fmt: skip
_COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv}
_ROLES = {"VISITOR": "MEMBER", "MEMBER": "COMMITTEE", "COMMITTEE": "COORDINATOR", "COORDINATOR": "COMMITTEE"}


@dataclass(frozen=True)
class Change:
    """A module with one thing changed, and where."""

    line: int
    what: str
    source: str


def changes(source: str) -> Iterator[Change]:
    """Yield the module once for each thing that can be changed in it."""
    places = len(list(ast.walk(ast.parse(source))))
    for number in range(places):
        tree = ast.parse(source)
        node = list(ast.walk(tree))[number]
        before = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else ""
        if _change(node):
            yield Change(node.lineno, f"{before} → {ast.unparse(node)}"[:110], ast.unparse(tree))


def _change(node: ast.AST) -> bool:
    """Change a node in place; tells whether there was something to change."""
    match node:
        case ast.Compare(ops=[one]) if type(one) in _COMPARED:
            node.ops = [_COMPARED[type(one)]()]
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.BinOp() if type(node.op) in _COUNTED and not isinstance(node.left, ast.Constant):
            node.op = _COUNTED[type(node.op)]()
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant(value=int()):
            node.value += 1
        case ast.Attribute(value=ast.Name(id="Role")) if node.attr in _ROLES:
            node.attr = _ROLES[node.attr]
        case ast.Expr(value=ast.Call()):
            node.value = ast.Constant(value=None)
        case ast.If():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case _:
            return False
    ast.fix_missing_locations(node)
    return True


def is_noticed(folder: Path, tests: str) -> bool:
    """Tell whether one of the tests fails."""
    arguments = [sys.executable, "-m", "pytest", "-x", "-n", "0", *tests.split()]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(
            arguments, cwd=folder, env=environment, capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True  # what hangs is noticed too
    return done.returncode != 0


def main(name: str = "", most: int = 16) -> int:
    """Change one module, or each; returns how many changes nobody noticed."""
    missed = tried = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "enndam"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", ".data", "__pycache__", ".*_cache"))
        for file, tests in [MODULES[name]] if name else MODULES.values():
            right = (ROOT / file).read_text("utf-8")
            found = list(changes(right))
            for change in random.Random(SEED).sample(found, min(most, len(found))):
                (folder / file).write_text(change.source, "utf-8")
                noticed = is_noticed(folder, tests)
                tried, missed = tried + 1, missed + (not noticed)
                print(f"{'noticed' if noticed else 'MISSED '} {file}:{change.line}: {change.what}", flush=True)
            (folder / file).write_text(right, "utf-8")
    print(f"noticed {tried - missed} of {tried}")
    return missed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2], *map(int, sys.argv[2:3])))
