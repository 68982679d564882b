{{ delivered('stage_events') }}
