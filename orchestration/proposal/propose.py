"""From a folder of exports to a proposal."""

import re
from pathlib import Path
from typing import Any

from orchestration.core.errors import SourceError
from orchestration.proposal import calls, plans
from orchestration.proposal.companions import companions
from orchestration.proposal.config import Company, Proposal
from orchestration.proposal.guess import Block, Guess, block, entities
from orchestration.proposal.samples import SUFFIXES, Sample, samples, suffix

_MOST_FILES = 200
# What is added to a table beyond its columns.
_COMPLETE = {"calls": calls.complete, "plans": plans.complete}


# Each table by its name, or why there is none.
Tables = dict[str, Sample | str]


def read_folder(folder: Path) -> Tables:
    """The tables in the files of a folder; hidden files and the folders in it are left out."""
    files = [
        path
        for path in sorted(folder.iterdir())
        if suffix(path) in SUFFIXES and path.is_file() and path.name[0] not in ".~"
    ]
    tables: Tables = {}
    for path in files[:_MOST_FILES]:
        try:
            for sample in samples(path):
                sheet = sample.reading.get("sheet")
                tables[f"{path.name}, sheet {sheet}" if sheet else path.name] = sample
        except SourceError as error:
            tables[path.name] = str(error).replace(str(path), "it")
        except OSError as error:
            tables[path.name] = f"it cannot be read: {error.strerror}"
    for path in files[_MOST_FILES:]:
        tables[path.name] = f"only the first {_MOST_FILES} files are looked at"
    return tables


def is_russian(tables: Tables) -> bool:
    """Whether a header has a Russian word."""
    return any(
        re.search("[а-яё]", name, flags=re.IGNORECASE)
        for sample in tables.values()
        if isinstance(sample, Sample)
        for name in sample.columns
    )


def propose(tables: Tables, folder: str, company: Company) -> Proposal:
    """What the tables of a folder may be. `folder`: as the config names it."""
    found: list[Block] = []
    left_out: dict[str, str] = {}
    alike: dict[tuple[Any, ...], Block] = {}
    of: dict[int, Sample] = {}
    for name, sample in tables.items():
        if isinstance(sample, str):
            left_out[name] = sample
            continue
        may_be = entities(sample)
        if len(may_be) != 1:
            known = " or ".join(entity for entity, _ in may_be)
            left_out[name] = (
                f"it may be {known}" if known else "its columns are those of no known table"
            ) + f"; its columns: {', '.join(sample.columns)}"
            continue
        ((entity, why),) = may_be
        # Files of one form whose names differ in numbers are one export, cut by days.
        form = (entity, re.sub(r"\d+", "*", name), *sample.columns, str(sample.reading))
        if form in alike and form[1] != name:
            _widen(alike[form], form[1], block(sample, entity, form[1], why))
            continue
        alike[form] = one = block(sample, entity, sample.path.name, why)
        if complete := _COMPLETE.get(entity):
            complete(sample, one)
        found.append(one)
        of[id(one)] = sample
    _use_stages(found)
    there = {one.entity for one in found}
    deals = [one for one in found if one.entity == "deals"]
    if len(deals) == 1:
        found += companions(of[id(deals[0])], deals[0], there)
    return Proposal(company, folder, found, left_out)


def _widen(one: Block, pattern: str, other: Block) -> None:
    """Read the files of `pattern` as one export; `other`: one more of them."""
    for key in ("null_values", "only_if"):
        if lacking := [
            text for text in other.keys.get(key, []) if text not in one.keys.get(key, [])
        ]:
            one.keys[key] = [*one.keys.get(key, []), *lacking]
            one.notes += [note for note in other.notes if f"(`{key}`)" in note]
    if one.path != pattern:
        one.path = pattern
        one.keys["later_file_wins"] = "name"
        one.notes.append(
            "several files have this form: of a row that is in two, that of the later name counts"
        )


def _use_stages(found: list[Block]) -> None:
    """Where there is a list of stages, the stage of a deal says whether it is won."""
    if not any(one.entity == "stages" and one.is_whole for one in found):
        return
    for one in found:
        if one.entity != "deals":
            continue
        for guess in [guess for guess in one.guesses if guess.column == "status"]:
            header = guess.value if isinstance(guess.value, str) else guess.value["column"]
            one.guesses.remove(guess)
            one.guesses.append(Guess("stage_id", header, "its values are stages of the list"))
        for doubt in [doubt for doubt in one.doubts if doubt.column == "status"]:
            one.doubts.remove(doubt)
            one.guesses.append(
                Guess("stage_id", doubt.candidates[0], "its values are stages of the list")
            )
