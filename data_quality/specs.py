"""Every check by name, before any run: what a Dagster asset check is declared from."""

from datetime import date

from data_quality.checks import CheckContext, CheckSpec, Measure, Rule
from data_quality.daily import daily_measures
from data_quality.deliveries import delivery_measures
from data_quality.emptied import emptied_measures
from data_quality.found import found_measures
from data_quality.goods import goods_measures
from data_quality.history import history_measures
from data_quality.marts import marts_measures
from data_quality.results import delivered_rule
from data_quality.row_rules import key_rule, row_rules
from data_quality.shrunk import shrunk_measures
from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity
from orchestration.settings import Settings

_DESCRIPTIONS = {
    "history_read": "All days that the config wants of a vendor have been read.",
    "delivered": "Every source that is to deliver the entity delivered rows, unless it need not.",
    "required_filled": "Every required column has a value in every row.",
    "values_known": "Columns with a closed list of values hold no other.",
    "time_since_1990": "The time of a row is not before 1990 (within the source's tolerance).",
    "time_until_as_of": "The time of a row, or of the end of a deal, is not after the as_of day.",
    "times_in_order": "What ends does not end before it began.",
    "numbers_not_negative": "Counts, money and rates are not negative (within the tolerance).",
    "clicks_within_impressions": "An ad has no more clicks than impressions.",
    "stock_not_negative": "No stock is negative.",
    "quantity_positive": "Every line of an order has something in it.",
    "returned_quantity_within_quantity": "No more of a line is returned than was sold.",
    "currency_has_rate": "Every currency used is the base currency or has exchange rates.",
    "owner_known": "Every owner is in users.",
    "stage_known": "Every stage is in stages.",
    "kpi_known": "Every plan is of a KPI of dim_kpi.",
    "scope_known": "Every plan is of a manager, team or department of users, of the company or"
    " of `unassigned`.",
    "plan_told_once": "The company has one plan for each KPI and period.",
    "plan_days_known": "A plan ends on the last day of its period, not before the first.",
    "plan_not_negative": "No plan is negative.",
    "user_told_apart": "No two active users share an e-mail or extension that calls name.",
    "shop_in_one_spelling": "A shop has the same capitals in all orders, fees and stock.",
    "order_told_once": "No order comes from two sources.",
    "fee_told_once": "No fee comes from two sources.",
    "stock_counted_on": "A product that was in stock is counted until it is not.",
    "channel_told": "Most leads tell something of the channel they came by.",
    "lead_linked": "At least half of the deals have a lead.",
    "links_found": "What rows name by an id, such as leads, users and products, is delivered.",
    "calls_outcome_told": "Every call tells whether it was answered.",
    "user_told": "Most calls that were made or answered, and messages sent, tell by whom.",
    "fresh": "The last 7 days came, as far as such days usually have rows, chance allowed for.",
    "volume": "A day has at least 30 % of the rows its weekday usually has.",
    "still_filled": "A column that had a value in every row of 8 weeks has some on the last day.",
    "spend_kept": "Every day of ads has the spend that it had on the nights before.",
    "rows_kept": "No source delivers many rows fewer than on the nights before.",
    "key_unique": "No two rows have one key, whichever sources they come from.",
    "rows_reconciled": "Rows delivered = loaded + quarantined + superseded, and loaded are there.",
    "money_reconciled": "Money delivered = loaded + quarantined + superseded, and loaded is there.",
    "quarantine_within_tolerance": "No more rows are quarantined than the source's tolerance.",
}

# The list of checks depends on none of these values.
_ANY_NIGHT = CheckContext(date(2000, 1, 1), "XXX", "UTC")


def landing_checks(settings: Settings) -> list[CheckSpec]:
    """The checks of gate 1 on the entities that the sources are configured to deliver."""
    sources = settings.sources.values()
    configured = {name for source in sources for name in source.delivers}
    of_vendors = {name for source in sources if source.staging for name in source.delivers}
    return [
        CheckSpec(check_id, f"landing/{name}", severity == "block", _DESCRIPTIONS[check_id])
        for name, entity in ENTITIES.items()
        if name in configured
        for check_id, severity in _checks(entity, name in of_vendors).items()
    ]


def marts_checks() -> list[CheckSpec]:
    """The checks of gate 2, each on the table it is about."""
    return [
        CheckSpec(
            measure.check_id, f"marts/{table}", measure.severity == "block", measure.description
        )
        for table, measures in marts_measures(_ANY_NIGHT.as_of, _ANY_NIGHT.time_zone).items()
        for measure in measures
    ]


def _checks(entity: Entity, is_of_vendor: bool) -> dict[str, str]:
    ledgered = [
        measure
        for measure in delivery_measures(_ANY_NIGHT, [entity], {})
        if entity.money or measure.check_id != "money_reconciled"
    ]
    checks: list[Rule | Measure] = [
        delivered_rule(required=True),
        *row_rules(entity, _ANY_NIGHT),
        *daily_measures(entity, _ANY_NIGHT),
        *emptied_measures(entity, _ANY_NIGHT),
        *found_measures(entity, _ANY_NIGHT),
        *goods_measures(entity, _ANY_NIGHT),
        *shrunk_measures(entity, _ANY_NIGHT),
        *(history_measures(_ANY_NIGHT) if is_of_vendor else []),
        *ledgered,
        key_rule(entity),
    ]
    return {check.check_id: check.severity for check in checks}
