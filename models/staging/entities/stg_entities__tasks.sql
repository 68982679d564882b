{{ delivered('tasks') }}
