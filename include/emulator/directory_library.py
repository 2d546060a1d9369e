"""Makes the library: public folders in a tree, and the calls that somebody put into them."""

from __future__ import annotations

from datetime import timedelta

from include.emulator.clock import from_micros
from include.emulator.directory_making import Making, micros
from include.emulator.kinds import Record, Records
from include.emulator.records import Call

# (name, place of its workspace, name of its parent); "Archive of 2023" stays empty.
_FOLDERS = (
    ("Onboarding", 0, None),
    ("First calls", 0, "Onboarding"),
    ("Great discovery", 0, "Onboarding"),
    ("Discovery in German", 0, "Great discovery"),
    ("Handling objections", 0, None),
    ("Price", 0, "Handling objections"),
    ("Competition", 0, "Handling objections"),
    ("Archive of 2023", 0, None),
    ("Welcome calls", 1, None),
    ("Business reviews", 1, None),
    ("Reviews with a renewal", 1, "Business reviews"),
    ("Escalations", 1, None),
)
_EMPTY = "Archive of 2023"
_NOTES = ("Listen to how the agenda is set", "A model answer on price", "Before and after coaching")
_CALLS_OF_A_FOLDER = 12


def make_folders(making: Making) -> Records:
    """Twelve folders over the two workspaces that have calls; ``parentFolderId`` null marks a root."""
    ids = {name: making.id() for name, _, _ in _FOLDERS}
    made: Records = [
        {
            "id": ids[name],
            "name": name,
            "parentFolderId": ids[parent] if parent else None,
            "createdBy": making.who(),
            "updated": micros(making.moment(400)),
            "_workspaceId": making.workspaces[workspace],
        }
        for name, workspace, parent in _FOLDERS
    ]
    made[4]["emulatorPinned"] = True
    return made


def make_content(making: Making, folders: Records) -> Records:
    """Some public calls of the folder's workspace for each folder, the empty one aside."""
    made: Records = []
    public = [call for call in making.calls if not call.is_private]
    for folder in folders:
        fitting = [call for call in public if call.workspace == folder["_workspaceId"]]
        wanted = 0 if folder["name"] == _EMPTY else making.rng.randrange(2, _CALLS_OF_A_FOLDER)
        chosen = making.rng.sample(fitting, min(wanted, len(fitting)))
        made += [_entry(making, folder["id"], call) for call in chosen]
    for row in made[:: _CALLS_OF_A_FOLDER * 5]:
        row["emulatorPlays"] = 3
    return made


def _entry(making: Making, folder_id: str, call: Call) -> Record:
    rng = making.rng
    snippet = None
    if rng.random() < 0.5:
        begin = rng.randrange(max(1, call.duration - 30))
        snippet = {"fromSec": begin, "toSec": min(call.duration, begin + rng.randrange(30, 300))}
    added = from_micros(call.ended) + timedelta(microseconds=rng.randrange(10**9, 10**11))
    return {
        "id": call.id,
        "note": rng.choice(_NOTES) if rng.random() < 0.6 else None,
        "addedBy": making.who(),
        "created": micros(added),
        "snippet": snippet,
        "_folderId": folder_id,
    }
