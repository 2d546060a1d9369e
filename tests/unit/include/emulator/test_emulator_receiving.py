"""Media on the wire: what the body must be, connections that break, refusals amid a body, slow reading."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading

import pytest
from upload_media import multipart, wav

from tests.support.waiting import wait_until

FORM = "multipart/form-data; boundary=frontier"


def head(emulator, number, length, *more, form=FORM):
    key = base64.b64encode(":".join(emulator.key).encode()).decode()
    lines = [
        f"PUT /v2/calls/{number}/media HTTP/1.1",
        "Host: localhost",
        f"Authorization: Basic {key}",
        f"Content-Type: {form}",
        f"Content-Length: {length}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def send(emulator, number, content, form=FORM):
    return emulator.http.put(f"/v2/calls/{number}/media", content=content, headers={"Content-Type": form})


@pytest.mark.parametrize(
    ("content", "form", "refusal"),
    [
        (wav(), "audio/wav", (415, "Unsupported Media Type")),
        (wav(), "application/octet-stream", (415, "Unsupported Media Type")),
        (multipart(wav()), "multipart/mixed; boundary=frontier", (415, "Unsupported Media Type")),
        (multipart(wav()), "multipart/form-data", (400, "Bad request")),
        (multipart(wav()), "multipart/form-data; boundary=other", (400, "Bad request")),
        (multipart(wav())[:-14], FORM, (400, "Bad request")),
        (b"", FORM, (400, "Bad request")),
        (b"--frontier--\r\n", FORM, (400, "mediaFile part is missing")),
        (multipart(wav(), "mediafile"), FORM, (400, "mediaFile part is missing")),
        (multipart(wav()).replace(b'; filename="a.wav"', b""), FORM, (400, "mediaFile part is missing")),
        (multipart(b""), FORM, (400, "mediaFile: must not be empty")),
    ],
)
def test_bodies_that_are_no_upload(uploader, sentences, content, form, refusal):
    number = uploader.add()
    answer = send(uploader.emulator, number, content, form)
    assert (answer.status_code, *sentences(answer)) == refusal
    assert uploader.state(number) == ("waiting for media", None)
    assert uploader.put(number, wav()).status_code == 201


def test_bytes_arrive_as_they_were_sent_however_the_body_is_cut(emulator, uploader):
    media = wav(35) + b"\r\n--frontie\r\n--\r\n\r\n--frontier"[:-1]
    body = multipart(b"not this", "other")[: -len(b"--frontier--\r\n")] + multipart(media)
    for size in (1_000, 65_537, len(body)):
        uploader.emulator.control("POST", "/reset")
        number = uploader.add()
        pieces = (body[at : at + size] for at in range(0, len(body), size))
        assert send(emulator, number, pieces).status_code == 201  # chunked, without a length
        seen = uploader.seen(number)
        assert (seen["sha256"], seen["bytes"]) == (hashlib.sha256(media).hexdigest(), len(media))


def test_the_first_file_of_the_right_name_counts(emulator, uploader):
    end = b"--frontier--\r\n"
    nameless = multipart(b"RIFF").replace(b'; filename="a.wav"', b"")[: -len(end)]
    number = uploader.add()
    assert (
        send(emulator, number, nameless + multipart(wav())[: -len(end)] + multipart(b"more")).status_code
        == 201
    )
    assert uploader.seen(number)["sha256"] == hashlib.sha256(wav()).hexdigest()


def test_a_file_above_the_limit_is_413_at_once_or_on_the_way(emulator, uploader, sentences):
    number = uploader.add()
    uploader.settings(maximum_bytes=len(wav()) - 1)
    for content in (multipart(wav()), iter([multipart(wav())])):
        answer = send(emulator, number, content)
        assert (answer.status_code, sentences(answer)) == (413, ["Payload Too Large"])
    uploader.settings(maximum_bytes=len(wav()))
    assert send(emulator, number, multipart(wav())).status_code == 201


def test_the_limit_of_the_start_is_one_and_a_half_gigabytes(emulator, uploader):
    number = uploader.add()
    with socket.create_connection(("127.0.0.1", emulator.port)) as client:
        client.settimeout(20)
        client.sendall(head(emulator, number, 1_500_000_000 + 65_537))
        assert b"413" in client.recv(1_000).split(b"\r\n")[0]
    with socket.create_connection(("127.0.0.1", emulator.port)) as client:
        client.settimeout(20)
        client.sendall(head(emulator, number, 1_500_000_000, "Expect: 100-continue"))
        assert b"100 Continue" in client.recv(1_000)


@pytest.mark.parametrize("media", [wav(), wav(0.1)], ids=["large", "small"])
def test_a_broken_connection_leaves_nothing_and_the_same_may_be_sent_again(emulator, uploader, media):
    number, body = uploader.add(), multipart(media)
    for part in (0, 100, len(body) // 2, len(body) - 1):
        with socket.create_connection(("127.0.0.1", emulator.port)) as client:
            client.sendall(head(emulator, number, len(body)) + body[:part])
        wait_until(
            "the end of the request", lambda: emulator.requests()[-1]["durationMs"] is not None, every=0.01
        )
        assert uploader.state(number) == ("waiting for media", None)
        assert emulator.requests()[-1]["status"] is None
    assert uploader.put(number, media).status_code == 201
    assert uploader.seen(number)["puts"] == 5


@pytest.mark.parametrize("status", [401, 404, 415, 429, 400])
def test_a_refusal_reaches_a_client_that_sends_before_it_reads(emulator, uploader, status):
    number, body = uploader.add(), multipart(wav(600))
    form, host = FORM, "Host: localhost"
    if status == 400:
        assert uploader.put(number, wav()).status_code == 201
    elif status == 429:
        emulator.control("PUT", "/limits", {"per_day": 1})
        emulator.get("/v2/users")
    elif status == 415:
        form = "audio/wav"
    elif status == 401:
        host = "Host: elsewhere.example"
    number = "77" if status == 404 else number
    raw = head(emulator, number, len(body), form=form).replace(b"Host: localhost", host.encode())
    with socket.create_connection(("127.0.0.1", emulator.port)) as client:
        client.settimeout(20)
        client.sendall(raw + body)  # megabytes: more than the buffers between the two hold
        assert client.recv(1_000).startswith(f"HTTP/1.1 {status} ".encode())
        again = (
            raw.split(b"\r\n\r\n")[0]
            .replace(b"PUT", b"GET", 1)
            .replace(b"\r\nContent-Length", b"\r\nX-Length")
        )
        client.sendall(again + b"\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 4")  # the connection is as good as new


def test_a_client_that_asks_first_is_spared_the_body(emulator, uploader):
    with socket.create_connection(("127.0.0.1", emulator.port)) as client:
        client.settimeout(20)
        client.sendall(head(emulator, "77", 10**9, "Expect: 100-continue"))
        assert client.recv(1_000).startswith(b"HTTP/1.1 404")


def test_reading_is_held_back_and_let_go(emulator, uploader):
    number, body = uploader.add(), multipart(wav(300))
    uploader.settings(read_bytes_per_second=1)  # it would take days
    answers = []
    thread = threading.Thread(target=lambda: answers.append(send(emulator, number, body)))
    thread.start()
    entry = wait_until(
        "the first bytes to be read",
        lambda: next(
            (one for one in emulator.requests() if one["method"] == "PUT" and one["bytesReceived"]), None
        ),
        every=0.01,
    )
    assert entry["bytesReceived"] < len(body)
    assert emulator.get("/v2/users").status_code == 200  # meanwhile others are served
    assert not answers
    uploader.settings(read_bytes_per_second=None)
    thread.join(timeout=20)
    assert answers[0].status_code == 201


def test_of_two_that_race_for_one_call_one_wins(emulator, uploader, sentences):
    number = uploader.add()
    bodies = [multipart(wav(300, seed=seed)) for seed in (1, 2)]
    uploader.settings(read_bytes_per_second=2_000_000)
    answers = []
    threads = [
        threading.Thread(target=lambda body=body: answers.append(send(emulator, number, body)))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(answer.status_code for answer in answers) == [201, 400]
    loser = next(answer for answer in answers if answer.status_code == 400)
    assert sentences(loser)[0].endswith("has already been handled")


def test_the_log_counts_bodies_of_media_and_keeps_none(emulator, uploader):
    number = uploader.add()
    body = multipart(b"x@customer.example" * 50)
    assert send(emulator, number, body).status_code == 415
    entry = emulator.requests()[-1]
    assert (entry["operation"], entry["method"]) == ("/v2/calls/{id}/media", "PUT")
    assert (entry["body"], entry["bytesReceived"]) == (None, len(body))
    posted = emulator.requests()[-2]
    assert posted["bytesReceived"] > 100
    assert posted["body"]["clientUniqueId"] == uploader.seen(number)["clientUniqueId"]


def test_a_request_arrives_with_its_headers(emulator, uploader):
    """Two requests while a body is on its way are too many for a limit of two, whenever that body ends."""
    number, body = uploader.add(), multipart(wav())
    emulator.control("PUT", "/limits", {"per_second": 1})
    with socket.create_connection(("127.0.0.1", emulator.port)) as client:
        client.sendall(head(emulator, number, len(body)))
        wait_until("the headers to arrive", lambda: uploader.seen(number)["puts"], every=0.001)
        first = emulator.get("/v2/users")
        log = emulator.requests()
        apart = log[-1]["arrived"] - log[-2]["arrived"]
        assert first.status_code == (429 if apart < 1 else 200)
        client.sendall(body)
        assert client.recv(1_000).startswith(b"HTTP/1.1 201")
