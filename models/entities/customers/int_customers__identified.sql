with

records as (
    select * from {{ ref('int_customers__records') }}
),

components as (
    select * from {{ ref('int_customers__components') }}
),

bridges as (
    select
        anchor,
        kind
    from {{ ref('int_customers__bridges') }}
    where blocked_as is null
    union all
    select
        anchor,
        'deal_lead' as kind
    from {{ ref('int_customers__grown') }}
),

-- The strongest of the ties that an anchor has to others.
ties as (
    select
        anchor,
        min_by(
            kind,
            case kind
                {%- for kind in ['deal_lead', 'phone', 'email', 'messenger', 'client_id'] %}
                when '{{ kind }}' then {{ loop.index }}
                {%- endfor %}
            end
        ) as kind
    from bridges
    group by anchor
),

identified as (
    select
        records.record_type,
        records.record_id,
        records.source,
        case when records.record_type = 'contact' then records.record_id end
            as contact_id,
        case when records.record_type = 'contact' then records.contact_id end
            as survivor_contact_id,
        components.component,
        coalesce(
            records.joined_by,
            case when records.anchor != components.component then ties.kind end
        ) as joined_by,
        components.customer_id
    from records
    inner join components
        on records.anchor = components.anchor
    left join ties
        on records.anchor = ties.anchor
)

select * from identified
