"""The rejected rows of a delivery, as the quarantine shows them."""

from orchestration.core import sql
from orchestration.core.entity import Entity


def rejected_rows(entities: list[Entity]) -> str:
    """The query of the rejects of these entities: one row per bad value, personal data masked; also
    whether the whole key could be read, and the day of rows that have a day but no time."""
    parts = [
        f"""
        select
            rejected.entity, delivered._file as file, delivered._row as row_number,
            {record_id(entity)} as record_id,
            rejected.column_name,
            case when rejected.column_name in ({sql.texts(_personal(entity))}) then '***'
                 else left(rejected.value, 200) end as value,
            rejected.reason,
            {" and ".join(f"delivered.{sql.name(key)} is not null" for key in entity.key)}
                as has_key,
            cast({_day(entity)} as date) as happened_on
        from rejected
        inner join delivered.{entity.name} as delivered on rejected.row_id = delivered.rowid
        where rejected.entity = {sql.text(entity.name)}
        """
        for entity in entities
    ]
    return " union all ".join(parts) + " order by entity, file, row_number, column_name"


def record_id(entity: Entity) -> str:
    """SQL for the text that identifies a row of `delivered`: its key."""
    return f"concat_ws('/', {', '.join(f'delivered.{sql.name(key)}' for key in entity.key)})"


def _day(entity: Entity) -> str:
    if entity.time is None or entity.column(entity.time).type != "date":
        return "null"
    return f"delivered.{sql.name(entity.time)}"


def _personal(entity: Entity) -> list[str]:
    # An empty list is not valid SQL, so a name that no column has stands for it.
    return [column.name for column in entity.columns if column.personal] or [""]
