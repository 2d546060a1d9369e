"""Nothing leaks: no key, no `.netrc`, no cookie, and no signature in log or error."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gong_airflow.media.download import Downloader
from gong_airflow.media.errors import MediaBreakError
from gong_airflow.media.session import media_session
from include.media import LandedMedia
from tests.support.waiting import free_port

SECRET = "X-Amz-Signature=0123456789abcdef"
SOUND = b"ID3" + bytes(1000)


class Storage(BaseHTTPRequestHandler):
    """Serves a sound; `/away/<address>` leads there. Of whatever range is asked for it sends the whole."""

    seen: list[dict[str, str]]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        if self.path.startswith("/away/"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("/away/")[2].split("?")[0] + f"?{SECRET}")
            self.send_header("Set-Cookie", "a=b; Path=/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        crooked = "Range" in self.headers
        self.send_response(206 if crooked else 200)
        if crooked:
            self.send_header("Content-Range", f"bytes 0-{len(SOUND) - 1}/{len(SOUND)}")
        self.send_header("Content-Type", "audio/mpeg")
        self.send_header("Content-Length", str(len(SOUND)))
        self.end_headers()
        self.wfile.write(SOUND)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def storage() -> Iterator[str]:
    Storage.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Storage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(folder: Path, address: str, session: Any = None) -> int:
    with LandedMedia(folder.as_uri()).open("1", "audio") as part:
        Downloader(session or media_session(), sleep=lambda _: None).fetch(lambda: address, part, "it")
        return part.size


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "netrc"
    file.write_text(
        "machine 127.0.0.1 login ann password secret\nmachine localhost login ann password secret\n"
    )
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.usefixtures("netrc")
def test_no_authorization_and_no_cookie_goes_along_not_even_after_a_redirect(
    storage: str, tmp_path: Path
) -> None:
    other = storage.replace("127.0.0.1", "localhost")
    address = f"{storage}/away/{other}/away/{storage}/sound?{SECRET}"
    session = media_session()
    for number in range(2):
        assert fetch(tmp_path / str(number), address, session) == len(SOUND)
    assert len(Storage.seen) == 6
    for headers in Storage.seen:
        assert set(headers) == {"path", "host", "user-agent", "accept", "accept-encoding", "connection"}
        assert headers["accept-encoding"] == "identity"
    # The library would have sent it.
    import requests

    requests.get(f"{storage}/sound", timeout=10)
    assert "authorization" in Storage.seen[-1]


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/a", "gopher://x"])
def test_a_redirect_leads_to_http_only(storage: str, tmp_path: Path, target: str) -> None:
    with pytest.raises(MediaBreakError) as error:
        fetch(tmp_path, f"{storage}/away/{target}?{SECRET}")
    assert "X-Amz" not in str(error.value)


def test_no_log_line_and_no_error_holds_an_address(
    storage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fetch(tmp_path, f"{storage}/away/{storage}/sound?{SECRET}")
    assert "/sound" in caplog.text
    for address in (
        f"http://127.0.0.1:{free_port()}/sound?{SECRET}",
        f"https://127.0.0.1:{storage.rpartition(':')[2]}/sound?{SECRET}",
        f"nonsense:{SECRET}",
        f"{storage}/away/" * 7 + f"?{SECRET}",
        f"http://{'a' * 70}.example?{SECRET}",
    ):
        with pytest.raises(MediaBreakError) as error:
            fetch(tmp_path / "b", address)
        assert SECRET not in str(error.value)
        assert error.value.__suppress_context__
    assert "0123456789abcdef" not in caplog.text


def test_a_range_that_was_not_asked_for_is_not_put_behind_what_is_there(storage: str, tmp_path: Path) -> None:
    folder = LandedMedia(tmp_path.as_uri())
    with folder.open("1", "audio") as part:
        part.restart({"size": len(SOUND), "etag": '"e"', "content_type": "audio/mpeg", "extension": "mp3"})
        part.append(SOUND[:5])
    assert fetch(tmp_path, f"{storage}/sound") == len(SOUND)
    assert [headers.get("range") for headers in Storage.seen] == ["bytes=5-", None]
    assert (tmp_path / "media" / "1" / ".audio.part").read_bytes() == SOUND


def test_proxies_of_the_connection_come_before_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://environment:1")
    monkeypatch.setenv("NO_PROXY", "")

    def chosen(session: Any) -> Any:
        return session.merge_environment_settings("https://a.example/", {}, None, None, None)["proxies"][
            "https"
        ]

    assert chosen(media_session()) == "http://environment:1"
    assert chosen(media_session(proxies={"https": "http://connection:1"})) == "http://connection:1"
    assert media_session(verify=False).verify is False
