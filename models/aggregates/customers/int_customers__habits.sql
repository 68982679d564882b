with

purchases as (select * from {{ ref('int_customers__purchases') }}),

-- What is bought on one day is one order.
bought as (
    select
        customer_id,
        segment,
        purchased_on,
        max(purchased_at) as purchased_at,
        count(distinct deal_id) as won_count,
        sum(revenue) as revenue,
        sum(gross_profit) as gross_profit
    from purchases
    group by customer_id, segment, purchased_on
),

spaced as (
    select
        *,
        {{ dbt.datediff(
            'lag(purchased_on) over (partition by customer_id order by purchased_on)',
            'purchased_on',
            'day',
        ) }} as interval_days
    from bought
),

summed as (
    select
        customer_id,
        segment,
        min(purchased_at) as first_won_at,
        max(purchased_at) as last_won_at,
        min(purchased_on) as first_on,
        max(purchased_on) as last_on,
        sum(won_count) as won_count,
        count(*) as purchase_days,
        sum(revenue) as revenue,
        sum(gross_profit) as gross_profit,
        coalesce(sum(won_count) filter (
            where {{ dbt.datediff('purchased_on', as_of_date(), 'day') }} < 365
        ), 0) as frequency_365,
        coalesce(sum(revenue) filter (
            where {{ dbt.datediff('purchased_on', as_of_date(), 'day') }} < 365
        ), 0) as monetary_365,
        count(*) filter (where revenue > 0) as paid_days,
        sum(revenue) filter (where revenue > 0) as paid_amount,
        {%- for name, share in [('q1', 0.25), ('median', 0.5), ('q3', 0.75)] %}
        {{ percentile('interval_days', share) }} as interval_{{ name }}_days,
        {%- endfor %}
        avg(ln(interval_days)) as interval_log_mean,
        stddev_samp(ln(interval_days)) as interval_log_spread,
        {{ dbt.datediff('min(purchased_on)', 'max(purchased_on)', 'day') }} as active_days,
        {{ dbt.datediff('min(purchased_on)', as_of_date(), 'day') }} as age_days
    from spaced
    group by customer_id, segment
),

of_segment as (
    select
        segment,
        {{ percentile('interval_days', 0.25) }} as segment_q1_days,
        {{ percentile('interval_days', 0.75) }} as segment_q3_days
    from spaced
    group by segment
),

final as (
    select
        summed.*,
        purchase_days - 1 as frequency,
        cast(round(active_days / 7e0) as integer) as recency_weeks,
        cast(round(age_days / 7e0) as integer) as age_weeks,
        {{ safe_divide('paid_amount', 'paid_days') }} as mean_amount,
        age_days - active_days as recency_days,
        -- An interval is known to a day. The last digits of a spread change with the order of rows.
        case
            when purchase_days > 6
                then round(
                    (ln(greatest(1, age_days - active_days)) - interval_log_mean)
                    / greatest(interval_log_spread, ln(1 + 1e0 / interval_median_days))
                    / sqrt(1 + 1e0 / (purchase_days - 1)), 6
                )
        end as lateness_t,
        {%- for score, order in [('r', 'last_on'), ('m', 'monetary_365')] %}
        -- Customers with equal values have one rank, and so one score.
        cast(least(5, 1 + floor(5 * percent_rank() over (order by {{ order }}))) as integer)
            as {{ score }}_score,
        {%- endfor %}
        {{ frequency_score('frequency_365') | indent(8) }} as f_score,
        -- Two intervals are a rhythm, four have quartiles of their own.
        case when purchase_days > 2 then interval_median_days end as order_interval_median_days,
        least(
            interval_median_days,
            case when purchase_days > 4 then interval_q1_days else segment_q1_days end
        ) as interval_low_days,
        greatest(
            interval_median_days,
            case when purchase_days > 4 then interval_q3_days else segment_q3_days end
        ) as interval_high_days
    from summed
    inner join of_segment using (segment)
)

select * from final
