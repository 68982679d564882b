with

leads as (
    select * from {{ landed('bitrix24', 'leads') }}
),

statuses as (
    select * from {{ landed('bitrix24', 'statuses') }}
    where pipeline_id = 'STATUS'
),

qualified_stages as (
    select * from {{ ref('stg_config__options') }}
    where name = 'qualified_stages'
),

gone as (
    select * from {{ ref('stg_bitrix24__gone') }}
    where entity = 'leads'
),

entries as (
    select * from {{ ref('stg_bitrix24__stage_entries') }}
    where entity = 'leads'
),

first_deals as (
    select
        source,
        lead_id,
        deal_id
    from {{ ref('stg_bitrix24__deals') }}
    where lead_id is not null and not is_deleted
    qualify row_number() over (
        partition by source, lead_id order by created_at asc, deal_id asc
    ) = 1
),

steps as (
    select
        entries.source,
        entries.card_id as id,
        min(
            case
                when qualified_stages.value is not null then entries.changed_at
            end
        ) as qualified_at,
        min(case when entries.semantics = 'S' then entries.changed_at end)
            as converted_at
    from entries
    left join qualified_stages
        on
            entries.source = qualified_stages.source
            and entries.stage_id = qualified_stages.value
    group by entries.source, entries.card_id
),

standings as (
    select
        leads.source,
        leads.id,
        first_deals.deal_id,
        case
            when leads.semantics = 'S' then 'converted'
            when leads.semantics = 'F' then 'junk'
            when
                steps.qualified_at is not null
                or qualified_stages.value is not null
                then 'qualified'
            else 'in_work'
        end as status,
        -- A failure of the portal's own says why; JUNK is only one.
        case
            when
                leads.semantics = 'F'
                and coalesce(statuses.is_system, 'N') = 'N'
                then statuses.name
        end as junk_reason,
        coalesce(
            steps.qualified_at,
            case
                when qualified_stages.value is not null then leads.created_at
            end
        ) as qualified_at,
        case
            when leads.semantics = 'S'
                then
                    coalesce(
                        steps.converted_at, leads.closed_at, leads.created_at
                    )
        end as converted_at
    from leads
    left join statuses
        on
            leads.source = statuses.source
            and leads.stage_id = statuses.id
    left join qualified_stages
        on
            leads.source = qualified_stages.source
            and leads.stage_id = qualified_stages.value
    left join steps
        on
            leads.source = steps.source
            and leads.id = steps.id
    left join first_deals
        on
            leads.source = first_deals.source
            and leads.id = first_deals.lead_id
    left join gone
        on
            leads.source = gone.source
            and leads.id = gone.id
    where gone.id is null
)

select * from standings
