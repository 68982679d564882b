"""The shops of the demo company as they show it at the end of an earlier day."""

from datetime import datetime

import duckdb

from orchestration.sources.demo.order_table import STEPS
from orchestration.sources.demo.product_table import take_products_back


def take_shops_back(connection: duckdb.DuckDBPyConnection, end: datetime) -> None:
    """Put orders, lines and products where they are before `end`, which is a midnight in Moscow.

    An order stands in its last status before; a line that comes back later has not come back; a
    product is there from the day on which it was added, and is sold until it was taken off sale.
    """
    named = {"end": end}
    connection.execute(
        f"""
        create or replace temp table order_then as
        select
            order_id,
            arg_max(status, changed_at) as status,
            max(changed_at) as changed_at
        from {STEPS}
        where changed_at < $end
        group by order_id;
        """,
        named,
    )
    connection.execute(
        """
        update orders set
            status = order_then.status,
            status_changed_at = order_then.changed_at,
            updated_at = order_then.changed_at,
            paid_at = if(paid_at < $end, paid_at, null),
            delivered_at = if(delivered_at < $end, delivered_at, null),
            cancelled_at = if(cancelled_at < $end, cancelled_at, null)
        from order_then
        where orders.order_id = order_then.order_id and orders.updated_at >= $end
        """,
        named,
    )
    connection.execute(
        """
        -- An earlier version may be the one of that day.
        delete from orders where created_at >= $end or rowid not in (
            select min(rowid) from orders group by order_id, updated_at
        )
        """,
        named,
    )
    connection.execute("drop table order_then")
    connection.execute(
        "delete from order_lines where order_id not in (select order_id from orders)"
    )
    connection.execute(
        """
        update order_lines set returned_quantity = 0, updated_at = orders.created_at
        from orders
        where order_lines.order_id = orders.order_id and order_lines.updated_at >= $end
        """,
        named,
    )
    take_products_back(connection, end)
