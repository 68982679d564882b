{{ delivered('merges') }}
