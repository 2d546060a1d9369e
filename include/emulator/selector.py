"""Which parts of a call were asked for: the ``contentSelector`` of ``POST /v2/calls/extensive``, resolved."""

from __future__ import annotations

from dataclasses import dataclass

CONTENT = ("structure", "topics", "trackers", "brief", "outline", "highlights", "callOutcome", "keyPoints")
INTERACTION = ("speakers", "video", "personInteractionStats", "questions")


@dataclass(frozen=True)
class Selector:
    """``parts`` are names of ``exposedFields`` that are true, whatever level they stand at.

    ``context`` is None, Basic or Extended; ``timings`` matter for Extended only.
    """

    context: str = "None"
    timings: tuple[str, ...] = ("Now",)
    parts: frozenset[str] = frozenset()

    def has(self, part: str) -> bool:
        """Whether ``part`` was asked for."""
        return part in self.parts

    def any_of(self, parts: tuple[str, ...]) -> bool:
        """Whether one of ``parts`` was asked for."""
        return not self.parts.isdisjoint(parts)
