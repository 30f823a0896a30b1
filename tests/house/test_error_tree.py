"""The tree of errors that is drawn is the one that is there."""

import ast
import re

from recado import errors
from recado.errors import EvolutionError, RecadoError
from tests.helpers.repository import modules, parsed

LINES = (errors.__doc__ or "").splitlines()
DRAWN = re.compile(r"^([│├└─ ]*)(\w+Error)\b *(.*?)(?: +(yes|no) +(yes|no))?$")


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn, above = set(), {-1: ""}
    for line in LINES:
        found = DRAWN.match(line)
        if found:
            depth = len(found[1]) // 4
            above[depth] = found[2]
            drawn.add((above[depth - 1], found[2]))

    assert drawn == {("", "RecadoError"), *_below(RecadoError)}


def test_the_drawn_facts_are_the_real_ones() -> None:
    drawn = {
        found[2]: (found[4] == "yes", found[5] == "yes")
        for line in LINES
        if (found := DRAWN.match(line)) and found[4]
    }
    real = {
        kind.__name__: (kind.temporary, kind.may_have_acted)
        for kind in EvolutionError.__subclasses__()
    }

    assert drawn == real


def test_errors_are_made_in_one_module_only() -> None:
    known = {name for name, _ in vars(errors).items() if name.endswith("Error")}
    elsewhere = [
        f"{path.name}: {node.name}"
        for path in modules()
        if path.name != "errors.py" or path.parent.name != "recado"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in known for base in node.bases)
    ]

    assert elsewhere == []


def _below(kind: type[RecadoError]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for child in kind.__subclasses__():
        found |= {(kind.__name__, child.__name__), *_below(child)}
    return found
