with

purchases as (select * from {{ ref('int_customers__purchases') }}),

final as (
    select
        segment,
        {{ safe_divide(
            'sum(gross_profit)', 'sum(case when gross_profit is not null then revenue end)'
        ) }} as margin_rate
    from purchases
    group by segment
)

select * from final
