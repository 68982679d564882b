"""The login whose rate limits a source uses."""

import hashlib

from orchestration.sources.http.secret import read_secret


def account_of(vendor: str, variable: str) -> str:
    """A name for who logs in by the secret in the environment variable, without the secret: a
    vendor counts the requests of all sources that share one together."""
    secret = read_secret(variable).reveal()
    return f"{vendor} {hashlib.sha256(secret.encode()).hexdigest()[:16]}"
