"""Makes permission profiles, the users attached to them, and access to single calls given through the API."""

from __future__ import annotations

import itertools

from include.emulator.directory_making import Making
from include.emulator.kinds import Record, Records

_FLAGS = """
    scoreCalls overrideScore downloadCallMedia shareCallsWithCustomers manuallyScheduleAndUploadCalls
    privateCalls deleteCalls trimCalls listenInCalls deleteEmails callsAndSearch library deals
    createEditAndDeleteDealsBoards dealsInlineEditing account coaching usage teamStats initiatives market
    activity forecast forecastManage engageManageCompanyTemplates engageManageCompanySequences
    engageCreateAndManageRulesets engageSnoozeFlowToDosForOthers engageAllowCrmFieldsViewChange
    viewEngageAnalyticsActivity viewEngageAnalyticsPerformance viewEngageAnalyticsFlows
    manageGeneralBusinessSettings manageScorecards exportCallsAndCoachingDataToCSV crmDataInlineEditing
    crmDataImport viewRevenueAnalytics manageRevenueAnalytics engageReassignFlowToDosToOthers
    engageAssignFlowToDosToOthers dealsDataExport aiBuilder
"""
_Profile = tuple[str, str | None, tuple[str, ...], float]
# (name, description, levels that its accesses have by turns, chance of a flag)
_PROFILES: tuple[_Profile, ...] = (
    ("Sales manager", "Leads a team", ("managers-team", "report-to-them", "all"), 0.8),
    ("Business admin", "Sets up Gong", ("all",), 1.0),
    ("Sales rep", None, ("own", "none", "report-to-them"), 0.4),
)
_INDIVIDUAL = 0.1  # of the calls somebody was given access to through the API


def make_profiles(making: Making, folders: Records) -> Records:
    """Three profiles for each workspace; the first one sees certain folders only."""
    made: Records = []
    for place, workspace in enumerate(making.workspaces):
        own = [folder["id"] for folder in folders if folder["_workspaceId"] == workspace]
        for profile in _PROFILES:
            made.append({**_profile(making, profile, own, place), "_workspaceId": workspace})
    made[0]["emulatorOrigin"] = "template"
    return made


def _profile(making: Making, profile: _Profile, folders: list[str], turn: int) -> Record:
    """A profile without its workspace; ``turn`` is where its accesses begin in the levels."""
    name, text, levels, chance = profile
    turns = itertools.count(turn)
    leads = sorted({user.document["managerId"] for user in making.users if user.document["managerId"]})

    def access() -> Record:
        level = levels[next(turns) % len(levels)]
        return {"permissionLevel": level, "teamLeadIds": leads[:2] if level == "managers-team" else []}

    return {
        "id": making.id(),
        "name": name,
        "description": text,
        "callsAccess": access(),
        "libraryFolderAccess": _library(making, levels, folders),
        "dealsAccess": access(),
        "forecastPermissions": {
            "forecastAccess": access(),
            "forecastEditSubmissions": access(),
            "forecastEditTargets": access(),
        },
        "coachingAccess": access(),
        "insightsAccess": access(),
        "usageAccess": access(),
        "emailsAccess": access(),
        **{flag: making.rng.random() < chance for flag in _FLAGS.split()},
    }


def _library(making: Making, levels: tuple[str, ...], folders: list[str]) -> Record:
    level = "none" if "none" in levels else "all"
    certain = "managers-team" in levels and bool(folders)
    return {
        "permissionLevel": "specific-folders" if certain else level,
        "libraryFolderIds": making.rng.sample(folders, min(3, len(folders))) if certain else [],
        "managePublicFolder": level == "all",
        "manageStreams": level == "all" and not certain,
        "manageFolderCalls": level == "all",
        "shareFoldersAndStreams": level == "all",
    }


def make_profile_users(making: Making, profiles: Records) -> Records:
    """Active users have a profile in the first workspace, every second one in the next, nobody elsewhere."""
    made: Records = []
    for place, workspace in enumerate(making.workspaces[:2]):
        own = [profile["id"] for profile in profiles if profile["_workspaceId"] == workspace]
        for user in making.active[:: place + 1]:
            made.append(
                {
                    "id": user.id,
                    "fullName": user.person.name,
                    "emailAddress": user.person.email,
                    "_profileId": making.rng.choice(own),
                }
            )
    for row in made[::60]:
        row["emulatorSince"] = "2025-03"
    return made


def make_access(making: Making) -> Records:
    """Users who were given access to a call: one to three for one call in ten."""
    made: Records = []
    for call in making.calls:
        if making.rng.random() < _INDIVIDUAL:
            users = making.rng.sample(making.active, min(len(making.active), making.rng.randrange(1, 4)))
            made += [{"userId": user.id, "_callId": call.id} for user in users]
    return made
