with

deals as (
    select * from {{ ref('stg_entities__deals') }}
    where not is_deleted and created_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

stage_events as (
    select * from {{ ref('int_stage_events__numbered') }}
    where entity = 'deals' and changed_at >= {{ as_of_end() }}
),

-- What happened after the as_of day tells where the deal stood before it.
later_events as (
    select
        record_id as deal_id,
        from_stage_id as stage_id
    from stage_events
    qualify row_number() over (partition by record_id order by event_no) = 1
),

surviving as (
    select
        deals.*,
        later_events.stage_id as stage_id_before,
        later_events.deal_id is not null
        or coalesce(deals.closed_at >= {{ as_of_end() }}, false)
            as is_changed_later
    from deals
    anti join survivors
        on
            survivors.entity = 'deals'
            and deals.deal_id = survivors.loser_id
    left join later_events
        on deals.deal_id = later_events.deal_id
),

repointed as (
    select
        surviving.source,
        surviving.deal_id,
        surviving.pipeline_id,
        coalesce(contacts.survivor_id, surviving.contact_id) as contact_id,
        surviving.company_id,
        coalesce(leads.survivor_id, surviving.lead_id) as lead_id,
        coalesce(users.survivor_id, surviving.owner_id, 'unassigned')
            as owner_id,
        -- Stage, status and reason as they are now say nothing of that day.
        case
            when is_changed_later then stage_id_before else stage_id
        end as stage_id,
        case when not is_changed_later then status end as status,
        case when not is_changed_later then lost_reason end as lost_reason,
        case
            when not is_changed_later and updated_at < {{ as_of_end() }}
                then updated_at
        end as updated_at,
        case when closed_at < {{ as_of_end() }} then closed_at end as closed_at,
        surviving.created_at,
        surviving.amount,
        surviving.currency,
        surviving.cost,
        surviving.product,
        surviving.expected_close_on,
        surviving.is_test
    from surviving
    left join survivors as contacts
        on
            contacts.entity = 'contacts'
            and surviving.contact_id = contacts.loser_id
    left join survivors as leads
        on
            leads.entity = 'leads'
            and surviving.lead_id = leads.loser_id
    left join survivors as users
        on
            users.entity = 'users'
            and surviving.owner_id = users.loser_id
)

select * from repointed
