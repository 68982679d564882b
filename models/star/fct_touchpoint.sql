with

touchpoints as (select * from {{ ref('int_touchpoints__conformed') }}),

final as (
    select
        touchpoint_id,
        occurred_at,
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
