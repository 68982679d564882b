"""Totals of the funnel marts: deals that reached a stage, moves, and the money of open deals."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total
from data_quality.marts.periods import LAST_PERIODS, same_in_periods
from data_quality.marts.rows import CLOSED, CRM_LEADS

_STAGES, _PERIODS = "mart_funnel_stage", "mart_funnel_period"
_TRANSITIONS, _MOVEMENT = "mart_funnel_transition", "mart_pipeline_movement"
_LOST = "mart_lost_reason"

_VISITS = (
    "marts.fct_deal_stage_visit as visit inner join marts.fct_deal as deal"
    " on visit.deal_id = deal.deal_id and not deal.is_test"
)
# A deal that was never in a stage of the dimension is in no pipeline.
_PLACED = (
    "from marts.fct_deal where not is_test"
    " and deal_id in (select deal_id from marts.fct_deal_stage_visit)"
)

_ON_STEPS = (
    "(visit.pipeline_id, visit.stage_id) not in (select (stage.pipeline_id, stage.stage_id)"
    " from marts.dim_stage as stage where stage.semantics = 'lost')"
)


def funnel_measures() -> dict[str, list[Measure]]:
    return {
        _STAGES: _stages(),
        _PERIODS: _periods(),
        _TRANSITIONS: _transitions(),
        _MOVEMENT: _movement(),
        _LOST: _lost(),
    }


def _stages() -> list[Measure]:
    return [
        same_total(
            "reached_equals_facts",
            _STAGES,
            "reached_count of the first stage (mode implied)",
            "select 'pipeline ' || pipeline_id as part, reached_count as total from {batch}"
            " where mode = 'implied' and slice_type = 'all' and cohort_grain = 'all'"
            " qualify row_number() over (partition by pipeline_id order by stage_order) = 1",
            "select part, cast(sum(total) as bigint) as total from ("
            "select 'pipeline ' || visit.pipeline_id as part,"
            f" count(distinct visit.deal_id) as total from {_VISITS} where {_ON_STEPS}"
            " group by part"
            f" union all select 'pipeline leads', count(*) {CRM_LEADS} having count(*) > 0"
            " union all select 'pipeline ' || visit.pipeline_id as part,"
            " count(distinct visit.lead_id) from marts.fct_lead_stage_visit as visit"
            f" where {_ON_STEPS} and visit.lead_id in (select lead_id {CRM_LEADS})"
            " and visit.pipeline_id in"
            " (select pipeline_id from marts.dim_pipeline where kind = 'lead') group by part"
            ") as counted group by part",
        )
    ]


def _periods() -> list[Measure]:
    def total(column: str, measure: str, rows: str = "{batch}") -> Measure:
        return same_in_periods(
            f"{column}_equals_facts",
            _PERIODS,
            column,
            f"select visit.pipeline_id as of, {measure} as total from {_VISITS} group by of",
            of="pipeline_id",
            rows=rows,
        )

    standing = "filter (where visit.is_censored)"
    return [
        total("entries_count", "count(*)"),
        total("exits_count", "count(visit.exited_at)"),
        total("open_at_end_count", f"count(*) {standing}", LAST_PERIODS),
        total(
            "open_at_end_amount",
            f"sum(cast(deal.amount_base as decimal(38, 2))) {standing}",
            LAST_PERIODS,
        ),
    ]


def _transitions() -> list[Measure]:
    return [
        same_in_periods(
            "moves_count_equals_facts",
            _TRANSITIONS,
            "moves_count",
            f"select visit.pipeline_id as of, count(*) as total from {_VISITS}"
            " inner join marts.fct_deal_stage_visit as before"
            " on visit.deal_id = before.deal_id and visit.visit_no = before.visit_no + 1"
            " and visit.pipeline_id = before.pipeline_id where deal.has_history group by of",
            of="pipeline_id",
        )
    ]


def _movement() -> list[Measure]:
    """Opened, closed and remaining deals. A dbt test checks that the other columns balance."""

    def total(check_id: str, measure: str, deals: str, rows: str = "{batch}") -> Measure:
        return same_in_periods(
            check_id,
            _MOVEMENT,
            measure,
            "select '' as of, sum(cast(amount_base as decimal(38, 2))) as total"
            f" {_PLACED} and {deals}",
            rows=rows,
        )

    return [
        total("created_equals_facts", "created", "true"),
        # What was reopened was won or lost before, and is again where it was closed again.
        total("closed_equals_facts", "won + lost - reopened", "status in ('won', 'lost')"),
        total("closing_equals_facts", "closing", "status = 'open'", LAST_PERIODS),
    ]


def _lost() -> list[Measure]:
    return [
        same_total(
            "lost_equals_facts",
            _LOST,
            "sum of lost_count by period_grain",
            "select period_grain as part, sum(lost_count) as total from {batch} group by part",
            "select part, total from (select distinct period_grain as part from {batch}) as parts"
            f" cross join (select count(*) as total {CLOSED} and status = 'lost') as facts",
        )
    ]
