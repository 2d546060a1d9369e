"""Keys, tokens, scopes, hosts, methods, content types."""

from __future__ import annotations

import httpx
import pytest

SCOPES = [
    ("GET", "/v2/calls", None, "api:calls:read:basic"),
    ("GET", "/v2/calls/1", None, "api:calls:read:basic"),
    ("POST", "/v2/calls/extensive", {"filter": {}}, "api:calls:read:extensive"),
    ("POST", "/v2/calls/transcript", {"filter": {}}, "api:calls:read:transcript"),
    ("GET", "/v2/users", None, "api:users:read"),
    ("POST", "/v2/users/extensive", {"filter": {}}, "api:users:read"),
    ("GET", "/v2/users/1", None, "api:users:read"),
]


def test_basic_and_bearer(emulator, sentences):
    emulator.control("POST", "/keys", {"token": "t-1", "scopes": None})
    bearer = {"Authorization": "Bearer t-1"}
    assert emulator.get("/v2/users").status_code == 200
    assert httpx.get(f"{emulator.http.base_url}/v2/users", headers=bearer).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic !!!",
        "Basic ZW11bGF0b3I6eA==",
        "Bearer nobody",
        "Digest x",
        "Basic ZW11bGF0b3ItYWNjZXNzLWtleTp4",
    ],
)
def test_unknown_credentials_are_401(emulator, sentences, header):
    headers = {"Authorization": header} if header else {}
    answer = httpx.get(f"{emulator.http.base_url}/v2/users", headers=headers)
    assert (answer.status_code, sentences(answer)) == (401, ["Unauthorized"])


@pytest.mark.parametrize("case", SCOPES)
def test_missing_scope_is_401_with_the_recorded_sentence(emulator, sentences, case):
    method, path, body, scope = case
    emulator.control("POST", "/keys", {"access_key": "k", "access_key_secret": "s", "scopes": ["api:other"]})
    answer = emulator.http.request(method, path, json=body, auth=("k", "s"))
    assert answer.status_code == 401
    assert sentences(answer) == [f"You don't have permission to use '{scope}' in your app."]


def test_media_need_their_own_scope(emulator, sentences, everything):
    scopes = ["api:calls:read:extensive"]
    emulator.control("POST", "/keys", {"access_key": "k", "access_key_secret": "s", "scopes": scopes})
    body = {"filter": {}, "contentSelector": everything}
    answer = emulator.post("/v2/calls/extensive", body, auth=("k", "s"))
    assert answer.status_code == 401
    assert sentences(answer) == ["You don't have permission to use 'api:calls:read:media-url' in your app."]
    plain = {"filter": {}, "contentSelector": {"exposedFields": {"media": False}}}
    assert emulator.post("/v2/calls/extensive", plain, auth=("k", "s")).status_code == 200


def test_deleted_key_is_refused_at_once(emulator):
    emulator.control(
        "POST", "/keys", {"access_key": "k", "access_key_secret": "s", "scopes": ["api:users:read"]}
    )
    assert emulator.http.get("/v2/users", auth=("k", "s")).status_code == 200
    emulator.control("DELETE", "/keys/k")
    assert emulator.http.get("/v2/users", auth=("k", "s")).status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:1", 200),
        ("localhost", 200),
        ("[::1]:8089", 200),
        ("gong.test:80", 200),
        ("api.gong.io", 401),
    ],
)
def test_only_the_companys_host_answers(emulator, host, status):
    assert emulator.http.get("/v2/users", headers={"Host": host}).status_code == status


def test_unknown_paths_and_methods(emulator, sentences):
    assert emulator.get("/v2/nothing").status_code == 404
    assert sentences(emulator.get("/v2/nothing")) == ["Not Found"]
    for method, path in (("GET", "/v2/calls/extensive"), ("PUT", "/v2/users"), ("DELETE", "/v2/calls/7")):
        answer = emulator.http.request(method, path)
        assert (answer.status_code, sentences(answer)) == (405, ["Method Not Allowed"])


@pytest.mark.parametrize("path", ["/v2/calls/extensive", "/v2/calls/transcript", "/v2/users/extensive"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_bodies_must_be_declared_json(emulator, sentences, path, kind):
    headers = {"Content-Type": kind} if kind else {}
    answer = emulator.http.post(path, content=b'{"filter":{}}', headers=headers)
    assert (answer.status_code, sentences(answer)) == (415, ["Unsupported Media Type"])


def test_request_ids_are_unique_and_traced(emulator):
    answers = [emulator.get("/v2/users") for _ in range(5)] + [emulator.get("/v2/nothing")]
    ids = [answer.json()["requestId"] for answer in answers]
    assert len(set(ids)) == 6
    assert ids == [answer.headers["x-traceid"] for answer in answers]
    assert ids == [entry["requestId"] for entry in emulator.requests()]
