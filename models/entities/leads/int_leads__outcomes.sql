with

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

links as (
    select * from {{ ref('int_leads__deals') }}
),

deals as (
    select * from {{ ref('int_deals__located') }}
),

-- A lead may have stages of a CRM pipeline: the last one decides.
last_events as (
    select * from {{ ref('int_stage_events__ordered') }}
    where entity = 'leads' and is_counted
    qualify row_number() over (partition by record_id order by event_no desc) = 1
),

sold as (
    select
        links.lead_id,
        min(case when deals.status = 'won' then deals.closed_at end) as won_at,
        count(case when deals.status = 'won' then 1 end) as won_count,
        count(case when deals.status != 'lost' then 1 end) = 0 as is_lost,
        max(deals.closed_at) as closed_at
    from links
    inner join deals
        on links.deal_id = deals.deal_id
    group by links.lead_id
),

outcomes as (
    select
        leads.lead_id,
        sold.won_at,
        case
            when sold.won_count > 0 then 'won'
            when
                sold.is_lost
                or last_events.outcome = 'lost'
                or leads.junk_reason is not null
                or lower(trim(leads.status)) in ('lost', 'junk')
                then 'lost'
            else 'open'
        end as status,
        -- A status and a reason have no time of their own.
        case
            when sold.is_lost then sold.closed_at
            when last_events.outcome = 'lost' then last_events.changed_at
        end as lost_at
    from leads
    left join sold
        on leads.lead_id = sold.lead_id
    left join last_events
        on leads.lead_id = last_events.record_id
)

select * from outcomes
