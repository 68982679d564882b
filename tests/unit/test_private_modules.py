"""Every private module that the code imports is in the record that says what breaks with it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
RECORD = PROJECT / "docs" / "decisions" / "0009-private-modules.md"


def modules(code: str) -> Iterator[str]:
    """The modules that code imports, and those that it names in a text, as in a YAML file."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.Constant(value=str(text)):
                yield from re.findall(r"\b(?:dagster|dbt)(?:\._?\w+)+", text)


def private(module: str) -> bool:
    """Whether a module of Dagster or dbt has an underscore in its path, or is part of an adapter or
    of an integration that has a documented front."""
    parts = module.split(".")
    return parts[0] in ("dagster", "dagster_dbt", "dbt") and (
        any(part.startswith("_") for part in parts[1:])
        or module.startswith(("dbt.adapters.", "dagster_dbt."))
    )


def test_the_record_names_every_private_module_and_no_other():
    used = {
        module
        for folder in ("orchestration", "data_quality", "tests")
        for file in (PROJECT / folder).rglob("*.py")
        for module in modules(file.read_text(encoding="utf-8"))
        if private(module)
    }
    recorded = set(re.findall(r"^\| `([^`]+)` \|", RECORD.read_text(encoding="utf-8"), re.M))
    assert used == recorded


def test_no_private_name_of_a_library_class_is_read():
    """Such as DuckDBConnectionManager._ENV."""
    for file in (PROJECT / "orchestration").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith(("dagster", "dbt"))
            for alias in node.names
        }
        read = {
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if node.value.id in imported and node.attr.startswith("_")
        }
        assert read == set(), file
