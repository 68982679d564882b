"""Where people are in the funnel, where they are lost, and what goes with wins."""

from orchestration.report import by_name, encodings, over_time
from orchestration.report.page import Block, Column, Page, findings_of

_FUNNEL = ("mart_funnel_stage",)
_STAGE = (
    Column("stage_name", "stage", "text"),
    Column("reached_count", "reached"),
    Column("step_conversion", "step_conversion", "share", "step_low", "step_high"),
    Column("baseline_conversion", "baseline", "share"),
    Column("cumulative_conversion", "cumulative", "share"),
    Column("lost_here_count", "lost_here"),
    Column("lost_unknown_count", "lost_unknown", is_rare=True),
    Column("open_here_count", "open_here"),
    Column("median_hours", "median_hours", "hours"),
    Column("p90_hours", "p90_hours", "hours"),
    Column("visits_count", "visits"),
    Column("open_visits_count", "open_visits"),
    Column("is_bottleneck", "bottleneck", "mark"),
    Column("is_low_n", "low_n", "mark"),
)
_ALL_TIME = {"grain": "all"}
_PICK = ("scope", "pipeline")

PAGE = Page(
    "funnel",
    (
        findings_of("funnel"),
        Block(
            "reached",
            "chart",
            "funnel",
            _FUNNEL,
            pick=_PICK,
            where=_ALL_TIME,
            about="reached.about",
            spec=by_name.bars("stage_name", "reached_count", "reached"),
            columns=_STAGE,
        ),
        Block(
            "steps",
            "chart",
            "funnel",
            _FUNNEL,
            pick=_PICK,
            where=_ALL_TIME,
            about="steps.about",
            spec=by_name.intervals(
                "stage_name", "step_conversion", "step_low", "step_high", "step_conversion"
            ),
            columns=_STAGE[:3],
        ),
        Block(
            "lost_at",
            "chart",
            "funnel",
            _FUNNEL,
            pick=_PICK,
            where=_ALL_TIME,
            spec=by_name.bars(
                "stage_name", "lost_here_count", "lost_here", "count", encodings.VERMILLION
            ),
            unknown="empty.history",
            columns=(_STAGE[0], *_STAGE[5:7], _STAGE[1]),
        ),
        Block(
            "stage_time",
            "chart",
            "funnel",
            _FUNNEL,
            pick=_PICK,
            where=_ALL_TIME,
            about="stage_time.about",
            spec={
                **by_name.bars(
                    "stage_name", "median_hours", "median_hours", "hours", encodings.GREEN
                ),
                # The last stage is where won deals stay.
                "transform": [{"filter": "isValid(datum.step_conversion)"}],
            },
            columns=(_STAGE[0], *_STAGE[8:12]),
        ),
        Block(
            "cohort",
            "table",
            "funnel",
            _FUNNEL,
            pick=("grain", "period", *_PICK),
            about="cohort.about",
            columns=_STAGE,
        ),
        Block(
            "steps_by_period",
            "chart",
            "funnel",
            _FUNNEL,
            pick=("grain", "pipeline"),
            where={"scope": "company:company"},
            about="steps_by_period.about",
            spec=over_time.series("label", "stage_name", "step_conversion", "went_on", zero=False),
            columns=(Column("period", "period", "period"), *_STAGE[:3]),
        ),
        Block(
            "losses",
            "chart",
            "losses",
            ("mart_lost_reason",),
            pick=("month", *_PICK),
            about="losses.about",
            spec=by_name.pairs(
                "reason_group", (("share", "share_now"), ("before_share", "share_before")), "share"
            ),
            columns=(
                Column("reason_group", "lost_reason", "word:lost_reason"),
                Column("lost_count", "lost_count"),
                Column("lost_amount", "lost_amount", "money"),
                Column("share", "share_now", "share"),
                Column("before_share", "share_before", "share"),
                Column("is_low_n", "low_n", "mark"),
            ),
        ),
        Block(
            "behind_win",
            "chart",
            "contact",
            ("mart_contact_effect",),
            where={"is_main": True},
            about="behind_win.about",
            unfilled="empty.behind_win",
            is_wide=True,
            spec={
                **by_name.intervals(
                    "contact", "adjusted_rate", "adjusted_low", "adjusted_high", "adjusted_rate"
                ),
                "transform": [
                    {"calculate": "datum.feature + ': ' + datum.feature_value", "as": "contact"}
                ],
            },
            columns=(
                Column("feature", "feature", "word:feature"),
                Column("feature_value", "feature_value", "word:feature_value"),
                Column("segment", "segment", "word:segment"),
                Column("client_type", "client_type", "word:client_type"),
                Column("deals_count", "deals"),
                Column("won_count", "won"),
                Column("win_rate", "win_rate", "share"),
                Column("adjusted_rate", "adjusted_rate", "share", "adjusted_low", "adjusted_high"),
                Column("usual_win_rate", "usual", "share"),
                Column("cycle_median_days", "cycle_days", "days"),
            ),
        ),
    ),
)
