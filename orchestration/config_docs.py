"""docs/reference/config.md, written from the declarations of the config.

The meaning of a key is what the docstring of its class says of it: a sentence that begins with the
key in backticks, such as "`tolerance`: the share of rows", and what follows up to the next such
sentence. `make docs` after every change of a key.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from inspect import get_annotations
from typing import Any, get_args

from pydantic import BaseModel

from orchestration.core.project import ROOT
from orchestration.markdown import table
from orchestration.settings import Settings, Source
from orchestration.sources.base import SourceConfig

PAGE = ROOT / "docs" / "reference" / "config.md"

_INTRODUCTION = """# Every key of the config

This page is written by `make docs` from the declarations in the code. A config is one TOML file; a
key that is not here is refused. `*` in the name of a section stands for the name of a source, an
entity or a column. Tokens and passwords are never in the config: keys that end in `_env` name
environment variables.
"""
# By type, the class that reads a source.
_KINDS: dict[str, type[BaseModel]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind
    for kind in get_args(get_args(Source)[0])
}
_FIRST_WORDS = re.compile(r"(?:^|(?<=[.?!] ))(`\w+`(?:(?:, | and )`\w+`)*)(:?)")


@dataclass(frozen=True)
class Section:
    """The keys that one class declares. `places`: the sections of a config that have them.
    `types`: the types of sources whose sections they are; none: those of no source."""

    model: type[BaseModel]
    keys: tuple[str, ...]
    places: tuple[str, ...]
    types: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """As the page calls it."""
        places = ", ".join(self.places)
        if len(self.types) == len(_KINDS):
            return f"{places} of every type"
        return f"{places} of type {', '.join(self.types)}" if self.types else places


def page() -> str:
    """The whole page."""
    lines = [_INTRODUCTION]
    for section in sections():
        about, _ = _told(section.model)
        lines += [f"## {section.title}\n", *([f"{about}\n"] if about else [])]
        rows = (
            [f"`{key}`", *_declared(section.model, key), meaning(section.model, key)]
            for key in section.keys
        )
        lines += [*table(["key", "value", "default", "meaning"], rows), ""]
    return "\n".join(lines)


def sections() -> list[Section]:
    """All sections; keys that several of them share come first and only once."""
    found: dict[tuple[type[BaseModel], tuple[str, ...]], tuple[list[str], list[str]]] = {}
    told = [
        ("", one)
        for name, info in Settings.model_fields.items()
        if name != "sources"
        for one in _walk(name, info.annotation)
    ]
    told += [(type_, one) for type_, kind in _KINDS.items() for one in _walk("sources.*", kind)]
    for type_, (place, model, keys) in told:
        places, types = found.setdefault((model, keys), ([], []))
        places += [place] if place not in places else []
        types += [type_] if type_ and type_ not in types else []
    every = [Section(*key, tuple(places), tuple(types)) for key, (places, types) in found.items()]
    return sorted(every, key=lambda one: (bool(one.types), -len(one.types)))


def _walk(
    path: str, annotation: Any, is_list: bool = False
) -> Iterator[tuple[str, type[BaseModel], tuple[str, ...]]]:
    """Each class that declares keys of a section, the most general first, and the sections in
    it."""
    for whole, steps, repeats in _nested(annotation):
        here = f"{path}{steps}"
        place = f"`[[{here}]]`" if is_list or repeats else f"`[{here}]`"
        for model in reversed(whole.__mro__):
            if issubclass(model, BaseModel) and (keys := _own(model)):
                yield place, model, keys
        for key, info in whole.model_fields.items():
            yield from _walk(f"{here}.{key}", info.annotation)


def _own(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a class declares or overrides."""
    declared = get_annotations(model)
    is_kind = "type" in declared and get_args(declared["type"])
    return tuple(
        name for name in model.model_fields if name in declared and (name != "type" or is_kind)
    )


def _nested(annotation: Any) -> Iterator[tuple[type[BaseModel], str, bool]]:
    """The classes of the sections in a key: each with the steps to it, and whether it repeats."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, "", False
        return
    origin, arguments = getattr(annotation, "__origin__", None), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        yield from _nested(arguments[0])
    elif origin is dict:
        for model, steps, is_list in _nested(arguments[1]):
            yield model, f".*{steps}", is_list
    elif origin in (list, tuple):
        for model, steps, _ in _nested(arguments[0]):
            yield model, steps, True
    else:
        for argument in arguments:
            yield from _nested(argument)


def meaning(model: type[BaseModel], key: str) -> str:
    """What the docstring of the class that declares the key says of it; empty where it says
    nothing."""
    if key == "type" and issubclass(model, SourceConfig):
        return "What reads the source."
    for one in model.__mro__:
        sentences = [said for keys, said in _told(one)[1] if key in keys]
        if sentences:
            told = " ".join(sentences)
            return told[0].upper() + told[1:]
    return ""


@cache
def _told(model: type) -> tuple[str, list[tuple[list[str], str]]]:
    """What a docstring says: of the section, and what of which keys."""
    about, of_keys, known = [], [], _known_keys()
    for part in (model.__dict__.get("__doc__") or "").split("\n\n"):
        text = " ".join(part.split())
        begins = [
            found
            for found in _FIRST_WORDS.finditer(text)
            if known.issuperset(re.findall(r"`(\w+)`", found[1]))
        ]
        ends = [*(found.start() for found in begins), len(text)]
        about.append(text[: ends[0]].strip())
        for found, end in zip(begins, ends[1:], strict=True):
            begin = found.end() if found[2] else found.start()
            of_keys.append((re.findall(r"`(\w+)`", found[1]), text[begin:end].strip()))
    return "\n\n".join(filter(None, about)), of_keys


@cache
def _known_keys() -> frozenset[str]:
    return frozenset(key for section in sections() for key in section.keys)


def _declared(model: type[BaseModel], key: str) -> tuple[str, str]:
    """The type of a key, and its default."""
    schema, info = model.model_json_schema(), model.model_fields[key]
    taken = _kind(schema["properties"][key])
    if info.is_required():
        return taken, "required"
    return taken, _written(info.get_default(call_default_factory=True))


def _kind(schema: dict[str, Any]) -> str:
    """A JSON schema in words."""
    match schema:
        case {"const": value}:
            return f"`{value}`"
        case {"enum": values}:
            return " or ".join(f"`{value}`" for value in values)
        case {"anyOf": kinds}:
            kinds = [one for one in kinds if one.get("type") != "null"]
            # A number with exact digits may be a text in JSON; TOML has numbers.
            numbers = [one for one in kinds if one.get("type") == "number"]
            return " or ".join(dict.fromkeys(map(_kind, numbers or kinds)))
        case {"$ref": _} | {"allOf": _}:
            return "a section of its own"
        case {"type": "array"}:
            return f"list of: {_kind(schema.get('items') or schema['prefixItems'][0])}"
        case {"type": "object"}:
            return f"by name: {_kind(schema.get('additionalProperties') or {})}"
        case {"type": "string"}:
            kind = "date" if schema.get("format") == "date" else "text"
            return kind + (f", as `{schema['pattern']}`" if "pattern" in schema else "")
        case {"type": "integer" | "number"}:
            return _range("whole number" if schema["type"] == "integer" else "number", schema)
        case {"type": "boolean"}:
            return "`true` or `false`"
    return "text"


def _range(kind: str, schema: dict[str, Any]) -> str:
    bounds = {
        "minimum": "from",
        "exclusiveMinimum": "above",
        "maximum": "to",
        "exclusiveMaximum": "below",
    }
    return " ".join(
        [kind, *(f"{word} {schema[name]:g}" for name, word in bounds.items() if name in schema)]
    )


def _written(value: Any) -> str:
    """A default as TOML writes it."""
    match value:
        case None | () | []:
            return "none"
        case dict():
            return f"`{value}`" if value else "none"
        case BaseModel():
            keys = (f"{key} = {_written(one).strip('`')}" for key, one in value)
            return f"`{{ {', '.join(keys)} }}`"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f'`"{value}"`'
        case date() | int() | float():
            return f"`{value}`"
        case tuple() | list():
            return f"`[{', '.join(_written(one).strip('`') for one in value)}]`"
    return f"`{value}`"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
