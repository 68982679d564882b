"""Gate 1: the rules for every delivered entity, over the rows of one source; a key rule also over
those of all sources."""

from collections.abc import Iterator
from datetime import date, timedelta

from data_quality.checks import CheckContext, Expectation, Rule
from data_quality.goods import goods_rules
from data_quality.links import matches, outcomes, references
from data_quality.people import people_rules
from data_quality.plans import plan_rules
from orchestration.core import sql
from orchestration.core.entity import Entity

EARLIEST = date(1990, 1, 1)

# Numbers below zero make no sense in these columns.
_COUNTED = {
    "ad_stats": ("impressions", "clicks", "spend"),
    "calls": ("queue_seconds", "ring_seconds", "talk_seconds"),
    "fx_rates": ("rate_to_base",),
    "products": ("cost",),
    "order_lines": ("quantity", "price", "list_price", "cost", "returned_quantity"),
}

# These are not, either, but a warehouse that sells before it receives delivers them so.
_STOCKED = {"stock": ("quantity", "reserved", "in_transit")}

# A part is not more than the whole.
_PARTS = {
    "ad_stats": ("clicks", "impressions", "check that both columns count the same ads"),
    "order_lines": (
        *("returned_quantity", "quantity"),
        "check both columns; no more units than were sold count as returned",
    ),
}

# Their rows may be of days to come.
_AHEAD = ("plans", "absences", "external_events")

# What begins does not end before.
_SPANS = (
    ("created_at", "closed_at"),
    ("started_at", "ended_at"),
    ("created_at", "completed_at"),
    ("created_at", "paid_at"),
    ("created_at", "delivered_at"),
    ("created_at", "cancelled_at"),
    ("first_on", "last_on"),
    ("starts_on", "ends_on"),
)


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
        *goods_rules(entity, context),
        *(plan_rules() if entity.name == "plans" else ()),
        *(people_rules() if entity.name == "users" else ()),
    ]


def key_rule(entity: Entity) -> Rule:
    """No two rows of an entity have the same key: an id shared by two sources would join to
    both."""
    # The built-in expectation for several columns passes over rows with an empty part of the key,
    # such as ads without `keyword`.
    keys = sql.names(entity.key)
    repeated = f"true qualify count(*) over (partition by {keys}) > 1"
    unique = Expectation("ExpectColumnValuesToBeUnique", {"column": entity.key[0]})
    return Rule(
        "key_unique",
        "uniqueness",
        "block",
        1.0,
        unique if len(entity.key) == 1 else repeated,
        f"share their key ({', '.join(entity.key)}) with another row",
        "let one source deliver each row, or make its ids unique in the mapping",
        (*entity.key, "source"),
    )


def _required(entity: Entity) -> Iterator[Rule]:
    for column in entity.columns:
        if column.required:
            yield Rule(
                "required_filled",
                "completeness",
                "block",
                1.0,
                Expectation("ExpectColumnValuesToNotBeNull", {"column": column.name}),
                f"have no `{column.name}`",
                f"map `{entity.name}.{column.name}` to a column that is filled",
            )


def _allowed(entity: Entity) -> Iterator[Rule]:
    for column in entity.columns:
        if column.allowed:
            yield Rule(
                "values_known",
                "validity",
                "block",
                1.0,
                Expectation(
                    "ExpectColumnValuesToBeInSet",
                    {"column": column.name, "value_set": list(column.allowed)},
                ),
                f"have an unknown `{column.name}`",
                f"map it to one of {', '.join(column.allowed)}",
                (column.name,),
            )


def _times(entity: Entity, context: CheckContext) -> Iterator[Rule]:
    if not entity.time:
        return
    yield Rule(
        "time_since_1990",
        "validity",
        "block",
        1 - context.tolerance,
        Expectation(
            "ExpectColumnValuesToBeBetween", {"column": entity.time, "min_value": EARLIEST}
        ),
        f"have `{entity.time}` before {EARLIEST}",
        f"check the date format of `{entity.name}.{entity.time}`, or raise `tolerance`",
        (entity.time,),
    )
    if entity.name not in _AHEAD:
        # One day of tolerance: the zone of the source may be ahead of UTC.
        end = context.as_of + timedelta(days=2)
        yield Rule(
            "time_until_as_of",
            "validity",
            "warn",
            1.0,
            Expectation(
                "ExpectColumnValuesToBeBetween",
                {"column": entity.time, "max_value": end, "strict_max": True},
            ),
            f"have `{entity.time}` after {context.as_of}",
            "they are left out of this night; where they are no later export, check the clock",
            (entity.time,),
        )
        if {"closed_at", "status"} <= set(entity.column_names):
            # A built-in one with a condition would count only the closed deals.
            yield Rule(
                "time_until_as_of",
                "validity",
                "warn",
                1.0,
                f"closed_at >= date '{end}' and status in ('won', 'lost')",
                f"are closed, with `closed_at` after {context.as_of}",
                "they count as open until that day; where they are no later export, check the date",
                ("closed_at",),
            )
    for earlier, later in _SPANS:
        if {earlier, later} <= set(entity.column_names):
            yield Rule(
                "times_in_order",
                "validity",
                "warn",
                1.0,
                _at_least(later, earlier),
                f"have `{later}` before `{earlier}`",
                "check the time zone and format of both columns",
                (earlier, later),
            )


def _numbers(entity: Entity, context: CheckContext) -> Iterator[Rule]:
    for column in _COUNTED.get(entity.name, ()):
        yield Rule(
            "numbers_not_negative",
            "validity",
            "block",
            1 - context.tolerance,
            Expectation("ExpectColumnValuesToBeBetween", {"column": column, "min_value": 0}),
            f"have `{column}` below 0",
            f"check how `{entity.name}.{column}` is exported, or raise `tolerance`",
            (column,),
        )
    for column in _STOCKED.get(entity.name, ()):
        yield Rule(
            "stock_not_negative",
            "validity",
            "warn",
            1.0,
            Expectation("ExpectColumnValuesToBeBetween", {"column": column, "min_value": 0}),
            f"have `{column}` below 0",
            "see whether goods that came were entered; until then they count as out of stock",
            (column,),
        )
    if entity.name == "order_lines":
        yield Rule(
            "quantity_positive",
            "validity",
            "warn",
            1.0,
            "quantity = 0",
            "have the `quantity` 0",
            "see whether these lines were removed from their orders; they count as nothing",
        )
    if entity.name in _PARTS:
        part, whole, advice = _PARTS[entity.name]
        yield Rule(
            f"{part}_within_{whole}",
            "validity",
            "warn",
            1.0,
            _at_least(whole, part),
            f"have more {part} than {whole}".replace("_", " "),
            advice,
            (whole, part),
        )


def _at_least(larger: str, smaller: str) -> Expectation:
    """The first column is not less than the second, in rows that have both."""
    return Expectation(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": larger,
            "column_B": smaller,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
    )
