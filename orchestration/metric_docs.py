"""bi/metrics/models/metrics.yml, written from the registry of KPIs: the semantic models and metrics
of MetricFlow over the daily rows of the published marts.

`make docs` after every change of seeds/kpis.csv. A metric has the id of its KPI, so that a KPI is
defined once. MetricFlow adds days up: KPIs whose days do not add up to a month (medians, stocks,
comparisons, plans) are left out.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from orchestration.core.project import ROOT
from orchestration.kpis import description, registry

FILE = ROOT / "bi" / "metrics" / "models" / "metrics.yml"

# Sums of these units add up over days.
_ADDED_UNITS = {"count", "base_currency", "seconds"}

# Not so these: stocks, what is compared with other periods, and what depends on the whole period.
_NOT_ADDED = re.compile(r"open_count|expected_won|.*_(previous|year_ago)|plan_.*|gap_.*|workdays")

_COLUMN = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class _Days:
    """A mart with rows of days: its view, its day, the ids in it and what it can be split by."""

    mart: str
    view: str
    day: str
    entities: dict[str, str]
    dimensions: tuple[str, ...]


_MARTS = (
    _Days(
        "mart_manager_kpi",
        "manager_days",
        "period_start",
        {"manager": "manager_id"},
        ("manager_name", "team", "department"),
    ),
    _Days(
        "mart_channel_conversion",
        "channel_days",
        "date",
        {},
        ("channel", "platform", "campaign_name"),
    ),
    _Days("mart_shop_daily", "shop_days", "date", {}, ("shop",)),
)


def layer() -> dict[str, Any]:
    """The content of the file: semantic models with their measures, and a metric for each KPI."""
    models, metrics = [], []
    for days in _MARTS:
        kpis = [kpi for kpi in registry() if days.mart in kpi["marts"].split()]
        added = [kpi for kpi in kpis if _is_added(kpi)]
        models.append(_semantic_model(days, added))
        names = {kpi["column_name"]: kpi["kpi_id"] for kpi in added}
        metrics += [_metric(kpi, "simple", {"measure": kpi["kpi_id"]}) for kpi in added]
        metrics += [
            _metric(kpi, "derived", parameters)
            for kpi in kpis
            if not _is_added(kpi) and (parameters := _derived(kpi, names))
        ]
    time_spine = {
        "name": "days",
        "description": "One row per day.",
        "time_spine": {"standard_granularity_column": "day"},
        "columns": [{"name": "day", "granularity": "day", "description": "The day."}],
    }
    return {
        "version": 2,
        "models": [time_spine],
        "semantic_models": models,
        "metrics": metrics,
    }


def _is_added(kpi: dict[str, str]) -> bool:
    """Whether the KPI of a month is the sum of its days."""
    return (
        kpi["unit"] in _ADDED_UNITS
        and not kpi["denominator_column"]
        and not _NOT_ADDED.fullmatch(kpi["kpi_id"])
    )


def _semantic_model(days: _Days, added: list[dict[str, str]]) -> dict[str, Any]:
    time = {"type": "time", "type_params": {"time_granularity": "day"}}
    return {
        "name": days.view,
        "description": f"The days of {days.mart}.",
        "model": f"ref('{days.view}')",
        "defaults": {"agg_time_dimension": "counted_on"},
        "primary_entity": days.view.removesuffix("s"),
        "entities": [
            {"name": name, "type": "foreign", "expr": column}
            for name, column in days.entities.items()
        ],
        "dimensions": [
            {"name": "counted_on", "expr": days.day, **time},
            *({"name": name, "type": "categorical"} for name in days.dimensions),
        ],
        "measures": [
            {"name": kpi["kpi_id"], "agg": "sum", "expr": kpi["column_name"]} for kpi in added
        ],
    }


def _metric(kpi: dict[str, str], kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": kpi["kpi_id"],
        "label": kpi["name_en"],
        "description": description(kpi),
        "type": kind,
        "type_params": parameters,
    }


def _derived(kpi: dict[str, str], names: dict[str, str]) -> dict[str, Any] | None:
    """The parameters of a ratio of sums, from its formula over columns; None: it is no such ratio.
    `names`: the KPIs that are sums, by their column."""
    columns = dict.fromkeys(_COLUMN.findall(kpi["formula"]))
    if not kpi["denominator_column"] or not columns.keys() <= names.keys():
        return None
    denominator = kpi["denominator_column"]
    safe = kpi["formula"].replace(f"/ {denominator}", f"/ nullif({denominator}, 0)")
    expression = _COLUMN.sub(lambda found: names.get(found[0], found[0]), safe)
    return {"expr": expression, "metrics": [{"name": names[column]} for column in columns]}


def text() -> str:
    """The whole file."""
    head = "# Written by `make docs` from seeds/kpis.csv.\n"
    return f"{head}{yaml.safe_dump(layer(), sort_keys=False, allow_unicode=True, width=100)}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
