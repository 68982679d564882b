with

spoken as (
    select * from {{ ref('int_customers__spoken') }}
),

identifiers as (
    select * from {{ ref('stg_identity__identifiers') }}
),

statements as (
    {%- for kind in ['phone', 'email', 'messenger'] %}
    select distinct
        spoken.record_type,
        spoken.record_id,
        spoken.company_id,
        spoken.anchor,
        '{{ kind }}' as kind,
        identifiers.value
    from spoken
    inner join identifiers
        on
            spoken.{{ kind }} = identifiers.raw_value
            and identifiers.kind = '{{ kind }}'

    union all
    {% endfor %}
    select distinct
        record_type,
        record_id,
        company_id,
        anchor,
        'client_id' as kind,
        client_id as value
    from spoken
    where client_id is not null
)

select * from statements
