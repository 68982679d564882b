{{ delivered('fx_rates') }}
