"""Makes Engage flows, their folders, and the prospects that are in flows.

Recorded of folders, and not as documented: the array ``flowsFolders``, and the text ``null`` for nothing.
"""

from __future__ import annotations

from include.emulator.company import User
from include.emulator.directory_making import Making, engage_users
from include.emulator.generation import COMPANY_ZONE
from include.emulator.kinds import Record, Records

NOTHING = "null"
_COMPANY = ("Inbound", "Outbound", "Outbound to finance")  # folders; the last one is within the second
_SHARED = ("Team east", "Team west")
_FLOWS = (
    ("Demo request", "Inbound"),
    ("Trial started", "Inbound"),
    ("Webinar follow-up", "Inbound"),
    ("Cold outreach", "Outbound"),
    ("Cold outreach, short", "Outbound"),
    ("CFO sequence", "Outbound to finance"),
    ("Reactivation", None),
)
_SHARED_FLOWS = ("Conference leads", "Warm introductions", "Renewal nudge", "Lost deals")
_Viewers = tuple[str, list[str]]
_EVERYBODY: _Viewers = (NOTHING, [])
_STATUSES = ("Running", "Pending", "Running", "Paused")


def make_flow_folders(making: Making) -> Records:
    """Folders of the company, shared ones, and one of her own for every third Engage user."""
    seats = engage_users(making.users)
    made = [_folder(making, name, "Company") for name in _COMPANY]
    made[2]["parentFolderId"] = made[1]["id"]
    if not seats:
        return made
    for name in _SHARED:
        owner = making.rng.choice(seats)
        made.append(_folder(making, name, "Shared", (owner.id, _some(making, seats))))
    for n, user in enumerate(seats[::3], 1):
        made.append(_folder(making, f"My folder {n}", "Personal", (user.id, [])))
    made[-1]["parentFolderId"] = made[0]["id"]
    for row in made[::60]:
        row["emulatorColour"] = "#336699"
    return made


def _some(making: Making, users: list[User]) -> list[str]:
    return [user.id for user in making.rng.sample(users, min(2, len(users)))]


def _folder(making: Making, name: str, visibility: str, viewers: _Viewers = _EVERYBODY) -> Record:
    return {
        "id": making.id(),
        "name": name,
        "parentFolderId": NOTHING,
        "createdById": viewers[0],
        "visibility": visibility,
        "_ownerId": viewers[0],
        "_sharedWith": viewers[1],
        "_workspaceId": making.workspaces[0],
    }


def make_flows(making: Making, folders: Records) -> Records:
    """Seven flows of the company, four that are shared, and one of her own for each Engage user."""
    seats = engage_users(making.users)
    named = {folder["name"]: folder for folder in folders}
    made = [_flow(making, name, "Company", named.get(folder or "")) for name, folder in _FLOWS]
    made[-1]["_workspaceId"] = making.workspaces[1]
    for place, name in enumerate(_SHARED_FLOWS if seats else ()):
        folder = named[_SHARED[place % 2]] if place else None
        viewers = (making.rng.choice(seats).id, _some(making, seats))
        made.append(_flow(making, name, "Shared", folder, viewers))
    own = {folder["_ownerId"]: folder for folder in folders if folder["visibility"] == "Personal"}
    for n, user in enumerate(seats, 1):
        made.append(_flow(making, f"My flow {n}", "Personal", own.get(user.id), (user.id, [])))
    for row in made[3::60]:
        row["emulatorSteps"] = 5
    return made


def _flow(
    making: Making, name: str, visibility: str, folder: Record | None, viewers: _Viewers = _EVERYBODY
) -> Record:
    return {
        "id": making.id(),
        "name": name,
        "folderId": folder["id"] if folder else None,
        "folderName": folder["name"] if folder else None,
        "visibility": visibility,
        "creationDate": making.moment(500).astimezone(COMPANY_ZONE).isoformat(timespec="seconds"),
        "exclusive": making.rng.random() < 0.5,
        "_ownerId": viewers[0],
        "_sharedWith": viewers[1],
        "_workspaceId": making.workspaces[0],
    }


def make_assignments(making: Making, flows: Records) -> Records:
    """The prospects that are in flows: every third contact or lead, every ninth in two of them."""
    seats = engage_users(making.users)
    prospects = [who.crm_id for firm in making.company.accounts for who in firm.people if who.crm_id]
    made: Records = []
    for place, prospect in enumerate(prospects if seats else ()):
        if place % 3:
            continue
        for flow in making.rng.sample(flows, 1 + (place % 9 == 0)):
            owner = making.rng.choice(seats).person
            made.append(
                {
                    "flowId": flow["id"],
                    "flowName": flow["name"],
                    "crmProspectId": prospect,
                    "flowInstanceId": making.id(),
                    "flowInstanceOwnerEmail": owner.email,
                    "flowInstanceOwnerFullName": owner.name,
                    "flowInstanceCreateDate": making.moment(90).isoformat().replace("+00:00", "Z"),
                    "flowInstanceStatus": _STATUSES[place // 3 % len(_STATUSES)],
                    "workspaceId": flow["_workspaceId"],
                    "exclusive": flow["exclusive"],
                }
            )
    return made
