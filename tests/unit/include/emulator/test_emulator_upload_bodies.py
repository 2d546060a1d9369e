"""What a body of `POST /v2/calls` must be like, and how Gong says that it is not."""

from __future__ import annotations

import pytest

SEGMENT = "speakersTimeline.speechSegments[0]"
TIME = "must be an ISO-8601 date and time with Z or an offset"


def timeline(**segment):
    return {"speechSegments": [{"fromTime": 0, "toTime": 9, "partyIds": ["1"], **segment}]}


def party(**fields):
    return lambda uploader: [{"userId": uploader.user["id"]}, fields]


WRONG = [
    ({"clientUniqueId": ...}, ["clientUniqueId: must not be null"]),
    (
        {"clientUniqueId": None, "primaryUser": None},
        ["clientUniqueId: must not be null", "primaryUser: must not be null"],
    ),
    ({"clientUniqueId": "x" * 2049}, ["clientUniqueId: size must be between 0 and 2048"]),
    ({"clientUniqueId": 7}, ["clientUniqueId: must be a string"]),
    ({"purpose": "x" * 256}, ["purpose: size must be between 0 and 255"]),
    ({"disposition": "x" * 256}, ["disposition: size must be between 0 and 255"]),
    ({"direction": "inbound"}, ["direction: must be one of Inbound, Outbound, Conference, Unknown"]),
    ({"actualStart": "2026-03-01T10:00:00"}, [f"actualStart: {TIME}"]),
    ({"actualStart": "2026-02-30T10:00:00Z"}, [f"actualStart: {TIME}"]),
    (
        {"scheduledStart": "soon", "scheduledEnd": 5},
        [f"scheduledStart: {TIME}", "scheduledEnd: must be a string"],
    ),
    ({"duration": "41"}, ["duration: must be a number"]),
    ({"parties": []}, ["parties: size must be between 1 and 2147483647"]),
    ({"parties": {}}, ["parties: must be an array"]),
    ({"parties": [None]}, ["parties[0]: must not be null"]),
    ({"parties": [{"userId": "1"}]}, ["parties: must include the primary user"]),
    ({"parties": party(mediaChannelId=2)}, ["parties[1].mediaChannelId: must be less than or equal to 1"]),
    (
        {"parties": party(mediaChannelId=-1)},
        ["parties[1].mediaChannelId: must be greater than or equal to 0"],
    ),
    ({"parties": party(mediaChannelId="0")}, ["parties[1].mediaChannelId: must be an integer"]),
    (
        {"parties": party(emailAddress="a{b}@c")},
        ["parties[1].emailAddress: a{b}@c is not a valid email address"],
    ),
    ({"parties": party(context=[{}])}, ["parties[1].context[0].system: must not be null"]),
    (
        {
            "parties": party(
                context=[{"system": "Generic", "objects": [{"objectType": "Car", "objectId": "1"}]}]
            )
        },
        [
            "parties[1].context[0].objects[0].objectType: "
            "must be one of Lead, Contact, Account, Opportunity, User, Lead,Contact"
        ],
    ),
    (
        {"context": [{"system": "Zoho"}]},
        ["context[0].system: must be one of Salesforce, HubSpot, MicrosoftDynamic, Generic"],
    ),
    ({"languageCode": "de-de"}, ["languageCode: must be one of the supported language codes"]),
    ({"downloadMediaUrl": "ftp://a.example/x.mp3"}, ["downloadMediaUrl: must be a valid URL"]),
    ({"downloadMediaUrl": "http://a.example:x/y"}, ["downloadMediaUrl: must be a valid URL"]),
    (
        {"speakersTimeline": timeline(fromTime=-1)},
        [f"{SEGMENT}.fromTime: must be greater than or equal to 0"],
    ),
    ({"speakersTimeline": timeline(toTime=None)}, [f"{SEGMENT}.toTime: must not be null"]),
    ({"speakersTimeline": timeline(fromTime=1.5)}, [f"{SEGMENT}.fromTime: must be an integer"]),
    (
        {"speakersTimeline": timeline(fromTime=10, partyIds=["1", "9"])},
        [
            f"{SEGMENT}.toTime: must not be before fromTime",
            f"{SEGMENT}.partyIds: must match the partyId of a party, 9 does not",
        ],
    ),
    ({"workspaceId": "5"}, ["workspaceId: workspace 5 was not found"]),
    ({"primaryUser": "5", "parties": [{"userId": "5"}]}, ["primaryUser: user 5 was not found"]),
]


@pytest.mark.parametrize(("changes", "told"), WRONG)
def test_what_is_wrong_is_told(emulator, uploader, sentences, changes, told):
    given = {name: value(uploader) if callable(value) else value for name, value in changes.items()}
    answer = uploader.post(**given)
    assert answer.status_code == 400
    assert sorted(sentences(answer)) == sorted(told)
    assert emulator.control("GET", "/uploads")["uploads"] == []


def test_all_that_is_missing_is_told_at_once_as_recorded(emulator, uploader, sentences):
    answer = uploader.post(parties=..., direction=..., actualStart=...)
    missing = [
        "parties: must not be null",
        "direction: must not be null",
        "actualStart: must not be null",
    ]
    assert (answer.status_code, sentences(answer)) == (400, missing)
    assert len(sentences(emulator.post("/v2/calls", {}))) == 5


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@x.example",
        "ann@",
        "ann@x",
        "ann @x.example",
        "a@b@x.example",
        "ann@-x.example",
        "a..b@x.example",
    ],
)
def test_malformed_addresses(uploader, sentences, address):
    answer = uploader.post(parties=[{"userId": uploader.user["id"], "emailAddress": address}])
    assert answer.status_code == 400
    assert sentences(answer)[0].endswith("is not a valid email address")


@pytest.mark.parametrize(
    "changes",
    [
        {"clientUniqueId": ""},
        {"clientUniqueId": "x" * 2048, "purpose": "ü" * 255, "disposition": ""},
        {"direction": "Conference", "duration": 40, "title": None, "customData": "x" * 40_000},
        {"actualStart": "1999-12-31T23:59Z", "scheduledStart": "2026-03-01T10:00:00.123456789+0530"},
        {"speakersTimeline": {"precise": True, "speechSegments": None}},
        {"languageCode": "pa-Guru-IN", "callProviderCode": "pbx", "flowContext": {"taskId": "1"}},
        {"somethingNew": {"deep": [1]}, "context": [{"system": "Generic", "objects": None}]},
        {
            "parties": party(
                emailAddress="o'hara+1@mail.customer.example", affiliation="External", speakerId=3
            )
        },
    ],
)
def test_unusual_but_right_bodies_are_accepted(uploader, changes):
    given = {name: value(uploader) if callable(value) else value for name, value in changes.items()}
    answer = uploader.post(**given)
    assert answer.status_code == 200, answer.text


def test_with_a_timeline_the_channel_is_ignored_not_refused(uploader):
    parties = [{"userId": uploader.user["id"], "partyId": "1", "mediaChannelId": 0}]
    assert uploader.post(parties=parties, speakersTimeline=timeline()).status_code == 200


def test_bodies_that_are_no_json(emulator, uploader, sentences):
    for content in (b"", b"[]", b"{"):
        headers = {"Content-Type": "application/json"}
        answer = emulator.http.post("/v2/calls", content=content, headers=headers)
        assert (answer.status_code, sentences(answer)) == (400, ["Bad request"])
    assert emulator.http.post("/v2/calls", data={"a": "b"}).status_code == 415
