"""What mart_finding says of the demo company: what is planted in it, and little else; and the p
values and the rate of false findings, computed a second time by scipy."""

import pandas as pd
import pytest
from scipy.stats import false_discovery_control, hypergeom, t


@pytest.fixture(scope="module")
def findings(warehouse) -> pd.DataFrame:
    return warehouse.sql("from marts.mart_finding order by period_start desc, place").df()


def test_the_rate_of_false_findings_is_that_of_benjamini_and_hochberg(warehouse):
    tests = warehouse.sql("from intermediate.int_findings__tests").df()
    assert tests.groupby("period_start").size().min() > 50
    assert {"differences", "goods"} <= set(tests["tested_with"])
    for _, month in tests.groupby(["period_start", "tested_with"]):
        expected = false_discovery_control(month["p_value"], method="bh")
        assert month["q_value"].tolist() == pytest.approx(expected.tolist())


def test_p_values_are_close_to_those_of_fishers_exact_test(warehouse):
    found = warehouse.sql(
        """
        with months as (
            select scope_type as subject_type, scope_id as detail, period_start,
                crm_won_count as won, crm_closed_count as closed,
                sum(crm_won_count) over before as other_won,
                sum(crm_closed_count) over before as other_closed
            from marts.mart_department_kpi
            where period_grain = 'month' and scope_type in ('company', 'department')
            window before as (partition by scope_type, scope_id order by period_start
                rows between 6 preceding and 1 preceding)
        )
        from intermediate.int_findings__tests inner join months
            using (subject_type, detail, period_start)
        where kind = 'win_rate_falls'
        """
    ).df()
    assert len(found) > 30
    exact = hypergeom.cdf(
        found["won"],
        found["closed"] + found["other_closed"],
        found["won"] + found["other_won"],
        found["closed"],
    )
    assert found["p_value"].min() < 0.001
    assert (found["p_value"] / exact).between(0.75, 1.25).all()


def test_p_values_of_losses_are_those_of_student(warehouse):
    found = warehouse.sql(
        """
        with months as (
            select shop || '/' || product_id as detail, avg(margin) as mean, count(*) as n,
                stddev_samp(margin) as spread
            from marts.mart_product_margin
            where period_start >= date '2024-07-01' and (units <> 0 or margin <> 0)
                and margin is not null
            group by all
        )
        from intermediate.int_findings__tests inner join months using (detail)
        where kind = 'product_at_a_loss' and period_start = date '2026-06-01'
        """
    ).df()
    assert len(found) > 40
    exact = t.cdf(found["mean"] / found["spread"] * found["n"] ** 0.5, found["n"] - 1)
    assert found["p_value"].min() < 0.001
    assert (found["p_value"] / exact).between(0.9, 1.1).all()


def test_nothing_is_found_of_goods_that_earn(findings):
    goods = findings[findings["subject_type"].isin(["product", "shop"])]
    assert set(goods["subject_id"]) == {"market_one/G017", "market_one/G009", "market_two"}


def test_findings_are_the_tests_that_pass(warehouse, findings):
    passed = warehouse.sql(
        """
        select kind, subject_id, period_start from intermediate.int_findings__tests
        where q_value <= 0.05 and (kind not in ('lost_reason_grows', 'stage_stands_long')
            or value > expected)
        """
    ).df()
    key = ["kind", "subject_id", "period_start"]
    assert set(findings[key].itertuples(index=False)) == set(passed[key].itertuples(index=False))


@pytest.mark.parametrize(
    ("kind", "subject", "month"),
    [
        ("campaign_without_leads", "google_ads/ga_banner", "2026-06-01"),
        ("campaign_without_leads", "google_ads/ga_video", "2026-06-01"),
        ("manager_answers_less", "u03", "2026-06-01"),
        ("win_rate_falls", "company", "2025-10-01"),
        ("win_rate_falls", "Corporate sales", "2025-09-01"),
        ("contact_wins_more", "first_contact chat", "2026-06-01"),
        ("lost_reason_grows", "b2c/price", "2026-06-01"),
        ("stage_stands_long", "u07/b2c/b2c_offer", "2025-10-01"),
        ("product_at_a_loss", "market_one/G017", "2026-06-01"),
        ("product_out_of_stock", "market_one/G009", "2025-11-01"),
        ("advertising_eats_margin", "market_two", "2026-06-01"),
    ],
)
def test_what_is_planted_is_found(findings, kind, subject, month):
    seen = findings[(findings["kind"] == kind) & (findings["subject_id"] == subject)]
    assert pd.Timestamp(month) in set(seen["period_start"])


def test_the_client_who_is_late_by_the_own_rhythm_is_found_and_no_other(
    warehouse, findings, truths
):
    planted = truths["overdue_client"]
    (client,) = warehouse.execute(
        "select distinct customer_id from marts.fct_order inner join landing.orders as landed"
        " using (source, order_id) where landed.contact_id = ?",
        [planted["contact_id"]],
    ).fetchone()
    (found,) = findings[findings["kind"] == "client_overdue"].itertuples()
    assert found.subject_id == client
    assert found.period_start == pd.Timestamp("2026-06-01")
    last = pd.Timestamp(planted["last_ordered_on"])
    assert found.value == (pd.Timestamp("2026-06-30") - last).days
    assert found.expected == pytest.approx(planted["usual_days"], rel=0.07)
    # A third of a percent of what all customers bought in the year.
    assert (found.severity, found.subject_type) == ("medium", "customer")


def test_the_places_of_a_month_are_counted_from_one(findings):
    for _, month in findings.groupby("period_start"):
        assert sorted(month["place"]) == list(range(1, len(month) + 1))
        order = month.sort_values("place")["severity"].tolist()
        assert order == sorted(order, key=["high", "medium", "low", "good"].index)


def test_sentences_have_names_and_numbers(findings):
    for column in ("sentence_ru", "sentence_en"):
        assert findings[column].notna().all()
        assert not findings[column].str.contains(r"[{}?]").any()


def test_the_key_of_every_finding_finds_the_rows_of_its_figures(warehouse, findings):
    keys = findings[["evidence_mart", "evidence_key"]].drop_duplicates()
    assert len(keys) > 20
    for mart, key in keys.itertuples(index=False):
        pairs = dict(pair.split(" = ", 1) for pair in key.split(", "))
        where = " and ".join(f"{column} = $value_{column}" for column in pairs)
        values = {f"value_{column}": value for column, value in pairs.items()}
        rows = warehouse.execute(f"select count(*) from marts.{mart} where {where}", values)
        assert rows.fetchone()[0] > 0, (mart, key)


@pytest.mark.parametrize(
    ("kind", "hits", "trials"),
    [
        ("win_rate_falls", "crm_won_count", "crm_closed_count"),
        ("step_conversion_falls", "step_numerator", "reached_count"),
        ("contact_wins", "won_count", "deals_count"),
    ],
)
def test_the_rows_of_one_period_add_up_to_the_figures(warehouse, findings, kind, hits, trials):
    found = findings[findings["kind"].str.startswith(kind)]
    assert len(found)
    for row in found.itertuples():
        pairs = [pair.split(" = ", 1) for pair in row.evidence_key.split(", ")]
        where = " and ".join(f"{column} = '{value}'" for column, value in pairs)
        # Deals without peers have nothing to be compared with.
        where += " and expected_won is not null" if kind == "contact_wins" else ""
        sums = warehouse.sql(
            f"select sum({hits}), sum({trials}) from marts.{row.evidence_mart} where {where}"
        )
        assert sums.fetchone() == (row.hits, row.trials), row.evidence_key


def test_a_run_of_months_has_one_beginning(findings):
    is_of_one_month = findings["kind"].str.contains("plan|contact|season|client")
    assert is_of_one_month.any()
    assert findings.loc[is_of_one_month, ["is_new", "since"]].isna().all(axis=None)
    dated = findings[~is_of_one_month]
    assert (dated["is_new"] == (dated["since"] == dated["period_start"])).all()
    known = set(zip(dated["finding_id"], dated["period_start"], strict=True))
    for row in dated.itertuples():
        months = pd.date_range(row.since, row.period_start, freq="MS")
        assert all((row.finding_id, month) in known for month in months)
        assert (row.finding_id, row.since - pd.DateOffset(months=1)) not in known
