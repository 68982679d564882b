with

checks as (
    select * from {{ ref('int_checks__of_night') }}
),

final as (
    select
        date,
        source,
        entity,
        check_id,
        dimension,
        value,
        threshold,
        passed,
        severity,
        case
            when passed then 'green'
            when severity = 'block' then 'red'
            else 'yellow'
        end as status_color,
        affected_marts,
        {{ as_of_date() }} as as_of_date
    from checks
)

select * from final
