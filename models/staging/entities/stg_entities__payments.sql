{{ delivered('payments') }}
