{{ delivered('call_links') }}
