"""Five figures of each page of the report, asked of the marts in other words."""

from datetime import date

import pytest

from kits.report import BLOCKS, as_a_night_publishes, table
from orchestration.report.build import report_html
from orchestration.report.formats import shown

JUNE = "between date '2026-06-01' and date '2026-06-30'"
# Page, block, first cell of the row, column, query.
FIGURES = [
    ("funnel", "reached", "Offer sent", "reached_count", """
        select max(reached_count) from marts.mart_funnel_stage
        where pipeline_id = 'b2c' and stage_name = 'Offer sent' and cohort_grain = 'all'
            and slice_type = 'all' and mode = 'implied'"""),
    ("funnel", "steps", "Reserved", "step_conversion", """
        select step_numerator / step_denominator from marts.mart_funnel_stage
        where pipeline_id = 'b2c' and stage_name = 'Reserved' and cohort_grain = 'all'
            and slice_type = 'all' and mode = 'implied'"""),
    ("funnel", "stage_time", "In conversation", "median_hours", """
        select duration_km_median_hours from marts.mart_funnel_stage
        where pipeline_id = 'b2c' and stage_name = 'In conversation' and cohort_grain = 'all'
            and slice_type = 'all' and mode = 'implied'"""),
    ("funnel", "cohort", "New request", "lost_here_count", """
        select lost_here_count from marts.mart_funnel_stage
        where pipeline_id = 'b2c' and stage_name = 'New request' and cohort_grain = 'month'
            and cohort_start = '2026-06-01' and slice_type = 'all' and mode = 'implied'"""),
    ("funnel", "losses", "цена", "share", """
        select sum(lost_count) filter (where lost_reason_group = 'price') / sum(lost_count)
        from marts.mart_lost_reason
        where period_grain = 'month' and period_start = '2026-06-01' and pipeline_id = 'b2c'"""),
    ("funnel", "losses", "цена", "before_share", """
        select sum(lost_count) filter (where lost_reason_group = 'price') / sum(lost_count)
        from marts.mart_lost_reason
        where period_grain = 'month' and pipeline_id = 'b2c'
            and period_start between '2025-12-01' and '2026-05-01'"""),
    ("managers", "managers", "Maxim Orlov", "revenue", f"""
        select sum(amount_base) - coalesce((
            select sum(payment.amount_base) from marts.fct_payment as payment
            inner join marts.fct_deal as refunded using (deal_id)
            where is_refund and not is_test and owner_id_at_close = 'u04'
                and payment.paid_at + interval 3 hour >= '2026-06-01'), 0)
        from marts.fct_deal
        where owner_id_at_close = 'u04' and status = 'won' and not is_test
            and cast(won_at + interval 3 hour as date) {JUNE}"""),
    ("managers", "managers", "Maxim Orlov", "win_rate", """
        select won_count / (won_count + lost_count) from marts.mart_manager_kpi
        where manager_id = 'u04' and period_grain = 'month' and period_start = '2026-06-01'"""),
    ("managers", "raw_and_equal", "Maxim Orlov", "adjusted_win_rate", """
        select won_count / expected_won * (
            select win_rate from marts.mart_department_kpi
            where scope_id = 'Retail sales' and period_grain = 'month'
                and period_start = '2026-06-01')
        from marts.mart_manager_kpi
        where manager_id = 'u04' and period_grain = 'month' and period_start = '2026-06-01'"""),
    ("managers", "contacts", "Maxim Orlov", "calls_out", f"""
        select sum(sessions) from marts.mart_call_daily
        where manager_id = 'u04' and direction = 'out' and date {JUNE}"""),
    ("managers", "contacts", "Maxim Orlov", "letters_out", f"""
        select sum(out_count) from marts.mart_correspondence_daily
        where manager_id = 'u04' and date {JUNE}"""),
    ("managers", "gap", "Maxim Orlov", "gap_revenue", """
        select gap_effect_leads + gap_effect_conversion + gap_effect_check + gap_effect_refunds
        from marts.mart_manager_kpi
        where manager_id = 'u04' and period_grain = 'month' and period_start = '2026-06-01'"""),
    ("channels", "channels", "Платный поиск", "spend", f"""
        select sum(spend_base) from marts.fct_ad_spend
        where channel = 'paid_search' and date {JUNE}"""),
    ("channels", "channels", "Платный поиск", "cpl", f"""
        select sum(spend) / sum(leads) from marts.mart_channel_conversion
        where channel = 'paid_search' and date {JUNE}"""),
    ("channels", "channels", "Платный поиск", "drr", f"""
        select 100 * sum(spend) / sum(revenue) from marts.mart_channel_conversion
        where channel = 'paid_search' and date {JUNE}"""),
    ("channels", "channels", "Маркетплейсы", "romi_margin", f"""
        select sum(estimated_profit) / sum(spend) - 1 from marts.mart_channel_conversion
        where channel = 'marketplace' and date {JUNE}"""),
    ("channels", "reconciliation", "Платный поиск", "no_mark_leads", """
        select sum(platform_conversions - crm_leads - test_leads - spam_leads - merged_leads
            - out_of_window_leads - unexplained)
        from marts.mart_channel_reconciliation
        where channel = 'paid_search' and period_start = '2026-06-01'"""),
    ("channels", "reconciliation", "Платный поиск", "leads_without_campaign", f"""
        select sum(leads) - (select sum(crm_leads) from marts.mart_channel_reconciliation
            where channel = 'paid_search' and platform <> '(none)'
                and period_start = '2026-06-01')
        from marts.mart_channel_conversion where channel = 'paid_search' and date {JUNE}"""),
    ("calls", "calls_by_period", "июнь 2026", "calls_in", """
        select sum(calls_in) from marts.mart_department_kpi
        where scope_type = 'company' and period_grain = 'month' and period_start = '2026-06-01'"""),
    ("calls", "calls_by_period", "июнь 2026", "missed_rate", """
        select missed_rate from marts.mart_department_kpi
        where scope_type = 'company' and period_grain = 'month' and period_start = '2026-06-01'"""),
    ("calls", "missed_calls", "июнь 2026", "called_back", """
        select episodes_called_back from marts.mart_department_kpi
        where scope_type = 'company' and period_grain = 'month' and period_start = '2026-06-01'"""),
    ("calls", "letters_by_period", "июнь 2026", "letters_in", f"""
        select count(*) from marts.fct_message
        where direction = 'in' and not is_automatic and not is_test
            and cast(sent_at + interval 3 hour as date) {JUNE}"""),
    ("calls", "weekdays", "пн", "missed", """
        select sum(missed) from marts.mart_call_daily
        where direction = 'in' and dayname(date) = 'Monday' and date > '2026-03-31'"""),
    ("calls", "hours", "9", "missed", """
        select count(*) from marts.fct_call
        where not is_test and direction = 'in' and status = 'missed'
            and hour(started_at + interval 3 hour) = 9
            and started_at + interval 3 hour >= '2026-04-01'"""),
    ("calls", "hours_and_weekdays", "пн", "calls_in", """
        select count(*) from marts.fct_call
        where not is_test and direction = 'in' and dayname(started_on) = 'Monday'
            and started_on >= '2026-04-01'
        group by hour(started_at + interval 3 hour) order by hour(started_at + interval 3 hour)"""),
    ("overview", "plan_parts", "Retail sales", "fact", """
        select sum(revenue) from marts.mart_manager_kpi
        where department = 'Retail sales' and period_grain = 'month'
            and period_start = '2026-06-01'"""),
    ("managers", "managers", "без менеджера", "shop_won", f"""
        select count(*) from marts.fct_deal
        where is_made_of_order and status = 'won' and not is_test and won_on {JUNE}
            and owner_id_at_close = 'unassigned'"""),
    ("risks", "risk_kinds", "давно нет контакта", "deals_count", """
        select count(*) from marts.mart_deal_risk where top_risk = 'silent'"""),
    ("risks", "risk_kinds", "нет следующего шага", "amount", """
        select sum(amount_base) from marts.mart_deal_risk where top_risk = 'no_next_step'"""),
    ("risks", "risk_money", "нет суммы", "expected_amount", """
        select sum(expected_amount) from marts.mart_deal_risk where top_risk = 'amount_missing'"""),
    ("risks", "risks", "D0005427", "expected_amount", """
        select win_probability * amount_base from marts.mart_deal_risk
        where deal_id = 'D0005427'"""),
    ("risks", "risks", "D0005427", "win_probability", """
        select win_probability from marts.mart_deal_risk where deal_id = 'D0005427'"""),
    ("risks", "risks", "D0005427", "days_since_contact", """
        select days_since_contact from marts.mart_deal_risk where deal_id = 'D0005427'"""),
    ("customers", "rfm", "лучшие", "customers", """
        select count(*) from marts.mart_customer_360 where rfm_segment = 'champions'"""),
    ("customers", "rfm", "недавние", "customers", """
        select count(*) from marts.mart_customer_360 where rfm_segment = 'promising'"""),
    ("customers", "rfm", "лучшие", "revenue", """
        select sum(revenue) from marts.mart_customer_360 where rfm_segment = 'champions'"""),
    ("customers", "season", "неделя \u0441 06.07.2026", "base_amount", """
        select sum(base_amount) from marts.mart_seasonality_demand
        where week_start = '2026-07-06'"""),
    ("customers", "cohorts", "май 2025", "customers", """
        select sum(customers) from marts.mart_customer_cohort
        where cohort_month = '2025-05-01' and months_since = 0"""),
    ("customers", "cohorts", "май 2025", "revenue", """
        select sum(revenue) from marts.mart_customer_cohort
        where cohort_month = '2025-05-01' and months_since = 0"""),
    ("shop", "shops", "site", "orders", f"""
        select count(*) from marts.fct_order
        where shop = 'site' and not is_test and created_on {JUNE}"""),
    ("shop", "shops", "site", "revenue", """
        select sum(revenue) from marts.mart_product_margin
        where shop = 'site' and period_start = '2026-06-01'"""),
    ("shop", "shops", "site", "margin", """
        select sum(margin) from marts.mart_product_margin
        where shop = 'site' and period_start = '2026-06-01'"""),
    ("shop", "shops", "market_two", "advertising", f"""
        select sum(amount_base) from marts.fct_fee
        where shop = 'market_two' and kind = 'advertising' and not is_test and date {JUNE}"""),
    ("shop", "products", "Armchair", "units", """
        select max(units) from marts.mart_product_margin
        where product_name = 'Armchair' and shop = 'site' and period_start = '2026-06-01'"""),
    ("data", "marts", "mart_call_daily", "score", """
        select 1.0"""),
    ("data", "preliminary_days", "звонки: поздние записи", "first_on", """
        select min(date) from marts.mart_call_daily where day_status = 'preliminary'"""),
    ("data", "preliminary_days", "реклама: площадки уточнят расход", "first_on", """
        select min(date) from marts.mart_channel_conversion where not is_final"""),
    ("data", "preliminary_days", "неделя ещё идёт", "last_on", """
        select as_of_date from marts.publication"""),
    ("data", "failed", "30.06.2026", "value", "select 0.98"),
]  # fmt: skip


@pytest.fixture(scope="module")
def text(demo_home, tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("report")
    return report_html(as_a_night_publishes(demo_home.published, folder))


@pytest.mark.parametrize(
    ("page", "block", "row", "field", "query"), FIGURES, ids=lambda one: str(one)[:24].strip()
)
def test_five_figures_of_each_page(text, published_marts, page, block, row, field, query):
    (found,) = (one for owner, one in BLOCKS if (owner.id, one.id) == (page, block))
    place = [column.field for column in found.columns].index(field)
    cells = next(cells for cells in table(text, page, block) if cells[0] == row)
    value = published_marts.execute(query).fetchone()[0]
    if not isinstance(value, date):
        value = float(value)
    wanted = shown(
        value.isoformat() if isinstance(value, date) else value, found.columns[place].format, "ru"
    )
    assert cells[place].partition(" (")[0] == wanted
