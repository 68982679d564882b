"""Totals of the marts of goods by shop: what was sold, and every fee, whoever shares it."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total

_MARGIN, _SHOP = "mart_product_margin", "mart_shop_daily"
_SOLD = (
    "from marts.fct_order"
    " where won_at is not null and status <> 'cancelled' and not is_test group by part"
)
_FACTS = {
    "units": f"select shop as part, sum(units) as total {_SOLD}",
    "returned_units": f"select shop as part, sum(returned_units) as total {_SOLD}",
    "revenue": f"select shop as part, sum(revenue_base - returned_amount_base) as total {_SOLD}",
}
_COLUMN = "if(kind in ('penalty', 'subsidy', 'other'), 'other', kind)"
_FEES = (
    f"select shop || ' ' || {_COLUMN} as part, sum(amount_base) as total from marts.fct_fee"
    " where not is_test group by part"
)
_COLUMNS = "commission, logistics, storage, returns, advertising, acquiring, tax, other"


def shop_measures() -> dict[str, list[Measure]]:
    return {
        _MARGIN: [
            *(_same(_MARGIN, column, facts) for column, facts in _FACTS.items()),
            same_total(
                "fees_equal_facts",
                _MARGIN,
                "sum of fees",
                "select shop || ' ' || kind as part, sum(amount) as total"
                f" from (unpivot (select shop, {_COLUMNS} from {{batch}}) on {_COLUMNS}"
                " into name kind value amount) group by part",
                _FEES,
            ),
        ],
        _SHOP: [
            _same(
                _SHOP,
                "orders",
                "select shop as part, count(*) as total from marts.fct_order where not is_test"
                " group by part",
            ),
            *(_same(_SHOP, column, facts) for column, facts in _FACTS.items()),
            # The fees of a day are those of its columns, each of which is rounded.
            _same(
                _SHOP,
                "fees",
                "select shop as part, sum(cents) as total from (select shop,"
                " round(sum(amount_base), 2) as cents from marts.fct_fee where not is_test"
                f" group by shop, {_COLUMN}) group by part",
            ),
        ],
    }


def _same(table: str, column: str, facts: str) -> Measure:
    return same_total(
        f"{column}_equal_facts",
        table,
        f"sum of {column}",
        f"select shop as part, sum({column}) as total from {{batch}} group by part",
        facts,
    )
