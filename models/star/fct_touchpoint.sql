with

touchpoints as (select * from {{ ref('int_touchpoints__conformed') }}),

final as (
    select
        touchpoint_id,
        occurred_at,
        {{ business_date('occurred_at') }} as occurred_on,
        customer_id,
        coalesce(channel, 'unattributed') as channel,
        campaign_id,
        type,
        is_direct,
        lead_id,
        is_test
    from touchpoints
)

select * from final
