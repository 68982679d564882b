"""Makes the table of a compiled model, whichever language the model is in."""

import duckdb


def make(connection: duckdb.DuckDBPyConnection, name: str, code: str) -> None:
    """Create or replace the table `name` by the compiled `code` of its model."""
    if "def model(dbt, session)" not in code:
        connection.execute(f"create or replace table {name} as {code}")
        return
    module: dict = {}
    exec(code, module)
    # A reference names the database, too, which has another name here.
    load = module["dbtObj"](lambda table: connection.sql(f"from {table.split('.', 1)[1]}"))
    connection.register("made", module["model"](load, connection))
    connection.execute(f"create or replace table {name} as from made")
