"""Merged records of the company, in SQL."""

# Merged records with their last survivor.
ROOTS = """
    with recursive chain as (
        select entity, loser_id, survivor_id, merged_at from merges
        union all
        select chain.entity, chain.loser_id, merges.survivor_id,
            greatest(chain.merged_at, merges.merged_at)
        from chain
        inner join merges on chain.survivor_id = merges.loser_id
    )
    select * from chain where survivor_id not in (select loser_id from merges)
"""
LEFT = "not in (select loser_id from merges)"


def root(column: str) -> str:
    """SQL of the record that took in the record of this id, or of the id itself."""
    return (
        f"coalesce((select any_value(survivor_id) from ({ROOTS}) where loser_id = {column}),"
        f" {column})"
    )


def modified(key: str) -> str:
    """SQL of the last change of a row, merges into it included."""
    merged = f"(select max(merged_at) from ({ROOTS}) where survivor_id = {key})"
    return f"greatest(coalesce(updated_at, created_at), {merged})"
