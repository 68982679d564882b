"""What of a sample is no datum: words that mean no value, and rows of totals."""

from collections.abc import Sequence
from dataclasses import replace

from orchestration.proposal import tables
from orchestration.proposal.samples import Sample, called
from orchestration.proposal.tables import normal


def cleaned(sample: Sample, known: Sequence[str]) -> Sample:
    """The sample without them, with the keys that leave them out when the file is read. `known`:
    the columns that are mapped, those that every row has first. Only words that the tables know get
    into a key."""
    reading, notes = dict(sample.reading), list(sample.notes)
    words = tables.texts("no_value")
    found = {one for column in known for one in sample.values(column) if one.lower() in words}
    rows = [["" if cell in found else cell for cell in row] for row in sample.rows]
    numbers = [*sample.numbers] or [*range(1, len(rows) + 1)]
    if found:
        reading["null_values"] = sorted(found)
        notes.append(f"{_listed(found)} is taken for no value (`null_values`)")
    totals = {at for at, row in enumerate(rows) if _is_total(row)}
    column = next((one for one in known if _parts(sample, rows, totals, one)), None)
    if totals and column is not None:
        reading["only_if"] = [column]
        notes.append(
            f"{called(numbers[min(totals)])} is one of totals: rows without `{column}` are left out"
            " (`only_if`)"
        )
        kept = [at for at in range(len(rows)) if at not in totals]
        rows, numbers = [rows[at] for at in kept], [numbers[at] for at in kept]
    return replace(sample, rows=rows, numbers=numbers, reading=reading, notes=notes)


def _is_total(row: list[str]) -> bool:
    """Whether the first value of a row is a word such as `Total`."""
    first = normal(next((cell for cell in row if cell), ""))
    return any(first == word or first.startswith(f"{word} ") for word in tables.texts("total"))


def _parts(sample: Sample, rows: list[list[str]], totals: set[int], column: str) -> bool:
    """Whether the column is empty in the rows of totals, and in no other."""
    place = sample.columns.index(column)
    return all(
        (not "".join(row[place : place + 1])) == (at in totals) for at, row in enumerate(rows)
    )


def _listed(words: set[str]) -> str:
    return " and ".join(f"`{word}`" for word in sorted(words))
