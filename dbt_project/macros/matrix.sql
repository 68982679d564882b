{#- The inverse of a square matrix, by sweeping out one row after the other (Gauss-Jordan in place):
    exact after as many steps as it has rows. `cells` holds its cells (swept = 0, size, row_no and
    column_no from 1, cell); the recursive CTE `sweeps`, whose body this is, holds the inverse where
    swept = size. Pivots are taken as they come: for matrices whose diagonal never turns 0, such as
    I - Q of an absorbing chain. -#}
{% macro inversion_sweeps(cells, sweeps) -%}
    select
        swept,
        size,
        row_no,
        column_no,
        cell
    from {{ cells }}
    union all
    select
        swept + 1 as swept,
        size,
        row_no,
        column_no,
        case
            when row_no = swept + 1 and column_no = swept + 1 then 1 / corner
            when row_no = swept + 1 then cell / corner
            when column_no = swept + 1 then -cell / corner
            else cell - in_swept_row * in_swept_column / corner
        end as cell
    from (
        select
            *,
            max(case when row_no = swept + 1 and column_no = swept + 1 then cell end) over ()
                as corner,
            max(case when row_no = swept + 1 then cell end) over (partition by column_no)
                as in_swept_row,
            max(case when column_no = swept + 1 then cell end) over (partition by row_no)
                as in_swept_column
        from {{ sweeps }}
        where swept < size
    ) as cornered
{%- endmacro %}
