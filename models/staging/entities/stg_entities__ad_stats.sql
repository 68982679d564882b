{{ delivered('ad_stats') }}
