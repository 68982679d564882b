{%- set key = 'manager_id, period_start, sample_kind' -%}
{%- set call = 'coalesce(sampled.call_id, spoken.call_id)' -%}
with

deals as (
    select
        deal_id,
        owner_id_at_close as manager_id,
        status,
        {{ business_date('final_closed_at') }} as date,
        cast(amount_base as double) as amount,
        {{ hours_between('created_at', 'final_closed_at') }} as cycle_hours
    from {{ ref('fct_deal') }}
    where
        status in ('won', 'lost')
        and final_closed_at is not null
        and not is_test
        and not is_made_of_order
),

leads as (
    select * from {{ ref('fct_lead') }}
    where
        not is_test
        and not is_spam
        and {{ waits_for_contact() }}
        and deal_id is not null
),

calls as (
    select * from {{ ref('fct_call') }}
    where not is_test
),

episodes as (select * from {{ ref('int_calls__episodes') }}),

-- Sample kind, relation, manager, day, deal, call, how telling it is, which rows.
{%- set waited = 'coalesce(queue_seconds, 0) + coalesce(ring_seconds, 0)' %}
{%- set kinds = [
    ('lost_deal', 'deals', 'manager_id', 'date', 'deal_id', none,
     'coalesce(amount, -1)', "status = 'lost'"),
    ('small_deal', 'deals', 'manager_id', 'date', 'deal_id', none,
     '-amount', "status = 'won' and amount > 0"),
    ('long_deal', 'deals', 'manager_id', 'date', 'deal_id', none,
     'cycle_hours', "status = 'won' and cycle_hours >= 0"),
    ('slow_lead', 'leads', 'owner_id', business_date('created_at'), 'deal_id', none,
     'coalesce(speed_to_lead_minutes, 1e15)', 'true'),
    ('missed_call', 'calls', 'manager_id', business_date('started_at'), none, 'call_id',
     waited, "direction = 'in' and status = 'missed'"),
    ('late_call', 'calls', 'manager_id', business_date('started_at'), none, 'call_id',
     waited, "direction = 'in' and (status = 'missed' or (status = 'answered' and "
     ~ waited ~ ' > ' ~ var('sla_seconds') ~ '))'),
    ('forgotten_call', 'episodes', 'manager_id', 'date', none, 'call_id',
     'cast(missed_calls as double)', "resolution = 'unresolved'"),
] %}

candidates as (
    {%- for kind, relation, manager, day, deal, call, telling, rows in kinds %}
    select
        '{{ kind }}' as sample_kind,
        {{ manager }} as manager_id,
        {{ period_start('month', day) }} as period_start,
        {{ deal or 'cast(null as string)' }} as deal_id,
        {{ call or 'cast(null as string)' }} as call_id,
        {{ telling }} as telling
    from {{ relation }}
    where {{ rows }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

sampled as (
    select
        *,
        row_number() over (
            partition by {{ key }} order by telling desc, deal_id asc, call_id asc
        ) as sample_no
    from candidates
    qualify sample_no <= 10
),

-- Of a deal, the manager's last call with the client that was a conversation.
spoken as (
    select
        deal_id,
        manager_id,
        call_id
    from calls
    where
        deal_id is not null
        and status = 'answered'
        and talk_seconds >= {{ var('meaningful_call_seconds') }}
    qualify row_number() over (
        partition by deal_id, manager_id order by started_at desc, call_id asc
    ) = 1
),

final as (
    select
        sampled.manager_id,
        sampled.period_start,
        sampled.sample_kind,
        {{ json_list('sampled.deal_id', 'sampled.sample_no') | indent(8) }} as sample_deal_ids,
        {{ json_list(call, 'sampled.sample_no') | indent(8) }} as sample_call_ids
    from sampled
    left join spoken using (deal_id, manager_id)
    group by sampled.manager_id, sampled.period_start, sampled.sample_kind
)

select * from final
