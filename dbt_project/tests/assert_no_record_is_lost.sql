-- Fails if a lead, deal or call session is neither in the star nor left out for a known reason:
-- merged away, deleted, born after the as_of day, or a talk among colleagues.
with

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where survivor_id is not null
),

delivered as (
    select
        'leads' as entity,
        count(*) as records
    from {{ ref('stg_entities__leads') }} as leads
    where
        leads.created_at < {{ as_of_end() }}
        and not exists (
            select 1
            from survivors
            where survivors.entity = 'leads' and survivors.loser_id = leads.lead_id
        )

    union all

    select
        'deals' as entity,
        count(*) as records
    from {{ ref('stg_entities__deals') }} as deals
    where
        deals.created_at < {{ as_of_end() }}
        and not coalesce(deals.is_deleted, false)
        and not exists (
            select 1
            from survivors
            where survivors.entity = 'deals' and survivors.loser_id = deals.deal_id
        )

    union all

    select
        'sessions' as entity,
        count(distinct concat(source, ':', coalesce(session_id, call_id))) as records
    from {{ ref('stg_entities__calls') }}
    where started_at < {{ as_of_end() }} and direction != 'internal'
),

published as (
    select
        'leads' as entity,
        count(*) as records
    from {{ ref('fct_lead') }}

    union all

    select
        'deals' as entity,
        count(*) as records
    from {{ ref('fct_deal') }}

    union all

    select
        'sessions' as entity,
        count(*) as records
    from {{ ref('fct_call') }}
)

select
    delivered.entity,
    delivered.records as records_delivered,
    published.records as records_published
from delivered
inner join published
    on delivered.entity = published.entity
where delivered.records != published.records
