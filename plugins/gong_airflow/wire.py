"""Paces requests where they leave: after the connection is open, right before the first byte.

Looking up a name, shaking hands and preparing a request take time that differs from request to request.
Were it counted as waiting, the next request would arrive too close behind.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from requests_toolbelt.adapters.socket_options import TCPKeepAliveAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

Turn = Callable[[], AbstractContextManager[Any]]
# Bytes handed to the socket at once. With the libraries' 16 KB a large body takes 1.6 times as long.
BLOCK_SIZE = 1 << 18


class PacedAdapter(TCPKeepAliveAdapter):
    """An HTTP adapter whose connections send inside `turn()`.

    :param turn: gives a context manager; entering it waits until a request may leave
    :param send_timeout: seconds that the server may take for `BLOCK_SIZE` bytes of a body
    """

    def __init__(self, turn: Turn, *, send_timeout: float, **kwargs: Any) -> None:
        self._turn = turn
        self._send_timeout = send_timeout
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by the base class; pools of this adapter make paced connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _paced_pools(self._turn, self._send_timeout)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The same for connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _paced_pools(self._turn, self._send_timeout)
        return manager


def _paced_pools(turn: Turn, send_timeout: float) -> dict[str, type[HTTPConnectionPool]]:
    def send(connection: HTTPConnection, request: Callable[[], None]) -> None:
        connection.blocksize = BLOCK_SIZE
        if connection.sock is None:
            connection.connect()
        # The time-out that is set now is the one for connecting; a server that reads slowly needs longer.
        connection.timeout = send_timeout
        with turn():
            request()

    class PacedConnection(HTTPConnection):
        def request(self, *args: Any, **kwargs: Any) -> None:
            send(self, lambda: super(PacedConnection, self).request(*args, **kwargs))

    class PacedSecureConnection(HTTPSConnection):
        def request(self, *args: Any, **kwargs: Any) -> None:
            send(self, lambda: super(PacedSecureConnection, self).request(*args, **kwargs))

    class Pool(HTTPConnectionPool):
        ConnectionCls = PacedConnection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = PacedSecureConnection

    return {"http": Pool, "https": SecurePool}
