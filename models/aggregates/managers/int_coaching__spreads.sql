{%- set key = 'scope_type, scope_id, period_start, kpi_id' -%}
with

scopes as (
    select * from {{ ref('int_scopes__managers') }}
    where scope_type in ('manager', 'department')
),

deals as (
    select
        *,
        owner_id_at_close as manager_id,
        {{ business_date('final_closed_at') }} as date
    from {{ ref('fct_deal') }}
    where status = 'won' and final_closed_at is not null and not is_test
),

leads as (
    select * from {{ ref('fct_lead') }}
    where not is_test and not is_spam and {{ waits_for_contact() }}
),

samples as (
    -- A lead that nobody has called yet has waited longer than all others.
    select
        'speed_to_lead_p50_minutes' as kpi_id,
        owner_id as manager_id,
        {{ business_date('created_at') }} as date,
        coalesce(speed_to_lead_minutes, 1e15) as measure
    from leads

    union all

    select
        'sales_cycle_median_days' as kpi_id,
        manager_id,
        date,
        {{ hours_between('created_at', 'final_closed_at') }} / 24 as measure
    from deals
    where final_closed_at >= created_at and not is_made_of_order

    union all

    select
        'average_check' as kpi_id,
        manager_id,
        date,
        cast(amount_base as double) as measure
    from deals
    where amount_base > 0
),

-- Sums in the order of the values: a sum of doubles depends on the order.
numbered as (
    select
        scopes.scope_type,
        scopes.scope_id,
        {{ period_start('month', 'samples.date') }} as period_start,
        samples.kpi_id,
        samples.measure,
        row_number() over in_order as sample_no,
        sum(samples.measure) over in_order as sum_so_far,
        sum(samples.measure * samples.measure) over in_order as squares_so_far
    from samples
    inner join scopes on samples.manager_id = scopes.manager_id
    window in_order as (
        partition by
            scopes.scope_type,
            scopes.scope_id,
            {{ period_start('month', 'samples.date') }},
            samples.kpi_id
        order by samples.measure
        rows between unbounded preceding and current row
    )
),

counted as (
    select
        *,
        count(*) over (partition by {{ key }}) as samples_count
    from numbered
),

-- A share of 95 % or more of all medians lies between the values with these two numbers.
ranked as (
    select
        *,
        floor((samples_count + 1 - 1.96 * sqrt(samples_count)) / 2) as low_no
    from counted
),

final as (
    select
        {{ key }},
        max(samples_count) as samples_count,
        max(case when sample_no = low_no then measure end) as median_low,
        nullif(
            max(case
                when low_no > 0 and sample_no = samples_count + 1 - low_no then measure
            end), 1e15
        ) as median_high,
        {{ t_factor('(max(samples_count) - 1)') | indent(8) }}
        * sqrt(
            greatest(0, max(squares_so_far) - power(max(sum_so_far), 2) / max(samples_count))
            / nullif(max(samples_count) - 1, 0) / max(samples_count)
        ) as mean_margin
    from ranked
    group by {{ key }}
)

select * from final
