"""Tokens that change, against a real server: kept before used, spent once, shared by processes."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kits.http import Asked, QuickTime, Reply, in_turn, vendor
from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.http.client import Api
from orchestration.sources.http.oauth import Grant, RotatingToken
from orchestration.sources.http.secret import Secret
from orchestration.sources.http.tokens import Tokens, TokenStore

# What is sent for a new token.
RENEWS = b'{"refresh_token": "refresh-0"}'
SECRETS = {"CRM_ID": "client-of-ours", "CRM_SECRET": "client-secret", "CRM_REFRESH": "refresh-0"}


class Crm:
    """A vendor whose refresh tokens work once and whose access tokens work till it forgets them."""

    def __init__(self, lasts: int = 86_400, path: Path | None = None) -> None:
        self.number = 0
        self.good: set[str] = set()
        self.refresh = "refresh-0"
        self.lasts = lasts
        self.kept: list[object] = []
        self._path = path

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            return self.renew(asked)
        if self._path:
            self.kept.append(json.loads(self._path.read_text()))
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        return Reply(200 if token in self.good else 401)

    def renew(self, asked: Asked) -> Reply:
        given = json.loads(asked.body)
        if given["refresh_token"] != self.refresh:
            said = {"hint": f"Token has been revoked: {asked.body.decode()}", "status": 400}
            return Reply(400, json.dumps(said).encode())
        self.number += 1
        self.refresh = f"refresh-{self.number}"
        self.good = {f"access-{self.number}"}
        answer = {
            "access_token": f"access-{self.number}",
            "refresh_token": self.refresh,
            "expires_in": self.lasts,
        }
        return Reply(body=json.dumps(answer).encode())


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def crm_api(url: str, state: Path, time: QuickTime, **options: object) -> Api:
    grant = Grant(
        f"{url}/token",
        "CRM_ID",
        "CRM_SECRET",
        "CRM_REFRESH",
        **{"sent_as": "json", "extra": {"redirect_uri": "there"}, **options},  # type: ignore[arg-type]
    )
    auth = RotatingToken("crm", grant, TokenStore(state, "crm"), clock=time.clock)
    return Api(url, source="crm", auth=auth, clock=time.clock)


def renewals(asked: list[Asked]) -> list[dict[str, str]]:
    return [json.loads(one.body) for one in asked if one.path == "/token"]


def test_new_tokens_lie_on_the_disk_before_they_are_used(tmp_path: Path) -> None:
    path = tmp_path / "tokens" / "crm.json"
    crm = Crm(path=path)
    with vendor(crm) as server:
        api = crm_api(server.url, tmp_path, QuickTime())
        api.get("leads")
        api.get("leads")
    assert [kept["access"] for kept in crm.kept] == ["access-1", "access-1"]  # type: ignore[index]
    assert renewals(server.asked) == [
        {
            "grant_type": "refresh_token",
            "client_id": "client-of-ours",
            "client_secret": "client-secret",
            "refresh_token": "refresh-0",
            "redirect_uri": "there",
        }
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(file.name for file in path.parent.iterdir()) == ["crm.json", "crm.json.lock"]


def test_the_refresh_token_goes_round_near_the_end_and_across_runs(tmp_path: Path) -> None:
    time = QuickTime()
    crm = Crm(lasts=3600)
    with vendor(crm) as server:
        for _ in range(3):
            api = crm_api(server.url, tmp_path, time)
            api.get("leads")
            time.sleep(1800)
            api.get("leads")
            time.sleep(1600)
    assert [one["refresh_token"] for one in renewals(server.asked)] == [
        "refresh-0",
        "refresh-1",
        "refresh-2",
    ]


def test_a_token_refused_early_is_renewed_once(tmp_path: Path) -> None:
    crm = Crm()
    with vendor(crm) as server:
        api = crm_api(server.url, tmp_path, QuickTime())
        api.get("leads")
        crm.good.clear()
        assert api.get("leads").status == 200
        assert len(renewals(server.asked)) == 2


def test_a_vendor_that_refuses_every_token_is_not_hammered(tmp_path: Path) -> None:
    crm = Crm()

    def stubborn(asked: Asked) -> Reply:
        return crm(asked) if asked.path == "/token" else Reply(401)

    with (
        vendor(stubborn) as server,
        pytest.raises(ConfigError, match=r"answered 401.*authorise again and set CRM_REFRESH"),
    ):
        crm_api(server.url, tmp_path, QuickTime()).get("leads")
    assert len(server.asked) == 4


def test_a_spent_refresh_token_says_what_to_do(tmp_path: Path) -> None:
    crm = Crm()
    crm.refresh = "another"
    time = QuickTime()
    with vendor(crm) as server, pytest.raises(ConfigError) as caught:
        crm_api(server.url, tmp_path, time).get("leads")
    sentence = str(caught.value)
    assert sentence.endswith("authorise again and set CRM_REFRESH to the new refresh token")
    assert "answered 400: it gives no new token: Token has been revoked" in sentence
    assert not any(value in sentence for value in SECRETS.values())
    assert len(server.asked) == 1 and time.slept == []
    assert [file.name for file in (tmp_path / "tokens").iterdir()] == ["crm.json.lock"]


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (Reply(body=b'{"told": "all"}'), "answered 200: it gives no token and no reason"),
        (Reply(body=b"[]"), "answered 200: it gives no token and no reason"),
        (
            Reply(body=b"<html>Log in</html>", headers={"Content-Type": "text/html"}),
            "answered 200: a body that is not JSON",
        ),
    ],
)
def test_an_answer_without_token_or_refusal_is_retried(
    tmp_path: Path, reply: Reply, found: str
) -> None:
    crm, time = Crm(), QuickTime()
    with vendor(lambda asked: reply) as server, pytest.raises(SourceError) as caught:
        crm_api(server.url, tmp_path, time).get("leads")
    sentence = str(caught.value)
    assert f"{found} (5 attempts); run again later, or check the address" in sentence
    assert not any(value in sentence for value in SECRETS.values())
    with vendor(
        in_turn(reply, crm.renew(Asked("POST", "/token", {}, RENEWS, 0.0)), Reply())
    ) as one:
        assert crm_api(one.url, tmp_path, time).get("leads").status == 200


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (Reply(body=b'{"error": "invalid_grant"}'), "200: it gives no new token: invalid_grant"),
        (Reply(400, b'{"error": "invalid_grant"}'), "400: it gives no new token: invalid_grant"),
        (Reply(401), "answered 401: it gives no new token"),
    ],
)
def test_what_refuses_a_refresh_token_is_asked_once(
    tmp_path: Path, reply: Reply, found: str
) -> None:
    with vendor(lambda asked: reply) as server, pytest.raises(ConfigError) as caught:
        crm_api(server.url, tmp_path, QuickTime()).get("leads")
    assert f"{found} (1 attempt); authorise again and set CRM_REFRESH" in str(caught.value)


def test_where_no_tokens_are_given_the_address_is_wrong(tmp_path: Path) -> None:
    page = Reply(404, b"<html>Not here</html>", headers={"Content-Type": "text/html"})
    found = r"404: no tokens are given there \(1 attempt\); check the address in the config"
    with vendor(lambda asked: page) as server, pytest.raises(ConfigError, match=found):
        crm_api(server.url, tmp_path, QuickTime()).get("leads")


def test_a_new_refresh_token_in_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = Crm()
    with vendor(crm) as server:
        api = crm_api(server.url, tmp_path, QuickTime())
        api.get("leads")
        crm.refresh = "authorised-again"
        crm.good.clear()
        monkeypatch.setenv("CRM_REFRESH", "authorised-again")
        api.get("leads")
        monkeypatch.delenv("CRM_REFRESH")
        crm.good.clear()
        api.get("leads")
    assert [one["refresh_token"] for one in renewals(server.asked)] == [
        "refresh-0",
        "authorised-again",
        "refresh-2",
    ]


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_variable_is_named(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(missing)
    with vendor(Crm()) as server, pytest.raises(ConfigError, match=missing):
        crm_api(server.url, tmp_path, QuickTime()).get("leads")
    assert server.asked == []


@pytest.mark.parametrize("sent_as", ["form", "query"])
def test_other_ways_to_ask_and_tokens_that_do_not_rotate(sent_as: str, tmp_path: Path) -> None:
    answer = Reply(body=b'{"access_token": "the-access", "expires_in": 100}')
    time = QuickTime()
    with vendor(in_turn(answer)) as server:
        api = crm_api(server.url, tmp_path, time, sent_as=sent_as)
        api.get("leads")
        time.sleep(60)
        api.get("leads")
    asked = [one for one in server.asked if one.path == "/token"]
    sent = [urlsplit(one.target).query or one.body.decode() for one in asked]
    assert [parse_qs(text)["refresh_token"] for text in sent] == [["refresh-0"], ["refresh-0"]]
    assert {one.method for one in asked} == {"POST" if sent_as == "form" else "GET"}


def test_a_vendor_that_is_busy_gets_its_time(tmp_path: Path) -> None:
    crm = Crm()
    busy = iter([Reply(503), Reply(body=b"<html>")])

    def sometimes(asked: Asked) -> Reply:
        return next(busy, None) or crm(asked)

    with vendor(sometimes) as server:
        assert crm_api(server.url, tmp_path, QuickTime()).get("leads").status == 200


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"access": "a"}', b"\xff"])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tokens" / "crm.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with vendor(Crm()) as server, pytest.raises(ConfigError, match=r"crm\.json cannot be read"):
        crm_api(server.url, tmp_path, QuickTime()).get("leads")


def test_a_crash_while_writing_leaves_the_old_tokens(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, "crm")
    old = Tokens(Secret("access-old"), Secret("refresh-old"), None, "seed")
    with store.locked(), store.replacing() as save:
        save(old)
    with pytest.raises(ZeroDivisionError), store.locked(), store.replacing():
        raise ZeroDivisionError
    kept = store.read()
    assert kept and (kept.access.reveal(), kept.refresh.reveal()) == ("access-old", "refresh-old")
    assert "access-old" not in repr(kept)
    (tmp_path / "tokens" / "crm.new").write_text("half")
    with store.locked(), store.replacing() as save:
        save(old)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


MANY = """
import sys
from pathlib import Path
from orchestration.sources.http.client import Api
from orchestration.sources.http.oauth import Grant, RotatingToken
from orchestration.sources.http.tokens import TokenStore
url, state = sys.argv[1:]
grant = Grant(url + "/token", "CRM_ID", "CRM_SECRET", "CRM_REFRESH", sent_as="json")
auth = RotatingToken("crm", grant, TokenStore(Path(state), "crm"))
print(Api(url, source="crm", auth=auth).get("leads").status)
"""


def test_processes_do_not_spend_the_same_refresh_token(tmp_path: Path) -> None:
    crm = Crm()
    root = str(Path(__file__).parents[2])
    with vendor(crm) as server:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", MANY, server.url, str(tmp_path)],
                env={**os.environ, "PYTHONPATH": root},
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        assert [process.communicate(timeout=60)[0] for process in processes] == ["200\n"] * 4
    assert crm.number == 1
