"""Requests a second of the emulator, beside a bare FastAPI app that returns as many constant bytes.

    python -m benchmarks.emulator [--calls 5000] [--seconds 3] [--connections 4]

Prints one line per operation: requests/s of both, their ratio, the size of an answer. "cold" walks all pages
once after a reset, so that every call is rendered anew. "late" is how far a request that is sent every 50 ms
is held up at most while cold pages are asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.emulator import EVERYTHING

ROOT = Path(__file__).parents[1]
KEY = base64.b64encode(b"emulator-access-key:emulator-access-key-secret").decode()
OPERATIONS: dict[str, tuple[str, Any]] = {
    "list": ("/v2/calls", None),
    "extensive": ("/v2/calls/extensive", {"filter": {}, "contentSelector": EVERYTHING}),
    "transcript": ("/v2/calls/transcript", {"filter": {}}),
    "users": ("/v2/users", None),
}
BARE = """
import sys, uvicorn
from fastapi import FastAPI, Request, Response
app = FastAPI(openapi_url=None)
CONSTANT = {}
@app.api_route("/{size}", methods=["GET", "POST"])
async def constant(size: int, request: Request) -> Response:
    await request.body()
    if size not in CONSTANT:
        CONSTANT[size] = b"x" * size
    return Response(CONSTANT[size], media_type="application/json")
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False)
"""


@dataclass
class Peer:
    """One kept connection that counts bytes instead of reading them."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> Peer:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))

    async def ask(self, path: str, body: Any, *, keep: bool = False) -> tuple[int, bytes]:
        """Send one request; the size of the answer's body and, if kept, the body."""
        content = b"" if body is None else json.dumps(body).encode()
        method = "GET" if body is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {KEY}\r\n"
        if content:
            head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + content)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        assert answer.startswith(b"http/1.1 200"), answer
        size = left = int(answer.split(b"content-length: ")[1].split(b"\r\n")[0])
        pieces = []
        while left:
            piece = await self.reader.read(min(left, 1 << 20))
            left -= len(piece)
            if keep:
                pieces.append(piece)
        return size, b"".join(pieces)


async def rate(
    port: int, requests: list[tuple[str, Any]], seconds: float, connections: int
) -> tuple[float, int]:
    """Requests per second of all connections together, and the mean size of an answer."""
    end = time.monotonic() + seconds

    async def work(offset: int) -> tuple[int, int]:
        peer, done, total = await Peer.open(port), 0, 0
        while time.monotonic() < end:
            size, _ = await peer.ask(*requests[(done + offset) % len(requests)])
            done, total = done + 1, total + size
        peer.writer.close()
        return done, total

    results = await asyncio.gather(*(work(number) for number in range(connections)))
    done = sum(count for count, _ in results)
    return done / seconds, sum(total for _, total in results) // max(1, done)


async def cold(port: int) -> tuple[float, float]:
    """Requests per second of a walk over all cold pages, and the worst delay of a paced client."""
    peer, pages, began = await Peer.open(port), 0, time.monotonic()
    watcher = asyncio.create_task(lateness(port))
    for name in ("extensive", "transcript"):
        path, body = OPERATIONS[name]
        cursor = None
        while True:
            _, content = await peer.ask(path, {**body, "cursor": cursor}, keep=True)
            pages += 1
            cursor = json.loads(content[: content.index(b"}")].split(b'"records":')[1] + b"}").get("cursor")
            if cursor is None:
                break
    spent = time.monotonic() - began
    watcher.cancel()
    return pages / spent, await watcher


async def lateness(port: int) -> float:
    """Ask for one small answer every 50 ms until cancelled; the longest that one took, in seconds."""
    peer, worst = await Peer.open(port), 0.0
    try:
        while True:
            sent = time.monotonic()
            await peer.ask("/_emulator/health", None)
            worst = max(worst, time.monotonic() - sent)
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        return worst


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)


async def measure(emulator: int, bare: int, options: argparse.Namespace) -> None:
    speed, worst = await cold(emulator)
    print(f"{'cold pages':<12} {speed:7.0f}/s   late at most {worst * 1000:.0f} ms")
    mix = [OPERATIONS[name] for name in ("list", "extensive", "transcript")]
    for name, requests in [*((name, [value]) for name, value in OPERATIONS.items()), ("mix", mix)]:
        own, size = await rate(emulator, requests, options.seconds, options.connections)
        other, _ = await rate(bare, [(f"/{size}", requests[0][1])], options.seconds, options.connections)
        compared = f"bare {other:7.0f}/s   ratio {own / other:4.2f}"
        print(f"{name:<12} {own:7.0f}/s   {compared}   {size / 1024:7.0f} KiB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    emulator, bare = free_port(), free_port()
    limits = ["--per-second", "0", "--per-day", "0", "--calls", str(options.calls)]
    command = [sys.executable, "-m", "include.emulator", "--port", str(emulator), *limits]
    servers = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL),
        subprocess.Popen([sys.executable, "-c", BARE, str(bare)]),
    ]
    try:
        began = time.monotonic()
        wait_for(emulator)
        print(f"{'start':<12} {time.monotonic() - began:7.1f} s   {options.calls} calls")
        wait_for(bare)
        asyncio.run(measure(emulator, bare, options))
    finally:
        for server in servers:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
