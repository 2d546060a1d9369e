"""What the company's users did, made by seed: actions, answered scorecards, tasks, logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from include.emulator.activity import ActivityLog
from include.emulator.activity_scorecards import make_answered
from include.emulator.activity_tasks import make_tasks
from include.emulator.clock import to_micros
from include.emulator.company import Company
from include.emulator.dataset import Dataset
from include.emulator.directory import Directory
from include.emulator.kinds import Kind, Rows, by
from include.emulator.logs_book import LogBook
from include.emulator.logs_making import LogMaker
from include.emulator.options import Options

# What is made up ends then: late enough for what is done with the last calls once they are visible, and early
# enough that by default it lies in the past, in whole days of the company.
_AFTERMATH = timedelta(days=1)


@dataclass
class Activity:
    """The live data: handlers read it, the control plane changes it."""

    log: ActivityLog
    answered: Rows
    tasks: Rows
    logs: LogBook

    def kinds(self) -> dict[str, Kind]:
        """For the control plane."""
        return {"answered_scorecards": self.answered, "tasks": self.tasks, "logs": self.logs}


def build_activity(options: Options, company: Company, dataset: Dataset, directory: Directory) -> Activity:
    """The activity of ``options``. Actions follow the calls of ``dataset``, those added later too."""
    calls = list(dataset.calls.values())
    until = options.until + _AFTERMATH
    answered = make_answered(options.seed, company, calls, directory.scorecards, to_micros(until))
    return Activity(
        ActivityLog(options.seed, company, dataset, to_micros(until)),
        Rows(answered, by("answeredScorecardId")),
        Rows(make_tasks(options.seed, company, directory.flows, options.until), by("id")),
        LogBook(LogMaker(options, company, calls).all()),
    )
