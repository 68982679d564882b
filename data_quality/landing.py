"""Gate 1: what every delivered entity must fulfil, as rules over the rows of one source.

`{batch}` in a query is the landed table of one source and entity; of a key rule also that of all
sources.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from data_quality.checks import Expectation, Rule
from orchestration.sources import sql
from orchestration.sources.entities import Entity

EARLIEST = date(1990, 1, 1)

# Share of rows that usually have the thing; under it the matching is worth a look.
_MATCH_SHARE = {"leads": 0.8, "deals": 0.5, "calls": 0.8}

# Numbers below zero make no sense in these columns.
_COUNTED = {
    "ad_stats": ("impressions", "clicks", "spend"),
    "calls": ("queue_seconds", "ring_seconds", "talk_seconds"),
    "fx_rates": ("rate_to_base",),
}
_CURRENCIES = {"deals": "currency", "payments": "currency", "ad_stats": "account_currency"}
_OWNERS = {"leads": "owner_id", "deals": "owner_id"}


@dataclass(frozen=True)
class Night:
    """What the rules need to know of the night. `tolerance`: that of the source looked at."""

    as_of: date
    base_currency: str
    time_zone: str
    source: str = "all"
    tolerance: float = 0.0
    required: bool = True


def row_rules(entity: Entity, night: Night) -> list[Rule]:
    """The rules over the rows that one source delivers of one entity."""
    return [
        *_required(entity, night),
        *_allowed(entity),
        *_times(entity, night),
        *_numbers(entity, night),
        *_references(entity, night),
        *_matches(entity),
    ]


def key_rule(entity: Entity) -> Rule:
    """No two rows of an entity have one key. An id that two sources share joins to both."""
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


def _required(entity: Entity, night: Night) -> Iterator[Rule]:
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


def _times(entity: Entity, night: Night) -> Iterator[Rule]:
    if not entity.time:
        return
    time = sql.name(entity.time)
    yield Rule(
        "time_since_1990",
        "validity",
        "block",
        1 - night.tolerance,
        f"select {time}, _file from {{batch}} where {time} < date '{EARLIEST}'",
        f"have `{entity.time}` before {EARLIEST}",
        f"check the date format of `{entity.name}.{entity.time}`, or raise `tolerance`",
        Expectation(
            "ExpectColumnValuesToBeBetween",
            {"column": entity.time, "min_value": EARLIEST, "mostly": 1 - night.tolerance},
        ),
    )
    # A plan is made for days to come.
    if entity.name != "plans":
        # A day of grace: the zone of the source may be ahead of UTC.
        end = night.as_of + timedelta(days=2)
        yield Rule(
            "time_until_as_of",
            "validity",
            "warn",
            1.0,
            f"select {time}, _file from {{batch}} where {time} >= date '{end}'",
            f"have `{entity.time}` after {night.as_of}",
            "they are left out of this night; where they are no later export, check the clock",
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


def _numbers(entity: Entity, night: Night) -> Iterator[Rule]:
    for column in _COUNTED.get(entity.name, ()):
        yield Rule(
            "numbers_not_negative",
            "validity",
            "block",
            1 - night.tolerance,
            f"select {column}, _file from {{batch}} where {column} < 0",
            f"have `{column}` below 0",
            f"check how `{entity.name}.{column}` is exported, or raise `tolerance`",
            Expectation(
                "ExpectColumnValuesToBeBetween",
                {"column": column, "min_value": 0, "mostly": 1 - night.tolerance},
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


def _references(entity: Entity, night: Night) -> Iterator[Rule]:
    if column := _CURRENCIES.get(entity.name):
        priced = f"{entity.money} is not null and {entity.money} <> 0"
        yield Rule(
            "currency_has_rate",
            "referential",
            "block",
            1.0,
            f"select {column}, _file from {{batch}} where {priced} and {column}"
            f" not in (select rate.currency from landing.fx_rates as rate"
            f" union all select {sql.text(night.base_currency)})",
            f"are in a currency without an exchange rate to {night.base_currency}",
            "deliver its rates as entity fx_rates",
        )
    if column := _OWNERS.get(entity.name):
        yield Rule(
            "owner_known",
            "referential",
            "warn",
            1.0,
            f"select {column}, _file from {{batch}} where {column} not in"
            f" (select landed.user_id from landing.users as landed)"
            f" and exists (select 1 from landing.users)",
            f"have an `{column}` that is in no row of users",
            "deliver former users too; until then these rows count for manager `unassigned`",
        )
    if entity.name == "deals":
        yield Rule(
            "stage_known",
            "referential",
            "warn",
            1.0,
            "select pipeline_id, stage_id, _file from {batch} where stage_id is not null"
            " and (pipeline_id, stage_id) not in"
            " (select (stage.pipeline_id, stage.stage_id) from landing.stages as stage)",
            "stand in a stage that is in no row of stages",
            "deliver the stages of every pipeline, deleted ones included",
        )
    if entity.name == "stage_events":
        yield Rule(
            "stage_known",
            "referential",
            "warn",
            1.0,
            "select to_stage_id, _file from {batch} where to_stage_id not in"
            " (select stage.stage_id from landing.stages as stage)",
            "move to a stage that is in no row of stages",
            "deliver the stages of every pipeline, deleted ones included",
        )


def _matches(entity: Entity) -> Iterator[Rule]:
    match entity.name:
        case "leads":
            told = "coalesce(channel, utm_source, click_id, referrer, source_type)"
            missing = f"select _file from {{batch}} where {told} is null"
            complaint = "tell nothing of the channel they came by"
            advice = "map `channel` or the utm columns; these leads count as channel `unattributed`"
        case "deals":
            missing = (
                "select _file from {batch} where lead_id is null and deal_id not in"
                " (select lead.deal_id from landing.leads as lead where lead.deal_id is not null)"
                " and exists (select 1 from landing.leads)"
            )
            complaint = "have no lead"
            advice = "map `deals.lead_id` or `leads.deal_id`; these deals have no channel"
        case "calls":
            missing = "select _file from {batch} where user_id is null and phone_ext is null"
            complaint = "have neither `user_id` nor `phone_ext`"
            advice = "map one of them; these calls count for manager `unassigned`"
        case _:
            return
    share = _MATCH_SHARE[entity.name]
    check_id = {"leads": "channel_told", "deals": "lead_linked", "calls": "user_told"}[entity.name]
    yield Rule(check_id, "match", "warn", share, missing, complaint, advice)
