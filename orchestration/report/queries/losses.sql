-- Why deals are lost in a month, beside the six months before it.
with months as (select period as month from recent where grain = 'month' limit 7),

lost as (
    select
        scope_type || ':' || scope_id as scope,
        pipeline_id,
        period_start,
        lost_reason_group as reason_group,
        sum(lost_count) as lost_count,
        sum(lost_amount) as lost_amount
    from marts.mart_lost_reason inner join scopes using (manager_id)
    where period_grain = 'month'
    group by all
),

beside as (
    select
        scope, pipeline_id, month, reason_group,
        coalesce(sum(lost_count) filter (where period_start = month), 0) as lost_count,
        coalesce(sum(lost_amount) filter (where period_start = month), 0) as lost_amount,
        coalesce(sum(lost_count) filter (where period_start < month), 0) as before_count
    from months
    inner join lost on period_start between month - interval 6 month and month
    group by all
)

select
    scope,
    pipeline_id,
    month,
    reason_group,
    lost_count,
    lost_amount,
    lost_count / nullif(sum(lost_count) over whole, 0) as share,
    before_count / nullif(sum(before_count) over whole, 0) as before_share,
    sum(lost_count) over whole < 30 as is_low_n
from beside
window whole as (partition by scope, pipeline_id, month)
order by scope, pipeline_id, month, lost_count desc, reason_group
