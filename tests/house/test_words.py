"""One word per thing: the synonyms that we do without."""

import ast
import re
from collections.abc import Iterator

from docs.generate import every_command
from recado.cli.group import recado
from recado.store.tables import metadata
from tests.helpers.repository import (
    SOURCE,
    documents,
    headings,
    modules,
    parsed,
)

KEPT = frozenset({"NO_SUCH_HOOK"})
"""Older names; the list can only shrink."""

REFUSED = re.compile(
    r"\b(?:jobs?|tasks?|workflows?|morgues?|retry queues?|webhook events?"
    # a hook is only the end of a delivery URL
    r"|hooks?(?! (?:token|url)))\b"
)


def test_names_in_the_code_use_our_words() -> None:
    wrong = {name: where for where, name in _public_names() if _refused(name)}

    assert wrong.keys() - KEPT == set(), wrong
    assert KEPT - wrong.keys() == set(), "mended: take it off the list"


def test_tables_and_columns_use_our_words() -> None:
    names = [
        name
        for table in metadata.tables.values()
        for name in (table.name, *(column.name for column in table.columns))
    ]

    assert len(names) > 50
    assert [name for name in names if _refused(name)] == []


def test_commands_use_our_words() -> None:
    names = [" ".join(path) for path, _ in every_command(recado, ("recado",))]

    assert [name for name in names if _refused(name)] == []


def test_headings_use_our_words() -> None:
    found = [heading for page in documents() for heading in headings(page)]

    assert len(found) > 50
    assert [heading for heading in found if _refused(heading)] == []


def test_a_refused_word_would_be_found() -> None:
    assert _refused("next_job")
    assert _refused("RetryQueue")
    assert _refused("WORKFLOW_ID")
    assert not _refused("find_by_hook_token")
    assert not _refused("Webhooks")


def _refused(name: str) -> bool:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return bool(REFUSED.search(re.sub(r"[_\-/.]+", " ", apart).lower()))


def _public_names() -> Iterator[tuple[str, str]]:
    """Modules, classes, functions, their parameters, and fields and constants."""
    for path in modules():
        where = str(path.relative_to(SOURCE))
        yield where, where.removesuffix(".py")
        tree = parsed(path)
        for node in ast.walk(tree):
            match node:
                case ast.ClassDef(name=name, body=body):
                    yield where, name
                    yield from ((where, field) for field in _assigned(body))
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if not name.startswith("_"):
                        yield where, name
                        yield from ((where, each.arg) for each in _parameters(node))
                case _:
                    pass
        yield from ((where, name) for name in _assigned(tree.body))


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case _:
                pass
