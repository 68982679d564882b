{{ delivered('touchpoints') }}
