"""Since when what was copied is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gong_airflow.ranges import cutoff
from include import settings


@dataclass(frozen=True)
class Limits:
    """What is about a time before these is too old; None: for nothing.

    :param now: the moment of the run, UTC; later ones of its tries have the same
    :param landed: of landed files and of rows
    :param media: of media of calls, of filed recordings, and of the rows that tell of either
    """

    now: datetime
    landed: datetime | None = None
    media: datetime | None = None

    @classmethod
    def of(cls, now: datetime, kept: timedelta | None, media_kept: timedelta | None) -> Limits:
        """By how long either is kept."""
        return cls(now, _since(now, kept), _since(now, media_kept))

    @classmethod
    def of_settings(cls, now: datetime) -> Limits:
        """By the settings; SettingError."""
        return cls.of(now, settings.kept_for(), settings.media_kept_for())

    @property
    def media_rows(self) -> datetime | None:
        """Of the rows that tell of media and recordings: they go with either."""
        return max(filter(None, (self.landed, self.media)), default=None)


def _since(now: datetime, kept: timedelta | None) -> datetime | None:
    return cutoff(now, kept) if kept else None
