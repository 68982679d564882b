"""The tables of names and words: what headers and values are called in Russian and English."""

import csv
import re
from functools import cache
from pathlib import Path

from orchestration.core.entities import ENTITIES

_FOLDER = Path(__file__).parent


def normal(text: str) -> str:
    """Words in lower case, parted by single spaces: `campaignId`, `campaign_id` and `Campaign ID`
    are one name, and so are `№ заявки` and `Номер заявки`."""
    parted = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])", " ", re.sub("№|^N (?=[а-я])", " номер ", text))
    return re.sub(r"[\W_]+", " ", parted.lower().replace("ё", "е")).strip()


def name(header: str) -> str:
    """The normal form of a header without a currency at its end: `Cost, RUB` is `cost`."""
    return re.sub(r" (?:руб|р|rub|usd|eur|₽)$", "", normal(header))


@cache
def names(entity: str) -> dict[str, tuple[str, ...]]:
    """By column of the entity, the normal forms of the headers that mean it, the best first."""
    found = {column.name: [normal(column.name)] for column in ENTITIES[entity].columns}
    for row in _rows("names"):
        if row["entity"] in ("*", entity):
            found[row["column"]] += map(name, row["names"].split("|"))
    return {column: tuple(dict.fromkeys(words)) for column, words in found.items()}


@cache
def values(of: str) -> dict[str, str]:
    """By normal form of a word, the value of the closed list `of` that it means."""
    return {
        normal(word): row["value"]
        for row in _rows("words")
        if row["of"] == of
        for word in (row["value"], *row["words"].split("|"))
    }


@cache
def texts(of: str) -> frozenset[str]:
    """The words of the list `of` as they are written, in lower case."""
    rows = [row for row in _rows("words") if row["of"] == of]
    return frozenset(word for row in rows for word in row["words"].split("|"))


@cache
def _rows(table: str) -> list[dict[str, str]]:
    with (_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
