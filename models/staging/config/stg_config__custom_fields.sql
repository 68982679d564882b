{{ given(var('custom_fields'), ['source', 'entity', 'column_name', 'field_id']) }}
