-- Who is worse than the peers in what, by month.
select
    coaching.period_start as month,
    coaching.manager_id,
    coalesce(coaching.manager_name, coaching.manager_id) as manager,
    coaching.department,
    coaching.kpi_id,
    registry.unit,
    coaching.trials_count,
    coaching.value,
    coaching.value_ci_low as value_low,
    coaching.value_ci_high as value_high,
    coaching.peers_median,
    coaching.peers_count,
    coaching.rank as place,
    array_to_string(cast(json(coaching.sample_deal_ids) as varchar[])[:5], ', ') as sample_deals,
    array_to_string(cast(json(coaching.sample_call_ids) as varchar[])[:5], ', ') as sample_calls,
    coaching.is_low_n
from marts.mart_coaching as coaching
inner join recent on recent.grain = 'month' and coaching.period_start = recent.period
left join marts.dim_kpi as registry using (kpi_id)
where coaching.is_worse_than_peers
order by month, coaching.rank desc, manager, coaching.kpi_id
