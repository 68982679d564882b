{{ delivered('plans') }}
