"""The demo company as its systems show it at the end of an earlier day."""

from datetime import date, datetime

import duckdb

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.sources.demo.clock import DATES
from orchestration.sources.demo.config import MADE
from orchestration.sources.demo.until_shops import take_shops_back

# What is made, told or expected for days to come.
_MADE_AHEAD = ("plans", "absences", "external_events")
_LINKS = {"contact_id": "contacts", "lead_id": "leads", "deal_id": "deals"}


def keep_until(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Take out of the tables in `connection` what happens after `as_of`, a day in Moscow.

    A row goes by the time of its entity. A deal stands where its history has it by then; a lead
    that grows into a deal later has none yet; a task that is done later is not done; an absence or
    an external event may lie ahead once it is known; a link to a row that is gone is empty.
    """
    if as_of >= DATES[-1].item():
        return
    # Midnight in Moscow, which keeps UTC+3 all year round.
    (end,) = sql.only_row(
        connection.execute("select cast($day as timestamp) + interval 21 hour", {"day": as_of})
    )
    _take_deals_back(connection, end)
    _open_untold(connection, end)
    connection.execute(
        """
        update leads set
            qualified_at = if(qualified_at < $end, qualified_at, null),
            converted_at = if(converted_at < $end, converted_at, null),
            deal_id = if(converted_at < $end, deal_id, null),
            status = case
                when status = 'junk' then 'junk'
                when qualified_at < $end then 'qualified' else 'in_work' end,
            updated_at = greatest(created_at, if(qualified_at < $end, qualified_at, null))
        where updated_at >= $end
        """,
        {"end": end},
    )
    connection.execute(
        """
        update tasks set completed_at = null, updated_at = created_at where completed_at >= $end
        """,
        {"end": end},
    )
    take_shops_back(connection, end)
    # Those are known from `updated_at` on.
    for name in ("absences", "external_events"):
        connection.execute(f"delete from {name} where updated_at >= $end", {"end": end})
    connection.execute("update external_events set expected = starts_on > $day", {"day": as_of})
    for entity in (ENTITIES[name] for name in MADE):
        if entity.time and entity.name not in _MADE_AHEAD:
            last = "<= $day" if entity.column(entity.time).type == "date" else "< $end"
            connection.execute(
                f"delete from {entity.name} where not {entity.time} {last}",
                {"day": as_of} if last == "<= $day" else {"end": end},
            )
    # The calls and the spend of a day come in the morning after it. What comes later is another
    # night's: calls seen late, and corrections.
    for name in ("calls", "ad_stats"):
        connection.execute(
            f"delete from {name} where updated_at >= $end + interval 6 hour", {"end": end}
        )
    _empty_links(connection)


def _take_deals_back(connection: duckdb.DuckDBPyConnection, end: datetime) -> None:
    """Put each deal that moves at or after `end` where its history has it before."""
    connection.execute(
        """
        with steps as (
            select
                deal_id,
                arg_min(from_stage_id, sequence) filter (where changed_at >= $end) as stage_id,
                arg_max(changed_at, sequence) filter (where changed_at < $end) as moved_at
            from stage_events
            group by deal_id
        ),

        earlier as (
            select steps.*, stages.pipeline_id, stages.semantics
            from steps inner join stages using (stage_id)
        )

        update deals set
            stage_id = earlier.stage_id,
            pipeline_id = earlier.pipeline_id,
            status = if(earlier.semantics in ('open', 'lost'), earlier.semantics, 'won'),
            closed_at = case
                when earlier.semantics = 'open' then null
                -- Delivery comes after the win and does not move it.
                when deals.closed_at < $end then deals.closed_at
                else earlier.moved_at end,
            lost_reason = if(earlier.semantics = 'lost', deals.lost_reason, null),
            updated_at = coalesce(earlier.moved_at, deals.created_at)
        from earlier
        where deals.deal_id = earlier.deal_id
        """,
        {"end": end},
    )


def _open_untold(connection: duckdb.DuckDBPyConnection, end: datetime) -> None:
    """Open the deals that close at or after `end` by an event that their history lacks."""
    connection.execute(
        """
        with told as (
            select deal_id, arg_max(to_stage_id, sequence) as stage_id
            from stage_events
            group by deal_id
        ),

        first_stages as (
            select pipeline_id, arg_min(stage_id, stage_order) as stage_id
            from stages
            group by pipeline_id
        )

        update deals set
            stage_id = coalesce(
                (select told.stage_id from told where told.deal_id = deals.deal_id),
                first_stages.stage_id
            ),
            status = 'open', closed_at = null, lost_reason = null, updated_at = created_at
        from first_stages
        where deals.pipeline_id = first_stages.pipeline_id and deals.closed_at >= $end
        """,
        {"end": end},
    )


def _empty_links(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty what names a row that is gone."""
    for name in MADE:
        for column, target in _LINKS.items():
            if column in ENTITIES[name].column_names and target != name:
                connection.execute(
                    f"update {name} set {column} = null where {column} is not null"
                    f" and {column} not in (select {column} from {target})"
                )
