"""Gate 1 on real DuckDB files: passes on good data, and each check fails when its thing is broken.

The broken company is broken in every way at once, each in rows of its own: the checks that fail
have to be exactly those.
"""

import subprocess
import sys

import duckdb
import pytest

from data_quality import landing_checks, record_landed, refusal, run_landing_gate
from data_quality.checks import CheckResult
from kits.small_company import AS_OF, build, change, settings

# What is done to which rows, and what the detail has to tell of it. Row n of 1440 lies n // 12 days
# back: the oldest ones are in no daily check.
BREAKS = {
    ("delivered", "crm", "merges"): (
        """
        delete from raw_crm.merges;
        update ledger.loads set rows_delivered = 0, rows_loaded = 0 where entity = 'merges';
        """,
        ["crm.merges (merges.csv): 0 rows", "expected at least one", "export it again"],
    ),
    ("delivered", "crm", "contacts"): (
        "delete from raw_crm.contacts; delete from ledger.loads where entity = 'contacts'",
        ["crm.contacts: was not delivered for 2026-06-30"],
    ),
    ("required_filled", "crm", "leads"): (
        "update raw_crm.leads set created_at = null where lead_id = 'l1430'",
        ["crm.leads (leads.csv): 1 of 1440 rows have no `created_at`", "in leads.csv (1x)"],
    ),
    ("values_known", "crm", "calls"): (
        "update raw_crm.calls set direction = 'sideways' where call_id = 'c1430'",
        ["direction `sideways` in calls.csv (1x)", "map it to one of in, out, internal"],
    ),
    ("time_since_1990", "crm", "ad_stats"): (
        """
        update raw_crm.ad_stats set date = date '1970-01-01'
        where cast(campaign_id[2:] as integer) >= 1340
        """,
        ["100 of 1440 rows", "before 1990-01-01", "date `1970-01-01`", "raise `tolerance`"],
    ),
    ("time_until_as_of", "crm", "leads"): (
        "update raw_crm.leads set created_at = timestamp '2027-01-01' where lead_id = 'l1429'",
        ["1 of 1440 rows have `created_at` after 2026-06-30", "created_at `2027-01-01 00:00:00`"],
    ),
    ("time_until_as_of", "crm", "deals"): (
        "update raw_crm.deals set closed_at = timestamp '2062-01-01', status = 'won'"
        " where deal_id = 'd1438'",
        [
            "1 of 1440 rows are closed, with `closed_at` after 2026-06-30",
            "closed_at `2062-01-01 00:00:00`",
            "they count as open",
        ],
    ),
    ("times_in_order", "crm", "deals"): (
        "update raw_crm.deals set closed_at = timestamp '2020-01-01' where deal_id = 'd1439'",
        ["`closed_at` before `created_at`", "closed_at `2020-01-01 00:00:00`"],
    ),
    ("numbers_not_negative", "crm", "ad_stats"): (
        """
        update raw_crm.ad_stats set clicks = -1
        where cast(campaign_id[2:] as integer) between 1200 and 1299
        """,
        ["100 of 1440 rows have `clicks` below 0", "clicks `-1` in ad_stats.csv (100x)"],
    ),
    ("clicks_within_impressions", "crm", "ad_stats"): (
        "update raw_crm.ad_stats set clicks = 101 where campaign_id = 'k1310'",
        ["impressions `100` clicks `101`"],
    ),
    ("currency_has_rate", "crm", "deals"): (
        "update raw_crm.deals set currency = 'EUR' where deal_id in ('d1438', 'd1437')",
        ["2 of 1440 rows", "exchange rate to RUB", "currency `EUR`", "entity fx_rates"],
    ),
    ("owner_known", "crm", "leads"): (
        "update raw_crm.leads set owner_id = 'ghost' where lead_id = 'l1428'",
        ["owner_id `ghost`", "no row of users"],
    ),
    ("stage_known", "crm", "deals"): (
        "update raw_crm.deals set stage_id = 'gone' where deal_id = 'd1436'",
        ["pipeline_id `p` stage_id `gone`"],
    ),
    ("stage_known", "crm", "stage_events"): (
        "update raw_crm.stage_events set to_stage_id = 'gone' where deal_id = 'd1436'",
        ["to_stage_id `gone`"],
    ),
    ("kpi_known", "crm", "plans"): (
        "update raw_crm.plans set kpi = 'sales'",
        ["1 of 5 rows", "kpi `sales`", "dim_kpi"],
    ),
    ("scope_known", "crm", "plans"): (
        "update raw_crm.plans set scope_type = 'manager', scope_id = 'ghost'",
        ["1 of 5 rows", "scope_type `manager` scope_id `ghost`", "no row of users"],
    ),
    # Of May, not of the week and not of another KPI.
    ("plan_told_once", "crm", "plans"): (
        """
        insert into raw_crm.plans by name
        select plans.* replace (
            'company' as scope_type, 'calls' as kpi, name as scope_id, first as period_start,
            last as period_end
        )
        from raw_crm.plans as plans, (values
            ('North', date '2026-05-01', date '2026-05-31'),
            ('South', date '2026-05-01', date '2026-05-31'),
            ('West', date '2026-05-04', date '2026-05-10'),
            ('East', date '2026-05-01', date '2026-05-31')
        ) as told (name, first, last);
        update ledger.loads set rows_delivered = 5, rows_loaded = 5 where entity = 'plans';
        """,
        ["2 of 5 rows", "scope_id `North`", "scope_id `South`", "only one of them is compared"],
    ),
    ("plan_days_known", "crm", "plans"): (
        """
        update raw_crm.plans set kpi = 'leads', period_end = date '2026-06-01'
        where scope_id = 'East';
        update raw_crm.plans set period_end = period_start - 1 where scope_id = 'ghost';
        update raw_crm.plans set period_start = date '2024-02-01', period_end = date '2024-02-28'
        where scope_id = 'West';
        """,
        [
            "1 of 5 rows have `period_end` before `period_start`",
            "1 of 5 rows begin and end on the first day of a month",
            "period_start `2026-05-01` period_end `2026-06-01`",
            "1 of 5 rows begin on the first day of a month and end shortly before the last",
            "period_start `2024-02-01` period_end `2024-02-28`",
        ],
    ),
    ("user_told_apart", "crm", "users"): (
        # One who left and a later comer with the extension of an earlier one are told apart.
        """
        insert into raw_crm.users by name
        select users.* replace (
            'u' || no as user_id, mail as email, ext as phone_ext, active as is_active,
            hired as hired_on
        )
        from raw_crm.users as users, (values
            (2, 'Team@shop.example', null, null, null),
            (3, 'team@shop.example ', null, true, null),
            (4, 'team@shop.example', null, false, null),
            (5, null, '101', null, null),
            (6, null, '101', null, date '2026-05-01'),
            (7, null, '102', null, date '2026-05-01'),
            (8, null, '102', null, date '2026-05-01')
        ) as told (no, mail, ext, active, hired);
        update ledger.loads set rows_delivered = 8, rows_loaded = 8 where entity = 'users';
        update raw_crm.calls set user_id = null, user_email = 'team@shop.example'
        where call_id = 'c7';
        update raw_crm.calls set user_id = null, phone_ext = '101' where call_id = 'c8';
        update raw_crm.calls set user_id = null, phone_ext = '102' where call_id = 'c9';
        """,
        ["4 of 8 rows share the e-mail or the extension", "user_id `u2`", "user_id `u3`"],
    ),
    ("plan_not_negative", "crm", "plans"): (
        "update raw_crm.plans set value = -1 where scope_id = 'ghost'",
        ["1 of 5 rows have the `value` below 0"],
    ),
    ("channel_told", "crm", "leads"): (
        "update raw_crm.leads set utm_source = null where cast(lead_id[2:] as integer) >= 1000",
        ["440 of 1440 rows tell nothing of the channel"],
    ),
    ("lead_linked", "crm", "deals"): (
        """
        update raw_crm.deals set lead_id = null where cast(deal_id[2:] as integer) >= 600;
        update raw_crm.leads set deal_id = null where cast(lead_id[2:] as integer) >= 600;
        """,
        ["840 of 1440 rows have no lead"],
    ),
    ("links_found", "crm", "leads"): (
        "update raw_crm.leads set deal_id = deal_id || '.0'"
        " where cast(lead_id[2:] as integer) < 700",
        ["crm.leads: 600 of 600 filled `deal_id` are in no row of deals", "`d0.0`", "in one way"],
    ),
    ("user_told", "crm", "calls"): (
        "update raw_crm.calls set user_id = null where cast(call_id[2:] as integer) >= 1000",
        ["440 of 1440 rows were made or answered by a user", "`user_id` nor `user_email` nor"],
    ),
    ("user_told", "crm", "messages"): (
        "update raw_crm.messages set user_id = null where cast(message_id[2:] as integer) >= 1000;"
        # Nobody has to tell who sent these.
        "update raw_crm.messages set is_automatic = true where message_id = 'm1000';"
        "update raw_crm.messages set direction = 'in' where message_id = 'm1001'",
        ["438 of 1440 rows were sent to a client by a user that `user_id` does not tell"],
    ),
    ("links_found", "crm", "tasks"): (
        "update raw_crm.tasks set deal_id = deal_id || '.0'"
        " where cast(task_id[2:] as integer) < 720",
        ["crm.tasks: 720 of 1440 filled `deal_id` are in no row of deals", "`d0.0`"],
    ),
    ("times_in_order", "crm", "tasks"): (
        "update raw_crm.tasks set completed_at = timestamp '2020-01-01' where task_id = 't1'",
        ["1 of 1440 rows have `completed_at` before `created_at`"],
    ),
    ("times_in_order", "crm", "absences"): (
        "update raw_crm.absences set last_on = first_on - 1",
        ["1 of 1 rows have `last_on` before `first_on`"],
    ),
    ("values_known", "crm", "external_events"): (
        "update raw_crm.external_events set severity = 'huge'",
        ["severity `huge`", "map it to one of low, medium, high"],
    ),
    ("times_in_order", "crm", "orders"): (
        "update raw_crm.orders set delivered_at = timestamp '2020-01-01' where order_id = 'o1'",
        ["1 of 1440 rows have `delivered_at` before `created_at`"],
    ),
    ("values_known", "crm", "orders"): (
        "update raw_crm.orders set status = 'lost' where order_id = 'o2'",
        ["status `lost`", "map it to one of new, paid, shipped, delivered, cancelled, returned"],
    ),
    ("currency_has_rate", "crm", "orders"): (
        "update raw_crm.orders set currency = 'EUR' where order_id = 'o3'",
        ["1 of 1440 rows are in a currency without an exchange rate to RUB"],
    ),
    ("numbers_not_negative", "crm", "order_lines"): (
        "update raw_crm.order_lines set quantity = -2, returned_quantity = null"
        " where order_id[1] = 'o' and cast(order_id[2:] as integer) between 1200 and 1299",
        ["100 of 1440 rows have `quantity` below 0"],
    ),
    ("quantity_positive", "crm", "order_lines"): (
        "update raw_crm.order_lines set quantity = 0, returned_quantity = 0 where order_id = 'o4'",
        ["1 of 1440 rows have the `quantity` 0"],
    ),
    ("returned_quantity_within_quantity", "crm", "order_lines"): (
        "update raw_crm.order_lines set returned_quantity = 3 where order_id = 'o5'",
        [
            "1 of 1440 rows have more returned quantity than quantity",
            "quantity `2.000000` returned_quantity `3.000000`",
        ],
    ),
    ("links_found", "crm", "order_lines"): (
        "update raw_crm.order_lines set product_id = 'g2'"
        " where cast(order_id[2:] as integer) < 200;"
        # Orders of this number are of another source.
        "update raw_crm.order_lines set order_id = 'pbx ' || order_id"
        " where cast(order_id[2:] as integer) between 200 and 399",
        [
            *("200 of 1440 filled `product_id` are in no row of products", "`g2`"),
            "200 of 1440 filled `order_id` are in no row of orders of crm, such as `pbx o200`",
        ],
    ),
    ("order_told_once", "crm", "orders"): (
        # Of another source: one for the same shop, one of the same time, one with neither.
        """
        insert into raw_crm.orders
        select * replace (
            'pbx' as source, 'SITE' as shop, created_at - interval 1 hour as created_at
        )
        from raw_crm.orders where order_id = 'o8'
        union all
        select * replace ('pbx' as source, 'x' as shop) from raw_crm.orders where order_id = 'o9'
        union all
        select * replace ('pbx' as source, 'x' as shop, created_at - interval 1 day as created_at)
        from raw_crm.orders where order_id = 'o10'
        union all
        select * replace ('pbx' as source, 'pbx ' || order_id as order_id) from raw_crm.orders
        where cast(order_id[2:] as integer) between 200 and 399;
        update ledger.loads set rows_delivered = 1643, rows_loaded = 1643 where entity = 'orders';
        """,
        [
            *("1 of 1440 rows have the number of an order", "order_id `o8` shop `site`"),
            *("1 of 1440 rows have the number and the time of an order", "both count"),
            "order_id `o9` shop `site`",
        ],
    ),
    ("fee_told_once", "crm", "fees"): (
        # The same number of another shop is another fee.
        """
        insert into raw_crm.fees
        select * replace ('pbx' as source, if(fee_id = 'f1', 'site', 'x') as shop)
        from raw_crm.fees where fee_id in ('f1', 'f2');
        update ledger.loads set rows_delivered = 1442, rows_loaded = 1442,
            money_delivered = money_delivered + 6, money_loaded = money_loaded + 6
        where entity = 'fees';
        """,
        ["1 of 1440 rows have the id of a fee", "fee_id `f1` shop `site`", "most fees"],
    ),
    ("shop_in_one_spelling", "crm", "orders"): (
        "",
        ["1440 of 1440 rows name a shop", "shop `site` in orders.csv (1440x)", "in one way"],
    ),
    ("shop_in_one_spelling", "crm", "fees"): (
        "update raw_crm.fees set shop = 'Site' where fee_id = 'f6'",
        ["1440 of 1440 rows name a shop", "shop `Site` in fees.csv (1x)"],
    ),
    ("shop_in_one_spelling", "crm", "stock"): ("", ["1092 of 1440 rows name a shop"]),
    ("links_found", "crm", "stock"): (
        "update raw_crm.stock set shop = 'depot' where date < date '2026-04-01'",
        ["filled `shop` are in no row of orders, such as `depot`"],
    ),
    ("stock_counted_on", "crm", "stock"): (
        # Neither is left out: nothing was left of g3, and g1 is counted on.
        "update raw_crm.stock set product_id = 'g2' where date = '2026-06-01';"
        "update raw_crm.stock set product_id = 'g3', quantity = 0 where date = '2026-06-02'",
        ["crm.stock: 1 of 3 products that were in stock", "such as `g2`", "quantity 0"],
    ),
    ("stock_not_negative", "crm", "stock"): (
        "update raw_crm.stock set quantity = -1 where warehouse = 'w0' and date = '2026-06-30'",
        ["1 of 1440 rows have `quantity` below 0", "count as out of stock"],
    ),
    ("calls_outcome_told", "crm", "calls"): (
        "update raw_crm.calls set result = 'answered' where call_id not in ('c998', 'c999');"
        "update raw_crm.calls set talk_seconds = null where call_id in ('c998', 'c999')",
        [
            "crm.calls (calls.csv): 2 of 1440 rows have neither `result`, `answered_at` nor"
            " `talk_seconds`: in calls.csv (2x); map `calls.result`",
        ],
    ),
    ("fresh", "crm", "calls"): (
        """
        update raw_crm.calls set started_at = started_at - interval 60 day
        where started_at >= date '2026-06-28'
        """,
        ["48 rows came, on 4 of the 7 days that usually have some", "still delivers"],
    ),
    ("volume", "crm", "calls"): (
        "",
        ["crm.calls: 0 rows on 2026-06-30", "the 8 weeks before is 12"],
    ),
    ("still_filled", "pbx", "calls"): (
        "update raw_pbx.calls set talk_seconds = null"
        " where started_at >= timestamp '2026-06-29 21:00:00'",
        [
            "pbx.calls: `talk_seconds` had a value in every row of the 8 weeks before",
            "none in the 12 rows of 2026-06-30",
            "calls it something else now",
        ],
    ),
    ("spend_kept", "crm", "ad_stats"): (
        """
        insert into ledger.ad_days (as_of_date, source, date, currency, spend) values
            (date '2026-06-29', 'crm', date '2026-06-20', 'RUB', 600.5),
            (date '2026-06-29', 'crm', date '2026-06-21', 'RUB', 700),
            (date '2026-06-29', 'crm', date '2026-06-22', 'USD', 8.53),
            (date '2026-06-29', 'elsewhere', date '2026-06-23', 'RUB', 9000)
        """,
        [
            "gone: 100.00 RUB on 1 day, most on 2026-06-21: 600.00 instead of 700.00;",
            "8.53 USD on 1 day, most on 2026-06-22: 0.00 instead of 8.53",
            "its deleted ads",
        ],
    ),
    ("rows_kept", "crm", "deals"): (
        """
        insert into ledger.row_counts (as_of_date, source, entity, row_count) values
            (date '2026-06-28', 'crm', 'deals', 1640),
            (date '2026-06-29', 'crm', 'deals', 1),
            (date '2026-06-29', 'elsewhere', 'leads', 9000)
        """,
        ["crm.deals: 1440 rows, 1640 on 2026-06-28; see whether the export is whole"],
    ),
    ("key_unique", "crm", "leads"): (
        "update raw_crm.leads set lead_id = 'l1426' where lead_id = 'l1427'",
        ["2 of 1440 rows share their key (lead_id)", "lead_id `l1426` source `crm` in leads.csv"],
    ),
    # No row has an ad or a keyword: two empty parts of a key are the same part.
    ("key_unique", "crm", "ad_stats"): (
        "update raw_crm.ad_stats set campaign_id = 'k1426' where campaign_id = 'k1427'",
        [
            "2 of 1440 rows share their key (date, platform,",
            "campaign_id `k1426`",
            "keyword `None`",
        ],
    ),
    ("key_unique", "all", "calls"): (
        "update raw_pbx.calls set call_id = 'c1435' where call_id = 'p1435'",
        ["2 of 2880 rows", "call_id `c1435` source `crm`", "call_id `c1435` source `pbx`"],
    ),
    ("rows_reconciled", "crm", "stages"): (
        "update ledger.loads set rows_delivered = 3 where entity = 'stages'",
        ["crm.stages: 3 rows delivered, 2 loaded, 0 quarantined, 0 superseded, 2 found"],
    ),
    ("rows_reconciled", "crm", "fx_rates"): (
        "update ledger.loads set rows_delivered = 121, rows_loaded = 121 where entity = 'fx_rates'",
        ["121 loaded", "120 found in the warehouse"],
    ),
    ("money_reconciled", "crm", "ad_stats"): (
        "update ledger.loads set money_loaded = money_loaded - 1 where entity = 'ad_stats'",
        ["72000.00 of money delivered, 71999.00 loaded"],
    ),
    ("quarantine_within_tolerance", "crm", "leads"): (
        """
        update ledger.loads set rows_delivered = 1640, rows_quarantined = 200
        where entity = 'leads';
        insert into ledger.quarantine
        select date '2026-06-30', 'crm', 'leads', 'leads.csv', n, 'x' || n, 'created_at',
            '31.02.2026', 'is not a date' from range(199) as rows(n)
        union all select date '2026-06-30', 'crm', 'leads', 'leads.csv', 200, 'x200', 'email',
            '***', 'is no text';
        """,
        [
            "200 of 1640 rows are quarantined, tolerance allows 5 %",
            "leads.csv, column `created_at`: `31.02.2026` is not a date (199 rows)",
            "column `email`: `***`",
            "raise `tolerance` of source crm",
        ],
    ),
}
WARNINGS = {
    "time_until_as_of",
    "times_in_order",
    "clicks_within_impressions",
    "stock_not_negative",
    "quantity_positive",
    "returned_quantity_within_quantity",
    "owner_known",
    "stage_known",
    "kpi_known",
    "scope_known",
    "plan_told_once",
    "plan_days_known",
    "user_told_apart",
    "plan_not_negative",
    "order_told_once",
    "fee_told_once",
    "shop_in_one_spelling",
    "stock_counted_on",
    "channel_told",
    "lead_linked",
    "links_found",
    "user_told",
    "calls_outcome_told",
    "fresh",
    "volume",
    "still_filled",
    "spend_kept",
    "rows_kept",
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    home = build(tmp_path_factory.mktemp("good"), marts=False)
    return home, run_landing_gate(home, settings(), AS_OF)


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    home = build(tmp_path_factory.mktemp("broken"), marts=False)
    for statements, _ in BREAKS.values():
        if statements:
            change(home, statements)
    return run_landing_gate(home, settings(), AS_OF)


def failed(results: list[CheckResult]) -> dict[tuple[str, str, str], CheckResult]:
    return {
        (r.check_id, r.source, r.entity): r for r in results if not r.passed and r.date == AS_OF
    }


def test_good_data_passes_every_check(good):
    _, results = good
    assert failed(results) == {}
    assert refusal(results) is None
    assert {r.value for r in results} == {1.0}


def test_every_declared_check_speaks_and_none_else(good):
    _, results = good
    # On few rows a day volume says nothing, nor does a column that is not always filled.
    silent = {("landing/fx_rates", "volume")}
    silent |= {(f"landing/{name}", "still_filled") for name in ("fx_rates", "ad_stats")}
    declared = {(spec.asset, spec.name) for spec in landing_checks(settings())}
    assert {(r.asset, r.check_id) for r in results} == declared - silent


def test_daily_checks_have_a_result_for_each_of_35_days(good):
    _, results = good
    days = [
        r.date for r in results if (r.check_id, r.source, r.entity) == ("fresh", "crm", "leads")
    ]
    assert len(days) == len(set(days)) == 35
    assert max(days) == AS_OF


def test_broken_data_fails_only_the_checks_of_the_broken_rule(broken):
    assert failed(broken).keys() == BREAKS.keys()


@pytest.mark.parametrize("key", BREAKS, ids="-".join)
def test_the_detail_says_what_was_found_and_what_to_do(broken, key):
    result = failed(broken)[key]
    for fragment in BREAKS[key][1]:
        assert fragment in result.detail
    assert result.value < result.threshold
    assert result.severity == ("warn" if result.check_id in WARNINGS else "block")


def test_refusal_names_what_blocks_and_leaves_warnings_out(broken):
    sentence = refusal(broken)
    for (check_id, _, _), result in failed(broken).items():
        assert (result.detail in sentence) == (check_id not in WARNINGS)


def test_no_detail_has_personal_data(good, broken):
    for result in (*good[1], *broken):
        assert "+7900" not in result.detail
        assert "Bob" not in result.detail
        assert "shop.example" not in result.detail.lower()


def test_optional_source_that_did_not_come_warns_and_is_seen(tmp_path):
    home = build(tmp_path, marts=False)
    change(home, "delete from raw_pbx.calls; delete from ledger.loads where source = 'pbx'")
    results = run_landing_gate(home, settings(), AS_OF)
    ((key, result),) = failed(results).items()
    assert key == ("delivered", "pbx", "calls")
    assert (result.severity, result.value) == ("warn", 0.0)
    assert refusal(results) is None


def test_a_published_night_records_its_ad_days_for_later_nights(tmp_path):
    home = build(tmp_path, marts=False)
    run_landing_gate(home, settings(), AS_OF)
    with duckdb.connect(home.warehouse, config={"memory_limit": "550MB"}) as connection:
        query = "select run_id, as_of_date, count(*), min(spend), max(spend) from ledger.ad_days"
        assert connection.execute(f"{query} group by all").fetchall() == []
        record_landed(connection, "r1", AS_OF)
        days = connection.execute(f"{query} group by all").fetchall()
    assert days == [("r1", AS_OF, 120, 600, 600)]


def test_a_second_run_replaces_the_rows_and_the_file_is_free(good):
    home, results = good
    query = "select * from ledger.checks order by all"
    with duckdb.connect(home.warehouse, config={"memory_limit": "500MB"}) as connection:
        first = connection.execute(query).fetchall()
    again = run_landing_gate(home, settings(), AS_OF)
    with duckdb.connect(home.warehouse, config={"memory_limit": "600MB"}) as connection:
        second = connection.execute(query).fetchall()
    assert (again, second) == (results, first)
    assert len(first) == len(results)


def test_importing_the_package_does_not_import_great_expectations():
    code = "import data_quality, sys; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
