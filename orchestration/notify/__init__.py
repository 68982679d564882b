"""Messages to people after a night: the digest, a failure, a new finding of severity high."""
