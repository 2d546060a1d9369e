"""`downloadMediaUrl`: Gong fetches the media by itself, and says nothing when it cannot."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from upload_media import mp3, wav

from tests.support.waiting import free_port, wait_until


class Files(ThreadingHTTPServer):
    """Serves what is put into `files`: (status, content type, body or None for a connection that is cut)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.asked, self.broken = [], []
        self.gate = threading.Event()

    def add(self, name, body=None, kind="audio/wav", status=200):
        self.files[f"/{name}"] = (status, kind, body)
        return f"http://127.0.0.1:{self.server_port}/{name}?X-Amz-Signature=secret"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        status, kind, body = self.server.files[path]
        if path == "/slow":
            self.server.gate.wait(20)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"12345")))
        if status == 302:
            self.send_header("Location", "/target")
        self.end_headers()
        try:
            self.wfile.write(body or b"12")
        except ConnectionError:
            self.server.broken.append(path)

    def log_message(self, *args):
        pass


@pytest.fixture
def files():
    with Files() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.gate.set()
        server.shutdown()
        thread.join()


def settled(uploader, number):
    state = wait_until(
        "the download",
        lambda: (state := uploader.state(number))[0] != "waiting for media" and state,
        every=0.01,
    )
    return tuple(state)


def test_it_is_really_fetched(emulator, uploader, files):
    media = wav(50)
    number = uploader.add(downloadMediaUrl=files.add("a.wav", media))
    assert settled(uploader, number) == ("processing", None)
    seen = uploader.seen(number)
    assert (seen["via"], seen["sha256"]) == ("downloadMediaUrl", hashlib.sha256(media).hexdigest())
    assert (seen["bytes"], seen["contentType"], seen["puts"]) == (len(media), "audio/wav", 0)
    assert not uploader.visible(number)
    emulator.control("POST", "/time", {"advance_seconds": 240})
    assert emulator.get(f"/v2/calls/{number}").json()["call"]["duration"] == 50
    assert files.asked == ["/a.wav"]


def test_redirects_are_followed(uploader, files):
    files.add("target", wav())
    assert (
        settled(uploader, uploader.add(downloadMediaUrl=files.add("a", b"x", status=302)))[0] == "processing"
    )


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ("video/anything", True),
        ("Audio/WAV; charset=x", True),
        ("application/octet-stream; mp3", True),
        ("binary/octet-stream;type=wav", True),
        ("application/octet-stream", False),
        ("binary/octet-stream; txt", False),
        ("text/html", False),
        ("application/mp4", False),
    ],
)
def test_content_types(uploader, files, kind, taken):
    number = uploader.add(downloadMediaUrl=files.add("a", mp3(), kind))
    state, why = settled(uploader, number)
    assert (state, why is None) == (("processing", True) if taken else ("discarded", False))


def test_whatever_fails_is_dropped_without_a_word(emulator, uploader, files):
    nowhere = f"http://127.0.0.1:{free_port()}/x"
    uploader.settings(maximum_bytes=700_000)
    uploader.upload(wav(seed=3))
    failing = {
        files.add("gone", b"x", status=404): "download: status 404",
        files.add("cut"): "download: RemoteProtocolError",
        files.add("large", wav(50)): "download: too large",
        files.add("text", b"hello"): "download: the content is none of WAV, MP3, MP4, MKV, FLAC",
        nowhere: "download: ConnectError",
    }
    numbers = {uploader.add(downloadMediaUrl=address): why for address, why in failing.items()}
    for number, why in numbers.items():
        assert settled(uploader, number) == ("discarded", why)
        assert not uploader.visible(number)
    state, why = settled(uploader, uploader.add(downloadMediaUrl=files.add("copy", wav(seed=3))))
    assert (state, why.split()[0]) == ("discarded", "duplicate")
    emulator.control("POST", "/time", {"advance_seconds": 10_000})
    assert not any(uploader.visible(number) for number in numbers)


def test_an_address_serves_one_call(uploader, files, sentences):
    address = files.add("a.wav", wav())
    first = {"downloadMediaUrl": address, "clientUniqueId": "one"}
    number = uploader.add(**first)
    answer = uploader.post(downloadMediaUrl=address)
    assert (answer.status_code, sentences(answer)) == (400, ["downloadMediaUrl: must be unique"])
    assert number in sentences(uploader.post(**first))[0]


def test_the_media_is_not_to_be_uploaded_besides(uploader, files, sentences):
    number = uploader.add(downloadMediaUrl=files.add("slow", wav()))
    answer = uploader.put(number, wav(seed=8))
    assert answer.status_code == 400
    assert "was posted with downloadMediaUrl" in sentences(answer)[0]
    files.gate.set()
    assert settled(uploader, number) == ("processing", None)
    assert sentences(uploader.put(number, wav()))[0].endswith("has already been handled")


def test_a_download_holds_up_nobody_and_ends_with_a_reset(emulator, uploader, files):
    number = uploader.add(downloadMediaUrl=files.add("slow", bytes(30_000_000)))
    wait_until("the download to begin", lambda: files.asked, every=0.01)
    assert emulator.get("/v2/users").status_code == 200
    assert uploader.state(number) == ("waiting for media", None)
    emulator.control("POST", "/reset")
    files.gate.set()
    assert emulator.control("GET", "/uploads")["uploads"] == []
    wait_until("the connection to be given up", lambda: files.broken, every=0.01, timeout=20)
