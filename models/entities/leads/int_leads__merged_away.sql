with

leads as (
    select
        *,
        {{ campaign_mark('utm_campaign') }} as campaign_mark,
        {{ mark_signal(source_mark('channel', 'utm_source')) | indent(8) }} as marked_source
    from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'leads' and survivor_id is not null
),

campaigns as (select * from {{ ref('int_campaigns__marked') }}),

final as (
    select
        leads.lead_id,
        survivors.survivor_id,
        leads.created_at,
        campaigns.channel,
        campaigns.platform,
        campaigns.campaign_id
    from leads
    inner join survivors on leads.lead_id = survivors.loser_id
    left join campaigns
        on
            leads.campaign_mark = campaigns.campaign_mark
            and leads.marked_source = campaigns.marked_source
)

select * from final
