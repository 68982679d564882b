{{ delivered('fees') }}
