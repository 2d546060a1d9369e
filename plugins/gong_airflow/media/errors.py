"""What can go wrong with one media file; the other files of the window go on.

No message holds an address: whoever has a signed one has the recording.
"""

from __future__ import annotations

from gong_airflow.errors import GongError


class MediaError(GongError):
    """This file cannot be had now."""

    remedy = "The other files go on; a later try of the task asks for this one again"


class MediaAddressError(MediaError):
    """The storage does not accept the signed address (400, 401, 403): another one may do."""


class MediaBreakError(MediaError):
    """The storage could not be reached, failed, or broke off: what has arrived is kept."""


class MediaInUseError(MediaError):
    """Another process downloads this file at the moment."""


class MediaUnreachableError(GongError):
    """Several files in a row could not be had: it is not the files."""

    remedy = (
        "The task tries again by itself and goes on where it stopped; if it keeps failing, let the worker"
        " reach the storage that Gong's addresses lead to (firewall, proxy)"
    )


class MediaMissingError(GongError):
    """The window has been read to its end, but for some of its files."""

    remedy = "The log names their calls; a later try of the task asks for these files alone"
