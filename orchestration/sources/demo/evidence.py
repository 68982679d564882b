def planted_truths(connection):
    return {}
