"""mart_channel_conversion of the demo company, confirmed by a second way of counting."""

import pandas as pd
import pytest

from kits.recounts.channels import KEY, recount

STAR = ("fct_lead", "fct_deal", "fct_payment", "fct_touchpoint", "dim_customer", "dim_campaign")
# Through Arrow, so that money stays decimal.
LANDED = {
    "ad_stats": "select * replace (cast(date as timestamp) as date) from landing.ad_stats",
    "deals": "select deal_id, cost from landing.deals union all"
    " select deal_id, cost - returned_cost from marts.fct_order where is_deal_made",
    "fx_rates": "select * replace (cast(date as timestamp) as date) from landing.fx_rates",
}
MODELS = [
    *("first_touch", "last_touch", "last_non_direct"),
    *("linear", "position_based", "time_decay", "markov"),
]
COUNTED = [
    *("impressions", "clicks", "spend", "leads", "qualified_leads"),
    *("won", "new_customers", "won_amount", "revenue", "gross_profit"),
    *("covered_revenue", "estimated_profit"),
    *("cohort_won", "cohort_new_customers", "cohort_revenue", "cohort_gross_profit"),
    "assisted_conversions",
]


@pytest.fixture(scope="module")
def recounted(warehouse) -> pd.DataFrame:
    tables = {name: warehouse.sql(f"from marts.{name}").df() for name in STAR}
    for name, query in LANDED.items():
        tables[name] = warehouse.sql(query).arrow().read_pandas()
    return recount(tables)


@pytest.fixture(scope="module")
def published(warehouse) -> pd.DataFrame:
    return warehouse.sql("from marts.mart_channel_conversion").df().set_index(KEY)


def test_has_a_row_for_every_day_with_anything_and_no_other(published, recounted):
    assert published.index.is_unique
    assert set(published.index) == set(recounted.index)


@pytest.mark.parametrize("column", COUNTED)
def test_counts_and_sums_are_confirmed(published, recounted, column):
    # A row of hundredths that add up is within one of its sum.
    mine = published[column].astype(float).fillna(0).sort_index()
    pd.testing.assert_series_equal(
        mine, recounted[column].sort_index(), check_exact=False, rtol=0, atol=0.0101
    )


def test_nothing_is_lost_on_the_way(warehouse):
    mart, facts = warehouse.sql(
        """
        select
            sum(spend), sum(impressions), sum(clicks), sum(leads), sum(won), sum(cohort_won),
            sum(won_amount), sum(revenue), sum(cohort_revenue)
        from marts.mart_channel_conversion
        union all
        select * from (
            select round(sum(spend_base), 2), sum(impressions), sum(clicks) from marts.fct_ad_spend
        ), (
            select count(*) from marts.fct_lead where not is_test and not is_spam
        ), (
            select
                count(*), count(*), round(sum(amount_base), 2),
                round(sum(amount_base) - any_value(refunds), 2),
                round(sum(amount_base) - any_value(refunds), 2)
            from marts.fct_deal, (
                select sum(refund.amount_base) as refunds
                from marts.fct_payment as refund inner join marts.fct_deal using (deal_id)
                where is_refund and status = 'won' and not is_test
            )
            where status = 'won' and not is_test
        )
        """
    ).fetchall()
    assert mart == facts


def test_spend_is_what_the_platforms_delivered(warehouse):
    ours, theirs = (
        warehouse.sql(
            f"select {currency}, sum(spend), sum(impressions), sum(clicks), count(*)"
            f" from {table} group by all order by 1"
        ).fetchall()
        for currency, table in (
            ("currency", "marts.fct_ad_spend"),
            ("account_currency", "landing.ad_stats"),
        )
    )
    assert {row[0] for row in ours} == {"RUB", "USD"}
    assert ours == theirs


def test_vat_is_taken_out_or_put_on_and_never_lost(warehouse):
    """What is delivered is one of the two amounts, their difference is the tax on the smaller, and
    every row stands on the basis that the marts count."""
    wrong, with_vat, without_vat = warehouse.sql(
        """
        select
            count_if(
                spend <> if(vat_included, spend_incl_vat, spend_excl_vat)
                or abs(
                    spend_incl_vat - spend_excl_vat
                    - spend_excl_vat * if(year(date) < 2026, 0.20, 0.22)
                ) > 0.01
                or spend_basis <> 'vat_excluded' or spend_excl_vat is null
                or (currency = 'RUB' and spend_base <> spend_excl_vat)
            ),
            count_if(vat_included),
            count_if(not vat_included)
        from marts.fct_ad_spend
        """
    ).fetchone()
    assert wrong == 0
    assert min(with_vat, without_vat) > 0


def test_each_model_credits_all_revenue_once(warehouse):
    models = warehouse.sql(
        """
        select attribution_model, round(sum(weight), 6), sum(credited_revenue),
            count(distinct deal_id)
        from marts.fct_attribution_credit group by all order by 1
        """
    ).fetchall()
    won, revenue = warehouse.sql(
        "select count(*), sum(amount_base) from marts.fct_deal where status = 'won' and not is_test"
    ).fetchone()
    assert models == [(model, won, revenue, won) for model in sorted(MODELS)]


def test_ads_of_the_last_days_are_not_final(published):
    open_days = published[~published["is_final"]].index.get_level_values("date")
    assert sorted({day.date().isoformat() for day in open_days}) == [
        *("2026-06-27", "2026-06-28", "2026-06-29", "2026-06-30")
    ]


def test_channels_and_cohorts_agree_on_the_profit(warehouse):
    """Both estimate the profit of a deal without a known cost; cohorts do not know of refunds."""
    (of_channels,), (of_cohorts,), (refunds,) = (
        warehouse.sql(query).fetchone()
        for query in (
            "select sum(estimated_profit) from marts.mart_channel_conversion",
            "select sum(profit_to_date) from marts.mart_customer_cohort where months_since ="
            " date_diff('month', cohort_month, as_of_date)",
            "select sum(payment.amount_base) from marts.fct_payment as payment"
            " inner join marts.fct_deal using (deal_id)"
            " where is_refund and status = 'won' and not is_test",
        )
    )
    assert float(of_channels) == pytest.approx(float(of_cohorts) - float(refunds), abs=1)
    # The star tells the same of the deals whose cost is known.
    known, of_star = warehouse.sql(
        "select sum(gross_profit), (select sum(amount_base - cost_base) from marts.fct_deal where"
        " status = 'won' and not is_test) from marts.mart_channel_conversion"
    ).fetchone()
    assert float(known) < float(of_star) < 0.9 * float(of_channels)
