{{ delivered('calls') }}
