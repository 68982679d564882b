"""What mart_finding says night by night of the twin: `make proof-findings`, docs/demo-company.md.

Of each night the source is landed, and mart_finding and all that it reads are built from SQL that
dbt compiles once: a third of the work of a night. `--whole` runs whole nights instead. Warehouses
are kept: after a change in models/marts/findings a second run builds only these models.
"""

import shutil
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import typer

from orchestration.assets.models import INPUT_MODELS
from orchestration.core import sql
from orchestration.core.home import Home
from orchestration.core.progress import SilentProgress
from orchestration.core.warehouse import expect, open_warehouse, prepare_warehouse
from orchestration.nightly import run_night
from orchestration.settings import DEMO_CONFIG, Settings, load_settings
from orchestration.sources import raw
from orchestration.sources.identity import normalise_identifiers
from orchestration.sources.landing import land
from orchestration.transform import Dbt, audit_error, dbt_vars

_FINDINGS = "marts.findings"
# Stand in the compiled models for the day of a night, and for the time in UTC at which it ends.
_DAY, _DAY_END = "2001-02-03", "2001-02-03 21:00:00"
# The findings of the month of the day; the others were reported by earlier nights.
_LATEST = "period_start = date_trunc('month', as_of_date)"

DayOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


def main(
    folder: Annotated[Path, typer.Option(help="Keeps 130 MB for each night.")],
    seed: Annotated[list[int], typer.Option(help="One company for each.")] = [7],  # noqa: B006
    first: DayOption = datetime(2026, 5, 2),
    last: DayOption = datetime(2026, 6, 30),
    step: Annotated[int, typer.Option(help="Days from one night to the next.")] = 1,
    plants: Annotated[bool, typer.Option(help="The company with its patterns.")] = False,
    whole: Annotated[bool, typer.Option(help="Run whole nights.")] = False,
) -> None:
    """Print the findings of each night that are `high`, and all by kind and severity."""
    days = [first.date() + timedelta(n) for n in range(0, (last - first).days + 1, step)]
    homes = []
    for one in seed:
        name = f"{one}-planted" if plants else f"{one}"
        company = Company(folder.resolve() / name, _settings(one, plants))
        for day in days:
            began = perf_counter()
            homes.append(company.whole_night(day) if whole else company.night(day))
            _tell(homes[-1], f"seed {one} {day} {perf_counter() - began:3.0f} s")
    _sum_up(homes)


def _settings(seed: int, plants: bool) -> Settings:
    settings = load_settings(DEMO_CONFIG)
    demo = settings.sources["demo"].model_copy(update={"seed": seed, "plants": plants})
    return settings.model_copy(update={"sources": {"demo": demo}})


class Model(NamedTuple):
    """A model as dbt compiles it."""

    schema: str
    name: str
    kind: str
    folder: str
    is_python: bool
    sql: str


def _run(warehouse: duckdb.DuckDBPyConnection, table: str, code: str) -> None:
    """Create or replace the table of a compiled Python model."""
    module: dict[str, Any] = {}
    exec(code, module)
    # A reference names the database, too, which has another name here.
    load = module["dbtObj"](lambda name: warehouse.sql(f"from {name.split('.', 1)[1]}"))
    warehouse.register("made", module["model"](load, warehouse))
    warehouse.execute(f"create or replace table {table} as from made")
    warehouse.unregister("made")


class Company:
    """The nights of one company. Each is built in the home `work` and copied to its own home."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._work = Home(folder / "work")
        self._work.prepare()

    def whole_night(self, day: date) -> Home:
        """The home of all whole nights, after that of the day."""
        home = Home(self._folder / "whole")
        run_night(self._settings, home, day, SilentProgress())
        return home

    def night(self, day: date) -> Home:
        """The home of a night, its findings built by the models as they are now."""
        home = Home(self._folder / f"{day}")
        if not home.warehouse.exists():
            self._land(day)
            self._build(self._work, day, self._folders & {*INPUT_MODELS})
            with open_warehouse(self._work, self._settings.limits) as warehouse:
                normalise_identifiers(warehouse, self._settings.business.country)
            self._build(self._work, day, self._folders - {*INPUT_MODELS, _FINDINGS})
            home.prepare()
            shutil.copy(self._work.warehouse, home.warehouse)
        self._build(home, day, {_FINDINGS})
        return home

    @property
    def _folders(self) -> set[str]:
        return {model.folder for model in self._models}

    def _build(self, home: Home, day: date, folders: set[str]) -> None:
        """Build the models of these folders for the day."""
        zone = ZoneInfo(self._settings.business.time_zone)
        next_day = datetime.combine(day + timedelta(1), time(), zone)
        day_end = next_day.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        with open_warehouse(home, self._settings.limits) as warehouse:
            warehouse.execute("set preserve_insertion_order = false")
            for model in self._models:
                if model.folder in folders:
                    dated = model.sql.replace(_DAY_END, day_end).replace(_DAY, f"{day}")
                    warehouse.execute(f"create schema if not exists {model.schema}")
                    table = f"{model.schema}.{model.name}"
                    if model.is_python:
                        _run(warehouse, table, dated)
                    else:
                        warehouse.execute(f"create or replace {model.kind} {table} as {dated}")

    def _land(self, day: date) -> None:
        settings, work = self._settings, self._work
        is_first = not work.warehouse.exists()
        key, _ = work.hash_key()
        with open_warehouse(work, settings.limits) as warehouse:
            prepare_warehouse(warehouse, "findings", day, key)
            expect(warehouse, {name: one.delivers for name, one in settings.sources.items()})
        land("demo", settings.sources["demo"], work, settings.limits, Path(), day)
        with open_warehouse(work, settings.limits) as warehouse:
            raw.complete(warehouse, settings.sources)
        if is_first:
            seeds = ("--select", "resource_type:seed", "--indirect-selection", "empty")
            failed = audit_error(Dbt(work, settings.limits).build(dbt_vars(settings, day), *seeds))
            if failed:
                raise failed

    @cached_property
    def _models(self) -> list[Model]:
        """mart_finding, what it reads and all entities, in the order in which they are built."""
        dbt = Dbt(self._work, self._settings.limits)
        variables = dbt_vars(self._settings, date.fromisoformat(_DAY))
        compiled = dbt.compiled(variables, "--select", "+mart_finding", *INPUT_MODELS)
        nodes = {node.unique_id: node for node in compiled}
        order = TopologicalSorter({key: node.depends_on.nodes for key, node in nodes.items()})
        models = (nodes[key] for key in order.static_order() if key in nodes)
        return [
            Model(
                schema=node.schema,
                name=node.alias,
                kind="view" if node.config.materialized == "view" else "table",
                folder=".".join(node.fqn[1:3]),
                is_python=node.language == "python",
                sql=node.compiled_code,
            )
            for node in models
        ]


def _tell(home: Home, night: str) -> None:
    """Print the findings of the night by severity, and those of severity `high` in full."""
    found = f"from marts.mart_finding where {_LATEST}"
    with duckdb.connect(home.warehouse, read_only=True) as warehouse:
        counts = warehouse.execute(f"select severity, count(*) {found} group by 1 order by 1")
        counted = ", ".join(f"{count} {severity}" for severity, count in counts.fetchall())
        typer.echo(f"{night}: {counted or 'none'}")
        high = f"select p_value, q_value, sentence_en {found} and severity = 'high' order by place"
        for p_value, q_value, sentence in warehouse.execute(high).fetchall():
            typer.echo(f"    p {p_value:.7f} q {q_value:.7f} {sentence}")


def _sum_up(homes: list[Home]) -> None:
    """Print, by severity and kind, how many findings the nights have, those of the month of the day
    and those of all months, and in how many nights there is one."""
    with duckdb.connect() as connection:
        for number, home in enumerate(homes):
            connection.execute(f"attach {sql.text(str(home.warehouse))} as night (read_only)")
            table = "create table findings as" if number == 0 else "insert into findings"
            connection.execute(
                f"{table} select {number} as night, * from night.marts.mart_finding"  # noqa: S608
            )
            connection.execute("detach night")
        connection.sql(
            f"""
            select severity, coalesce(kind, '(all)') as kind,
                count(distinct night) filter ({_LATEST}) as nights_with_one,
                round(count(*) filter ({_LATEST}) / {len(homes)}, 2) as findings_a_night,
                round(count(*) / {len(homes)}, 2) as of_all_months
            from findings group by rollup (severity, kind) having severity is not null order by all
            """  # noqa: S608
        ).show(max_rows=100)


if __name__ == "__main__":
    typer.run(main)
