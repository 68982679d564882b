"""How complete the data is."""

from orchestration.report import over_time
from orchestration.report.page import Block, Column, Page

_COMPLETE = ("mart_completeness",)
_CHECKS = ("mart_data_quality",)
_STATES = over_time.states("label", "name", "score", "score")
_NAME = {"calculate": "datum.source + ' · ' + datum.entity", "as": "name"}

PAGE = Page(
    "data",
    (
        Block(
            "sources",
            "table",
            "quarantine",
            _CHECKS,
            about="sources.about",
            columns=(
                Column("source", "source", "text"),
                Column("entity", "entity", "word:entity"),
                Column("newest_on", "newest_on", "date"),
                Column("passed_share", "passed_share", "share"),
                Column("checks_count", "checks"),
                Column("failed_count", "failed_count"),
                Column("failed_checks", "failed_checks", "checks"),
            ),
        ),
        Block(
            "preliminary_days",
            "table",
            "preliminary",
            ("mart_call_daily", "mart_channel_conversion"),
            about="preliminary_days.about",
            empty="empty.preliminary",
            columns=(
                Column("what", "what", "word:preliminary"),
                Column("first_on", "first_on", "date"),
                Column("last_on", "last_on", "date"),
            ),
        ),
        Block(
            "deliveries",
            "chart",
            "delivery",
            _CHECKS,
            about="deliveries.about",
            is_wide=True,
            is_brief=True,
            spec={**_STATES, "transform": [_NAME, *_STATES["transform"]]},
            columns=(
                Column("source", "source", "text"),
                Column("entity", "entity", "word:entity"),
                Column("period", "day", "period"),
                Column("score", "score", "share"),
                Column("failed_checks", "failed_checks", "checks"),
            ),
        ),
        Block(
            "marts",
            "chart",
            "mart_day",
            _COMPLETE,
            about="marts.about",
            is_wide=True,
            is_brief=True,
            spec=over_time.states("label", "mart", "score", "score"),
            columns=(
                Column("mart", "mart", "text"),
                Column("period", "day", "period"),
                Column("status", "state", "word:status"),
                Column("score", "score", "share"),
                Column("worst_check", "worst_check", "checks"),
                Column("data_complete_through", "complete_through", "date"),
            ),
        ),
        Block(
            "failed",
            "table",
            "failed",
            _CHECKS,
            empty="empty.failed",
            columns=(
                Column("date", "day", "date"),
                Column("source", "source", "text"),
                Column("entity", "entity", "word:entity"),
                Column("check_id", "check", "checks"),
                Column("value", "value", "share"),
                Column("threshold", "threshold", "share"),
                Column("severity", "severity", "word:gate"),
                Column("affected_marts", "affected_marts", "text"),
            ),
        ),
    ),
    is_of_all_marts=True,
)
