"""Gate 1, day by day: whether the last week came, and whether a day has as many rows as usual."""

from data_quality.checks import CheckContext, Measure
from orchestration.core import sql
from orchestration.core.entity import Entity

# The days that are measured, as_of the last of them.
DAYS = 35

# Entities that come almost every day. The others follow no calendar.
DAILY_ENTITIES = (
    "leads",
    "deals",
    "stage_events",
    "calls",
    "ad_stats",
    "touchpoints",
    "payments",
    "fx_rates",
    "messages",
    "tasks",
    "orders",
    "fees",
    "stock",
)

_FRESH_SHARE = 0.7

# A week with at least this many usual days is judged by them; others by the length of the gap.
_USUAL_DAYS = 5
# A gap this many times the longest earlier gap is not chance.
_SILENCE_FACTOR = 3
# With fewer gaps than this, the longest one says nothing.
_GAPS = 3
_VOLUME_SHARE = 0.3

# With fewer rows a day than this, chance alone can halve a day.
_LOW_VOLUME = 10

# Rows per business day, and for every measured day what the same weekday of the 8 weeks before had:
# `median_rows`, `is_usual`, whether nearly every such day (and at least 4 of them) had rows, and
# `chance`, the share of them that had, short of certain.
_COUNTED = """
    with
    landed as (
        select {day} as day from {{batch}}
        where {time} >= date '{as_of}' - {history} and {time} < date '{as_of}' + 2
    ),
    counts as (select day, count(*) as row_count from landed group by day),
    days as (
        select
            back.day,
            coalesce(counts.row_count, 0) as row_count
        from (
            select cast(unnest(range(date '{as_of}' - {history} + 1, date '{as_of}' + 1,
                interval 1 day)) as date) as day
        ) as back
        left join counts on counts.day = back.day
    ),
    lived as (
        select days.* from days
        where days.day >= (select min({day}) from {{batch}})
    ),
    compared as (
        select
            lived.day,
            lived.row_count,
            median(before.row_count) as median_rows,
            count(before.day) >= 4
            and count_if(before.row_count > 0) >= 0.8 * count(before.day) as is_usual,
            (count_if(before.row_count > 0) + 0.5) / (count(before.day) + 1) as chance
        from lived
        left join lived as before
            on lived.day - before.day between 7 and 56 and (lived.day - before.day) % 7 = 0
        group by lived.day, lived.row_count
    )
"""

_FRESH = """
    , weeks as (
        select
            measured.day as date,
            count_if(week.is_usual) as expected,
            count_if(week.is_usual and week.row_count > 0) as covered,
            sum(week.row_count) as row_count,
            -- Three standard deviations below what such days usually bring. Added up day by day:
            -- in any other order the last digit differs from night to night.
            sum(case when week.is_usual then week.chance end order by week.day)
            - 3 * sqrt(sum(
                case when week.is_usual then week.chance * (1 - week.chance) end
                order by week.day
            )) as least_covered
        from compared as measured
        inner join compared as week on measured.day - week.day between 0 and 6
        where measured.day > date '{as_of}' - {days}
        group by measured.day
    ),
    -- Of all days, or a source that has been dead for months would count as one that is rare.
    filled as (
        select day, day - lag(day) over (order by day) as gap
        from (select distinct {day} as day from {{batch}} where {time} < date '{as_of}' + 2)
    ),
    silences as (
        select
            measured.day as date,
            measured.day - max(filled.day) as silence,
            coalesce(max(filled.gap), 0) as longest,
            count(filled.gap) as gaps
        from lived as measured
        left join filled on filled.day <= measured.day
        group by measured.day
    ),
    judged as (
        select
            date,
            expected >= {usual_days} as is_by_days,
            case
                when is_by_days then covered / expected
                when row_count > 0 or silence <= {factor} * longest or gaps < {gaps} then 1.0
                else 0.0
            end as value,
            case
                when is_by_days
                    then least({threshold}, greatest(0.0, least_covered / expected))
                else {threshold}
            end as threshold,
            case
                when is_by_days
                    then ': of the 7 days up to ' || date || ', ' || row_count || ' rows came, on '
                    || covered || ' of the ' || expected || ' days that usually have some'
                when row_count > 0
                    then ': ' || row_count || ' rows came in the 7 days up to ' || date
                else ': no rows for '
                    || silence || ' days up to ' || date || ', the longest gap before was '
                    || longest || ' days'
            end as found
        from weeks
        inner join silences using (date)
    )
    select
        date,
        value,
        threshold,
        {where} || found
        || case when value < threshold then '; see whether the source still delivers' else '' end
        as detail
    from judged
    order by date
"""

# A day without rows always fails; other days fail 3.3 standard deviations below the median.
_VOLUME = """
    select
        day as date,
        least(1.0, row_count / median_rows) as value,
        least({threshold}, greatest(0.01, 1 - 3.3 / sqrt(median_rows))) as threshold,
        {where} || ': ' || row_count || ' rows on ' || day
        || ', the median of the same weekday in the 8 weeks before is ' || median_rows
        || case when value < threshold then '; see whether the day came in full' else '' end
        as detail
    from compared
    where median_rows >= {low_volume} and day > date '{as_of}' - {days}
    order by day
"""


def daily_measures(entity: Entity, context: CheckContext) -> list[Measure]:
    """Freshness and volume of one entity of one source on each of the last 35 business days.

    Days before the entity's first row are not measured; volume is not measured if fewer than 10
    rows a day are usual. A week is fresh if 70 % of its usual days have rows, or a lower share that
    chance explains (three standard deviations). A week with fewer than 5 usual days is fresh if it
    has any row, or if its gap is at most 3 times the longest of at least 3 earlier gaps.
    """
    if entity.name not in DAILY_ENTITIES or not entity.time:
        return []
    given = {
        "time": sql.name(entity.time),
        "day": business_day(entity, context),
        "as_of": context.as_of,
        "days": DAYS,
        # The measured days, the week before the first and the 8 weeks before that.
        "history": DAYS + 7 + 56,
        "low_volume": _LOW_VOLUME,
        "usual_days": _USUAL_DAYS,
        "factor": _SILENCE_FACTOR,
        "gaps": _GAPS,
        "where": sql.text(f"{context.source}.{entity.name}"),
    }
    return [
        Measure(
            "fresh",
            "freshness",
            "warn",
            (_COUNTED + _FRESH).format(**given, threshold=_FRESH_SHARE),
        ),
        Measure(
            "volume",
            "volume",
            "warn",
            (_COUNTED + _VOLUME).format(**given, threshold=_VOLUME_SHARE),
        ),
    ]


def business_day(entity: Entity, context: CheckContext) -> str:
    """The day of a row in the company's zone, as an expression."""
    assert entity.time is not None, f"{entity.name} is undated"
    time = sql.name(entity.time)
    if entity.column(entity.time).type != "timestamp":
        return time
    return f"cast(timezone({sql.text(context.time_zone)}, timezone('UTC', {time})) as date)"
