"""The figures of the period, the plan, the forecast and what stands out."""

from orchestration.report import over_time
from orchestration.report.page import Block, Column, Page, Tile

_KPI = ("mart_department_kpi", "mart_manager_kpi")

PAGE = Page(
    "overview",
    (
        Block(
            "figures",
            "tiles",
            "kpi",
            (*_KPI, "mart_channel_conversion"),
            pick=("grain", "period", "scope"),
            tiles=(
                Tile("leads", "leads", "count", "leads_previous", "leads_year_ago", "up"),
                Tile("won", "won", "count", "won_previous", "won_year_ago", "up"),
                Tile("revenue", "revenue", "money", "revenue_previous", "revenue_year_ago", "up"),
                Tile("spend", "spend", "money", "spend_previous", "spend_year_ago"),
                Tile("average_check", "average_check", "money"),
                Tile("win_rate", "win_rate", "share"),
            ),
        ),
        Block(
            "findings",
            "sentences",
            "finding",
            ("mart_finding",),
            pick=("month",),
            about="findings.about",
            limit=10,
        ),
        Block(
            "plan",
            "table",
            "plan",
            ("mart_plan_forecast",),
            pick=("month", "scope"),
            about="plan.about",
            columns=(
                Column("kpi_id", "figure", "word:kpi"),
                Column("plan_grain", "period", "word:grain"),
                Column("status_color", "state", "colour"),
                Column("plan", "plan", "number"),
                Column("fact", "fact", "number"),
                Column("completion", "completion", "share"),
                Column("forecast", "forecast", "number", "forecast_low", "forecast_high"),
                Column("plan_probability", "chance", "share"),
                Column("reason", "reason", "sentence"),
            ),
        ),
        Block(
            "revenue_by_period",
            "chart",
            "kpi",
            _KPI,
            pick=("grain", "scope"),
            about="revenue_by_period.about",
            spec=over_time.columns_and_ticks("revenue", "revenue", "plan_revenue", "plan"),
            columns=(
                Column("period", "period", "period"),
                Column("revenue", "revenue", "money"),
                Column("plan_revenue", "plan", "money"),
                Column("revenue_previous", "previous", "money"),
                Column("revenue_year_ago", "year_ago", "money"),
                Column("is_preliminary", "preliminary", "mark"),
            ),
        ),
        Block(
            "leads_by_period",
            "chart",
            "kpi",
            _KPI,
            pick=("grain", "scope"),
            spec=over_time.lines((("leads", "leads"), ("won", "won")), "number"),
            columns=(
                Column("period", "period", "period"),
                Column("leads", "leads"),
                Column("won", "won"),
                Column("win_rate", "win_rate", "share", "win_rate_low", "win_rate_high"),
                Column("is_low_n", "low_n", "mark"),
                Column("is_preliminary", "preliminary", "mark"),
            ),
        ),
    ),
)
