{{ delivered('products') }}
