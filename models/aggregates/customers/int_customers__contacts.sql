{%- set features = {'channel': 'channel', 'weekday': 'day_of_week', 'hour': 'hour_of_day'} -%}
with

talks as (select * from {{ ref('int_talks__daily') }}),

-- When the client was there: answered calls, and what the client began: calls and messages.
moments as (
    select
        customer_id,
        'call' as channel,
        started_at as happened_at,
        direction = 'in' as is_of_client
    from {{ ref('fct_call') }}
    where
        (status = 'answered' or direction = 'in')
        and not is_test
        and customer_id is not null

    union all

    select
        customer_id,
        channel,
        sent_at as happened_at,
        true as is_of_client
    from {{ ref('fct_message') }}
    where direction = 'in' and not is_automatic and customer_id is not null
),

placed as (
    select
        customer_id,
        happened_at,
        is_of_client,
        channel,
        cast({{ dbt.datediff(
            period_start('week', business_date('happened_at')), business_date('happened_at'), 'day'
        ) }} + 1 as string) as day_of_week,
        cast({{ dbt.datediff(
            dbt.date_trunc('day', business_time('happened_at')), business_time('happened_at'), 'hour'
        ) }} as string) as hour_of_day
    from moments
),

{% for feature, column in features.items() -%}
by_{{ feature }} as (
    select
        customer_id,
        {{ column }} as preferred_{{ feature }},
        sum(times) over (partition by customer_id) as moments_count
    from (
        select
            customer_id,
            {{ column }},
            count(*) as times,
            max(happened_at) as last_at
        from placed
        {{ 'where is_of_client' if feature == 'channel' }}
        group by customer_id, {{ column }}
    ) as counted
    qualify row_number() over (
        partition by customer_id order by times desc, last_at desc, {{ column }} asc
    ) = 1
),

{% endfor -%}
talked as (
    select
        customer_id,
        max(date) as last_contact_on,
        sum(contacts_count) filter (
            where {{ dbt.datediff('date', as_of_date(), 'day') }} < 90
        ) as contacts_90
    from talks
    where customer_id is not null
    group by customer_id
),

final as (
    select
        customer_id,
        talked.last_contact_on,
        coalesce(talked.contacts_90, 0) as contacts_90,
        by_channel.moments_count as own_moments_count,
        by_hour.moments_count,
        by_channel.preferred_channel,
        cast(by_weekday.preferred_weekday as integer) as preferred_weekday,
        cast(by_hour.preferred_hour as integer) as preferred_hour
    from talked
    full join by_hour using (customer_id)
    left join by_weekday using (customer_id)
    left join by_channel using (customer_id)
)

select * from final
