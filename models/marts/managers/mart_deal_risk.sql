{%- set risks = deal_risks() -%}

with

judged as (
    select * from {{ ref('int_open_deals__judged') }}
    where date = {{ as_of_date() }}
),

deals as (select * from {{ ref('fct_deal') }}),

customers as (select * from {{ ref('dim_customer') }}),

-- Where a deal stands is what its chance is learned by.
standings as (
    select
        *,
        {{ period_start('month', as_of_date()) }} as learned_on,
        {{ forecast_band(dbt.datediff('entered_on', as_of_date(), 'day')) }} as stage_band
    from {{ ref('int_forecast__standings') }}
    where left_on is null and closed_on is null and stage_id <> 'created'
),

chances as (
    select
        standings.deal_id,
        case
            when {{ is_beyond_wins('standings.entered_on', as_of_date()) }}
                then case when longest.longer_lost_count > 0 then 0.0 end
            else incidence.win_probability
        end as win_probability,
        -- The interval is of the cases of its own, without those borrowed from wider cells.
        case
            when {{ is_beyond_wins('standings.entered_on', as_of_date()) }}
                then longest.longer_lost_count
            else incidence.deals_count
        end as chance_deals,
        amounts.mean_amount
    from standings
    left join {{ ref('int_forecast__longest') }} as longest using (learned_on, pipeline_id)
    left join {{ ref('int_forecast__amounts') }} as amounts
        using (learned_on, pipeline_id, segment)
    inner join {{ ref('int_forecast__incidence') }} as incidence
        using (learned_on, pipeline_id, stage_id, stage_band, segment)
    where incidence.horizon_days = 365
),

-- Of the events in a city in the coming days, the gravest and then the nearest.
events as (
    select
        lower(trim(city)) as city,
        kind
    from {{ ref('fct_external_event') }}
    where {{ is_event_ahead() | indent(4) }}
    qualify row_number() over (
        partition by lower(trim(city))
        order by case when severity = 'high' then 0 else 1 end, starts_on, event_id
    ) = 1
),

joined as (
    select
        judged.*,
        deals.amount_base,
        chances.win_probability,
        chances.win_probability * chances.chance_deals as chance_wins,
        chances.chance_deals,
        chances.win_probability * coalesce(deals.amount_base, chances.mean_amount)
            as expected_amount,
        coalesce(deals.expected_close_on <= {{ as_of_date() }}, false) as is_close_overdue,
        judged.is_amount_due and coalesce(deals.amount, 0) = 0 as is_amount_missing,
        events.kind as external_event
    from judged
    inner join deals using (deal_id)
    left join chances on judged.deal_id = chances.deal_id
    left join customers on judged.customer_id = customers.customer_id
    left join events on lower(trim(customers.city)) = events.city
),

final as (
    select
        deal_id,
        pipeline_id,
        stage_id,
        manager_id,
        customer_id,
        cast(amount_base as {{ hundredths() }}) as amount_base,
        cast(age_days as bigint) as age_days,
        cast(days_in_stage as bigint) as days_in_stage,
        cast(stage_norm_days as bigint) as stage_norm_days,
        win_probability,
        {{ wilson_low('chance_wins', 'chance_deals') | indent(8) }} as win_probability_low,
        {{ wilson_high('chance_wins', 'chance_deals') | indent(8) }} as win_probability_high,
        cast(expected_amount as {{ hundredths() }}) as expected_amount,
        cast(days_since_contact as bigint) as days_since_contact,
        contact_norm_days,
        next_task_due_on,
        is_stuck,
        has_no_next_step,
        is_close_overdue,
        is_silent,
        is_amount_missing,
        external_event,
        cast(
            {%- for condition in risks.values() %}
            case when {{ condition }} then 1 else 0 end{{ ' +' if not loop.last }}
            {%- endfor %}
            as bigint
        ) as risk_count,
        case
            {%- for risk, condition in risks.items() %}
            when {{ condition }} then '{{ risk }}'
            {%- endfor %}
        end as top_risk,
        {{ risk_color(risks) | indent(8) }} as status_color,
        {{ risk_reason(risks, 'ru') | indent(8) }} as color_reason_ru,
        {{ risk_reason(risks, 'en') | indent(8) }} as color_reason_en,
        {{ as_of_date() }} as as_of_date
    from joined
),

{{ named('final', ['pipeline', 'stage', 'manager']) }}

select * from named
