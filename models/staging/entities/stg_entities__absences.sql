{{ delivered('absences') }}
