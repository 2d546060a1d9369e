"""Two limits, 429, Retry-After, and what uses up quota."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from include.emulator.clock import Clock
from include.emulator.errors import ApiError
from include.emulator.limits import Limiter


def test_more_than_three_at_once_are_refused(emulator, sentences):
    emulator.control("PUT", "/limits", {"per_second": 3, "per_day": 0})

    def ask(_):
        return httpx.get(f"{emulator.http.base_url}/v2/users", auth=emulator.http.auth)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    log = emulator.requests()
    admitted = [entry["arrived"] for entry in log if entry["status"] == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    for first, fourth in zip(admitted, admitted[3:], strict=False):
        assert fourth - first >= 1.0
    for entry in log:
        earlier = [at for at in admitted if entry["arrived"] - 1.0 < at < entry["arrived"]]
        assert (entry["status"] == 429) == (len(earlier) >= 3)
    for answer in refused:
        assert answer.headers["Retry-After"] == "1"
        assert sentences(answer) == ["API request limit exceeded"]
    assert emulator.control("GET", "/limits")["used_today"] == len(admitted)
    assert emulator.control("GET", "/requests")["maxPerSecond"] >= len(refused)


def test_the_second_slides():
    limiter = Limiter(Clock(), per_second=3, per_day=0)
    for at in (10.0, 10.5, 10.6):
        limiter.admit(at)
    for at in (10.7, 10.999):
        with pytest.raises(ApiError):
            limiter.admit(at)
    limiter.admit(11.0)
    with pytest.raises(ApiError):
        limiter.admit(11.499)
    limiter.admit(11.5)


def test_the_day_is_counted_and_tells_when_it_ends(emulator):
    emulator.control("PUT", "/limits", {"per_second": 0, "per_day": 2})
    assert [emulator.get("/v2/users").status_code for _ in range(4)] == [200, 200, 429, 429]
    wait = int(emulator.get("/v2/users").headers["Retry-After"])
    assert 86_000 < wait <= 86_400
    emulator.control("POST", "/time", {"advance_seconds": wait - 100})
    assert 0 < int(emulator.get("/v2/users").headers["Retry-After"]) <= 100
    emulator.control("POST", "/time", {"advance_seconds": 101})
    assert emulator.get("/v2/users").status_code == 200
    assert emulator.control("GET", "/limits")["used_today"] == 1


def test_the_end_of_the_day_can_be_set(emulator):
    emulator.control("PUT", "/limits", {"per_day": 1, "reset_after_seconds": 5400})
    emulator.get("/v2/users")
    answer = emulator.get("/v2/users")
    assert answer.status_code == 429
    assert 5_300 < int(answer.headers["Retry-After"]) <= 5_400
    emulator.control("PUT", "/limits", {"per_day": 1})
    assert emulator.get("/v2/users").status_code == 200


def test_what_uses_up_quota(emulator):
    emulator.control("POST", "/keys", {"access_key": "k", "access_key_secret": "s", "scopes": []})
    for path, key in (("/v2/users", ("k", "wrong")), ("/v2/users", ("k", "s")), ("/v2/nothing", ("k", "s"))):
        emulator.http.get(path, auth=key)
    emulator.http.get("/v2/users", headers={"Host": "api.gong.io"})
    # the unknown key and the wrong host are charged to nobody; a missing scope and an unknown path count
    assert emulator.control("GET", "/limits")["used_today"] == 2


def test_the_control_plane_is_not_limited(emulator):
    emulator.control("PUT", "/limits", {"per_second": 1, "per_day": 1})
    for _ in range(10):
        emulator.control("GET", "/limits")
    assert emulator.requests() == []


def test_arrival_is_stamped_before_the_body_comes(emulator):
    body = b'{"filter":{}}'
    head = (
        f"POST /v2/calls/extensive HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/json\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", emulator.port)) as slow:
        slow.sendall(head.encode())
        while not emulator.requests():
            pass
        emulator.get("/v2/users")
        slow.sendall(body)
        assert slow.recv(100).startswith(b"HTTP/1.1 401")
    assert [entry["method"] for entry in emulator.requests()] == ["POST", "GET"]
