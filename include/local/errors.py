"""What ends a run, by what a person does about it; settings.SettingError is the third."""

from __future__ import annotations


class FlowError(RuntimeError):
    """The flow did not run or did not succeed; the message says what failed and where to look."""


class ComponentEndedError(FlowError):
    """A component ended although it should not have; the message says which and shows its last lines."""


class ParentGoneError(RuntimeError):
    """The process that started the supervisor is gone, and wanted it to end then."""
