{{ delivered('users') }}
