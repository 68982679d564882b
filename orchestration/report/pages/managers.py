"""What each manager does and wins, beside the plan and at an equal mix of clients."""

from orchestration.report import by_name
from orchestration.report.page import Block, Column, Page, findings_of

_KPI = ("mart_manager_kpi",)
_NAME = Column("manager", "manager", "word:person")
_PICK = ("grain", "period", "member")

PAGE = Page(
    "managers",
    (
        findings_of("managers"),
        Block(
            "managers",
            "table",
            "manager",
            (*_KPI, "mart_correspondence_daily"),
            pick=_PICK,
            about="managers.about",
            columns=(
                _NAME,
                Column("department", "department", "text"),
                Column("revenue", "revenue", "money"),
                Column("plan_revenue", "plan", "money"),
                Column("plan_completion", "completion", "share"),
                Column("leads", "leads"),
                Column("shop_won", "shop_won", is_rare=True),
                Column("won", "crm_won"),
                Column("closed", "closed"),
                Column("win_rate", "win_rate_raw", "share", "win_rate_low", "win_rate_high"),
                Column("adjusted_win_rate", "win_rate_equal", "share"),
                Column("mix_index", "mix_index", "ratio", "mix_low", "mix_high"),
                Column("problem_scope", "problem_scope", "word:problem"),
                Column("is_low_n", "low_n", "mark"),
            ),
        ),
        Block(
            "raw_and_equal",
            "chart",
            "manager",
            _KPI,
            pick=_PICK,
            about="raw_and_equal.about",
            spec=by_name.pairs(
                "manager",
                (("win_rate", "win_rate_raw"), ("adjusted_win_rate", "win_rate_equal")),
                "win_rate",
            ),
            columns=(
                _NAME,
                Column("win_rate", "win_rate_raw", "share", "win_rate_low", "win_rate_high"),
                Column("adjusted_win_rate", "win_rate_equal", "share"),
                Column("closed", "closed"),
            ),
        ),
        Block(
            "gap",
            "chart",
            "manager",
            _KPI,
            pick=_PICK,
            about="gap.about",
            spec=by_name.stacked(
                "manager",
                (
                    ("gap_effect_leads", "gap_leads"),
                    ("gap_effect_conversion", "gap_conversion"),
                    ("gap_effect_check", "gap_check"),
                    ("gap_effect_refunds", "gap_refunds"),
                ),
                "gap_money",
                "money",
            ),
            columns=(
                _NAME,
                Column("gap_revenue", "gap_money", "money"),
                Column("leads", "leads"),
                Column("gap_planned_leads", "gap_planned_leads"),
                Column("gap_effect_leads", "gap_leads", "money"),
                Column("gap_effect_conversion", "gap_conversion", "money"),
                Column("gap_effect_check", "gap_check", "money"),
                Column("gap_effect_refunds", "gap_refunds", "money"),
                Column("top_gap_kpi", "top_gap", "word:kpi"),
            ),
        ),
        Block(
            "contacts",
            "table",
            "manager",
            (*_KPI, "mart_correspondence_daily"),
            pick=_PICK,
            columns=(
                _NAME,
                Column("calls_out", "calls_out"),
                Column("meaningful_calls", "meaningful_calls"),
                Column("missed_rate", "missed_rate", "share"),
                Column("callback_rate", "callback_rate", "share"),
                Column("letters_out", "letters_out"),
                Column("response_minutes", "response_minutes", "minutes"),
                Column("speed_minutes", "speed_minutes", "minutes"),
                Column("within_15", "within_15", "share"),
            ),
        ),
        Block(
            "coaching",
            "table",
            "coaching",
            ("mart_coaching",),
            pick=("month", "member"),
            about="coaching.about",
            empty="empty.coaching",
            columns=(
                _NAME,
                Column("kpi_id", "figure", "word:kpi"),
                Column("value", "value", "unit", "value_low", "value_high"),
                Column("peers_median", "peers_median", "unit"),
                Column("trials_count", "cases"),
                Column("peers_count", "peers"),
                Column("sample_deals", "sample_deals", "text"),
                Column("sample_calls", "sample_calls", "text"),
            ),
        ),
    ),
    note="undated_won",
)
