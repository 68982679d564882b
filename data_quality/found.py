"""Gate 1: whether the ids that refer to other rows are found there.

An id without a matching row is useless: 501.0 does not match 501.
"""

from data_quality.checks import CheckContext, Measure
from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity

# By entity: its column, the entity it refers to, the id there, the share that is usually found. A
# CRM may store calls of a telephony that is not delivered.
_LINKS = {
    "leads": (("contact_id", "contacts", "contact_id", 0.9), ("deal_id", "deals", "deal_id", 0.9)),
    "deals": (("lead_id", "leads", "lead_id", 0.9), ("contact_id", "contacts", "contact_id", 0.9)),
    "stage_events": (("deal_id", "deals", "deal_id", 0.9), ("lead_id", "leads", "lead_id", 0.9)),
    "calls": (
        ("lead_id", "leads", "lead_id", 0.9),
        ("deal_id", "deals", "deal_id", 0.9),
        ("user_id", "users", "user_id", 0.9),
        ("lower(trim(user_email))", "users", "lower(trim(email))", 0.9),
        ("phone_ext", "users", "phone_ext", 0.9),
    ),
    "call_links": (
        ("session_id", "calls", "coalesce(session_id, call_id)", 0.5),
        ("lead_id", "leads", "lead_id", 0.9),
        ("deal_id", "deals", "deal_id", 0.9),
    ),
    "touchpoints": (
        ("lead_id", "leads", "lead_id", 0.9),
        ("contact_id", "contacts", "contact_id", 0.9),
    ),
    "payments": (("deal_id", "deals", "deal_id", 0.9),),
    **dict.fromkeys(
        ("messages", "tasks"),
        (
            ("lead_id", "leads", "lead_id", 0.9),
            ("deal_id", "deals", "deal_id", 0.9),
            ("contact_id", "contacts", "contact_id", 0.9),
            ("user_id", "users", "user_id", 0.9),
        ),
    ),
    "absences": (("user_id", "users", "user_id", 0.9),),
    "orders": (
        ("lead_id", "leads", "lead_id", 0.9),
        ("deal_id", "deals", "deal_id", 0.9),
        ("contact_id", "contacts", "contact_id", 0.9),
    ),
    "order_lines": (
        ("order_id", "orders", "order_id", 0.9),
        ("product_id", "products", "product_id", 0.9),
    ),
    # Fees come days after their order, and for orders older than what is delivered.
    "fees": (
        ("order_id", "orders", "order_id", 0.5),
        ("product_id", "products", "product_id", 0.9),
        ("shop", "orders", "shop", 0.9),
    ),
    "stock": (("product_id", "products", "product_id", 0.9), ("shop", "orders", "shop", 0.9)),
}

# One of several ways to name the user of a call is enough.
_UNLESS = {
    "lower(trim(user_email))": "user_id is not null or phone_ext is not null",
    "phone_ext": "user_id is not null or user_email is not null",
}

# An id that was merged away counts as found. If no source delivers an entity, it is not checked.
_FOUND = """
    select
        {usual} as threshold,
        cast(1 - coalesce(lost / nullif(filled, 0), 0) as double) as value,
        {where} || ': ' || lost || ' of ' || filled || {named} || case
            when lost > 0 then coalesce(', such as `' || example || '`', '')
                || '; see whether both write the id in one way, and whether all rows of {told}'
                || ' are delivered'
            else ''
        end as detail
    from (
        select
            count(*) as filled,
            count(*) filter (where is_lost) as lost,
            -- What may be a client's phone or e-mail is not shown.
            min(id) filter (
                where is_lost and id not like '%@%'
                and length(regexp_replace(id, '[^0-9]', '', 'g')) < 7
            ) as example
        from (
            select
                {column} as id,
                {column} not in (
                    select {target_id} from landing.{target}
                    where {target_id} is not null and {of_source}
                    union all
                    select merge.loser_id from landing.merges as merge
                    where merge.entity = '{target}' and merge.loser_id is not null
                ) as is_lost
            from {{batch}}
            where {column} is not null and not ({unless})
                and exists (select 1 from landing.{target})
        )
    )
"""


def found_measures(entity: Entity, context: CheckContext) -> list[Measure]:
    """One measure per column of the entity that refers to a row of another entity."""
    return [
        Measure(
            "links_found",
            "referential",
            "warn",
            _FOUND.format(
                usual=usual,
                where=sql.text(f"{context.source}.{entity.name}"),
                named=sql.text(f" filled `{column}` are in no row of {told}"),
                column=column,
                target=target,
                told=told,
                of_source=(
                    f"source = {sql.text(context.source)}"
                    if _is_of_source(target, target_id)
                    else "true"
                ),
                target_id=target_id,
                unless=_UNLESS.get(column, "false"),
            ),
        )
        for column, target, target_id, usual in _LINKS.get(entity.name, ())
        for told in [_told(target, target_id, context)]
    ]


def _is_of_source(target: str, target_id: str) -> bool:
    """Whether a row refers to rows of its own source: those of another may have the same ids."""
    return ENTITIES[target].is_key_of_source and target_id in ENTITIES[target].key


def _told(target: str, target_id: str, context: CheckContext) -> str:
    return f"{target} of {context.source}" if _is_of_source(target, target_id) else target
