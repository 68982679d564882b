with recursive

marks as (
    select * from {{ ref('stg_identity__test_marks') }}
),

leads as (
    select * from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}
),

deals as (
    select * from {{ ref('stg_entities__deals') }}
    where created_at < {{ as_of_end() }}
),

-- An order is marked as the lead of its key.
orders as (
    select * from {{ ref('int_orders__placed') }}
),

touches as (
    select * from {{ ref('stg_entities__touchpoints') }}
    where occurred_at < {{ as_of_end() }}
),

delivered as (
    select * from {{ ref('stg_entities__merges') }}
    where entity != 'users' and (merged_at is null or merged_at < {{ as_of_end() }})
),

cells as (
    select
        'contact' as record_type,
        contact_id as record_id,
        phones as phone,
        emails as email,
        cast(null as {{ dbt.type_string() }}) as client_id,
        cast(null as {{ dbt.type_string() }}) as campaign_mark
    from {{ ref('stg_entities__contacts') }}
    {%- for record_type, id, relation in [
        ('lead', 'lead_id', 'leads'), ('lead', 'order_key', 'orders'),
        ('touch', 'touchpoint_id', 'touches'),
    ] %}
    union all
    select
        '{{ record_type }}' as record_type,
        {{ id }} as record_id,
        phone,
        email,
        client_id,
        {{ campaign_mark('utm_campaign') }} as campaign_mark
    from {{ relation }}
    {%- endfor %}
),

named as (
    select
        record_type,
        record_id
    from cells
    where
        phone in (
            select raw_value from marks
            where kind = 'phone'
        )
        or email in (
            select raw_value from marks
            where kind = 'email'
        )
        or client_id in (
            select raw_value from marks
            where kind = 'client_id'
        )
        or campaign_mark in (
            select raw_value from marks
            where kind = 'utm_campaign'
        )
),

-- What belongs to a marked record: the orders of a contact, the lead that a touch names, the deals
-- of a lead and the leads of a deal, the records merged with one.
ties as (
    {%- for from_type, from_id, record_type, record_id, relation in [
        ('contact', 'contact_id', 'lead', 'lead_id', 'leads'),
        ('contact', 'contact_id', 'deal', 'deal_id', 'deals'),
        ('contact', 'contact_id', 'lead', 'order_key', 'orders'),
        ('touch', 'touchpoint_id', 'lead', 'lead_id', 'touches'),
        ('lead', 'lead_id', 'deal', 'deal_id', 'leads'),
        ('lead', 'lead_id', 'deal', 'deal_id', 'deals'),
        ('deal', 'deal_id', 'lead', 'lead_id', 'leads'),
        ('deal', 'deal_id', 'lead', 'lead_id', 'deals'),
        ('lead', 'lead_id', 'lead', 'order_key', 'orders'),
        ('deal', 'deal_id', 'lead', 'order_key', 'orders'),
        ('lead', 'order_key', 'lead', 'lead_id', 'orders'),
        ('lead', 'order_key', 'deal', 'deal_id', 'orders'),
        ('lead', 'order_key', 'deal', 'order_key', 'orders'),
    ] %}
    select
        '{{ from_type }}' as from_type,
        {{ from_id }} as from_id,
        '{{ record_type }}' as record_type,
        {{ record_id }} as record_id
    from {{ relation }}
    union all
    {%- endfor %}
    {%- for record_type in ['contact', 'lead', 'deal'] %}
    {%- for from_id, id in [('loser_id', 'survivor_id'), ('survivor_id', 'loser_id')] %}
    select
        '{{ record_type }}' as from_type,
        {{ from_id }} as from_id,
        '{{ record_type }}' as record_type,
        {{ id }} as record_id
    from delivered
    where entity = '{{ record_type }}s'
    {{ 'union all' if not (loop.last and record_type == 'deal') }}
    {%- endfor %}
    {%- endfor %}
),

marked as (
    select * from named
    union
    select
        ties.record_type,
        ties.record_id
    from marked
    inner join ties
        on marked.record_type = ties.from_type and marked.record_id = ties.from_id
    where ties.record_id is not null
),

-- What the CRM marks by itself marks nothing that it is tied to: a lead may have real deals, too.
final as (
    select * from marked
    {%- for record_type in ['lead', 'deal'] %}
    union
    select
        '{{ record_type }}' as record_type,
        {{ record_type }}_id as record_id
    from {{ record_type }}s
    where is_test
    {%- endfor %}
)

select * from final
