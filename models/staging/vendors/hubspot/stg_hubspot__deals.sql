with

cards as (
    select * from {{ ref('stg_hubspot__cards') }}
    where kind = 'deals'
),

account as (
    select * from {{ landed('hubspot', 'account') }}
),

stages as (
    select * from {{ ref('stg_hubspot__stages') }}
),

linked as (
    select
        source,
        id,
        max(case when other_kind = 'contacts' then other_id end) as contact_id,
        max(case when other_kind = 'companies' then other_id end) as company_id,
        max(case when other_kind = 'leads' then other_id end) as lead_id
    from {{ ref('stg_hubspot__associated') }}
    where kind = 'deals'
    group by source, id
),

custom as (
    {{ own_fields('hubspot', 'deals', [
        'cost', 'lost_reason', 'expected_close_on', 'product', 'is_test',
    ]) }}
),

judged as (
    select
        cards.*,
        -- A deal without a stage or in an unknown stage is not won.
        case stages.semantics
            when 'lost' then 'lost'
            when 'won' then 'won'
            when 'post_won' then 'won'
            else 'open'
        end as status
    from cards
    left join stages
        on
            cards.source = stages.source
            and cards.pipeline_id = stages.pipeline_id
            and cards.stage_id = stages.stage_id
),

renamed as (
    select
        judged.source,
        -- ids
        judged.id as deal_id,
        judged.pipeline_id,
        judged.stage_id,
        judged.owner_id,
        linked.contact_id,
        linked.company_id,
        linked.lead_id,
        -- text
        judged.status,
        coalesce(judged.currency, account.currency) as currency,
        case
            when judged.status = 'lost'
                then coalesce(custom.lost_reason, judged.reason)
        end as lost_reason,
        custom.product,
        -- numbers
        judged.amount,
        {{ dbt.safe_cast('custom.cost', landed_money()) }} as cost,
        -- booleans
        judged.is_deleted,
        {{ dbt.safe_cast('custom.is_test', 'boolean') }} as is_test,
        -- dates and times
        judged.created_at,
        -- One date says when an open deal is to close, and when it has closed.
        case when judged.status != 'open' then judged.closed_at end
            as closed_at,
        coalesce(
            {{ dbt.safe_cast('left(custom.expected_close_on, 10)', 'date') }},
            case
                when judged.status = 'open'
                    then {{ business_date('judged.closed_at') }}
            end
        ) as expected_close_on,
        judged.updated_at
    from judged
    left join account
        on judged.source = account.source
    left join linked
        on
            judged.source = linked.source
            and judged.id = linked.id
    left join custom
        on
            judged.source = custom.source
            and judged.id = custom.id
)

select * from renamed
