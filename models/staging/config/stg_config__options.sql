{{ given(var('source_options'), ['source', 'name', 'value']) }}
