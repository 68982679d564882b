with

norms as (select * from {{ ref('int_talks__norms') }}),

talks as (select * from {{ ref('int_talks__daily') }}),

customers as (select * from {{ ref('dim_customer') }}),

leads as (
    select * from {{ ref('fct_lead') }}
    where status = 'lost' and not is_test and not is_spam and not is_made_of_order
),

-- The first day on which more days than the norm have passed without a contact.
waited as (
    select
        gaps.*,
        cast({{ dbt.dateadd(
            'day', 'cast(floor(norms.contact_norm_days) as integer) + 1', 'gaps.from_on'
        ) }} as date) as untouched_on
    from {{ ref('int_talks__gaps') }} as gaps
    inner join norms using (segment)
),

-- What becomes open or untouched is added on its day; what no longer is, subtracted.
changes as (
    {%- for kind, since, condition in [
        ('record_type', 'from_on', 'true'),
        ("'untouched'", 'untouched_on', 'coalesce(untouched_on < to_on, untouched_on is not null)'),
    ] %}
    {%- for day, step in [(since, 1), ('to_on', -1)] %}
    select
        manager_id,
        client_type,
        {{ kind }} as kind,
        {{ day }} as date,
        {{ step }} as step
    from waited
    where {{ condition }}

    union all
    {% endfor %}
    {%- endfor %}
    select
        leads.owner_id as manager_id,
        case when customers.first_won_at < leads.created_at then 'returning' else 'new' end
            as client_type,
        'untimed' as kind,
        {{ business_date('leads.created_at') }} as date,
        1 as step
    from leads
    left join customers using (customer_id)
    where coalesce(leads.converted_at, leads.lost_at, leads.won_at) is null

    union all

    select
        talks.manager_id,
        case
            when talks.customer_id is null then 'unknown'
            when {{ business_date('customers.first_won_at') }} < talks.date then 'returning'
            else 'new'
        end as client_type,
        'contact' as kind,
        talks.date,
        talks.contacts_count as step
    from talks
    left join customers using (customer_id)
),

weekly as (
    select
        manager_id,
        client_type,
        {{ period_start('week', 'date') }} as period_start,
        sum(step) filter (where kind = 'lead') as lead_change,
        sum(step) filter (where kind = 'deal') as deal_change,
        sum(step) filter (where kind = 'untouched') as untouched_change,
        sum(step) filter (where kind = 'contact') as contact_change,
        sum(step) filter (where kind = 'untimed') as untimed_change
    from changes
    where date <= {{ as_of_date() }}
    group by all
),

weeks as (
    select distinct {{ period_start('week', 'date') }} as period_start
    from {{ ref('dim_date') }}
    where date <= {{ as_of_date() }}
),

series as (
    select
        manager_id,
        client_type,
        min(period_start) as first_week
    from weekly
    group by all
),

known as (select count(contact_norm_days) > 0 as has_norm from norms),

running as (
    select
        weeks.period_start,
        series.manager_id,
        series.client_type,
        coalesce(sum(weekly.lead_change) over sofar, 0) as open_leads,
        coalesce(sum(weekly.deal_change) over sofar, 0) as open_deals,
        case when known.has_norm then coalesce(sum(weekly.untouched_change) over sofar, 0) end
            as untouched_count,
        coalesce(weekly.contact_change, 0) as contacts_count,
        coalesce(weekly.untimed_change, 0) as untimed_leads
    from series
    cross join known
    inner join weeks on series.first_week <= weeks.period_start
    left join weekly using (manager_id, client_type, period_start)
    window sofar as (
        partition by series.manager_id, series.client_type order by weeks.period_start
    )
),

final as (
    select
        period_start,
        manager_id,
        client_type,
        cast(open_leads as bigint) as open_leads,
        cast(open_deals as bigint) as open_deals,
        cast(untouched_count as bigint) as untouched_count,
        {{ safe_divide('untouched_count', 'open_leads + open_deals') }} as untouched_share,
        cast(contacts_count as bigint) as contacts_count,
        cast(untimed_leads as bigint) as untimed_leads,
        {{ as_of_date() }} as as_of_date
    from running
),

{{ named('final', ['manager']) }}

select * from named
