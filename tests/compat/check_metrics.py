"""Does MetricFlow answer what the marts hold? `make metrics` runs it in MetricFlow's environment.

Not a pytest test: MetricFlow is not among what the project installs. Each metric is asked for by
month: of managers also by manager, and compared with the month's rows of mart_manager_kpi; of
channels and shops with the sums and formulas over the days of their marts.
"""

import csv
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb
import yaml

PROJECT = Path(__file__).parents[2] / "bi" / "metrics"
KPIS = PROJECT.parents[1] / "seeds" / "kpis.csv"

# By view: the mart, what rows are asked for by (in MetricFlow and as SQL), and whether the mart has
# rows of a month.
VIEWS = {
    "manager_days": ("mart_manager_kpi", "manager", "manager_id", True),
    "channel_days": ("mart_channel_conversion", "channel_day__channel", "channel", False),
    "shop_days": ("mart_shop_daily", "shop_day__shop", "shop", False),
}


def ask(metrics: Iterable[str], split: str, folder: Path) -> dict[tuple[str, str], list[float]]:
    """The values of `metrics` by month and `split`, as `mf query` gives them."""
    file = folder / "answer.csv"
    command = ["mf", "query", "--quiet", "--metrics", ",".join(metrics)]
    command += ["--group-by", f"metric_time__month,{split}", "--csv", str(file)]
    command[0] = str(Path(sys.executable).with_name("mf"))
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    with file.open() as lines:
        rows = list(csv.reader(lines))[1:]
    return {(row[0][:10], row[1]): [_number(cell) for cell in row[2:]] for row in rows}


def _number(cell: str) -> float:
    return math.nan if cell in ("", "nan", "None", "<NA>") else float(cell)


def expected(
    marts: duckdb.DuckDBPyConnection, view: str, kpis: list[dict[str, str]]
) -> dict[tuple[str, str], list[float]]:
    """The same values, read from the mart."""
    mart, _, split, has_months = VIEWS[view]
    columns = [kpi["column_name"] for kpi in kpis]
    if has_months:
        values, where = columns, "where period_grain = 'month'"
        month, group = "period_start", ""
    else:
        # Over the sums of a month each formula stands as the registry has it.
        sums = {
            kpi["column_name"]: f"sum({kpi['column_name']})"
            for kpi in kpis
            if not kpi["denominator_column"]
        }
        values = [sums.get(kpi["column_name"]) or _over(sums, kpi) for kpi in kpis]
        month, where, group = "date_trunc('month', date)", "", "group by all"
    listed = ", ".join(f"cast({value} as double)" for value in values)
    rows = marts.execute(
        f"select strftime({month}, '%Y-%m-%d'), {split}, {listed} from {mart} {where} {group}"
    ).fetchall()
    return {(row[0], row[1]): [math.nan if one is None else one for one in row[2:]] for row in rows}


def _over(sums: dict[str, str], kpi: dict[str, str]) -> str:
    """The formula of a KPI over the sums of its columns; NULL where it divides by 0."""
    formula = re.sub("[a-z_]+", lambda column: sums[column[0]], kpi["formula"])
    return re.sub(r"/ (.+)$", r"/ nullif(\1, 0)", formula)


def main(published: Path) -> None:
    with KPIS.open(encoding="utf-8") as lines:
        registry = {kpi["kpi_id"]: kpi for kpi in csv.DictReader(lines)}
    layer = yaml.safe_load((PROJECT / "models" / "metrics.yml").read_text(encoding="utf-8"))
    names = [metric["name"] for metric in layer["metrics"]]
    compared = 0
    with (
        duckdb.connect(str(published / "marts.duckdb"), read_only=True) as marts,
        tempfile.TemporaryDirectory() as folder,
    ):
        for view, (mart, split, _, _) in VIEWS.items():
            kpis = [registry[name] for name in names if mart in registry[name]["marts"].split()]
            kpis = [kpi for kpi in kpis if kpi["marts"].split()[0] == mart]
            told = ask([kpi["kpi_id"] for kpi in kpis], split, Path(folder))
            held = expected(marts, view, kpis)
            for key in held.keys() | told.keys():
                nothing = [math.nan] * len(kpis)
                for kpi, one, other in zip(
                    kpis, told.get(key, nothing), held.get(key, nothing), strict=True
                ):
                    same = math.isclose(one, other, rel_tol=1e-6, abs_tol=0.005)
                    if not same and not (math.isnan(one) and math.isnan(other)):
                        sys.exit(f"{kpi['kpi_id']} of {key}: MetricFlow {one}, {mart} {other}")
                    compared += 1
    print(f"MetricFlow and the marts agree in {compared:,} values of {len(names)} metrics")  # noqa: T201 - what it is for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
