"""Calls and correspondence."""

from orchestration.report import encodings, over_time
from orchestration.report.page import Block, Column, Page, Tile

_CALLS = ("mart_call_daily",)
_HOURS = ("mart_call_hourly",)
# An hour without calls has its place, too.
_DAY = {"domain": list(range(24))}
_LETTERS = ("mart_correspondence_daily",)
# Of incoming calls, in every table of them.
_COUNTED = (
    Column("calls_in", "calls_in"),
    Column("answered", "answered"),
    Column("missed", "missed"),
    Column("missed_rate", "missed_rate", "share"),
)

PAGE = Page(
    "calls",
    (
        Block(
            "call_figures",
            "tiles",
            "calls",
            _CALLS,
            pick=("grain", "period", "scope"),
            tiles=(
                Tile("calls_in", "calls_in"),
                Tile("answered", "answered"),
                Tile("missed", "missed"),
                Tile("missed_rate", "missed_rate", "share"),
                Tile("called_back", "called_back"),
                Tile("unresolved", "unresolved"),
                Tile("sla_share", "sla_share", "share"),
                Tile("calls_out", "calls_out"),
            ),
        ),
        Block(
            "calls_by_period",
            "chart",
            "calls",
            _CALLS,
            pick=("grain", "scope"),
            spec=over_time.stacked_columns(
                "label", (("answered", "answered"), ("missed", "missed")), "calls_in"
            ),
            columns=(
                Column("period", "period", "period"),
                *_COUNTED,
                Column("sla_share", "sla_share", "share"),
                Column("answer_seconds", "answer_seconds", "number"),
                Column("calls_out", "calls_out"),
                Column("calls_out_answered", "calls_out_answered"),
                Column("meaningful_calls", "meaningful_calls"),
                Column("talk_hours", "talk_hours", "hours"),
                Column("is_preliminary", "preliminary", "mark"),
            ),
        ),
        Block(
            "missed_calls",
            "chart",
            "calls",
            _CALLS,
            pick=("grain", "scope"),
            about="missed_calls.about",
            spec=over_time.stacked_columns(
                "label",
                (
                    ("called_back", "called_back"),
                    ("self_recovered", "self_recovered"),
                    ("unresolved", "unresolved"),
                ),
                "episodes",
                colours=(encodings.BLUE, encodings.SKY, encodings.VERMILLION),
            ),
            columns=(
                Column("period", "period", "period"),
                Column("episodes", "episodes"),
                Column("called_back", "called_back"),
                Column("self_recovered", "self_recovered"),
                Column("unresolved", "unresolved"),
                Column("callback_rate", "callback_rate", "share"),
                Column("is_preliminary", "preliminary", "mark"),
            ),
        ),
        Block(
            "weekdays",
            "chart",
            "weekday",
            _CALLS,
            pick=("scope",),
            about="weekdays.about",
            spec=over_time.stacked_columns(
                "weekday", (("answered", "answered"), ("missed", "missed")), "calls_in", angle=0
            ),
            columns=(
                Column("weekday", "weekday", "word:weekday"),
                *_COUNTED,
            ),
        ),
        Block(
            "hours",
            "chart",
            "hour",
            _HOURS,
            pick=("scope",),
            about="hours.about",
            spec=over_time.stacked_columns(
                "hour_of_day",
                (("answered", "answered"), ("missed", "missed")),
                "calls_in",
                angle=0,
                scale=_DAY,
            ),
            columns=(
                Column("hour_of_day", "hour"),
                *_COUNTED,
                Column("is_low_n", "low_n", "mark"),
            ),
        ),
        Block(
            "hours_and_weekdays",
            "chart",
            "hour_weekday",
            _HOURS,
            pick=("scope",),
            about="hours_and_weekdays.about",
            is_wide=True,
            spec=over_time.cells(
                "hour_of_day",
                "hour",
                "weekday",
                "calls_in",
                "calls_in",
                "count",
                shown=("missed", "missed"),
                scale=_DAY,
            ),
            columns=(
                Column("weekday", "weekday", "word:weekday"),
                Column("hour_of_day", "hour"),
                *_COUNTED,
                Column("is_low_n", "low_n", "mark"),
            ),
        ),
        Block(
            "letters_by_period",
            "chart",
            "letters",
            _LETTERS,
            pick=("grain", "scope"),
            about="letters_by_period.about",
            spec=over_time.lines(
                (("letters_in", "letters_in"), ("letters_out", "letters_out")), "letters"
            ),
            columns=(
                Column("period", "period", "period"),
                Column("letters_in", "letters_in"),
                Column("letters_out", "letters_out"),
                Column("questions", "questions"),
                Column("answered", "answered_questions"),
                Column("answered_share", "answered_share", "share"),
                Column("response_minutes", "response_minutes", "minutes"),
                Column("unanswered", "unanswered"),
                Column("is_preliminary", "preliminary", "mark"),
            ),
        ),
        Block(
            "letters_by_channel",
            "table",
            "letters_channel",
            _LETTERS,
            pick=("grain", "period", "scope"),
            columns=(
                Column("channel", "letter_channel", "word:letter_channel"),
                Column("letters_in", "letters_in"),
                Column("letters_out", "letters_out"),
                Column("questions", "questions"),
                Column("answered_share", "answered_share", "share"),
                Column("response_minutes", "response_minutes", "minutes"),
                Column("is_low_n", "low_n", "mark"),
            ),
        ),
    ),
)
