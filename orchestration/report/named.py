"""The charts of the pages in docs/reports, by the name of the page: what is drawn of its rows."""

from orchestration.report.by_name import bars, paired_bars, pairs, stacked
from orchestration.report.encodings import GREEN, GREY, ORANGE, VERMILLION
from orchestration.report.over_time import cells, lines, stacked_columns, states
from orchestration.report.page import Spec

_PERCENT, _MONEY = "share", "money"


def _by_status(spec: Spec) -> Spec:
    """Bars in the colour of their row."""
    words = ["green", "yellow", "red", "none"]
    scale = {"domain": words, "range": [GREEN, ORANGE, VERMILLION, GREY]}
    colour = {"field": "status_color", "type": "nominal", "scale": scale, "legend": None}
    spec["layer"][0]["encoding"]["color"] = colour
    return spec


CHARTS: dict[str, Spec] = {
    "leads-funnel": bars("stage_name", "reached_count", "reached"),
    "stage-durations": bars("stage_name", "duration_km_median_hours", "median_hours", "hours"),
    "transition-matrix": cells(
        "to_stage_name",
        "moves_to",
        "from_stage_name",
        "moves_count",
        "moves",
        "count",
        sort={"field": "to_stage_order", "op": "min"},
    ),
    "bottlenecks": pairs(
        "stage",
        (("step_conversion", "step_conversion"), ("baseline_conversion", "baseline")),
        "step_conversion",
    ),
    "lead-cohorts": cells("day_number", "days_since", "cohort_start", "conversion", "conversion"),
    "manager-kpi": paired_bars("manager_name", "revenue", "revenue", "plan_revenue", "plan"),
    "managers-at-equal-mix": pairs(
        "manager_name",
        (("win_rate", "win_rate_raw"), ("adjusted_win_rate", "win_rate_equal")),
        "win_rate",
    ),
    "plan-gap-by-cause": stacked(
        "manager_name",
        (
            ("gap_effect_leads", "gap_leads"),
            ("gap_effect_conversion", "gap_conversion"),
            ("gap_effect_check", "gap_check"),
            ("gap_effect_refunds", "gap_refunds"),
        ),
        "gap_money",
        _MONEY,
    ),
    "calls": stacked_columns("month", (("answered", "answered"), ("missed", "missed")), "calls_in"),
    "speed-to-lead": bars("manager_name", "speed_to_lead_p50_minutes", "speed_minutes", "minutes"),
    "channel-return": paired_bars(
        "channel", "spend", "spend", "estimated_profit", "estimated_profit"
    ),
    "attribution-models": pairs(
        "channel",
        tuple(
            (name, f"model.{name}")
            for name in (
                *("first_touch", "last_touch", "last_non_direct", "linear"),
                *("position_based", "time_decay", "markov"),
            )
        ),
        "revenue",
        _MONEY,
    ),
    "plan-and-fact": _by_status(bars("scope_name", "completion", "completion", _PERCENT)),
    "pipeline-movement": lines(
        (("created", "created"), ("won", "won_amount"), ("lost", "lost"), ("closing", "closing")),
        "amount",
        _MONEY,
        x="month",
    ),
    "data-completeness": states("date", "mart", "score", "score"),
    "deals-at-risk": _by_status(bars("deal_id", "expected_amount", "expected_amount", _MONEY)),
    "lost-reasons": pairs(
        "lost_reason_group",
        (("share", "this_quarter"), ("share_before", "the_quarter_before")),
        "share",
    ),
    "product-margin": bars("product_name", "margin", "margin", _MONEY),
    "customers-due": bars("customer_id", "expected_revenue_365", "expected_revenue", _MONEY),
    "forecast-accuracy": lines(
        (
            ("wape", "shown_forecast"),
            ("naive_wape", "run_rate"),
            ("crm_wape", "crm_weights"),
        ),
        "error",
        _PERCENT,
        x="workdays_left",
    ),
}
