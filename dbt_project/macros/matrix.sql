{#- The inverse of a square matrix by Gauss-Jordan elimination in place, one row per step. `cells` has
    the cells (swept = 0, size, row_no and column_no from 1, cell). This is the body of the recursive
    CTE `sweeps`; its rows with swept = size are the inverse. There is no pivoting: use it only for
    matrices whose diagonal never becomes 0, such as I - Q of an absorbing chain. -#}
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
