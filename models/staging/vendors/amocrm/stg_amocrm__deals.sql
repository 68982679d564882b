with

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
    where not is_lead
),

account as (
    select * from {{ landed('amocrm', 'account') }}
),

options as (
    select * from {{ ref('stg_config__options') }}
    where name = 'post_won_stages'
),

custom as (
    {{ own_fields('amocrm', 'deals', [
        'currency', 'cost', 'lead_id', 'expected_close_on', 'product', 'is_test',
    ]) }}
),

renamed as (
    select
        cards.source,
        -- ids
        cards.id as deal_id,
        cards.pipeline_id,
        cards.status_id as stage_id,
        cards.responsible_user_id as owner_id,
        cards.contact_id,
        cards.company_id,
        coalesce(custom.lead_id, case when cards.was_lead then cards.id end)
            as lead_id,
        -- text
        case
            when cards.status_id = '143' then 'lost'
            when cards.status_id = '142' or options.value is not null
                then 'won'
            else 'open'
        end as status,
        coalesce(custom.currency, account.currency) as currency,
        case when cards.status_id = '143' then cards.loss_reason end
            as lost_reason,
        custom.product,
        -- numbers
        -- 0 is the value of a field that is not filled in.
        nullif(coalesce(cards.price_with_minor_units, cards.price), 0)
            as amount,
        {{ dbt.safe_cast('custom.cost', landed_money()) }} as cost,
        -- booleans
        cards.is_deleted,
        {{ dbt.safe_cast('custom.is_test', 'boolean') }} as is_test,
        -- dates and times
        coalesce(cards.became_deal_at, cards.created_at) as created_at,
        cards.closed_at,
        {{ business_date(unix_seconds('custom.expected_close_on')) }}
            as expected_close_on,
        cards.updated_at
    from cards
    left join account
        on cards.source = account.source
    left join options
        on
            cards.source = options.source
            and cards.status_id = options.value
    left join custom
        on
            cards.source = custom.source
            and cards.id = custom.id
)

select * from renamed
