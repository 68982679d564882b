{{ delivered('orders') }}
