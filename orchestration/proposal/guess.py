"""Which entity a sample is, and which of its columns are the columns of the entity."""

from dataclasses import dataclass, field
from typing import Any

from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Column
from orchestration.proposal import reading, tables
from orchestration.proposal.cleaning import cleaned
from orchestration.proposal.columns import NUMBERS, reading_of
from orchestration.proposal.samples import Sample
from orchestration.proposal.tables import normal

# amoCRM calls its deals leads: a table with two of these columns is one of deals.
_OF_DEALS = ("amount", "closed_at", "lost_reason")
# A column without which the currency of the source counts.
_OF_THE_SOURCE = ("currency", "account_currency")
# By entity and column, the column whose header is taken where it has none of its own.
_INSTEAD = {
    ("users", "user_id"): "name",
    ("users", "name"): "user_id",
    ("ad_stats", "campaign_id"): "campaign_name",
}
_CONSTANTS = {
    ("ad_stats", "account_id"): ("main", "no column has the account: all rows are of one"),
    ("stages", "pipeline_id"): ("default", "no column has the pipeline: there is one"),
    ("stages", "pipeline_name"): ("Sales", "no column has the pipeline: there is one"),
}


@dataclass(frozen=True)
class Guess:
    """A column of the entity, the value of its key in the mapping, and why."""

    column: str
    value: Any
    why: str


@dataclass(frozen=True)
class Doubt:
    """A column of the entity that is not mapped: the values its key may have, and why it is not
    sure. `is_needed`: nothing of the table is read without it."""

    column: str
    candidates: list[Any]
    why: str
    is_needed: bool


@dataclass
class Block:
    """A sample as rows of an entity. `path` may be a pattern; `keys`: how its files are read;
    `width`: the number of their columns. `is_offered`: one more table of a file that is read
    anyway, for a person to decide."""

    entity: str
    path: str
    why: str
    keys: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    width: int = 0
    is_offered: bool = False

    @property
    def used(self) -> int:
        """The number of columns of the file that are read."""
        doubted = {name for doubt in self.doubts for one in doubt.candidates for name in _read(one)}
        read = {name for guess in self.guesses for name in _read(guess.value)}
        return self.width - len({*self.unused} | doubted - read)

    @property
    def is_whole(self) -> bool:
        return not any(doubt.is_needed for doubt in self.doubts)


def entities(sample: Sample) -> list[tuple[str, str]]:
    """The entities that the sample may be, the likeliest first, each with why."""
    titles = [sample.path.name.split(".")[0], str(sample.reading.get("sheet", ""))]
    words = {word for title in titles for word in normal(title).split()}
    hints = {entity for word, entity in tables.values("file").items() if {*word.split()} <= words}
    said = "its name says so"
    is_of_deals = sum(bool(_exact(sample, "deals", column)) for column in _OF_DEALS) >= 2
    if is_of_deals and "leads" in hints:
        hints = hints - {"leads"} | {"deals"}
        said = "amoCRM calls its deals leads"
    scores: dict[str, tuple[int, str]] = {}
    for name, entity in ENTITIES.items():
        exact = {column: _exact(sample, name, column) for column in tables.names(name)}
        found = [column for column, headers in exact.items() if headers]
        if name == "leads" and is_of_deals:
            continue
        if len(found) < (1 if name in hints else 2):
            continue
        needed = sum(entity.column(column).required for column in found)
        known = len({header for headers in exact.values() for header in headers})
        why = f"{known} of its {len(sample.columns)} columns have a known name"
        if name in hints:
            why = f"{said}, and {why}"
        scores[name] = (len(found) + needed + 4 * (name in hints), why)
    best = max((score for score, _ in scores.values()), default=0)
    # A table whose name says nothing needs more than a few names that every table has.
    near = [one for one, (score, _) in scores.items() if score > best - 2 and score >= 5]
    if not near and len(hints) == 1:
        return [(hint, f"{said}, though hardly a column has a known name") for hint in hints]
    return [(one, scores[one][1]) for one in sorted(near, key=lambda one: -scores[one][0])]


def block(sample: Sample, entity: str, path: str, why: str) -> Block:
    """The columns of the entity in the sample."""
    sample = cleaned(sample, _known(sample, entity))
    found = Block(entity, path, why, dict(sample.reading), list(sample.notes))
    found.width = len(sample.columns)
    _numbers(sample, found)
    for column in ENTITIES[entity].columns:
        _column(sample, found, column)
    used = {name for guess in found.guesses for name in _read(guess.value)}
    used |= {name for doubt in found.doubts for one in doubt.candidates for name in _read(one)}
    # Several columns may be one: each is named where it is not sure.
    found.unused = [name for name in sample.columns if name not in used]
    return found


def _known(sample: Sample, entity: str) -> list[str]:
    """The headers that have the name of a column, those of required columns first."""
    columns = sorted(ENTITIES[entity].columns, key=lambda column: not column.required)
    return [header for column in columns for header in _exact(sample, entity, column.name)[:1]]


def _read(value: Any) -> list[str]:
    """The columns of the file that the value of a key reads."""
    if isinstance(value, str):
        return [value]
    return [value["column"]] if "column" in value else []


def header_of(value: Any) -> str | None:
    """The column of the file that the value of a key reads; None if it reads none."""
    return next(iter(_read(value)), None)


def _exact(sample: Sample, entity: str, column: str) -> list[str]:
    """The headers that mean the column, the best first."""
    known = tables.names(entity)[column]
    headers = [header for header in sample.columns if tables.name(header) in known]
    return sorted(headers, key=lambda header: known.index(tables.name(header)))


def _partial(sample: Sample, entity: str, column: str) -> list[str]:
    """The headers that contain a name of the column beside other words."""
    known = [f" {name} " for name in tables.names(entity)[column] if len(name) >= 4]
    taken = {header for other in tables.names(entity) for header in _exact(sample, entity, other)}
    return [
        header
        for header in sample.columns
        if header not in taken and any(name in f" {normal(header)} " for name in known)
    ]


def _column(sample: Sample, found: Block, column: Column) -> None:
    entity, is_needed = found.entity, column.required and column.name not in _OF_THE_SOURCE
    headers = _exact(sample, entity, column.name)
    if not headers:
        other = _INSTEAD.get((entity, column.name))
        if other and (headers := _exact(sample, entity, other)):
            why = f"no column has the {column.name}: that of the {other} is taken"
            found.guesses.append(Guess(column.name, headers[0], why))
        else:
            _missing(sample, found, column, is_needed)
        return
    header = headers[0]
    why = f"`{header}` is a known name"
    if len(headers) > 1:
        why += f"; it may also be {' or '.join(f'`{one}`' for one in headers[1:])}"
    values = sample.values(header)
    read = reading_of(values, header, column)
    way, remark, doubt = read.ways[0], read.remark, read.doubt
    if read.misfit:
        doubt = f"most first values are read so, but {sample.row_of(header, read.misfit)} {doubt}"
        if is_needed:
            # The table is read without that row, and the doctor says so.
            remark, doubt = f"{doubt}: it goes to quarantine", ""
        else:
            doubt += ": add its value to `null_values`, or leave the row out with `only_if`"
    if doubt:
        found.doubts.append(Doubt(column.name, read.ways, doubt, is_needed))
        return
    is_sum = entity == "ad_stats" and is_needed and column.type in NUMBERS
    if is_sum and len(values) < len(sample.rows):
        # A platform writes no value where there was nothing.
        way, remark = {"column": header, "default": "0"}, "a cell without a value is 0"
    found.guesses.append(Guess(column.name, way, f"{why}; {remark}" if remark else why))


def _missing(sample: Sample, found: Block, column: Column, is_needed: bool) -> None:
    if constant := _CONSTANTS.get((found.entity, column.name)):
        found.guesses.append(Guess(column.name, {"constant": constant[0]}, constant[1]))
        return
    read = [
        reading_of(sample.values(header), header, column)
        for header in _partial(sample, found.entity, column.name)
    ]
    candidates: list[Any] = [one.ways[0] for one in read]
    if (found.entity, column.name) == ("ad_stats", "platform"):
        said = normal(" ".join((sample.path.stem, *sample.columns))).split()
        known = {value for word, value in tables.values("platform").items() if word in said}
        if len(known) == 1:
            why = "the name of the file or of a column says so"
            found.guesses.append(Guess(column.name, {"constant": known.pop()}, why))
            return
        platforms = dict.fromkeys(tables.values("platform").values())
        candidates = candidates or [{"constant": value} for value in platforms]
    elif not candidates and is_needed and column.allowed:
        candidates = [{"constant": value} for value in column.allowed]
    if is_needed:
        is_several = len(read) > 1
        why = "more than one column may be it" if is_several else "no column has a known name"
        found.doubts.append(Doubt(column.name, candidates or sample.columns, why, True))
    elif candidates:
        why = "the name only contains a known one"
        if read[0].doubt and not read[0].misfit:
            why += f"; {read[0].doubt}"
        found.doubts.append(Doubt(column.name, candidates, why, False))


def _numbers(sample: Sample, found: Block) -> None:
    """The keys with which all columns of numbers are read."""
    texts: list[list[str]] = []
    for column in ENTITIES[found.entity].columns:
        headers = _exact(sample, found.entity, column.name)
        if column.type in NUMBERS and headers:
            values = sample.values(headers[0])
            if not reading.duration(values):
                texts.append(reading.usual_numbers(values) if values else [])
    every = [value for values in texts for value in values]
    ways = reading.styles(every)
    if not every or not ways:
        return
    decimal, thousands = ways[0]
    if decimal != ".":
        found.keys["decimal"] = decimal
    if thousands:
        found.keys["thousands"] = thousands
    if len(ways) > 1:
        found.notes.append(
            "unsure: one sign in the numbers may part decimals or thousands; check `decimal` and"
            " `thousands`"
        )
    if units := reading.units(every):
        found.keys["units"] = {unit: 0.01 if unit == "%" else 1 for unit in units}
