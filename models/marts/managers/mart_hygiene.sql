{#- By rule of deals: the days it is known for, the deals it applies to, and what breaks it. -#}
{%- set of_deals = {
    'no_next_task': ('all', 'has_no_next_step is not null', 'has_no_next_step'),
    'no_contact': ('all', 'is_silent is not null', 'is_silent'),
    'stuck': ('all', 'is_stuck is not null', 'is_stuck'),
    'close_date_past':
        ('last', 'expected_close_on is not null', 'expected_close_on <= date'),
    'amount_missing': ('last', 'is_amount_due', 'coalesce(amount, 0) = 0'),
    'duplicate_client': ('last', 'customer_id is not null', 'is_duplicate'),
} -%}
{%- set window_days = var('hygiene_days') | int -%}
{%- set day_before = dbt.dateadd('day', -window_days, as_of_date()) -%}
with

judged as (select * from {{ ref('int_open_deals__judged') }}),

deals as (
    select
        *,
        {{ business_date('final_closed_at') }} as closed_on
    from {{ ref('fct_deal') }}
    where not is_made_of_order
),

habits as (select * from {{ ref('int_pipelines__habits') }}),

-- Those that were open on one of the days.
tasks as (
    select * from {{ ref('fct_task') }}
    where not is_test and due_on is not null and coalesce(completed_on > {{ day_before }}, true)
),

dates as (
    select date from {{ ref('dim_date') }}
    where date > {{ day_before }} and date <= {{ as_of_date() }}
),

-- Clients with several cards in the CRM that a phone, an address or a messenger joins.
duplicates as (
    select customer_id
    from {{ ref('int_customers__identified') }}
    where record_type = 'contact'
    group by customer_id
    having
        count(*) filter (where joined_by in ('phone', 'email', 'messenger', 'client_id')) > 0
        and count(*) > 1
),

open_deals as (
    select
        judged.*,
        deals.amount,
        deals.expected_close_on,
        duplicates.customer_id is not null as is_duplicate
    from judged
    inner join deals using (deal_id)
    left join duplicates on judged.customer_id = duplicates.customer_id
),

counted as (
    {%- for rule_id, (days, applies, violated) in of_deals.items() %}
    select
        date,
        '{{ rule_id }}' as rule_id,
        manager_id,
        count(*) as checked,
        count(*) filter (where {{ violated }}) as violated
    from open_deals
    where {{ applies }}{{ ' and date = ' ~ as_of_date() if days == 'last' }}
    group by date, manager_id

    union all
    {% endfor %}
    select
        dates.date,
        'overdue_task' as rule_id,
        tasks.manager_id,
        count(*) as checked,
        count(*) filter (where tasks.due_on <= dates.date) as violated
    from dates
    inner join tasks
        on
            dates.date >= tasks.created_on
            and coalesce(dates.date < tasks.completed_on, true)
    group by dates.date, tasks.manager_id

    union all

    select
        dates.date,
        'lost_without_reason' as rule_id,
        deals.owner_id_at_close as manager_id,
        count(*) as checked,
        count(*) filter (where deals.lost_reason is null) as violated
    from dates
    inner join deals
        on
            dates.date >= deals.closed_on
            and dates.date < {{ dbt.dateadd('day', window_days, 'deals.closed_on') }}
    inner join habits using (pipeline_id)
    where deals.status = 'lost' and not deals.is_test and habits.is_reason_usual
    group by dates.date, deals.owner_id_at_close
),

final as (
    select
        date,
        rule_id,
        manager_id,
        checked,
        violated,
        {{ safe_divide('violated', 'checked') }} as rate,
        lag({{ safe_divide('violated', 'checked') }}) over (
            partition by rule_id, manager_id order by date
        ) as previous_rate,
        {{ as_of_date() }} as as_of_date
    from counted
),

{{ named('final', ['manager']) }}

select * from named
