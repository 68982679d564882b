"""Gate 1: whether the rows of orders, fees and stock meet in their shops, and each counts once."""

from collections.abc import Iterator

from data_quality.checks import CheckContext, Measure, Rule
from orchestration.core import sql
from orchestration.core.entity import Entity

_TELLS_SHOP = ("orders", "fees", "stock")
_SHOPS = " union ".join(f"select shop from landing.{name}" for name in _TELLS_SHOP)

# An order of another source with this number: made at the same time, or in the same shop.
_OF_OTHERS = "from landing.orders as other where other.source <> {source}"
_AT_ONE_TIME = f"(order_id, created_at) in (select (other.order_id, other.created_at) {_OF_OTHERS})"
_IN_ONE_SHOP = (
    f"(order_id, lower(shop)) in (select (other.order_id, lower(other.shop)) {_OF_OTHERS})"
)

# Products whose last count found some of them, while others of the shop were counted later.
_LEFT_OUT = """
    with
    counted as (
        select shop, product_id, date, sum(quantity) as quantity
        from {{batch}} where date <= date '{as_of}'
        group by shop, product_id, date
    ),
    last_counts as (
        select
            shop,
            product_id,
            max(date) as date,
            max(date) < max(max(date)) over (partition by shop)
            and arg_max(quantity, date) > 0 as is_left_out
        from counted
        group by shop, product_id
        having max(date) > date '{as_of}' - {days}
    )
    select
        1.0 as threshold,
        cast(1 - coalesce(count_if(is_left_out) / nullif(count(*), 0), 0) as double) as value,
        {where} || ': ' || count_if(is_left_out) || ' of ' || count(*)
        || ' products that were in stock are no longer counted, though others of the shop are'
        || case when count_if(is_left_out) > 0
            then ', such as `' || min(product_id) filter (where is_left_out)
                || '`; deliver rows with the quantity 0, too: days without a row are not out of'
                || ' stock, and the last count stays'
            else ''
        end as detail
    from last_counts
"""
# How long after its last count a product is expected to be counted.
_DAYS = 35


def goods_rules(entity: Entity, context: CheckContext) -> Iterator[Rule]:
    """The rules over the orders, fees or stock of one source."""
    if entity.name in _TELLS_SHOP:
        yield Rule(
            "shop_in_one_spelling",
            "referential",
            "warn",
            1.0,
            f"lower(shop) in (select lower(told.shop) from ({_SHOPS}) as told"
            " group by lower(told.shop) having count(*) > 1)",
            "name a shop that other rows write with other capitals",
            "write it in one way, also across orders, fees and stock; until then these are shops"
            " of their own",
            ("shop",),
        )
    if entity.name == "fees":
        yield Rule(
            "fee_told_once",
            "uniqueness",
            "warn",
            1.0,
            "(fee_id, lower(shop)) in (select (other.fee_id, lower(other.shop))"
            f" from landing.fees as other where other.source <> {sql.text(context.source)})",
            "have the id of a fee that another source delivers for the same shop",
            "let one source deliver each fee; of those of one day and kind that of the source with"
            " most fees of the shop counts",
            ("fee_id", "shop"),
        )
    if entity.name == "orders":
        yield Rule(
            "order_told_once",
            "uniqueness",
            "warn",
            1.0,
            _IN_ONE_SHOP.format(source=sql.text(context.source)),
            "have the number of an order that another source delivers for the same shop",
            "let one source deliver each order; if they were made within a day, the delivery with"
            " lines, of several the one that changed last, counts",
            ("order_id", "shop"),
        )
        yield Rule(
            "order_told_once",
            "uniqueness",
            "warn",
            1.0,
            f"not {_IN_ONE_SHOP} and {_AT_ONE_TIME}".format(source=sql.text(context.source)),
            "have the number and the time of an order of another source, in a shop of another name",
            "let one source deliver each order, or give the shop one name; until then both count",
            ("order_id", "shop"),
        )


def goods_measures(entity: Entity, context: CheckContext) -> list[Measure]:
    """The measure over the stock of one source."""
    if entity.name != "stock":
        return []
    where = sql.text(f"{context.source}.{entity.name}")
    query = _LEFT_OUT.format(as_of=context.as_of, days=_DAYS, where=where)
    return [Measure("stock_counted_on", "completeness", "warn", query)]
