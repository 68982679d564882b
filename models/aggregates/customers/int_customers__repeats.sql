with

habits as (select * from {{ ref('int_customers__habits') }}),

final as (
    select
        segment,
        frequency,
        recency_weeks,
        age_weeks,
        paid_days,
        -- Amounts within 2 % of each other are one.
        cast(round(25 * ln(mean_amount)) as integer) as amount_step,
        count(*) as customers
    from habits
    group by all
)

select * from final
