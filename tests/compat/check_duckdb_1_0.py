"""Can a DuckDB 1.0 client read what is published? `make compat` runs it under that version.

Not a pytest test: the version it needs and the one the project needs cannot share an environment.
"""

import sys
from pathlib import Path

import duckdb

OLDEST = "1.0.0"


def main(published: Path) -> None:
    assert duckdb.__version__ == OLDEST, f"runs under DuckDB {duckdb.__version__}, not {OLDEST}"
    with duckdb.connect(str(published / "marts.duckdb"), read_only=True) as marts:
        tables = [
            name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()
        ]
        assert tables, "no table is published"
        for table in tables:
            parquet = published / "parquet" / f"{table}.parquet"
            twin = f"from read_parquet('{parquet}')"
            differing = f"(from marts.{table} except all {twin}) union all"
            differing += f" ({twin} except all from marts.{table})"
            (rows,) = marts.execute(f"select count(*) from ({differing})").fetchone()
            assert rows == 0, f"{rows} rows of {table} are not the same in its Parquet twin"
    print(f"DuckDB {OLDEST} reads all {len(tables)} tables, and their Parquet twins are equal")  # noqa: T201 - what it is for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
