-- Checks that did not pass.
select date, source, entity, check_id, dimension, value, threshold, severity,
    replace(affected_marts, ',', ', ') as affected_marts
from marts.mart_data_quality
where not passed
order by severity = 'block' desc, date desc, source, entity, check_id
limit 100
