with

calls as (
    select * from {{ ref('fct_call') }}
    where not is_test
),

sessions as (
    select * from {{ ref('int_calls__sessions') }}
),

legs as (
    select * from {{ ref('stg_entities__calls') }}
),

numbered as (
    select
        calls.call_id,
        calls.source,
        calls.started_at,
        calls.direction,
        calls.status,
        calls.manager_id,
        calls.customer_id,
        nullif({{ only_digits('legs.client_phone') }}, '') as client_number
    from calls
    inner join sessions
        on
            calls.source = sessions.source
            and calls.call_id = sessions.session_id
    left join legs
        on
            sessions.source = legs.source
            and sessions.first_call_id = legs.call_id
),

-- A customer known by any call of a number is used for all its calls; a call from a
-- hidden number is a separate client.
keyed as (
    select
        *,
        coalesce(
            customer_id,
            case
                when client_number is not null
                    then min(customer_id) over (partition by client_number)
            end,
            client_number,
            source || ' ' || call_id
        ) as client_key
    from numbered
),

-- Contacts so far: the missed calls between two of them are one episode, and
-- the next one ends it.
counted as (
    select
        *,
        sum(case when status = 'answered' then 1 else 0 end) over (
            partition by client_key
            order by
                started_at,
                case when status = 'answered' then 0 else 1 end,
                call_id
            rows between unbounded preceding and current row
        ) - case when status = 'answered' then 1 else 0 end as contacts_before
    from keyed
    where status = 'answered' or (direction = 'in' and status = 'missed')
),

episodes as (
    select
        min(call_id) filter (where status = 'missed') as call_id,
        min(started_at) filter (where status = 'missed') as missed_at,
        min_by(manager_id, started_at) filter (where status = 'missed')
            as manager_id,
        count(*) filter (where status = 'missed') as missed_calls,
        min(started_at) filter (where status = 'answered') as contact_at,
        min(direction) filter (where status = 'answered') as contact_direction
    from counted
    group by client_key, contacts_before
    having count(*) filter (where status = 'missed') > 0
),

resolved as (
    select
        call_id,
        manager_id,
        {{ business_date('missed_at') }} as date,
        missed_at,
        missed_calls,
        contact_at,
        case
            when
                contact_at is null
                or {{ hours_between('missed_at', 'contact_at') }}
                > {{ var('callback_hours') }}
                then 'unresolved'
            when contact_direction = 'out' then 'called_back'
            else 'self_recovered'
        end as resolution
    from episodes
)

select * from resolved
