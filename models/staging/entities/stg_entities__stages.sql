{{ delivered('stages') }}
