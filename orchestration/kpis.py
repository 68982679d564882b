"""The KPI registry: seeds/kpis.csv, from which dim_kpi and the column descriptions are made.

dbt describes a column with nothing but a docs block, so the blocks are written from the registry:
`make docs` after every change of it.
"""

import csv
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
REGISTRY = _ROOT / "seeds" / "kpis.csv"
BLOCKS = _ROOT / "models" / "marts" / "kpis.md"

# What each unit is called in a description; a count needs no word.
UNITS = {
    "count": "",
    "share": "share of 1",
    "percent": "per cent",
    "ratio": "a ratio",
    "base_currency": "base currency",
    "seconds": "in seconds",
    "minutes": "in minutes",
    "hours": "in hours",
    "days": "in days",
}


def registry() -> list[dict[str, str]]:
    """The rows of the registry, in its order."""
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def description(kpi: dict[str, str]) -> str:
    """The whole definition of a KPI, as the columns of the marts carry it."""
    formula = ", ".join(filter(None, (kpi["formula"], UNITS[kpi["unit"]])))
    return f"{kpi['name_en']}: {formula}. {kpi['details']}".strip()


def blocks() -> str:
    """A docs block for each KPI."""
    return "\n".join(
        f"{{% docs kpi_{kpi['kpi_id']} %}}\n{description(kpi)}\n{{% enddocs %}}\n"
        for kpi in registry()
    )


if __name__ == "__main__":
    BLOCKS.write_text(blocks(), encoding="utf-8")
