{{ delivered('contacts') }}
