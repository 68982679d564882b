{{ delivered('order_lines') }}
