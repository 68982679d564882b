"""The KPI registry: seeds/kpis.csv, from which dim_kpi and the column descriptions are made.

dbt describes a column with nothing but a docs block, so the blocks are written from the registry:
`make docs` after every change of it.
"""

from orchestration.core.project import ROOT, seed_rows

BLOCKS = ROOT / "models" / "marts" / "kpis.md"

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
    return seed_rows("kpis")


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
