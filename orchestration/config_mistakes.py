"""The mistakes of a config as sentences, each with the key that a person has written."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from orchestration.core.errors import guess
from orchestration.sources.demo.config import DemoSource
from orchestration.sources.files.config import FilesSource
from orchestration.sources.sql_database.config import SqlSource


def mistakes(error: ValidationError, content: Mapping[str, Any], settings: type[BaseModel]) -> str:
    """The mistakes that `settings` has found in the content of a config, joined into one line."""
    known = _all_keys(settings)
    details = error.errors(include_url=False)
    # A misspelt key is unknown, and the key that it was meant to be is missing: say it once.
    guesses = {
        (*one["loc"][:-1], name)
        for one in details
        if one["type"] == "extra_forbidden"
        for name in known
        if f"`{name}`" in guess(str(one["loc"][-1]), known)
    }
    shown = [one for one in details if one["type"] != "missing" or one["loc"] not in guesses]
    return "; ".join(_mistake(one, content, known) for one in shown)


def twice(error: ValueError) -> str:
    """What to write where a table of an entity is there twice: an entity can have several."""
    found = re.search(
        r"Cannot declare \('sources', '([^']+)', 'entities', '(\w+)'\) twice", str(error)
    )
    if not found:
        return ""
    table = f"[[sources.{found[1]}.entities.{found[2]}]]"
    return f"; write {table} for each, where the entity has several files"


def _mistake(details: Any, content: Mapping[str, Any], known: set[str]) -> str:
    location = _as_written(details["loc"], content)
    key = ".".join(location)
    match details["type"]:
        case "extra_forbidden":
            return f"unknown key `{key}`{guess(location[-1], known)}"
        case "missing" if location[-1] == "entities":
            return (
                f"`{key}` is missing: no table of this source is mapped; a comment does not count"
            )
        case "missing":
            return f"key `{key}` is missing"
        case "union_tag_invalid":
            tag, types = details["ctx"]["tag"], details["ctx"]["expected_tags"]
            near = guess(tag, types.replace("'", "").split(", "))
            return f"`{key}.type` is `{tag}`{near or f', expected one of {types}'}"
        case "union_tag_not_found":
            return f"key `{key}.type` is missing"
        case _:
            # The marks of test purchases are clients' personal data.
            found = None if "test_purchases" in location else details.get("input")
            shown = f" (found {found!r})" if isinstance(found, str | int | float) else ""
            return f"`{key}`: {details['msg'].removeprefix('Value error, ')}{shown}"


def _as_written(location: Sequence[str | int], content: Any) -> list[str]:
    """The parts of a key as they are written: pydantic adds the type of a source, and a number
    where one table stands in place of a list of tables."""
    parts: list[str] = []
    for place, part in enumerate(location):
        if place == 2 and location[0] == "sources":
            continue
        if isinstance(part, int) and isinstance(content, Mapping):
            continue
        parts.append(str(part))
        try:
            content = content[part]
        except (LookupError, TypeError):
            content = None
    return parts


def _all_keys(settings: type[BaseModel]) -> set[str]:
    """Every key name of every section, to guess what a misspelt one was meant to be."""
    sections: list[type[BaseModel]] = [settings]
    names: set[str] = set()
    while sections:
        section = sections.pop()
        for name, info in section.model_fields.items():
            names.add(name)
            candidates = [info.annotation, *getattr(info.annotation, "__args__", ())]
            sections += [
                candidate
                for candidate in candidates
                if isinstance(candidate, type) and issubclass(candidate, BaseModel)
            ]
    return names.union(*(kind.model_fields for kind in (FilesSource, SqlSource, DemoSource)))
