"""A real SMTP server on this machine that keeps what it is given."""

from __future__ import annotations

import email
import queue
import time
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.waiting import free_port


@dataclass(frozen=True)
class Mail:
    """A mail as its reader sees it, and `raw` as it crossed the wire."""

    recipients: list[str]
    subject: str
    body: str
    raw: str


@dataclass
class MailServer:
    """Context manager; mails wait in the order of arrival."""

    port: int = field(default_factory=free_port)
    _mails: queue.Queue[Mail] = field(default_factory=queue.Queue)

    def __enter__(self) -> MailServer:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail; aiosmtpd calls this."""
        message = email.message_from_bytes(envelope.content)
        parts = [
            part.get_payload(decode=True).decode("utf-8")
            for part in message.walk()
            if not part.is_multipart()
        ]
        self._mails.put(
            Mail(
                recipients=list(envelope.rcpt_tos),
                subject=str(make_header(decode_header(message["Subject"]))),
                body="\n".join(parts),
                raw=envelope.content.decode("utf-8", errors="replace"),
            )
        )
        return "250 kept"

    def connection(self, **extra: Any) -> dict[str, Any]:
        """An Airflow connection that leads here; as JSON it is a value for `AIRFLOW_CONN_SMTP_DEFAULT`."""
        plain = {"disable_ssl": True, "disable_tls": True, "retry_limit": 0, "timeout": 5}
        return {
            "conn_type": "smtp",
            "host": "127.0.0.1",
            "port": self.port,
            "extra": {**plain, "from_email": "airflow@ops.example", **extra},
        }

    def next(self, timeout: float = 5) -> Mail:
        """The oldest mail not yet read; `queue.Empty` when none comes within `timeout` seconds."""
        return self._mails.get(timeout=timeout)

    def take(self, number: int, timeout: float) -> list[Mail]:
        """As many mails as `number`, or those that came within `timeout` seconds."""
        end = time.monotonic() + timeout
        mails: list[Mail] = []
        while len(mails) < number and time.monotonic() < end:
            try:
                mails.append(self.next(max(0.01, end - time.monotonic())))
            except queue.Empty:
                break
        return mails
