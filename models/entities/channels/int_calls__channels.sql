with

calls as (
    select * from {{ ref('stg_entities__calls') }}
    where direction = 'in' and line_phone is not null
),

rules as (
    {{ channel_rules() }}
),

tracked as (
    select
        channel,
        {{ line_digits('line_phone') }} as line_digits
    from rules
    where line_phone != '*'
    qualify row_number() over (
        partition by {{ line_digits('line_phone') }}
        order by priority
    ) = 1
),

-- A regular expression is dear: it runs over the few lines, not over the calls.
lines as (
    select
        line_phone,
        {{ line_digits('line_phone') }} as line_digits
    from (select distinct line_phone from calls) as dialled
),

final as (
    select
        calls.source,
        calls.call_id,
        tracked.channel
    from calls
    inner join lines using (line_phone)
    inner join tracked using (line_digits)
)

select * from final
