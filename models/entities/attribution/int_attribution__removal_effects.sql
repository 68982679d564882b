with recursive

transitions as (select * from {{ ref('int_attribution__transitions') }}),

chain as (
    select
        from_state,
        to_state,
        transitions / cast(sum(transitions) over (partition by from_state) as double)
            as probability
    from transitions
),

failures as (
    select count(*) as failing from chain
    where to_state = '(null)'
),

channels as (
    select
        from_state as channel,
        row_number() over (order by from_state) as channel_no,
        count(*) over () as size
    from chain
    where from_state != '(start)'
    group by from_state
),

-- I - Q, where Q holds the probabilities from channel to channel. It can be inverted, since from
-- each channel some path comes to its end.
cells as (
    select
        0 as swept,
        origins.size,
        origins.channel_no as row_no,
        targets.channel_no as column_no,
        case when origins.channel_no = targets.channel_no then 1 else 0 end
        - coalesce(chain.probability, 0) as cell
    from channels as origins
    cross join channels as targets
    left join chain
        on origins.channel = chain.from_state and targets.channel = chain.to_state
),

sweeps as (
    {{ inversion_sweeps('cells', 'sweeps') }}
),

-- How many times a path that is in one channel comes to another before it ends.
visits as (
    select
        origins.channel as from_channel,
        targets.channel as to_channel,
        sweeps.cell as expected_visits
    from sweeps
    inner join channels as origins on sweeps.row_no = origins.channel_no
    inner join channels as targets on sweeps.column_no = targets.channel_no
    where sweeps.swept = sweeps.size
),

converting as (
    select
        visits.from_channel as channel,
        coalesce(sum(visits.expected_visits * chain.probability), 0) as conversion_probability
    from visits
    left join chain
        on visits.to_channel = chain.from_state and chain.to_state = '(conversion)'
    group by visits.from_channel
),

-- Expected visits from the start, less those that only come back, are the share of paths that ever
-- come to the channel.
reaching as (
    select
        visits.to_channel as channel,
        sum(visits.expected_visits * coalesce(chain.probability, 0))
        / max(case when visits.from_channel = visits.to_channel then visits.expected_visits end)
            as reach_probability
    from visits
    left join chain
        on visits.from_channel = chain.to_state and chain.from_state = '(start)'
    group by visits.to_channel
),

total as (
    select sum(chain.probability * converting.conversion_probability) as conversion_probability
    from chain
    inner join converting on chain.to_state = converting.channel
    where chain.from_state = '(start)'
),

-- Without the channel, what converts is all that converts less what comes to the channel and
-- converts from there: 1 - P(conversion without it) / P(conversion). Rounded, since the last digits
-- depend on the order in which rows are added up.
final as (
    select
        converting.channel,
        reaching.reach_probability,
        converting.conversion_probability,
        case
            when failures.failing > 0
                then round(
                    reaching.reach_probability * converting.conversion_probability
                    / nullif(total.conversion_probability, 0), 12
                )
        end as removal_effect
    from converting
    inner join reaching using (channel)
    cross join total
    cross join failures
)

select * from final
