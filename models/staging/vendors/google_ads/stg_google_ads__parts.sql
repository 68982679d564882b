{%- set measures = ['impressions', 'clicks', 'cost_micros', 'conversions'] -%}

with

stats as (
    select * from {{ landed('google_ads', 'stats') }}
),

-- A group may have one text several times, with one match type each.
keywords as (
    select
        source,
        date,
        customer_id,
        currency,
        campaign_id,
        max(campaign_name) as campaign_name,
        ad_group_id,
        cast(null as {{ dbt.type_string() }}) as ad_id,
        -- Google leaves out what is zero.
        {%- for measure in measures %}
        coalesce(sum({{ measure }}), 0) as {{ measure }},
        {%- endfor %}
        keyword
    from stats
    where criterion_id != '--'
    group by
        source, date, customer_id, currency, campaign_id, ad_group_id, keyword
),

ads as (
    select
        source,
        date,
        customer_id,
        currency,
        campaign_id,
        campaign_name,
        ad_group_id,
        ad_id,
        {%- for measure in measures %}
        coalesce({{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        cast(null as {{ dbt.type_string() }}) as keyword
    from stats
    anti join keywords using (source, date, customer_id, ad_group_id)
    where ad_id != '--'
),

parts as (
    select * from keywords
    union all
    select * from ads
)

select * from parts
