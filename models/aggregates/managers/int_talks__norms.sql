with

gaps as (select * from {{ ref('int_talks__gaps') }}),

between_contacts as (
    select
        segment,
        {{ dbt.datediff('from_on', 'next_contact_on', 'day') }} as gap_days
    from gaps
    where is_won and is_contact and next_contact_on is not null
),

segments as (select distinct segment from gaps),

of_segment as (
    select
        segment,
        count(*) as gaps_count,
        {{ median('gap_days') }} as median_days
    from between_contacts
    group by segment
),

of_company as (
    select
        count(*) as gaps_count,
        {{ median('gap_days') }} as median_days
    from between_contacts
),

final as (
    select
        segments.segment,
        coalesce(of_segment.gaps_count, 0) as gaps_count,
        case
            when of_segment.gaps_count >= {{ var('low_n') }} then of_segment.median_days
            when of_company.gaps_count >= {{ var('low_n') }} then of_company.median_days
        end as contact_norm_days
    from segments
    cross join of_company
    left join of_segment using (segment)
)

select * from final
