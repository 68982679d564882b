{{ delivered('leads') }}
