with

cards as (
    select * from {{ ref('stg_hubspot__cards') }}
    where kind = 'leads' and not is_deleted
),

moves as (
    select * from {{ ref('stg_hubspot__stage_moves') }}
    where kind = 'leads'
),

stages as (
    select * from {{ ref('stg_hubspot__stages') }}
),

deals as (
    select * from {{ ref('stg_hubspot__cards') }}
    where kind = 'deals'
),

links as (
    select * from {{ ref('stg_hubspot__associated') }}
    where kind = 'leads' and other_kind = 'deals'
),

custom as (
    {{ own_fields('hubspot', 'leads', ['qualified_at', 'junk_reason']) }}
),

qualified as (
    select
        moves.source,
        moves.id,
        min(moves.changed_at) as qualified_at
    from moves
    inner join stages
        on
            moves.source = stages.source
            and moves.pipeline_id = stages.pipeline_id
            and moves.to_stage_id = stages.stage_id
            and stages.semantics = 'won'
    group by moves.source, moves.id
),

standings as (
    select
        cards.source,
        cards.id,
        links.other_id as deal_id,
        case
            when links.other_id is not null then 'converted'
            when stages.semantics = 'lost' then 'junk'
            when
                qualified.qualified_at is not null
                or custom.qualified_at is not null
                then 'qualified'
            else 'in_work'
        end as status,
        case
            when links.other_id is null and stages.semantics = 'lost'
                then coalesce(custom.junk_reason, cards.reason)
        end as junk_reason,
        coalesce(
            {{ iso_moment('custom.qualified_at') }}, qualified.qualified_at
        ) as qualified_at,
        case
            when deals.created_at < cards.created_at then cards.created_at
            else deals.created_at
        end as converted_at
    from cards
    left join custom
        on
            cards.source = custom.source
            and cards.id = custom.id
    left join qualified
        on
            cards.source = qualified.source
            and cards.id = qualified.id
    left join stages
        on
            cards.source = stages.source
            and cards.pipeline_id = stages.pipeline_id
            and cards.stage_id = stages.stage_id
    left join links
        on
            cards.source = links.source
            and cards.id = links.id
    left join deals
        on
            links.source = deals.source
            and links.other_id = deals.id
)

select * from standings
