"""Who is due, whose season is ahead, how customers come back."""

from orchestration.report import by_name, over_time
from orchestration.report.page import Block, Column, Page, findings_of

_360 = ("mart_customer_360",)

PAGE = Page(
    "customers",
    (
        findings_of("customers"),
        Block(
            "due",
            "table",
            "due",
            _360,
            pick=("member",),
            about="due.about",
            empty="empty.due",
            columns=(
                Column("customer_id", "customer", "id"),
                Column("segment", "segment", "word:segment"),
                Column("city", "city", "text"),
                Column("manager", "manager", "word:person"),
                Column("won_count", "purchases"),
                Column("last_won_on", "last_won_on", "date"),
                Column("next_order_expected_on", "next_order", "date"),
                Column("next_contact_due_on", "next_contact", "date"),
                Column("overdue_ratio", "overdue_ratio", "ratio"),
                Column("p_alive", "p_alive", "share"),
                Column("expected_revenue_365", "expected_revenue", "money"),
                Column("preferred_channel", "preferred_channel", "word:letter_channel"),
                Column("churn_risk", "churn_risk", "word:churn"),
            ),
        ),
        Block(
            "season",
            "chart",
            "season",
            ("mart_seasonality_demand",),
            about="season.about",
            spec=over_time.stacked_columns(
                "label",
                (("base_amount", "base_amount"), ("extra_amount", "extra_amount")),
                "amount",
                "money",
            ),
            columns=(
                Column("period", "period", "period"),
                Column("base_amount", "base_amount", "money"),
                Column("extra_amount", "extra_amount", "money"),
                Column("amount", "total_amount", "money"),
                Column("base_units", "base_units", "number"),
                Column("extra_units", "extra_units", "number"),
            ),
        ),
        Block(
            "rfm",
            "chart",
            "rfm",
            _360,
            about="rfm.about",
            spec=by_name.bars("rfm_segment", "customers", "customers"),
            columns=(
                Column("rfm_segment", "rfm_segment", "word:rfm"),
                Column("customers", "customers"),
                Column("churning", "churning"),
                Column("revenue", "revenue", "money"),
                Column("expected_revenue_365", "expected_revenue", "money"),
            ),
        ),
        Block(
            "season_customers",
            "table",
            "season_customer",
            ("mart_customer_seasonality", "mart_customer_360"),
            pick=("member",),
            about="season_customers.about",
            empty="empty.season_customers",
            columns=(
                Column("customer_id", "customer", "id"),
                Column("manager", "manager", "word:person"),
                Column("calendar_month", "calendar_month", "word:month"),
                Column("warn_on", "warn_on", "date"),
                Column("next_start_on", "season_start", "date"),
                Column("uplift", "uplift", "change", "uplift_low", "uplift_high"),
                Column("years_count", "years"),
                Column("expected_extra_amount", "extra_expected", "money"),
            ),
        ),
        Block(
            "cohorts",
            "chart",
            "cohort",
            ("mart_customer_cohort",),
            about="cohorts.about",
            is_wide=True,
            spec={
                **over_time.cells(
                    "months_since", "months_since", "label", "retention", "retention"
                ),
                "transform": [{"filter": "datum.months_since > 0 && !datum.is_preliminary"}],
            },
            columns=(
                Column("period", "first_purchase", "period"),
                Column("months_since", "months_since"),
                Column("customers", "customers"),
                Column("active", "active"),
                Column("retention", "retention", "share"),
                Column("revenue", "revenue", "money"),
                Column("profit_to_date", "profit_to_date", "money"),
                Column("is_preliminary", "preliminary", "mark"),
            ),
        ),
    ),
)
