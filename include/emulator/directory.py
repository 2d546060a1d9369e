"""What the company has beside calls, users and CRM records: settings, library, permissions, Engage flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from include.emulator.company import Company
from include.emulator.directory_flows import make_assignments, make_flow_folders, make_flows
from include.emulator.directory_library import make_content, make_folders
from include.emulator.directory_making import Making
from include.emulator.directory_permissions import make_access, make_profile_users, make_profiles
from include.emulator.directory_settings import (
    make_history,
    make_outcomes,
    make_scorecards,
    make_workspaces,
)
from include.emulator.directory_trackers import make_trackers
from include.emulator.kinds import Kind, Record, Records, Rows, by
from include.emulator.options import Options
from include.emulator.records import Call


@dataclass
class Directory:
    """Documents as the API shows them, their inner members (``_workspaceId`` and the like) aside.

    ``history``: settings of users by ``_userId``; ``content``: calls by ``_folderId``; ``profile_users`` by
    ``_profileId``; ``access`` by ``_callId``. What hangs on a record that is gone is not shown any more.
    """

    workspaces: Records
    outcomes: Records
    scorecards: Records = field(default_factory=list)
    trackers: Records = field(default_factory=list)
    history: Records = field(default_factory=list)
    folders: Records = field(default_factory=list)
    content: Records = field(default_factory=list)
    profiles: Records = field(default_factory=list)
    profile_users: Records = field(default_factory=list)
    access: Records = field(default_factory=list)
    flow_folders: Records = field(default_factory=list)
    flows: Records = field(default_factory=list)
    assignments: Records = field(default_factory=list)

    def kinds(self) -> dict[str, Kind]:
        """For the control plane, by the name of the stream."""
        return {
            "workspaces": Rows(self.workspaces, by("id")),
            "call_outcomes": Rows(self.outcomes, by("callOutcome")),
            "scorecards": Rows(self.scorecards, by("scorecardId")),
            "trackers": Rows(self.trackers, by("trackerId")),
            "user_settings_history": Rows(self.history, by("_userId", "setting", "time")),
            "library_folders": Rows(self.folders, by("id")),
            "library_folder_content": Rows(self.content, by("_folderId", "id")),
            "permission_profiles": Rows(self.profiles, by("id")),
            "permission_profile_users": Rows(self.profile_users, by("_profileId", "id")),
            "call_user_access": Rows(self.access, by("_callId", "userId")),
            "flow_folders": Rows(self.flow_folders, by("id")),
            "flows": Rows(self.flows, by("id")),
            "flow_assignments": Rows(self.assignments, by("flowInstanceId")),
        }

    def workspace_ids(self) -> frozenset[str]:
        """Those that there are."""
        return frozenset(row["id"] for row in self.workspaces)

    def folders_of(self, workspace: str | None = None) -> Records:
        """The library folders of a workspace, or of all."""
        return self._of_workspace(self.folders, workspace)

    def profiles_of(self, workspace: str | None = None) -> Records:
        """The permission profiles of a workspace, or of all, by name."""
        found = self._of_workspace(self.profiles, workspace)
        return sorted(found, key=lambda row: (str(row["name"]), row["id"]))

    def _of_workspace(self, rows: Records, workspace: str | None) -> Records:
        wanted = self.workspace_ids()
        if workspace is not None:
            wanted &= {workspace}
        return [row for row in rows if row["_workspaceId"] in wanted]

    def profile(self, number: str | None) -> Record | None:
        """The permission profile with this id."""
        return next((row for row in self.profiles_of() if row["id"] == number), None)

    def users_of(self, profile_id: str, company: Company) -> Records:
        """The users attached to a permission profile who are still there."""
        there = {user.id for user in company.users}
        return [row for row in self.profile_users if row["_profileId"] == profile_id and row["id"] in there]


def visible_to(rows: Records, *user_ids: str) -> Records:
    """The flows, or the folders of flows, that any of these Engage users sees, ascending by id."""
    eyes = frozenset(user_ids)
    found = [
        row
        for row in rows
        if (eyes and row["visibility"] == "Company")
        or not eyes.isdisjoint((row["_ownerId"], *row["_sharedWith"]))
    ]
    return sorted(found, key=lambda row: int(row["id"]))


def build_directory(options: Options, company: Company, calls: Sequence[Call]) -> Directory:
    """The directory of ``options``; of a company without users only what needs nobody to have made it."""

    def making(part: str) -> Making:
        return Making(part, options, company, workspaces, calls)

    workspaces: list[str] = list(company.workspaces)
    workspaces.append(making("workspaces").id())
    made = Directory(make_workspaces(workspaces), make_outcomes())
    if not company.hosts():
        return made
    made.scorecards = make_scorecards(making("scorecards"))
    made.trackers = make_trackers(making("trackers"))
    made.history = make_history(making("history"))
    made.folders = make_folders(making("folders"))
    made.content = make_content(making("content"), made.folders)
    made.profiles = make_profiles(making("profiles"), made.folders)
    made.profile_users = make_profile_users(making("profile users"), made.profiles)
    made.access = make_access(making("access"))
    made.flow_folders = make_flow_folders(making("flow folders"))
    made.flows = make_flows(making("flows"), made.flow_folders)
    made.assignments = make_assignments(making("assignments"), made.flows)
    return made
