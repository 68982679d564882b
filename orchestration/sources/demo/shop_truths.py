"""What is planted in the shops of the demo company: constants the generator obeys.

Products are numbers of `goods.PRODUCTS`, shops of `goods.SHOPS`; days are counted from the first.
"""

from typing import Any

import duckdb

from orchestration.core import sql
from orchestration.sources.demo.clock import DATES
from orchestration.sources.demo.goods import MARKET_ONE, MARKET_TWO, SHOPS

LOSS_SHOP, LOSS_PRODUCT = MARKET_ONE, 16

STOCKOUT_SHOP, STOCKOUT_PRODUCT = MARKET_ONE, 8
STOCKOUT_DAYS = (644, 678)  # 2025-10-06 to 2025-11-09

ADS_SHOP, ADS_FROM_DAY = MARKET_TWO, 731  # 2026-01-01

OVERDUE_INTERVAL, OVERDUE_SINCE = 28.0, 80  # days


def planted_in_shops(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """What has to be found in the shops of the generated company of the connection, by name."""
    first, last = (str(DATES[day]) for day in STOCKOUT_DAYS)
    contact, ordered_on = _overdue_client(connection)
    return {
        "loss_product": {
            "product_id": _product(LOSS_PRODUCT),
            "shop": SHOPS[LOSS_SHOP],
            "measure": "price less cost and the fees of the product, by product and shop; below"
            " zero for this product in this shop only",
        },
        "stockout_product": {
            "product_id": _product(STOCKOUT_PRODUCT),
            "shop": SHOPS[STOCKOUT_SHOP],
            "first_day": first,
            "last_day": last,
            "measure": "units sold by day; none while the stock is zero, before and after as usual",
        },
        "overdue_client": {
            "contact_id": contact,
            "usual_days": OVERDUE_INTERVAL,
            "last_ordered_on": ordered_on,
            "measure": "days since the last order against the median days between orders",
        },
        "ads_eat_margin": {
            "shop": SHOPS[ADS_SHOP],
            "from_quarter": _quarter(ADS_FROM_DAY),
            "measure": "margin less advertising by quarter; below zero from this quarter on,"
            " while the margin before advertising stays",
        },
    }


def _product(number: int) -> str:
    return f"G{number + 1:03d}"


def _quarter(day: int) -> str:
    date = DATES[day].item()
    return f"{date.year}-Q{(date.month + 2) // 3}"


def _overdue_client(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Who of the contacts that order again and again in the shops has been away for long, and not
    for good; and the day of the last order in Moscow."""
    contact, ordered_on = sql.only_row(
        connection.execute(
            """
            with clients as (
                select
                    contact_id,
                    count(distinct order_id) as orders,
                    cast(max(created_at) + interval 3 hour as date) as ordered_on
                from orders
                where contact_id is not null and deal_id is null
                group by contact_id
            )

            select contact_id, ordered_on
            from clients
            order by orders >= 5 and $last - ordered_on between $since and 2 * $since desc,
                orders desc, contact_id
            limit 1
            """,
            {"last": DATES[-1].item(), "since": OVERDUE_SINCE},
        )
    )
    return str(contact), str(ordered_on)
