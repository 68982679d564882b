"""mart_funnel_stage, mart_manager_kpi and mart_channel_conversion from a night's star, by DuckDB
and by pandas: `make bench-pandas`.

DuckDB runs the SQL that the night compiled, of the marts and of all between them and the star, and
checks nothing. pandas runs the second counts that the tests compare the marts with. Both count more
than one of the marts needs alone: the SQL, what other marts share; and neither is tuned.
"""

import re
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from night import print_runs, run

_TESTS = Path(__file__).resolve().parent.parent / "tests"
_MARTS = ("mart_funnel_stage", "mart_manager_kpi", "mart_channel_conversion")
# What the compiled SQL reads: the last part of "warehouse"."schema"."table".
_READ = re.compile(r'"warehouse"\."\w+"\."(\w+)"')
# The layers above the star, as folders of the models.
_LAYERS = ("aggregates", "marts")
_STAR = (
    *("fct_lead", "fct_deal", "fct_deal_stage_visit", "fct_call", "fct_payment", "fct_touchpoint"),
    *("fct_plan", "dim_stage", "dim_pipeline", "dim_customer", "dim_campaign", "dim_date"),
)
# Through Arrow, so that money stays decimal.
_LANDED = {
    "ad_stats": "select * replace (cast(date as timestamp) as date) from landing.ad_stats",
    "deals": "select deal_id, cost from landing.deals union all"
    " select deal_id, cost - returned_cost from marts.fct_order where is_deal_made",
    "fx_rates": "select * replace (cast(date as timestamp) as date) from landing.fx_rates",
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def compare(home: Annotated[Path, typer.Argument(help="A home with a night.")]) -> None:
    """Run both ways, each in a process of its own, and print what they took."""
    runs = {way: run(sys.executable, __file__, way, home) for way in ("duckdb", "pandas")}
    print_runs(f"{', '.join(_MARTS)} of {home}", runs, beside="duckdb")


@app.command(name="duckdb")
def by_duckdb(home: Path) -> None:
    """The compiled SQL of the marts and of all between them and the star."""
    compiled = home / "state" / "dbt" / "target" / "compiled" / "models"
    files = {file.stem: file for layer in _LAYERS for file in (compiled / layer).rglob("*.sql")}
    needed: dict[str, str] = {}
    waiting = list(_MARTS)
    while waiting:
        name = waiting.pop()
        if name in needed or name not in files:
            continue
        needed[name] = files[name].read_text()
        waiting += _READ.findall(needed[name])
    with _opened(home) as connection:
        for query in needed.values():
            connection.execute(f"create or replace temp table made as {query}")


@app.command(name="pandas")
def by_pandas(home: Path) -> None:
    """The second counts of the tests."""
    sys.path.insert(0, str(_TESTS))
    from kits.recounts import channels, funnel, managers

    with _opened(home) as connection:
        tables = {
            name: connection.sql(query).to_arrow_table().to_pandas()
            for name, query in _LANDED.items()
        }
        tables |= {name: connection.sql(f"from marts.{name}").df() for name in _STAR}
        day = connection.execute("select max(as_of_date) from marts.mart_manager_kpi").fetchone()
    as_of: date = day[0]
    funnel.recount(tables, as_of)
    managers.recount(tables, as_of)
    channels.recount(tables)


def _opened(home: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse of a home, only to read."""
    connection = duckdb.connect(home / "warehouse.duckdb", read_only=True)
    connection.execute("set disabled_optimizers = 'cte_filter_pusher'")
    return connection


if __name__ == "__main__":
    app()
