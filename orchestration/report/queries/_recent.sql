-- The periods that tables of many rows keep: two weeks, nine weeks and fourteen months.
create temp table recent as
select * from periods
qualify
    row_number() over (partition by grain order by period desc)
    <= case grain when 'day' then 14 when 'week' then 9 else 14 end
