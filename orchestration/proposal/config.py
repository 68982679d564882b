"""The text of a proposed config: every line with why, what is not sure as a comment."""

import json
from dataclasses import dataclass, field
from typing import Any

from orchestration.proposal.guess import Block, Doubt

# Begins a line that a person has to complete before a table is read.
FILL_IN = "# fill in: "
# Begins a line that is read once a person removes these words.
UNSURE = "# unsure: "
_MOST_CANDIDATES = 8


@dataclass
class Company:
    """The keys of [business], and for each why; the currency is that of rows without one, too."""

    name: str
    time_zone: str
    base_currency: str
    country: str
    why: dict[str, str] = field(default_factory=dict)


@dataclass
class Proposal:
    """A company and its exports. `folder`: relative to the config. `left_out`: by file or sheet,
    why it is no table of an entity, or which tables it may be."""

    company: Company
    folder: str
    blocks: list[Block]
    left_out: dict[str, str]


def config_text(proposal: Proposal) -> str:
    """The config as TOML."""
    company = proposal.company
    lines = [
        "# Proposed by `voronka init` from the headers and the first rows of the files. Check each",
        f'# line: it says why it is so. A line that begins with "{FILL_IN.strip()}" belongs to a',
        "# table that is not read until it is completed. docs/how-to/first-hour.md goes on here.",
        "",
        "[business]",
        *(
            _line(key, getattr(company, key), company.why.get(key, ""))
            for key in ("name", "time_zone", "base_currency", "country")
        ),
        "# as_of = 2026-03-31    # the last day of the exports, where they do not reach yesterday",
        "",
        "[sources.exports]",
        _line("type", "files"),
        _line("folder", proposal.folder, "relative to this file"),
        _line("time_zone", company.time_zone, "of times without an offset"),
        _line("currency", company.base_currency, "of rows without a currency"),
    ]
    if not proposal.blocks:
        lines.append(f"{FILL_IN}no table is known yet: map one (docs/how-to/files.md)")
    elif not any(block.is_whole for block in proposal.blocks):
        lines.append(f"{FILL_IN}no table is mapped yet: complete one below")
    for block in proposal.blocks:
        several = sum(one.entity == block.entity for one in proposal.blocks) > 1
        lines += ["", *_block(block, several)]
    for name, why in proposal.left_out.items():
        lines += ["", f"# {_said(name)} is not mapped: {_said(why)}"]
    return "\n".join(lines) + "\n"


def _block(block: Block, several: bool) -> list[str]:
    """A table of the config; as a comment if a column without which it is not read is in doubt."""
    place = f"sources.exports.entities.{block.entity}"
    keys = [
        f"[[{place}]]" if several else f"[{place}]",
        _line("path", block.path),
        *(_line(key, value) for key, value in block.keys.items()),
        *(
            _line(f"columns.{guess.column}", guess.value, guess.why)
            for guess in sorted(block.guesses, key=lambda guess: guess.column)
        ),
    ]
    begun = "also has" if block.is_offered else "is taken for"
    told = [f"# {_said(block.path)} {begun} {block.entity}: {_said(block.why)}"]
    if block.is_offered:
        told.append("# to read them, remove the `# ` of these lines:")
    told += [f"# {_said(note)}" for note in block.notes]
    needed = [FILL_IN + _doubtful(doubt) for doubt in block.doubts if doubt.is_needed]
    unsure = [UNSURE + _doubtful(doubt) for doubt in block.doubts if not doubt.is_needed]
    if needed or block.is_offered:
        keys = [f"# {line}" for key in keys for line in key.split("\n")]
    unused = []
    if block.unused:
        unused = [f"# not used: {', '.join(f'`{_said(name)}`' for name in block.unused)}"]
    return [*told, *keys, *needed, *unsure, *unused]


def _doubtful(doubt: Doubt) -> str:
    """A line that is read as it is: the first candidate, the others in its comment."""
    first, *others = (_value(one) for one in doubt.candidates[:_MOST_CANDIDATES])
    more = ", ..." if len(doubt.candidates) > _MOST_CANDIDATES else ""
    instead = f"or {' or '.join(others)}{more}: " if others else ""
    return f"columns.{doubt.column} = {first}    # {instead}{_said(doubt.why)}"


def _line(key: str, value: Any, why: str = "") -> str:
    return f"{key} = {_value(value)}" + (f"    # {_said(why)}" if why else "")


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return (
                "{ "
                + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items())
                + " }"
            )
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case str() if "\n" in value and "'''" not in value and _is_plain(value):
            return f"'''\n{value}'''"
        case str():
            # The escapes of JSON are those of TOML; DEL has none in JSON.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return str(value)


def _is_plain(text: str) -> bool:
    """Whether every line of the text can stand in a file of lines as it is."""
    return text.replace("\n", "").isprintable()


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalnum() else _value(key)


def _said(text: str) -> str:
    """A text as part of a comment: of one line, and without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
