"""The list of products as the company keeps it."""

from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.sources.demo import goods
from orchestration.sources.demo.clock import DAY, DAYS, HOUR
from orchestration.sources.demo.frame import moment, store, texts

_IMPORTED, _DOLLAR = (11, 24), 90  # their cost is known in dollars
_ENTERED = 8 * HOUR  # when on its day a product is added or taken off sale


def store_products(connection: duckdb.DuckDBPyConnection) -> None:
    """One row per product, those no longer sold among them; `updated_at` is when it was added or
    taken off sale."""
    number = np.arange(goods.COUNT)
    imported = np.isin(number, _IMPORTED)
    store(
        connection,
        "products",
        {
            "number": number,
            "name": texts([product.name for product in goods.PRODUCTS]),
            "category": texts([product.category for product in goods.PRODUCTS]),
            "brand": texts([product.brand for product in goods.PRODUCTS]),
            "cost": np.where(imported, goods.COST // _DOLLAR, goods.COST),
            "imported": imported,
            "is_active": goods.UNTIL >= DAYS,
            "updated_at": np.where(goods.UNTIL < DAYS, goods.UNTIL + 1, goods.SINCE) * DAY
            + _ENTERED,
        },
        product_id=goods.product_id("number"),
        sku="upper(category[:2]) || '-' || (101 + number)",
        currency="case when cost < 0 then null when imported then 'USD' else 'RUB' end",
    )


def take_products_back(connection: duckdb.DuckDBPyConnection, end: datetime) -> None:
    """The products that were there before `end`: those taken off sale later are sold still."""
    added = {"number": np.arange(goods.COUNT), "added_at": goods.SINCE * DAY + _ENTERED}
    columns = f"{goods.product_id('number')} as product_id, {moment('added_at')} as added_at"
    connection.from_arrow(pa.table(added)).project(columns).create_view("product_added")
    connection.execute(
        """
        update products set is_active = true, updated_at = product_added.added_at
        from product_added
        where products.product_id = product_added.product_id and products.updated_at >= $end
        """,
        {"end": end},
    )
    connection.execute("delete from products where updated_at >= $end", {"end": end})
    connection.execute("drop view product_added")
