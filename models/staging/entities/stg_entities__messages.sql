{{ delivered('messages') }}
