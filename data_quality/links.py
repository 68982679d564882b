"""Gate 1: how the rows of a source refer to other entities, as rules over its rows."""

from collections.abc import Iterator

from data_quality.checks import CheckContext, Rule
from orchestration.core import sql
from orchestration.core.entity import Entity

# The share of rows that usually have the value; below it, a user should check the mapping.
_MATCH_SHARE = {"leads": 0.8, "deals": 0.5, "calls": 0.8, "messages": 0.8}

_CURRENCIES = {
    **dict.fromkeys(("deals", "payments", "products", "orders", "fees"), "currency"),
    "ad_stats": "account_currency",
}
_OWNERS = {"leads": "owner_id", "deals": "owner_id"}


def references(entity: Entity, context: CheckContext) -> Iterator[Rule]:
    """The rates of a row's currency, its owner and its stage exist. Great Expectations has no
    built-in expectation over two tables."""
    if column := _CURRENCIES.get(entity.name):
        money = f"{entity.money} is not null and {entity.money} <> 0 and " if entity.money else ""
        yield Rule(
            "currency_has_rate",
            "referential",
            "block",
            1.0,
            f"{money}{column} not in (select rate.currency from landing.fx_rates as rate"
            f" union all select {sql.text(context.base_currency)})",
            f"are in a currency without an exchange rate to {context.base_currency}",
            "deliver its rates as entity fx_rates",
            (column,),
        )
    if column := _OWNERS.get(entity.name):
        yield Rule(
            "owner_known",
            "referential",
            "warn",
            1.0,
            f"{column} not in (select landed.user_id from landing.users as landed)"
            " and exists (select 1 from landing.users)",
            f"have an `{column}` that is in no row of users",
            "deliver former users too; until then these rows count for manager `unassigned`",
            (column,),
        )
    if entity.name == "deals":
        yield Rule(
            "stage_known",
            "referential",
            "warn",
            1.0,
            "stage_id is not null and (pipeline_id, stage_id) not in"
            " (select (stage.pipeline_id, stage.stage_id) from landing.stages as stage)",
            "stand in a stage that is in no row of stages",
            "deliver the stages of every pipeline, deleted ones included",
            ("pipeline_id", "stage_id"),
        )
    if entity.name == "stage_events":
        yield Rule(
            "stage_known",
            "referential",
            "warn",
            1.0,
            "to_stage_id not in (select stage.stage_id from landing.stages as stage)",
            "move to a stage that is in no row of stages",
            "deliver the stages of every pipeline, deleted ones included",
            ("to_stage_id",),
        )


def matches(entity: Entity) -> Iterator[Rule]:
    """Most rows have the values that link them to a channel, a lead or a user."""
    match entity.name:
        case "leads":
            missing = "coalesce(channel, utm_source, click_id, referrer, source_type) is null"
            complaint = "tell nothing of the channel they came by"
            advice = "map `channel` or the utm columns; these leads count as channel `unattributed`"
        case "deals":
            missing = (
                "lead_id is null and deal_id not in"
                " (select lead.deal_id from landing.leads as lead where lead.deal_id is not null)"
                " and exists (select 1 from landing.leads)"
            )
            complaint = "have no lead"
            advice = "map `deals.lead_id` or `leads.deal_id`; these deals have no channel"
        case "calls":
            # If a client hung up before anyone answered, the call has no user.
            missing = (
                "user_id is null and user_email is null and phone_ext is null"
                " and (direction = 'out' or answered_at is not null or talk_seconds > 0)"
            )
            complaint = (
                "were made or answered by a user that neither `user_id` nor `user_email` nor"
                " `phone_ext` tells"
            )
            advice = "map one of them; these calls count for manager `unassigned`"
        case "messages":
            missing = "user_id is null and direction = 'out' and not coalesce(is_automatic, false)"
            complaint = "were sent to a client by a user that `user_id` does not tell"
            advice = "map it, or map `is_automatic`; these messages count for manager `unassigned`"
        case _:
            return
    share = _MATCH_SHARE[entity.name]
    check_ids = {"leads": "channel_told", "deals": "lead_linked"}
    yield Rule(
        check_ids.get(entity.name, "user_told"), "match", "warn", share, missing, complaint, advice
    )


def outcomes(entity: Entity) -> Iterator[Rule]:
    """Every call with a client has a value that says whether it was answered."""
    if entity.name != "calls":
        return
    # If a source has no `result`, a call without answer and talk times is a missed one, as long as
    # other calls have such times.
    yield Rule(
        "calls_outcome_told",
        "completeness",
        "warn",
        1.0,
        "coalesce(direction, '') <> 'internal'"
        " and result is null and answered_at is null and talk_seconds is null"
        " and (select count(result) > 0 or count(answered_at) + count(talk_seconds) = 0"
        " from {batch})",
        "have neither `result`, `answered_at` nor `talk_seconds`",
        "map `calls.result`, `calls.answered_at` or `calls.talk_seconds`; until then these calls"
        " count as not answered",
    )
