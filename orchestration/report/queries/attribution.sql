-- What each attribution model credits a channel with.
unpivot (
    select
        grain,
        period,
        channel,
        first_touch_revenue as first_touch,
        last_touch_revenue as last_touch,
        last_non_direct_revenue as last_non_direct,
        linear_revenue as linear,
        position_based_revenue as position_based,
        time_decay_revenue as time_decay,
        markov_revenue as markov,
        spread
    from marts.mart_attribution_compare
    inner join recent on period_grain = grain and period_start = period
)
on first_touch, last_touch, last_non_direct, linear, position_based, time_decay, markov
into name model value revenue
order by grain, period, channel, model
