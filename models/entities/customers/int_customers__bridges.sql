with

statements as (
    {{ anchored(ref('int_customers__statements'), ref('int_customers__records')) }}
),

own_lines as (
    select distinct
        identifiers.kind,
        identifiers.value
    from {{ ref('stg_entities__calls') }} as calls
    inner join {{ ref('stg_identity__identifiers') }} as identifiers
        on
            calls.line_phone = identifiers.raw_value
            and identifiers.kind = 'phone'
),

-- Only what two share can tie them together.
shared as (
    select
        kind,
        value,
        count(distinct case when anchor like 'contact:%' then anchor end)
            as contacts
    from statements
    group by kind, value
    having count(distinct anchor) > 1
),

-- The phones and e-mails that leads and touches give together with it.
companions as (
    select
        statements.kind,
        statements.value,
        count(distinct companions.value) filter (
            where companions.kind = 'phone'
        ) as phones,
        count(distinct companions.value) filter (
            where companions.kind = 'email'
        ) as emails
    from statements
    inner join shared using (kind, value)
    inner join statements as companions
        on
            statements.record_type = companions.record_type
            and statements.record_id = companions.record_id
            and statements.kind != companions.kind
    where statements.record_type != 'contact'
    group by statements.kind, statements.value
),

first_emails as (
    select
        record_id,
        min(value) as email
    from statements
    where record_type = 'contact' and kind = 'email'
    group by record_id
),

-- Colleagues: one phone and one company, but an e-mail each.
desks as (
    select
        statements.value,
        statements.company_id
    from statements
    inner join first_emails
        on statements.record_id = first_emails.record_id
    where
        statements.record_type = 'contact'
        and statements.kind = 'phone'
        and statements.company_id is not null
    group by statements.value, statements.company_id
    having
        count(distinct first_emails.email) > 1
        and count(distinct statements.anchor) > 1
),

switchboards as (
    select distinct
        'phone' as kind,
        value
    from desks
),

guarded as (
    select
        shared.kind,
        shared.value,
        greatest(
            shared.contacts,
            coalesce(companions.phones, 0),
            coalesce(companions.emails, 0)
        ) as people,
        case
            when own_lines.value is not null then 'own_line'
            when switchboards.value is not null then 'switchboard'
            when people > {{ var('identity_max_people') }} then 'crowd'
            when shared.kind = 'client_id' and people > 1 then 'shared_browser'
        end as blocked_as
    from shared
    left join companions using (kind, value)
    left join own_lines using (kind, value)
    left join switchboards using (kind, value)
),

bridges as (
    select distinct
        statements.anchor,
        guarded.*
    from statements
    inner join guarded using (kind, value)
)

select * from bridges
