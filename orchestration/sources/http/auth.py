"""Credentials of requests, and advice for the user if the vendor refuses them."""

import base64
import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Generator

import httpx

from orchestration.sources.http.secret import Secret, read_secret


def account_of(vendor: str, variable: str) -> str:
    """A name for who logs in by the secret in the environment variable, without the secret: a
    vendor counts the requests of all sources that share one together. Without a value, by the
    variable."""
    secret = os.environ.get(variable, "").strip() or variable
    return f"{vendor} {hashlib.sha256(secret.encode()).hexdigest()[:16]}"


class Credentials(httpx.Auth):
    """`holder`: the environment variables that they come from. `remedy`: what to do once they are
    refused."""

    holder: str
    remedy: str


class Renewable(Credentials, ABC):
    """Credentials that can be renewed when the vendor refuses them."""

    @abstractmethod
    def renew(self, refused: httpx.Request) -> None:
        """Get new credentials instead of those with which the request was refused."""


class Bearer(Credentials):
    """`Authorization: Bearer` with the token in an environment variable."""

    def __init__(self, variable: str) -> None:
        self._variable = self.holder = variable
        self.remedy = f"the token is refused: set {variable} to one that is valid"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {read_secret(self._variable).reveal()}"
        yield request


class Basic(Credentials):
    """`Authorization: Basic` with user and password in two environment variables."""

    def __init__(self, user_variable: str, password_variable: str) -> None:
        self._variables = (user_variable, password_variable)
        self.holder = f"{user_variable} and {password_variable}"
        self.remedy = f"the key is refused: check {self.holder}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        pair = ":".join(read_secret(variable).reveal() for variable in self._variables)
        code = Secret(base64.b64encode(pair.encode()).decode())
        request.headers["Authorization"] = f"Basic {code.reveal()}"
        yield request


class Enclosed(Credentials):
    """No credentials but those in the request itself: a webhook's address, a key in the body."""

    def __init__(self, variable: str) -> None:
        self.holder = variable
        self.remedy = f"the secret is refused: make a new one and set {variable} to it"
