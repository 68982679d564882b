{{ delivered('deals') }}
