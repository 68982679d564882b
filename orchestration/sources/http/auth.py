"""Tokens that do not change, read when a request is sent. httpx.Auth of any other kind will do."""

import base64
from collections.abc import Generator

import httpx

from orchestration.sources.http.secret import Secret, read_secret


class Bearer(httpx.Auth):
    """`Authorization: Bearer` with the token in an environment variable."""

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {read_secret(self._variable).reveal()}"
        yield request


class Basic(httpx.Auth):
    """`Authorization: Basic` with user and password in two environment variables."""

    def __init__(self, user_variable: str, password_variable: str) -> None:
        self._variables = (user_variable, password_variable)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        pair = ":".join(read_secret(variable).reveal() for variable in self._variables)
        code = Secret(base64.b64encode(pair.encode()).decode())
        request.headers["Authorization"] = f"Basic {code.reveal()}"
        yield request
