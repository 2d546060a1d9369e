"""How many rows of each table a full read of the directory gives right now."""

from __future__ import annotations

from collections.abc import Iterable

from include.emulator.crm_fields import WITH_SCHEMA
from include.emulator.directory import Directory, visible_to
from include.emulator.directory_making import engage_users
from include.emulator.directory_operations import shown_content
from include.emulator.kinds import Record, Records
from include.emulator.state import Emulator

_ACCESSES = (
    "callsAccess",
    "dealsAccess",
    "coachingAccess",
    "insightsAccess",
    "usageAccess",
    "emailsAccess",
    "libraryFolderAccess",
)


def count_directory(emulator: Emulator) -> dict[str, int]:
    """By table; distinct keys, as a table holds them. Users are counted without avatars."""
    directory = emulator.directory
    return {
        **_users(emulator),
        "workspace": len(directory.workspaces),
        **_settings(directory),
        "library_folder": len(directory.folders_of()),
        "call_in_folder": sum(len(shown_content(emulator, row["id"])) for row in directory.folders_of()),
        "call_outcome": len(directory.outcomes),
        **_permissions(emulator),
        "engage_flow": _seen(emulator, directory.flows),
        "engage_flow_folder": _seen(emulator, directory.flow_folders),
        **_crm(emulator),
    }


def _users(emulator: Emulator) -> dict[str, int]:
    documents = [user.document for user in emulator.company.users if not user.avatar]
    ids = {document["id"] for document in documents}

    def values(name: str) -> int:
        return sum(len(set(document[name])) for document in documents)

    spoken = [{one["language"] for one in document["spokenLanguages"]} for document in documents]
    history = emulator.directory.history
    return {
        "user_email_alias": values("emailAliases"),
        "user_meeting_url": values("personalMeetingUrls"),
        "user_spoken_language": sum(map(len, spoken)),
        "user_setting_history": len(
            {(row["_userId"], row["setting"], row["time"]) for row in history if row["_userId"] in ids}
        ),
    }


def _settings(directory: Directory) -> dict[str, int]:
    questions = [one for scorecard in directory.scorecards for one in scorecard["questions"]]
    languages = [one for tracker in directory.trackers for one in tracker["languageKeywords"]]
    return {
        "scorecard": len(directory.scorecards),
        "scorecard_question": len(questions),
        "scorecard_question_option": sum(len(one["answerOptions"] or ()) for one in questions),
        "tracker": len(directory.trackers),
        "tracker_language": len(languages),
        "tracker_keyword": sum(len(set(one["keywords"])) for one in languages),
    }


def _permissions(emulator: Emulator) -> dict[str, int]:
    profiles = emulator.directory.profiles_of()
    accesses = [one for profile in profiles for one in _accesses(profile)]
    libraries = [profile["libraryFolderAccess"] for profile in profiles]
    return {
        "permission_profile": len(profiles),
        "permission_profile_access": len(accesses),
        "permission_profile_access_team_lead": sum(len(one.get("teamLeadIds") or ()) for one in accesses),
        "permission_profile_library_folder": sum(len(one["libraryFolderIds"]) for one in libraries),
        "permission_profile_user": sum(
            len({row["id"] for row in emulator.directory.users_of(profile["id"], emulator.company)})
            for profile in profiles
        ),
    }


def _accesses(profile: Record) -> Iterable[Record]:
    yield from (profile[name] for name in _ACCESSES)
    yield from profile["forecastPermissions"].values()


def _seen(emulator: Emulator, rows: Records) -> int:
    """How many of them at least one active Engage user sees."""
    if not emulator.products.engage:
        return 0
    return len(visible_to(rows, *(user.id for user in engage_users(emulator.company.users))))


def _crm(emulator: Emulator) -> dict[str, int]:
    active = emulator.crm.active if emulator.crm.settings.native is None else None
    tables = {f"{name.lower()}_entity_schema": name for name in WITH_SCHEMA}
    return {
        "crm": int(active is not None),
        **{table: len(active.schemas[name]) if active else 0 for table, name in tables.items()},
    }
