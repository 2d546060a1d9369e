"""How an alert reaches people: Airflow's notifiers, chosen by settings that are read when it is sent.

| environment variable      | meaning                                                                     |
|---------------------------|-----------------------------------------------------------------------------|
| `GONG_ALERT_NOTIFIERS`    | JSON list, one object per notifier: `notifier` is its class path, the other |
|                           | members its arguments; strings may use `{{ alert.subject }}`,               |
|                           | `{{ alert.text }}`, `{{ alert.html }}`. `[]` tells nobody                   |
| `GONG_ALERT_SMTP_CONN_ID` | connection of the mail that is sent when the list is unset: `smtp_default`  |
| `GONG_ALERT_EMAIL`        | its recipients, comma separated; unset: the connection's `from_email`       |

Airflow runs alerts in three places (worker, DAG processor, triggerer): set these in the environment of all.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gong_airflow.alert_messages import Alert

NOTIFIERS = "GONG_ALERT_NOTIFIERS"
SMTP_CONN_ID = "GONG_ALERT_SMTP_CONN_ID"
EMAIL = "GONG_ALERT_EMAIL"

log = logging.getLogger(__name__)


def deliver(alert: Alert, context: Mapping[str, Any]) -> bool:
    """Send `alert` through every notifier; True when at least one took it.

    It never raises: who is told must not decide how a task ends. What goes wrong is one log line with the
    type of the error; its text may hold an address, a token or a signed URL.
    """
    taken = False
    for name, build in _choose(alert):
        try:
            _send(build(), {**context, "alert": alert})
        except Exception as error:  # noqa: BLE001 - any notifier, any fault, and the next one still has its turn
            log.error(
                "The alert %r was not sent through %s (%s). Check its arguments in %s and its connection",
                alert.subject,
                name,
                type(error).__name__,
                NOTIFIERS,
            )
        else:
            taken = True
            log.info("The alert %r was sent through %s", alert.subject, name)
    return taken


def _send(notifier: Any, context: dict[str, Any]) -> None:
    """Render and send, without the notifier's `__call__`, which writes the error's text to the log.

    The synchronous side comes first, everywhere: the SMTP provider's asynchronous side fails on servers
    that ask for STARTTLS. Notifiers that only have the asynchronous one get an event loop of their own.
    """
    # Not the DAG's environment: that may render Python objects instead of text, and a deadline has none.
    notifier.render_template_fields(context, jinja_env=notifier.get_template_env())
    try:
        notifier.notify(context)
    except NotImplementedError:
        asyncio.run(notifier.async_notify(context))


def _choose(alert: Alert) -> Iterable[tuple[str, Any]]:
    """Name and builder of each notifier; nothing is imported or connected before its turn."""
    setting = os.environ.get(NOTIFIERS, "").strip()
    if setting:
        try:
            return [_entry(item) for item in _listed(setting)]
        except ValueError as error:
            log.error(
                "%s is not a JSON list of objects with a `notifier` each (%s); correct it. "
                "Until then alerts go out by e-mail",
                NOTIFIERS,
                type(error).__name__,
            )
    return _mail(alert)


def _listed(setting: str) -> list[dict[str, Any]]:
    items = json.loads(setting)
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get("notifier"), str) for item in items
    ):
        raise ValueError
    return items


def _entry(item: dict[str, Any]) -> tuple[str, Any]:
    path = item["notifier"]
    arguments = {key: value for key, value in item.items() if key != "notifier"}

    def build() -> Any:
        module, _, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name)(**arguments)

    return path, build


def _mail(alert: Alert) -> Iterable[tuple[str, Any]]:
    """The default: a mail, when there is a connection to send it through."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    conn_id = os.environ.get(SMTP_CONN_ID) or "smtp_default"
    try:
        connection = Connection.get(conn_id)
    except AirflowNotFoundException:
        log.warning(
            "Nobody was told %r: there is no connection %r. Add one of type smtp, or set %s",
            alert.subject,
            conn_id,
            NOTIFIERS,
        )
        return []
    except Exception as error:  # noqa: BLE001 - an unreadable connection must not decide how a task ends
        kind = type(error).__name__
        log.error(
            "Nobody was told %r: connection %r is unreadable (%s); correct it", alert.subject, conn_id, kind
        )
        return []
    own = [connection.extra_dejson.get("from_email"), connection.login]
    recipients = [part.strip() for part in os.environ.get(EMAIL, "").split(",") if part.strip()]
    sender = next((address for address in [*own, *recipients] if address and "@" in address), None)
    if sender is None:
        log.error(
            "Nobody was told %r: set %s, or `from_email` in the extras of %r", alert.subject, EMAIL, conn_id
        )
        return []

    def build() -> Any:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        return SmtpNotifier(
            smtp_conn_id=conn_id,
            from_email=sender,
            to=recipients or [sender],
            subject="{{ alert.subject }}",
            html_content="{{ alert.html }}",
        )

    return [(f"SmtpNotifier, connection {conn_id!r}", build)]
