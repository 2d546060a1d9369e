from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gong_airflow.errors import GongRecordingError
from gong_airflow.recordings.languages import LANGUAGE_CODES
from gong_airflow.recordings.metadata import (
    MOST_REASONS,
    client_unique_id,
    json_schema,
    read_metadata,
    summary,
)
from gong_airflow.recordings.model import EXAMPLE

PROJECT = Path(__file__).resolve().parents[4]
SCHEMA_FILE = PROJECT / "include" / "recordings" / "recording.schema.json"
USER = "23459948484842312345"

MINIMAL: dict[str, Any] = {
    "actualStart": "2026-11-20T14:30:00+01:00",
    "direction": "Inbound",
    "primaryUser": USER,
    "parties": [{"userId": USER}],
}
FULL: dict[str, Any] = {
    **MINIMAL,
    "$schema": "./recording.schema.json",
    "clientUniqueId": "pbx-17",
    "title": "Übergabe",
    "purpose": "x" * 255,
    "disposition": "",
    "scheduledStart": "2026-11-20T13:30Z",
    "scheduledEnd": "2026-11-20T14:30:00.123456789-00:30",
    "duration": 65,
    "languageCode": "pa-Guru-IN",
    "workspaceId": "623457276584334",
    "parties": [
        {"userId": USER, "partyId": "1", "name": "A", "speakerId": None, "affiliation": "Internal"},
        {"partyId": "2", "emailAddress": "o'neil+test@sub.example.co.uk", "phoneNumber": "+49 30 1234567"},
        {
            "context": [
                {
                    "system": "Salesforce",
                    "objects": [{"objectType": "Contact", "objectId": "003", "fields": []}],
                }
            ]
        },
    ],
    "speakersTimeline": {
        "precise": True,
        "speechSegments": [{"fromTime": 0, "toTime": 2147483647, "partyIds": ["1", "2"]}],
    },
    "context": [
        {
            "system": "Generic",
            "objects": [
                {
                    "objectType": "Opportunity,Account",
                    "objectId": "006",
                    "fields": [{"name": "Amount", "value": 12.5}],
                }
            ],
        }
    ],
    "customData": "{}",
    "meetingUrl": "anything",
    "callProviderCode": "ringcentral",
    "downloadMediaUrl": "HTTPS://files.example.com:8443/a.mp3?signature=x#y",
    "flowContext": {"taskId": "714366367493425"},
    "someThing": {"unknown": [1, None]},
}
NULLS: dict[str, Any] = {
    **MINIMAL,
    **dict.fromkeys(name for name in FULL if name not in MINIMAL and name != "$schema"),
    "parties": [{"userId": USER, "mediaChannelId": 1, "partyId": None, "context": None}, {"userId": None}],
}
CHANNELS = {**MINIMAL, "parties": [{"userId": USER, "mediaChannelId": 0}, {"mediaChannelId": 1}]}
VALID = {"example": EXAMPLE, "minimal": MINIMAL, "full": FULL, "nulls": NULLS, "channels": CHANNELS}


def reasons_of(content: Any) -> list[str]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(GongRecordingError) as caught:
        read_metadata(raw)
    return caught.value.reasons


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(MINIMAL), **changes}


def of_party(**fields: Any) -> dict[str, Any]:
    return changed(parties=[{"userId": USER}, fields])


def of_segment(*, without: str = "", **fields: Any) -> dict[str, Any]:
    segment = {"fromTime": 0, "toTime": 10, "partyIds": ["1"], **fields}
    segment.pop(without, None)
    return changed(parties=[{"userId": USER, "partyId": "1"}], speakersTimeline={"speechSegments": [segment]})


def of_context(**fields: Any) -> dict[str, Any]:
    return changed(context=[{"system": "Generic", "objects": [fields]}])


SEGMENT = "speakersTimeline.speechSegments[0]"
# What a JSON Schema can tell as well: path, part of the sentence, document.
STRUCTURE: list[tuple[str, str, dict[str, Any]]] = [
    *(
        (name, "is missing", {key: value for key, value in MINIMAL.items() if key != name})
        for name in ("actualStart", "direction", "primaryUser", "parties")
    ),
    ("direction", "is missing", changed(direction=None)),
    ("parties", "is an empty list", changed(parties=[])),
    ("parties", "must be a list in [ ], but is an object", changed(parties={"userId": USER})),
    ("parties[0]", "must be an object in { }, but is null", changed(parties=[None])),
    ("direction", "Did you mean Inbound?", changed(direction="inbound")),
    ("direction", "is text of 9 characters, which is none of Inbound", changed(direction="Elsewhere")),
    ("languageCode", 'is "xx-XX", which Gong does not know', changed(languageCode="xx-XX")),
    ("languageCode", "Did you mean de-AT or de-CH or de-DE?", changed(languageCode="de")),
    ("languageCode", "Did you mean en-GB?", changed(languageCode="en_gb")),
    ("primaryUser", "20 digits would lose some", changed(primaryUser=12345)),
    ("primaryUser", "is not an id of Gong's", changed(primaryUser="1" * 21)),
    ("primaryUser", "is not an id of Gong's", changed(primaryUser=f"{USER} ")),
    ("workspaceId", "20 digits would lose some", changed(workspaceId=12345)),
    ("workspaceId", "is not an id of Gong's", changed(workspaceId="sales")),
    ("parties[1].userId", "20 digits would lose some", of_party(userId=12345)),
    ("parties[1].userId", "is not an id of Gong's", of_party(userId="")),
    ("parties[1].partyId", "must be text", of_party(partyId=1)),
    ("parties[1].partyId", "is blank", of_party(partyId=" ")),
    (
        "parties[1].mediaChannelId",
        "must be at most 1. Give 0 (left) or 1 (right)",
        of_party(mediaChannelId=2),
    ),
    ("parties[1].mediaChannelId", "must be at least 0", of_party(mediaChannelId=-1)),
    ("parties[1].mediaChannelId", "must be a whole number, without quotes", of_party(mediaChannelId="0")),
    ("parties[1].mediaChannelId", "but is true or false", of_party(mediaChannelId=True)),
    (
        "parties[1].emailAddress",
        "does not have the form of an e-mail",
        of_party(emailAddress="a b@example.com"),
    ),
    ("parties[1].emailAddress", "does not have the form of an e-mail", of_party(emailAddress="a@example")),
    ("parties[1].emailAddress", "does not have the form of an e-mail", of_party(emailAddress="")),
    ("parties[1].emailAddress", "must be text in quotes, but is a list", of_party(emailAddress=[])),
    ("parties[1].name", "must be text in quotes", of_party(name={})),
    ("parties[1].phoneNumber", "must be text in quotes", of_party(phoneNumber=4930123456)),
    ("parties[1].context[0].system", "is missing", of_party(context=[{}])),
    (
        "parties[1].context[0].objects[0].objectType",
        "which is none of Lead",
        of_party(context=[{"system": "Generic", "objects": [{"objectType": "Case", "objectId": "1"}]}]),
    ),
    ("clientUniqueId", "is blank", changed(clientUniqueId=" ")),
    ("clientUniqueId", "has 2049 characters, 2048 are the most", changed(clientUniqueId="x" * 2049)),
    ("clientUniqueId", "must be text", changed(clientUniqueId=17)),
    ("purpose", "has 256 characters, 255 are the most", changed(purpose="x" * 256)),
    ("disposition", "has 300 characters, 255 are the most", changed(disposition="x" * 300)),
    ("duration", "must be more than 0", changed(duration=0)),
    ("duration", "must be a number, without quotes", changed(duration="65")),
    ("title", "must be text in quotes", changed(title=1)),
    ("customData", "must be text in quotes, but is an object", changed(customData={"a": 1})),
    ("callProviderCode", "must be text in quotes", changed(callProviderCode=1)),
    ("meetingUrl", "must be text in quotes", changed(meetingUrl=["https://example.com"])),
    ("flowContext.taskId", "20 digits would lose some", changed(flowContext={"taskId": 714366367493425})),
    ("flowContext", "must be an object", changed(flowContext="1")),
    ("downloadMediaUrl", "is not a web address", changed(downloadMediaUrl="ftp://example.com/a.mp3")),
    ("downloadMediaUrl", "is not a web address", changed(downloadMediaUrl="https:///a.mp3")),
    ("downloadMediaUrl", "is not a web address", changed(downloadMediaUrl="https://example.com/a b.mp3")),
    ("context[0].system", "Did you mean Salesforce?", changed(context=[{"system": "salesforce"}])),
    ("context[0].objects[0].objectId", "is missing", of_context(objectType="Account")),
    ("context[0].objects[0].objectId", "must be text", of_context(objectType="Account", objectId=1)),
    ("context[0].objects[0].objectType", "is missing", of_context(objectId="1")),
    (
        "context[0].objects[0].fields[0].name",
        "must be text",
        of_context(objectId="1", objectType="Account", fields=[{"name": 1}]),
    ),
    ("speakersTimeline", "must be an object", changed(speakersTimeline=[])),
    (
        "speakersTimeline.precise",
        "must be true or false, without quotes",
        changed(speakersTimeline={"precise": "no"}),
    ),
    (f"{SEGMENT}.fromTime", "is missing", of_segment(without="fromTime")),
    (f"{SEGMENT}.toTime", "is missing", of_segment(without="toTime")),
    (f"{SEGMENT}.partyIds", "is missing", of_segment(without="partyIds")),
    (f"{SEGMENT}.fromTime", "must be at least 0", of_segment(fromTime=-1)),
    (f"{SEGMENT}.fromTime", "but is a number with decimals", of_segment(fromTime=0.5)),
    (f"{SEGMENT}.toTime", "must be at most 2147483647", of_segment(toTime=2**31)),
    (f"{SEGMENT}.partyIds", "is an empty list", of_segment(partyIds=[])),
    (f"{SEGMENT}.partyIds[0]", "must be text", of_segment(partyIds=[1])),
    ("actualStart", "has no time zone. Write it like", changed(actualStart="2026-11-20T14:30:00")),
    ("actualStart", "has no time zone", changed(actualStart="2026-11-20 14:30")),
    ("actualStart", "is not a time as Gong reads it", changed(actualStart="2026-11-20T14:30:00+0100")),
    ("actualStart", "is not a time as Gong reads it", changed(actualStart="2026-11-20")),
    ("actualStart", "must be text in quotes, but is a number", changed(actualStart=1763645400)),
    ("scheduledEnd", "is not a time as Gong reads it", changed(scheduledEnd="20.11.2026 14:30")),
    (
        "parties[0].mediaChannelId",
        "cannot stand together with speakersTimeline",
        changed(parties=[{"userId": USER, "mediaChannelId": 0}], speakersTimeline={}),
    ),
]
# What only we can tell.
MEANING: list[tuple[str, str, dict[str, Any]]] = [
    ("actualStart", "does not exist", changed(actualStart="2026-02-30T14:30:00Z")),
    ("actualStart", "does not exist", changed(actualStart="2026-02-20T24:00:00Z")),
    ("scheduledStart", "does not exist", changed(scheduledStart="2026-13-20T14:30Z")),
    (
        "scheduledEnd",
        "is before scheduledStart",
        changed(scheduledStart="2026-11-20T14:00:00Z", scheduledEnd="2026-11-20T14:30:00+01:00"),
    ),
    ("primaryUser", "no party has this id", changed(primaryUser="1")),
    ("primaryUser", "the parties have none at all", changed(parties=[{"name": "A"}, {"userId": None}])),
    (
        "parties[1].partyId",
        "is the same as that of parties[0]",
        changed(parties=[{"userId": USER, "partyId": "1"}, {"partyId": "1"}]),
    ),
    (f"{SEGMENT}.toTime", "is not after fromTime", of_segment(fromTime=10)),
    (f"{SEGMENT}.partyIds[1]", "no party has this partyId", of_segment(partyIds=["1", "2"])),
    ("downloadMediaUrl", "is not a web address", changed(downloadMediaUrl="https://example.com:99999/a.mp3")),
]


def ids(cases: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    return [f"{path}: {part}" for path, part, _ in cases]


@pytest.mark.parametrize("document", VALID.values(), ids=VALID)
def test_good_metadata_goes_through_untouched(document: dict[str, Any]) -> None:
    expected = {name: value for name, value in document.items() if name != "$schema"}
    assert read_metadata(json.dumps(document).encode()) == expected
    assert list(read_metadata(json.dumps(document).encode("utf-8-sig"))) == list(expected)


@pytest.mark.parametrize("document", VALID.values(), ids=VALID)
def test_the_schema_takes_good_metadata(document: dict[str, Any]) -> None:
    jsonschema.validate(document, json_schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("path", "part", "document"), STRUCTURE + MEANING, ids=ids(STRUCTURE + MEANING))
def test_a_fault_is_told_once_with_its_path_and_what_to_do(
    path: str, part: str, document: dict[str, Any]
) -> None:
    reasons = reasons_of(document)
    assert len(reasons) == 1
    assert reasons[0].startswith(f"{path}: ")
    assert part in reasons[0]


@pytest.mark.parametrize(("path", "part", "document"), STRUCTURE, ids=ids(STRUCTURE))
def test_the_schema_sees_faults_of_structure_too(path: str, part: str, document: dict[str, Any]) -> None:
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(document)


def test_all_faults_are_told_at_once() -> None:
    document = changed(
        actualStart="2026-11-20T14:30:00",
        parties=[{"userId": "1", "partyId": "a"}, {"partyId": "a", "mediaChannelId": 5}],
        speakersTimeline={"speechSegments": [{"fromTime": 5, "toTime": 5, "partyIds": ["b"]}, {}]},
    )
    assert [reason.split(":")[0] for reason in reasons_of(document)] == [
        "actualStart",
        "parties[1].mediaChannelId",
        "speakersTimeline.speechSegments[1].fromTime",
        "speakersTimeline.speechSegments[1].toTime",
        "speakersTimeline.speechSegments[1].partyIds",
        "primaryUser",
        "parties[1].partyId",
        "parties[1].mediaChannelId",
        "speakersTimeline.speechSegments[0].toTime",
        "speakersTimeline.speechSegments[0].partyIds[0]",
    ]


def test_thousands_of_faults_are_counted_beyond_the_first() -> None:
    document = of_segment()
    document["speakersTimeline"]["speechSegments"] *= 1000
    document["parties"][0]["partyId"] = "2"
    reasons = reasons_of(document)
    assert len(reasons) == MOST_REASONS + 1
    assert f"{1000 - MOST_REASONS} more faults" in reasons[-1]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{" + b" " * 1_000_000, "1,000,000 are the most"),
        ("{}".encode("utf-16"), "saved as UTF-16"),
        (b'{"title": "\xfc"}', "is not UTF-8 text (byte 12)"),
        (b'{"title": "a"', "is not JSON: line 1, column 14"),
        (b'{\n "title": "a",\n}', "is not JSON: line "),
        (b"{'title': 'a'}", "is not JSON: line 1, column 2"),
        (b"[{}]", "but holds a list"),
        (b"null", "but holds null"),
        (b'{"duration": NaN}', "NaN, Infinity"),
        (b'{"duration": -Infinity}', "NaN, Infinity"),
        (b'{"duration": 1e999}', "number too large"),
        (b'{"x": ' + b"9" * 5000 + b"}", "more than 100 digits"),
        (b'{"title": "\\ud83d"}', "half a character"),
        (b'{"x": ' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_object(content: bytes, part: str) -> None:
    (reason,) = reasons_of(content)
    assert reason.startswith("The JSON file ")
    assert part in reason


def test_names_that_occur_twice_are_told_beside_the_rest() -> None:
    content = (
        json.dumps(MINIMAL)[:-1] + ', "title": "a", "title": "b", "Jane Doe": 1, "Jane Doe": 2, "purpose": 1}'
    )
    unknown, known, purpose = reasons_of(content.encode())
    assert "has a name twice" in unknown
    assert "has title twice" in known
    assert purpose.startswith("purpose: ")
    nested = json.dumps(MINIMAL).replace('[{"userId"', '[{"userId": "1", "userId"')
    assert "has a name twice" in reasons_of(nested.encode())[0]


def test_misspelled_fields_are_pointed_out_only_when_something_is_wrong() -> None:
    document = {
        "actualstart": MINIMAL["actualStart"],
        "Direction": "Inbound",
        "primary_user": USER,
        "partys": [{"userId": USER}],
        "languagecode": "de-DE",
        "metadata": 1,
    }
    reasons = reasons_of(document)
    assert [reason.rpartition(". ")[2] for reason in reasons[:4]] == [
        f"There is {name}: is that what it should be?"
        for name in ("actualstart", "Direction", "primary_user", "partys")
    ]
    assert reasons[4:] == ["languagecode: Gong does not know this field and ignores it. Is it languageCode?"]
    assert read_metadata(json.dumps(changed(languagecode="de-DE")).encode())["languagecode"] == "de-DE"


PERSONAL = ("Jane Doe", "jane.doe@example", "+49 30 1234567", "Budget talk", "S3CRET")


@pytest.mark.parametrize(
    "document",
    [
        changed(direction="Jane Doe", languageCode="jane.doe@example", primaryUser="+49 30 1234567"),
        changed(title=["Budget talk"], customData={"x": "S3CRET"}, downloadMediaUrl="sftp://x/?token=S3CRET"),
        of_party(emailAddress="jane.doe@example", name=["Jane Doe"], phoneNumber={"+49 30 1234567": 1}),
        of_party(userId="Jane Doe", partyId=["Jane Doe"], mediaChannelId="+49 30 1234567"),
        of_segment(partyIds=["Jane Doe"], fromTime="Jane Doe"),
        changed(clientUniqueId="Jane Doe " * 300, purpose="Jane Doe " * 300, actualStart="Jane Doe"),
        of_context(objectType="Jane Doe", objectId=["Jane Doe"]),
    ],
)
def test_no_reason_repeats_what_may_be_personal(document: dict[str, Any]) -> None:
    with pytest.raises(GongRecordingError) as caught:
        read_metadata(json.dumps(document).encode())
    shown = [*caught.value.reasons, str(caught.value)]
    assert not [value for value in PERSONAL for text in shown if value.casefold() in text.casefold()]


def test_the_id_is_as_given_or_that_of_the_content() -> None:
    assert client_unique_id(changed(clientUniqueId="pbx-17"), "ab" * 32) == "pbx-17"
    assert client_unique_id(MINIMAL, "ab" * 32) == "ab" * 32
    assert client_unique_id(changed(clientUniqueId=None), "ab" * 32) == "ab" * 32
    with pytest.raises(GongRecordingError, match="downloadMediaUrl: is missing"):
        client_unique_id(MINIMAL, None)


def test_signing_an_address_anew_does_not_change_the_id() -> None:
    def of(url: str, **changes: Any) -> str:
        return client_unique_id(changed(downloadMediaUrl=url, **changes), None)

    first = of("https://files.example.com/a.mp3?signature=1#x")
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert of("https://files.example.com/a.mp3?signature=2") == first
    assert of("https://files.example.com/a.mp3", title=None) == first
    reordered = dict(reversed(changed(downloadMediaUrl="https://files.example.com/a.mp3").items()))
    assert client_unique_id(reordered, None) == first
    assert of("https://files.example.com/b.mp3") != first
    assert of("https://files.example.com/a.mp3", title="other") != first


def test_the_summary_holds_nothing_personal() -> None:
    assert summary(FULL) == {
        "primary_user_id": USER,
        "actual_start": "2026-11-20T14:30:00+01:00",
        "direction": "Inbound",
        "workspace_id": "623457276584334",
        "language_code": "pa-Guru-IN",
        "has_download_url": True,
    }
    assert summary(MINIMAL)["workspace_id"] is None
    assert summary(NULLS)["has_download_url"] is False


def test_the_schema_file_is_current() -> None:
    env = {**os.environ, "PYTHONPATH": str(PROJECT / "plugins")}
    command = [sys.executable, "-m", "gong_airflow.recordings.metadata"]
    written = subprocess.run(
        command, cwd=PROJECT, env=env, capture_output=True, check=True, timeout=120
    ).stdout
    assert SCHEMA_FILE.read_bytes() == written, (
        "Renew it with PYTHONPATH=plugins python -m gong_airflow.recordings.metadata"
    )


def test_the_schema_is_one_that_editors_understand() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["actualStart", "direction", "primaryUser", "parties"]
    assert [code for code in schema["properties"]["languageCode"]["enum"] if code] == list(LANGUAGE_CODES)
    described = {**schema["properties"], **schema["$defs"]}
    for definition in schema["$defs"].values():
        described.update(definition["properties"])
    assert [
        name for name, node in described.items() if "description" not in node and "anyOf" not in node
    ] == []
