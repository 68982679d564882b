"""The shops of the demo company as data frames, straight from the generated tables."""

import duckdb
import pandas as pd

MOSCOW = pd.Timedelta("3h")


class Shops:
    """The tables of one company: the last version of each order, lines with their order."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self.connection = connection
        versions = self.table("orders")
        self.versions = versions
        self.orders = versions.sort_values("updated_at").groupby("order_id").tail(1)
        self.orders["day"] = (self.orders.created_at + MOSCOW).dt.normalize()
        self.lines = self.table("order_lines").merge(
            self.orders, on="order_id", suffixes=("", "_of_order")
        )
        self.lines["amount"] = self.lines.price * self.lines.quantity

    def table(self, name: str) -> pd.DataFrame:
        """A table, money and quantities as floats: all of them are far from where those round."""
        columns = self.connection.execute(f"describe {name}").fetchall()
        plain = [
            f"cast({column} as double) as {column}" if kind.startswith("DECIMAL") else column
            for column, kind, *_ in columns
        ]
        return self.connection.sql(f"select {', '.join(plain)} from {name}").df()
