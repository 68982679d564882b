"""Missing data of deals: their history, and how they ended. These measures
mark the marts that need it in mart_completeness."""

from data_quality.checks import Measure
from data_quality.comparisons import no_bad_rows
from data_quality.ledger import marts_fed_by
from orchestration.core import sql

# What the history of stages is told in: the funnel, where deals are lost and how long they stand.
# Other marts that read it have their figures without it, too: their learned chances begin with the
# creation of a deal.
_OF_HISTORY = (
    *("mart_funnel_stage", "mart_funnel_period", "mart_funnel_transition"),
    *("mart_pipeline_movement", "mart_lost_reason", "mart_deal_risk"),
)
_OF_OUTCOMES = tuple(mart for mart in marts_fed_by("deals") if not mart.startswith("mart_call_"))
_OF_REASONS = ("mart_lost_reason", "mart_finding")
# Reasons that say themselves that they are none of the list, and the share of the others that is
# usually in a group.
_NO_REASONS = ", ".join(
    sql.text(word) for word in ("other", "другое", "другая", "другая причина", "прочее", "иное")
)
_LISTED_SHARE = 0.7
# Lost deals with a reason. What few deals have may be written about one client, and is not shown.
_LOST = """(
    select
        *,
        if(count(*) over (partition by lost_reason) >= 3, lost_reason, 'of one or two deals')
            as reason
    from {batch}
    where lost_reason is not null and not is_test and not is_made_of_order
) as lost"""

# Deals of which the delivery tells no outcome: they have no status and no known stage. That stage
# is looked up in the delivery, as the models put such deals into the first stage of their pipeline.
# Without `closed_at`, a stage that is delivered and not known is reported by `stage_known`, and the
# history of a deal tells where it stands.
_UNTOLD = """
    select landed.deal_id
    from landing.deals as landed
    left join landing.stages as stage
        on landed.pipeline_id = stage.pipeline_id and landed.stage_id = stage.stage_id
    where landed.status is null and stage.stage_id is null and coalesce(
        landed.closed_at < {end},
        landed.stage_id is null and landed.deal_id not in (
            select event.deal_id from landing.stage_events as event where event.deal_id is not null
        )
    )
"""


def story_measures(end: str) -> list[Measure]:
    """The measures of fct_deal. `end`: the UTC time at which the as_of day ends, in SQL."""
    return [
        no_bad_rows(
            "history_told",
            "fct_deal",
            "pipeline_id in (select pipeline_id from marts.dim_pipeline where history = 'none')",
            "pipeline_id",
            "are in a pipeline without any stage event",
            "deliver `stage_events`; until then its durations, moves back and transitions are"
            " unknown",
            _OF_HISTORY,
            "warn",
        ),
        no_bad_rows(
            "outcome_told",
            "fct_deal",
            f"status = 'open' and deal_id in ({_UNTOLD.format(end=end)})",
            "pipeline_id",
            "are closed or in no stage, and nothing tells whether they were won or lost",
            "map `deals.status`, or `deals.stage_id` to rows of `stages`; until then they count as"
            " open",
            _OF_OUTCOMES,
            "warn",
        ),
        no_bad_rows(
            "reason_listed",
            "fct_deal",
            f"lost_reason_group = 'other' and lower(trim(lost_reason)) not in ({_NO_REASONS})",
            "reason",
            "are lost for a reason that is in no group",
            "give it a listed one by `values` of `deals.lost_reason`, such as `price`,"
            " `competitor`, `no answer`, `no need` or `terms`; until then they count as `other`",
            _OF_REASONS,
            "warn",
            "match",
            _LOST,
            threshold=_LISTED_SHARE,
        ),
        no_bad_rows(
            "status_fits_stage",
            "fct_deal",
            "deal_id in (select landed.deal_id from landing.deals as landed inner join"
            " landing.stages as stage on landed.pipeline_id = stage.pipeline_id and"
            " landed.stage_id = stage.stage_id where stage.semantics <> 'open' and landed.status <>"
            " replace(stage.semantics, 'post_won', 'won')"
            f" and coalesce(landed.closed_at < {end}, true))",
            "pipeline_id",
            "have a status that contradicts their stage",
            "map one of `deals.status` and `stages.semantics` anew; until then a status of won or"
            " lost is believed, and `open` is not",
            _OF_OUTCOMES,
            "warn",
        ),
    ]
