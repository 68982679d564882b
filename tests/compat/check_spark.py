"""Do the models give the same tables on Spark as on DuckDB? `make test-spark` runs it.

Not a pytest test: Spark is not among what the project installs. The night in a home was computed by
DuckDB; a copy of it is computed by Spark, and every mart is compared row by row: doubles to nine
digits, everything else exactly.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from dbt.contracts.graph.nodes import ModelNode, SeedNode

from orchestration.assets.models import CAUTIOUS, INPUT_MODELS, QUALITY, WITHOUT_GRAINS
from orchestration.core.home import Home
from orchestration.core.project import DEMO_CONFIG
from orchestration.core.warehouse import open_warehouse
from orchestration.recipe import recorded_variables
from orchestration.settings import Models, load_settings
from orchestration.spark.models import SparkModels
from orchestration.transform import Dbt, audit_error

# What a local session needs for the demo company; more partitions only cost time.
SPARK = {
    "spark.sql.shuffle.partitions": "2",
    # Compiling code takes longer than running it on so few rows.
    "spark.sql.codegen.wholeStage": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m",
}


def differing(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, str]:
    """How many rows of `duck.marts.<table>` and `spark.marts.<table>` differ, and in what."""
    described = [
        {row[0]: row[1] for row in connection.execute(f"describe {side}.marts.{table}").fetchall()}
        for side in ("duck", "spark")
    ]
    if described[0] != described[1]:
        return -1, f"columns {sorted(set(described[0].items()) ^ set(described[1].items()))}"
    doubles = [name for name, kind in described[0].items() if kind == "DOUBLE"]
    exact = [name for name in described[0] if name not in doubles]
    rows = ", ".join(exact)
    for one, other in (("duck", "spark"), ("spark", "duck")):
        differ = f"select {rows} from {one}.marts.{table} except all"
        query = f"select count(*) from ({differ} select {rows} from {other}.marts.{table})"
        if found := connection.execute(query).fetchone()[0]:
            return found, "columns that are not doubles"
    if not doubles:
        return 0, ""
    # Equal in all else, so the n-th of one engine is compared with the n-th of the other.
    numbered = (
        f"select *, row_number() over (partition by {rows} order by {', '.join(doubles)}) as place"
    )
    same = " and ".join(f"l.{name} is not distinct from r.{name}" for name in [*exact, "place"])
    unequal = {
        name: f"(l.{name} is null) != (r.{name} is null)"
        f" or abs(l.{name} - r.{name}) > 1e-9 * greatest(abs(l.{name}), abs(r.{name}))"
        for name in doubles
    }
    counted = connection.execute(
        f"select count(*) filter (where {' or '.join(f'({one})' for one in unequal.values())}),"
        f" {', '.join(f'count(*) filter (where {one})' for one in unequal.values())}"
        f" from ({numbered} from duck.marts.{table}) as l"
        f" join ({numbered} from spark.marts.{table}) as r on {same}"
    ).fetchone()
    named = [name for name, count in zip(doubles, counted[1:], strict=True) if count]
    return counted[0], ", ".join(named)


def build(home: Home) -> set[str]:
    """Compute the models of a home with Spark; returns the marts made."""
    settings = load_settings(DEMO_CONFIG)
    settings = settings.model_copy(update={"models": Models(engine="spark", spark=SPARK)})
    dbt = Dbt(home, settings.limits, settings.sources)
    with open_warehouse(home, settings.limits) as warehouse:
        variables = recorded_variables(warehouse)
    selection = ("--exclude", QUALITY, *INPUT_MODELS, *CAUTIOUS, *WITHOUT_GRAINS)
    began = time.perf_counter()
    results = SparkModels(dbt, home, settings).build(variables, *selection)
    print(f"Spark: {len(results)} models and tests in {time.perf_counter() - began:.0f} s")  # noqa: T201
    if error := audit_error(results):
        sys.exit(str(error))
    nodes = [one.node for one in results if isinstance(one.node, ModelNode | SeedNode)]
    return {node.alias for node in nodes if node.schema == "marts"}


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        copy = Home(Path(temporary))
        copy.prepare()
        shutil.copy(folder / "warehouse.duckdb", copy.warehouse)
        tables = sorted(build(copy))
        faults = 0
        with duckdb.connect() as connection:
            for side, home in (("duck", Home(folder)), ("spark", copy)):
                connection.execute(f"attach '{home.warehouse}' as {side} (read_only)")
            for table in tables:
                rows = connection.execute(f"select count(*) from duck.marts.{table}").fetchone()[0]
                count, where = differing(connection, table)
                faults += bool(count)
                print(f"{table:32} {rows:>9,} rows {count:>7,} differ {where}")  # noqa: T201
    if faults:
        sys.exit(f"{faults} of {len(tables)} tables differ")
    print(f"Spark and DuckDB agree in all {len(tables)} tables")  # noqa: T201 - what it is for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
