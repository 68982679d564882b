with

deals as (
    select * from {{ ref('int_manager__deal_mix') }}
),

scopes as (
    select * from {{ ref('int_scopes__managers') }}
),

strata as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        scopes.scope_type,
        scopes.scope_id,
        max(scopes.parent_type) as parent_type,
        max(scopes.parent_id) as parent_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'deals.date') }} as period_start,
        deals.is_new_customer,
        deals.channel_group,
        deals.segment,
        sum(deals.won_count) as won,
        sum(deals.closed_count) as closed
    from deals
    inner join scopes on deals.manager_id = scopes.manager_id
    group by
        scopes.scope_type,
        scopes.scope_id,
        {{ period_start(grain, 'deals.date') }},
        deals.is_new_customer,
        deals.channel_group,
        deals.segment
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
        period as (
            partition by scope_type, scope_id, period_grain, period_start
        ),
        client_type as (
            partition by
                scope_type, scope_id, period_grain, period_start, is_new_customer
        )
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
        scope_type,
        scope_id,
        period_grain,
        period_start,
        max(parent_rate) as parent_rate,
        -- Decimals: a sum of doubles depends on the order of its rows.
        cast(sum(cast(closed * peer_rate as decimal(28, 12))) as double) as expected_won
    from rated
    group by all
)

select * from expected
