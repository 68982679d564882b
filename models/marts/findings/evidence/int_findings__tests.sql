{%- set family = ['period_start', 'tested_with'] -%}
{%- set columns = [
    'kind', 'period_start', 'subject_type', 'manager_id', 'pipeline_id', 'stage_id', 'detail', 'trials',
    'hits', 'value', 'expected', 'p_value', 'impact_amount', 'evidence_key',
] | join(', ') -%}
with

{% set subjects = [
    'managers', 'departments', 'pipelines', 'stages', 'channels', 'plans', 'contacts',
    'seasons', 'losses', 'stock', 'clients',
] -%}
{% for subject in subjects -%}
{{ subject }} as (select * from {{ ref('int_findings__' ~ subject) }}),

{% endfor -%}
windows as (select * from {{ ref('int_findings__windows') }}),

united as (
    {%- for subject in subjects %}
    select
        {{ columns }}
    from {{ subject }}
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

tested as (
    select
        united.kind,
        united.period_start,
        united.subject_type,
        united.manager_id,
        united.pipeline_id,
        united.stage_id,
        united.detail,
        united.trials,
        united.hits,
        united.value,
        united.expected,
        -- The approximation of the normal distribution may pass 1 by its last digit.
        least(1, united.p_value) as p_value,
        united.impact_amount,
        united.evidence_key,
        -- A company and its parts pass or miss their plans together, most of them surely: among the
        -- other tests they would vouch for differences that are chance.
        -- What goods earn is no difference between shares either.
        case
            when united.kind like 'plan_ended%' then 'ended plans'
            when united.kind like 'plan%' then 'plans'
            when united.kind like 'season%' then 'seasons'
            when united.kind like 'client%' then 'clients'
            when united.subject_type in ('product', 'shop') then 'goods'
            else 'differences'
        end as tested_with,
        concat_ws(
            '/', united.manager_id, united.pipeline_id, united.stage_id, united.detail
        ) as subject_id
    from united
    inner join windows using (period_start)
    where united.p_value is not null
),

-- Benjamini and Hochberg, 1995, over the tests of one month and family: the least rate of false
-- findings at which the test counts.
ranked as (
    select
        *,
        {{ own_q_value('p_value', family) | indent(8) }} as own_q_value
    from tested
),

final as (
    select
        *,
        {{ q_value('own_q_value', 'p_value', family) | indent(8) }} as q_value
    from ranked
)

select * from final
