with

periods as (
    select * from {{ ref('int_scopes__periods') }}
),

dated as (
    select
        *,
        cast(
            case period_grain
                when 'day' then {{ dbt.dateadd('day', -1, 'period_start') }}
                when 'week' then {{ dbt.dateadd('day', -7, 'period_start') }}
                else {{ dbt.dateadd('month', -1, 'period_start') }}
            end as date
        ) as previous_start,
        -- 52 weeks ago is the week of the same weekdays.
        cast(
            case period_grain
                when 'week' then {{ dbt.dateadd('day', -364, 'period_start') }}
                else {{ dbt.dateadd('year', -1, 'period_start') }}
            end as date
        ) as year_ago_start
    from periods
),

compared as (
    select
        dated.scope_type,
        dated.scope_id,
        dated.period_grain,
        dated.period_start,
        previous.revenue as revenue_previous,
        -- A relative change is not defined where the earlier value is not above zero.
        case
            when previous.revenue > 0
                then {{ safe_divide(
                    '(dated.revenue - previous.revenue)', 'previous.revenue'
                ) }}
        end as revenue_change,
        year_ago.revenue as revenue_year_ago,
        case
            when year_ago.revenue > 0
                then {{ safe_divide(
                    '(dated.revenue - year_ago.revenue)', 'year_ago.revenue'
                ) }}
        end as revenue_year_change,
        previous.won_count as won_previous,
        {{ safe_divide(
            '(dated.won_count - previous.won_count)', 'previous.won_count'
        ) }} as won_change
    from dated
    left join periods as previous
        on
            dated.scope_type = previous.scope_type
            and dated.scope_id = previous.scope_id
            and dated.period_grain = previous.period_grain
            and dated.previous_start = previous.period_start
    left join periods as year_ago
        on
            dated.scope_type = year_ago.scope_type
            and dated.scope_id = year_ago.scope_id
            and dated.period_grain = year_ago.period_grain
            and dated.year_ago_start = year_ago.period_start
)

select * from compared
