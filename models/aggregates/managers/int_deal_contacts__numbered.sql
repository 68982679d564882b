with

leads as (select * from {{ ref('fct_lead') }}),

deals as (
    select
        deals.deal_id,
        deals.customer_id,
        {{ deal_started_at('deals', 'leads') }} as started_at,
        deals.final_closed_at as closed_at
    from {{ ref('fct_deal') }} as deals
    left join leads using (lead_id)
    where
        deals.status in ('won', 'lost')
        and deals.final_closed_at is not null
        and not deals.is_test
        and not deals.is_made_of_order
),

-- People speaking with a client: what a program sends is no contact.
{%- set relations = [
    ("'call'", 'started_at', ref('fct_call'), "status = 'answered' and not is_test"),
    (message_format('channel'), 'sent_at', ref('fct_message'), 'not is_automatic and not is_test'),
    ("'meeting'", 'completed_at', ref('fct_task'),
     'completed_at is not null and not is_test and ' ~ is_meeting('kind')),
] %}

moments as (
    {%- for contact_format, moment, relation, rows in relations %}
    select
        {{ contact_format }} as contact_format,
        {{ moment }} as happened_at,
        deal_id,
        lead_id,
        customer_id
    from {{ relation }}
    where {{ rows }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

named as (
    select
        moments.contact_format,
        moments.happened_at,
        moments.customer_id,
        coalesce(moments.deal_id, leads.deal_id) as deal_id,
        moments.deal_id is null and moments.lead_id is null as is_unnamed
    from moments
    left join leads using (lead_id)
),

-- A contact that names no record is about the customer's latest deal that was not closed yet.
guessed as (
    select
        named.contact_format,
        named.happened_at,
        deals.deal_id
    from named
    inner join deals
        on
            named.customer_id = deals.customer_id
            and named.happened_at >= deals.started_at
            and named.happened_at <= deals.closed_at
    where named.is_unnamed
    qualify row_number() over (
        partition by named.contact_format, named.happened_at, named.customer_id
        order by deals.started_at desc, deals.deal_id asc
    ) = 1
),

matched as (
    select
        contact_format,
        happened_at,
        deal_id
    from named
    where not is_unnamed
    union all
    select
        contact_format,
        happened_at,
        deal_id
    from guessed
),

-- The messages of one format on one day are one contact.
dated as (
    select
        matched.deal_id,
        matched.contact_format,
        min(matched.happened_at) as contacted_at
    from matched
    inner join deals
        on
            matched.deal_id = deals.deal_id
            and matched.happened_at >= deals.started_at
            and matched.happened_at <= deals.closed_at
    group by
        matched.deal_id,
        matched.contact_format,
        case
            when matched.contact_format in ('call', 'meeting')
                then cast(matched.happened_at as string)
            else cast({{ business_date('matched.happened_at') }} as string)
        end
),

final as (
    select
        *,
        row_number() over (partition by deal_id order by contacted_at, contact_format) as contact_no
    from dated
)

select * from final
