with

deals as (
    select * from {{ landed('bitrix24', 'deals') }}
    -- What the portal makes regular deals of is none itself.
    where coalesce(is_recurring, 'N') != 'Y'
),

statuses as (
    select * from {{ landed('bitrix24', 'statuses') }}
),

gone as (
    select * from {{ ref('stg_bitrix24__gone') }}
    where entity = 'deals'
),

options as (
    select * from {{ ref('stg_config__options') }}
    where name = 'post_won_stages'
),

custom as (
    {{ own_fields('bitrix24', 'deals', [
        'cost', 'lost_reason', 'expected_close_on', 'product', 'is_test',
    ]) }}
),

placed as (
    select
        deals.*,
        case
            when options.value is not null or deals.semantics = 'S' then 'won'
            when deals.semantics = 'F' then 'lost'
            else 'open'
        end as status,
        -- A failure of the portal's own says why; the first is only one.
        case
            when coalesce(statuses.is_system, 'N') = 'N' then statuses.name
        end as reason,
        gone.id is not null as is_deleted
    from deals
    left join options
        on
            deals.source = options.source
            and deals.stage_id = options.value
    left join statuses
        on
            deals.source = statuses.source
            and deals.pipeline_id = statuses.pipeline_id
            and deals.stage_id = statuses.id
    left join gone
        on
            deals.source = gone.source
            and deals.id = gone.id
),

renamed as (
    select
        placed.source,
        -- ids
        placed.id as deal_id,
        placed.pipeline_id,
        placed.stage_id,
        placed.assigned_by_id as owner_id,
        nullif(placed.contact_id, '0') as contact_id,
        nullif(placed.company_id, '0') as company_id,
        nullif(placed.lead_id, '0') as lead_id,
        -- text
        placed.status,
        placed.currency,
        case
            when placed.status = 'lost'
                then coalesce(custom.lost_reason, placed.reason)
        end as lost_reason,
        custom.product,
        -- numbers
        -- 0 is the value of a field that is not filled in.
        nullif(placed.amount, 0) as amount,
        -- Money of the portal's own fields is `100.50|RUB`.
        {{ dbt.safe_cast(
            dbt.split_part('custom.cost', "'|'", 1), landed_money()
        ) }} as cost,
        -- booleans
        placed.is_deleted,
        {{ dbt.safe_cast('custom.is_test', 'boolean') }} as is_test,
        -- dates and times
        placed.created_at,
        case when placed.semantics in ('S', 'F') then placed.moved_at end
            as closed_at,
        -- Once a deal is closed the portal has the day it was closed there.
        {{ dbt.safe_cast(
            "substring(coalesce(custom.expected_close_on,"
            ~ " case when placed.status = 'open' then placed.close_date end), 1, 10)",
            'date'
        ) }} as expected_close_on,
        placed.updated_at
    from placed
    left join custom
        on
            placed.source = custom.source
            and placed.id = custom.id
)

select * from renamed
