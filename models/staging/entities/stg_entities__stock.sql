{{ delivered('stock') }}
