{{ delivered('external_events') }}
