"""Gate 1: the rules for every delivered entity, over the rows of one source.

`{batch}` in a query is the landed table of one source and entity; of a key rule also that of all
sources.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from data_quality.checks import CheckContext, Expectation, Rule
from data_quality.links import matches, outcomes, references
from orchestration.core import sql
from orchestration.core.entity import Entity

EARLIEST = date(1990, 1, 1)

# Numbers below zero make no sense in these columns.
_COUNTED = {
    "ad_stats": ("impressions", "clicks", "spend"),
    "calls": ("queue_seconds", "ring_seconds", "talk_seconds"),
    "fx_rates": ("rate_to_base",),
}


def row_rules(entity: Entity, context: CheckContext) -> list[Rule]:
    """The rules over the rows that one source delivers of one entity."""
    return [
        *_required(entity),
        *_allowed(entity),
        *_times(entity, context),
        *_numbers(entity, context),
        *references(entity, context),
        *matches(entity),
        *outcomes(entity),
    ]


def key_rule(entity: Entity) -> Rule:
    """No two rows of an entity have the same key: an id shared by two sources would join to
    both."""
    keys = sql.names(entity.key)
    return Rule(
        "key_unique",
        "uniqueness",
        "block",
        1.0,
        f"select {keys}, source, _file from {{batch}}"
        f" qualify count(*) over (partition by {keys}) > 1",
        f"share their key ({', '.join(entity.key)}) with another row",
        "let one source deliver each row, or make its ids unique in the mapping",
    )


def _required(entity: Entity) -> Iterator[Rule]:
    for column in entity.columns:
        if column.required:
            yield Rule(
                "required_filled",
                "completeness",
                "block",
                1.0,
                f"select _file from {{batch}} where {sql.name(column.name)} is null",
                f"have no `{column.name}`",
                f"map `{entity.name}.{column.name}` to a column that is filled",
                Expectation("ExpectColumnValuesToNotBeNull", {"column": column.name}),
            )


def _allowed(entity: Entity) -> Iterator[Rule]:
    for column in entity.columns:
        if column.allowed:
            name = sql.name(column.name)
            yield Rule(
                "values_known",
                "validity",
                "block",
                1.0,
                f"select {name}, _file from {{batch}} where {name} not in"
                f" ({sql.texts(column.allowed)})",
                f"have an unknown `{column.name}`",
                f"map it to one of {', '.join(column.allowed)}",
                Expectation(
                    "ExpectColumnValuesToBeInSet",
                    {"column": column.name, "value_set": list(column.allowed)},
                ),
            )


def _times(entity: Entity, context: CheckContext) -> Iterator[Rule]:
    if not entity.time:
        return
    time = sql.name(entity.time)
    yield Rule(
        "time_since_1990",
        "validity",
        "block",
        1 - context.tolerance,
        f"select {time}, _file from {{batch}} where {time} < date '{EARLIEST}'",
        f"have `{entity.time}` before {EARLIEST}",
        f"check the date format of `{entity.name}.{entity.time}`, or raise `tolerance`",
        Expectation(
            "ExpectColumnValuesToBeBetween",
            {"column": entity.time, "min_value": EARLIEST, "mostly": 1 - context.tolerance},
        ),
    )
    # Plans are for future days.
    if entity.name != "plans":
        # One day of tolerance: the zone of the source may be ahead of UTC.
        end = context.as_of + timedelta(days=2)
        yield Rule(
            "time_until_as_of",
            "validity",
            "warn",
            1.0,
            f"select {time}, _file from {{batch}} where {time} >= date '{end}'",
            f"have `{entity.time}` after {context.as_of}",
            "they are left out of this night; where they are no later export, check the clock",
        )
        if {"closed_at", "status"} <= set(entity.column_names):
            yield Rule(
                "time_until_as_of",
                "validity",
                "warn",
                1.0,
                "select closed_at, _file from {batch}"
                f" where closed_at >= date '{end}' and status in ('won', 'lost')",
                f"are closed, with `closed_at` after {context.as_of}",
                "they count as open until that day; where they are no later export, check the date",
            )
    for earlier, later in (("created_at", "closed_at"), ("started_at", "ended_at")):
        if {earlier, later} <= set(entity.column_names):
            yield Rule(
                "times_in_order",
                "validity",
                "warn",
                1.0,
                f"select {earlier}, {later}, _file from {{batch}} where {later} < {earlier}",
                f"have `{later}` before `{earlier}`",
                "check the time zone and format of both columns",
            )


def _numbers(entity: Entity, context: CheckContext) -> Iterator[Rule]:
    for column in _COUNTED.get(entity.name, ()):
        yield Rule(
            "numbers_not_negative",
            "validity",
            "block",
            1 - context.tolerance,
            f"select {column}, _file from {{batch}} where {column} < 0",
            f"have `{column}` below 0",
            f"check how `{entity.name}.{column}` is exported, or raise `tolerance`",
            Expectation(
                "ExpectColumnValuesToBeBetween",
                {"column": column, "min_value": 0, "mostly": 1 - context.tolerance},
            ),
        )
    if entity.name == "ad_stats":
        yield Rule(
            "clicks_within_impressions",
            "validity",
            "warn",
            1.0,
            "select impressions, clicks, _file from {batch} where clicks > impressions",
            "have more clicks than impressions",
            "check that both columns count the same ads",
        )
