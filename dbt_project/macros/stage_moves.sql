{#- The moves of records between stages, from `entries`, a relation of the columns `id`, entry_no,
    pipeline_id, stage_id and entered_at: the entries in their order, without stages that are not in
    `stages` and without those that repeat the stage before. -#}
{% macro stage_moves(entries, stages, id) -%}
    select
        *,
        row_number() over path as visit_no,
        row_number() over (
            partition by {{ id }}, pipeline_id, stage_id
            order by entry_no
        ) = 1 as is_first_entry,
        lead(entered_at) over path as next_entered_at
    from (
        select
            {{ entries }}.*,
            {{ stages }}.outcome,
            {{ stages }}.place,
            lag(pipeline_id) over path as previous_pipeline_id,
            lag(stage_id) over path as previous_stage_id,
            lag({{ stages }}.outcome) over path as previous_outcome,
            lag({{ stages }}.place) over path as previous_place
        from {{ entries }}
        inner join {{ stages }} using (pipeline_id, stage_id)
        window path as (partition by {{ id }} order by entry_no)
    ) as placed
    where
        previous_stage_id is null
        or previous_stage_id != stage_id
        or previous_pipeline_id != pipeline_id
    window path as (partition by {{ id }} order by entry_no)
{%- endmacro %}
