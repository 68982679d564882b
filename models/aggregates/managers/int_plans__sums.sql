with

plans as (
    select * from {{ ref('int_plans__valid') }}
    where period_start <= {{ as_of_date() }}
),

scopes as (select * from {{ ref('int_scopes__managers') }}),

periods as (select * from {{ ref('int_scopes__periods') }}),

mix as (select * from {{ ref('int_scopes__mix') }}),

calls as (select * from {{ ref('int_calls__daily') }}),

known as (
    select distinct
        plans.scope_type,
        plans.scope_id,
        plans.period_start,
        plans.period_end
    from plans
    inner join scopes using (scope_type, scope_id)
),

days_of_scopes as (
    select
        periods.*,
        periods.period_start as date,
        mix.expected_won
    from periods
    left join mix using (scope_type, scope_id, period_grain, period_start)
    where periods.period_grain = 'day' and periods.is_eventful
),

days_of_calls as (
    select
        scopes.scope_type,
        scopes.scope_id,
        calls.*
    from calls
    inner join scopes using (manager_id)
),

days_of_channels as (
    select
        'company' as scope_type,
        'company' as scope_id,
        *
    from {{ ref('int_channels__daily_sums') }}
),

-- A sum is 0 without rows and NULL without known values.
{% for figures in ['scopes', 'calls', 'channels'] -%}
sums_of_{{ figures }} as (
    select
        known.scope_type,
        known.scope_id,
        known.period_start,
        {%- for column in additive_columns(figures) %}
        {%- if figures == 'scopes' and column == 'revenue' %}
        {{ known_revenue() }} as revenue,
        {%- else %}
        case when count(daily.date) = 0 then 0 else sum(daily.{{ column }}) end as {{ column }},
        {%- endif %}
        {%- endfor %}
        known.period_end
    from known
    left join days_of_{{ figures }} as daily
        on
            known.scope_type = daily.scope_type
            and known.scope_id = daily.scope_id
            and daily.date between known.period_start and known.period_end
    group by known.scope_type, known.scope_id, known.period_start, known.period_end
),

{% endfor -%}
-- Ratios that are more than one column by another.
channel_ratios as (
    select
        *,
        1000 * {{ safe_divide('spend', 'impressions') }} as cpm,
        case when revenue > 0 then {{ safe_divide('spend', 'revenue') }} end as ad_cost_share,
        {{ safe_divide('revenue - spend', 'spend') }} as romi_revenue,
        {{ safe_divide('estimated_profit - spend', 'spend') }} as romi_margin,
        {{ safe_divide('cohort_revenue - spend', 'spend') }} as cohort_romi_revenue
    from sums_of_channels
    -- A channel does not belong to a team, department or manager.
    where scope_type = 'company'
),

final as (
    {%- for figures, sums in [
        ('scopes', 'sums_of_scopes'), ('calls', 'sums_of_calls'), ('channels', 'channel_ratios'),
    ] %}
    select
        '{{ figures }}' as figures,
        scope_type,
        scope_id,
        period_start,
        period_end,
        {{ row_as_json(sums) }} as measures
    from {{ sums }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
