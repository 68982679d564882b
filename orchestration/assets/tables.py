"""Shared by the assets: an entity's columns as Dagster shows them, and the table of an asset."""

from dagster import AssetSpec, TableColumn, TableSchema

from orchestration.core.entity import Entity


def schema_of(entity: Entity) -> TableSchema:
    """The columns of an entity, with what is required and what is a client's personal data."""
    columns = [
        TableColumn(
            column.name,
            column.sql_type,
            description="; ".join(
                text
                for text in (
                    "required" if column.required else "",
                    "personal data, never published" if column.personal else "",
                    f"one of {', '.join(column.allowed)}" if column.allowed else "",
                )
                if text
            )
            or None,
        )
        for column in entity.columns
    ]
    return TableSchema(
        [TableColumn("source", "varchar", description="the source's name"), *columns]
    )


def table_of(spec: AssetSpec) -> tuple[str, str]:
    """The (schema, table or view) that an asset is."""
    schema, table = spec.key.path
    return schema, table
