{%- set key = 'scope_type, scope_id, period_grain, period_start' -%}
with

deals as (
    select * from {{ ref('fct_deal') }}
    where
        status in ('won', 'lost')
        and final_closed_at is not null
        and not is_test
        and not is_made_of_order
),

leads as (
    select * from {{ ref('fct_lead') }}
),

channels as (
    select * from {{ ref('dim_channel') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

scopes as (
    select * from {{ ref('int_scopes__managers') }}
),

-- Deals of one kind: client type, channel group and segment.
kinds as (
    select
        deals.owner_id_at_close as manager_id,
        {{ business_date('deals.final_closed_at') }} as date,
        deals.is_new_customer,
        coalesce(channels.channel_group, 'unknown') as channel_group,
        coalesce(customers.segment, 'unknown') as segment,
        count(*) filter (where deals.status = 'won') as won,
        count(*) as closed
    from deals
    left join leads on deals.lead_id = leads.lead_id
    left join channels on leads.channel = channels.channel
    left join customers on deals.customer_id = customers.customer_id
    group by all
),

strata as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        scopes.scope_type,
        scopes.scope_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'kinds.date') }} as period_start,
        kinds.is_new_customer,
        kinds.channel_group,
        kinds.segment,
        max(scopes.parent_type) as parent_type,
        max(scopes.parent_id) as parent_id,
        sum(kinds.won) as won,
        sum(kinds.closed) as closed
    from kinds
    inner join scopes on kinds.manager_id = scopes.manager_id
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

widened as (
    select
        *,
        sum(won) over period as all_won,
        sum(closed) over period as all_closed,
        sum(won) over client_type as type_won,
        sum(closed) over client_type as type_closed
    from strata
    window
        period as (partition by {{ key }}),
        client_type as (partition by {{ key }}, is_new_customer)
),

-- The parent has every stratum of its scopes. Where the peers closed no deals in
-- one, the next wider stratum with closed deals is used.
rated as (
    select
        own.*,
        {{ safe_divide('parent.all_won', 'parent.all_closed') }} as parent_rate,
        coalesce(
            {{ safe_divide('(parent.won - own.won)', '(parent.closed - own.closed)') }},
            {{ safe_divide(
                '(parent.type_won - own.type_won)',
                '(parent.type_closed - own.type_closed)'
            ) }},
            {{ safe_divide(
                '(parent.all_won - own.all_won)',
                '(parent.all_closed - own.all_closed)'
            ) }}
        ) as peer_rate
    from widened as own
    inner join widened as parent
        on
            own.parent_type = parent.scope_type
            and own.parent_id = parent.scope_id
            and own.period_grain = parent.period_grain
            and own.period_start = parent.period_start
            and own.is_new_customer = parent.is_new_customer
            and own.channel_group = parent.channel_group
            and own.segment = parent.segment
),

expected as (
    select
        {{ key }},
        max(parent_rate) as parent_rate,
        -- Decimals: a sum of doubles depends on the order of its rows.
        cast(sum(cast(closed * peer_rate as decimal(28, 12))) as double) as expected_won
    from rated
    group by all
)

select * from expected
