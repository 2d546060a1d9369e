"""No person and no credential of an audit row lands; ids, times, counts and paths do."""

from __future__ import annotations

import copy
import ipaddress
import json
import random
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from gong_airflow.redaction import redact_record
from gong_airflow.redaction.keys import Kind, kind_of
from gong_airflow.redaction.records import DEEPEST

ID, CALL = "234599484848423", "7782342274025937895"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiI0MiJ9.c2lnbmF0dXJl"
OPAQUE = "q7Zx81kQe5"
EMAIL, PLUS, UNICODE = "jon.snow@wall.example", "jon+gong@wall.example", "jön@wäll.example"
IPV4, IPV6, PHONE, NAME = "203.0.113.77", "2001:db8:85a3::8a2e:370:7334", "+1 (555) 010-0199", "Jon Snow"
AGENT = "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0.6099.109 Safari/537.36 Teams/24.1.2.3"

# The members of `logRecord` as Gong sends them for each type of log; all values are made up.
ACCESS = {
    "userId": ID,
    "userEmailAddress": EMAIL,
    "userFullName": NAME,
    "eventTime": "2026-11-20T10:00:00.123Z",
    "logRecord": {
        "response_headers": {"x-traceid": "4al018gzaztcr8nbukw", "content-type": "text/html", "x-iid": "a1"},
        "protocol": "HTTP/1.1",
        "method": "GET",
        "request_headers": {
            "referer": f"https://app.gong.io/welcome?email={quote(EMAIL)}&tkn={OPAQUE}&id={CALL}",
            "x-forwarded-for": f"{IPV4}, 198.51.100.9:52144, {IPV6}",
            "user-agent": AGENT,
        },
        "elapsed_time": 12,
        "requested_url": f"https://app.gong.io/call?id={CALL}&access_token={JWT}",
        "message": f"{NAME} ({EMAIL}) signed in from {IPV4} with Bearer {OPAQUE}",
        "mdc": {"xtid": "1q2w3e4r"},
        "content_length": 1024,
        "requested_uri": "/call",
        "status": 200,
    },
}
ACTIVITY = {
    "userId": ID,
    "userEmailAddress": EMAIL,
    "userFullName": NAME,
    "impersonatorUserId": CALL,
    "impersonatorEmailAddress": "arya@gong.example",
    "impersonatorFullName": "Arya Stark",
    "impersonatorCompanyId": "18",
    "eventTime": "2026-11-20T10:00:00.123Z",
    "logRecord": {
        "tableChanges": [
            {
                "preSnapshotTimestamp": "2026-11-20T10:00:00.100Z",
                "postSnapshotTimestamp": "2026-11-20T10:00:00.120Z",
                "rowChanges": [
                    {
                        "primaryKeyColumns": [{"columnName": "id", "columnValue": ID}],
                        "columnChanges": [
                            _change
                            for _change in (
                                {"columnName": "email_address", "newValue": EMAIL, "oldValue": "jon"},
                                {"columnName": "first_name", "newValue": "Jonathan", "oldValue": None},
                                {"columnName": "name", "newValue": "Jonathan", "oldValue": None},
                                {"columnName": "password_hash", "newValue": OPAQUE, "oldValue": ""},
                                {"columnName": "mobile_phone", "newValue": "15550100199", "oldValue": "null"},
                                {"columnName": "status", "newValue": "ACTIVE", "oldValue": "INVITED"},
                            )
                        ],
                    }
                ],
                "tableName": "app_users",
            }
        ],
        "action": None,
        "httpRequest": {
            "referrerUri": "https://app.gong.io/settings/users",
            "clientIp": IPV6,
            "verb": "POST",
            "endpointUri": "/ajax/login/sso",
            "body": json.dumps({"SAMLResponse": OPAQUE, "callId": int(CALL), "in": json.dumps({"jwt": JWT})}),
            "parameters": [
                {"name": "login_token", "values": [JWT, OPAQUE]},
                {"name": "callId", "values": [CALL]},
                {"name": "RelayState", "values": [OPAQUE]},
            ],
        },
        "customData": [{"key": "sessionId", "value": OPAQUE}, {"key": "count", "value": 7}],
        "workspaceId": "1045",
    },
}
PLAY = {
    "userId": ID,
    "userEmailAddress": EMAIL,
    "userFullName": NAME,
    "eventTime": "2026-11-20T10:00:00Z",
    "logRecord": {
        "call_id": CALL,
        "video_player_instance_id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "sequence_num": 3,
        "play_speed": 1.5,
        "device": "desktop",
        "start_time": 0.0,
        "end_time": 31.4,
        "event_time_on_device": "2026-11-20T10:00:00.500Z",
        "offline": False,
        "live": True,
    },
}
SHARED = {
    "userEmailAddress": EMAIL,
    "eventTime": "2026-11-20T10:00:00Z",
    "logRecord": {"call_id": CALL, "time_based_secure_sharing_id": "55", "page_viewer_ip": IPV4},
}
HIDDEN = (
    "jon", "snow", "arya", "stark", "wall.example", "gong.example", OPAQUE, JWT, "eyJ", IPV4, "198.51", IPV6,
    "2001:db8", "5550100199",
)  # fmt: skip
SHARED_PLAY = {**SHARED, "logRecord": {**PLAY["logRecord"], **SHARED["logRecord"], "sequence_num": "3"}}  # type: ignore[dict-item]


@pytest.mark.parametrize("row", [ACCESS, ACTIVITY, PLAY, SHARED, SHARED_PLAY])
def test_nothing_personal_of_a_recorded_shape_is_left(row: dict[str, Any]) -> None:
    before = copy.deepcopy(row)
    redacted = redact_record(row)
    assert row == before
    text = json.dumps(redacted, ensure_ascii=False).lower()
    assert [hidden for hidden in HIDDEN if hidden.lower() in text] == []
    assert shape(redacted) == shape(row)
    assert redact_record(redacted) == redacted


def test_what_an_auditor_needs_of_a_recorded_shape_stays() -> None:
    access, activity = redact_record(ACCESS), redact_record(ACTIVITY)
    assert (access["userId"], access["eventTime"]) == (ID, "2026-11-20T10:00:00.123Z")
    said = access["logRecord"]
    kept = {k: v for k, v in said.items() if k not in ("request_headers", "requested_url", "message")}
    assert kept == {k: ACCESS["logRecord"][k] for k in kept}  # type: ignore[index]
    assert said["request_headers"] == {
        "referer": f"https://app.gong.io/welcome?email=<e-mail>&tkn=<token>&id={CALL}",
        "x-forwarded-for": "<ip>, <ip>, <ip>",
        "user-agent": AGENT,
    }
    assert said["requested_url"] == f"https://app.gong.io/call?id={CALL}&access_token=<token>"
    assert said["message"] == "<name> (<e-mail>) signed in from <ip> with Bearer <token>"
    assert (activity["impersonatorUserId"], activity["impersonatorCompanyId"]) == (CALL, "18")
    said = activity["logRecord"]
    row = said["tableChanges"][0]["rowChanges"][0]
    assert row["primaryKeyColumns"] == [{"columnName": "id", "columnValue": ID}]
    assert row["columnChanges"] == [
        {"columnName": "email_address", "newValue": "<e-mail>", "oldValue": "<e-mail>"},
        {"columnName": "first_name", "newValue": "<name>", "oldValue": None},
        {"columnName": "name", "newValue": "<name>", "oldValue": None},
        {"columnName": "password_hash", "newValue": "<secret>", "oldValue": ""},
        {"columnName": "mobile_phone", "newValue": "<phone>", "oldValue": "null"},
        {"columnName": "status", "newValue": "ACTIVE", "oldValue": "INVITED"},
    ]
    request = said["httpRequest"]
    body = json.loads(request["body"])
    assert (body["SAMLResponse"], body["callId"]) == ("<token>", int(CALL))
    assert json.loads(body["in"]) == {"jwt": "<token>"}
    assert request["parameters"][1] == {"name": "callId", "values": [CALL]}
    assert said["customData"] == [{"key": "sessionId", "value": "<token>"}, {"key": "count", "value": 7}]
    assert redact_record(PLAY)["logRecord"] == PLAY["logRecord"]
    assert redact_record(SHARED)["logRecord"] == {**SHARED["logRecord"], "page_viewer_ip": "<ip>"}  # type: ignore[dict-item]


PERSONAL = [EMAIL, PLUS, UNICODE, IPV4, f"{IPV4}:443", IPV6, f"[{IPV6}]:443", PHONE, JWT, f"Bearer {OPAQUE}"]
NAMED = [
    ("token", OPAQUE), ("accessToken", OPAQUE), ("refresh_token", OPAQUE), ("X-Auth-Token", OPAQUE),
    ("idtoken", OPAQUE), ("jwt", OPAQUE), ("clientSecret", OPAQUE), ("user[password]", OPAQUE),
    ("passwd", OPAQUE), ("JSESSIONID", OPAQUE), ("sessionId", OPAQUE), ("Set-Cookie", OPAQUE),
    ("authorization", OPAQUE), ("api_key", OPAQUE), ("apiKey", OPAQUE), ("x-api-key", OPAQUE),
    ("code", OPAQUE), ("state", OPAQUE), ("X-Amz-Signature", OPAQUE), ("client_assertion", OPAQUE),
    ("SAMLResponse", OPAQUE), ("csrfToken", OPAQUE), ("code_verifier", OPAQUE), ("otp", OPAQUE),
    ("userFullName", "Ygritte"), ("first_name", "Ygritte"), ("userName", "Ygritte"), ("createdBy", "Ygritte"),
    ("clientIp", "c0a80101"), ("remoteAddr", "c0a80101"), ("phoneNumber", "5550100"), ("e-mail", "ygritte"),
]  # fmt: skip


def nested(text: str, times: int) -> str:
    for _ in range(times):
        text = json.dumps({"inner": text})
    return text


WRAPPINGS = {
    "plain": lambda text: text,
    "in a sentence": lambda text: f"it said {text}, then stopped",
    "in angle brackets": lambda text: f"<{text}>",
    "in quotes": lambda text: f"it's '{text}'",
    "JSON": lambda text: nested(text, 1),
    "JSON in JSON": lambda text: nested(text, 2),
    "JSON in JSON in JSON": lambda text: json.dumps(nested(text, 3)),
    "escaped JSON": lambda text: json.dumps({"a": text}, ensure_ascii=True)[:-1] + ',"cut": "of',
    "JSON that was cut off": lambda text: nested(text, 2)[:-3],
    "several lines of JSON": lambda text: nested(text, 1) + "\n" + nested(text, 1),
    "a JSON object with a member twice": lambda text: f'{{"a": {json.dumps(text)}, "a": 1}}',
    "URL-encoded": lambda text: quote(text, safe=""),
    "URL-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "a query": lambda text: f"https://app.gong.io/x?a=1&q={quote_plus(text)}&b=2#top",
    "a URL in a query": lambda text: (
        "/go?to=" + quote(f"https://x.example/?q={quote(text, safe='')}", safe="")
    ),
    "JSON in a query": lambda text: "/go?q=" + quote(nested(text, 1)),
    "a form": lambda text: f"a=1&q={quote_plus(text)}",
    "a path": lambda text: f"/v2/users/{quote(text, safe='')}/settings",
}


@pytest.mark.parametrize("text", PERSONAL)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_what_looks_personal_is_found_however_it_is_written(wrapping: str, text: str) -> None:
    written = WRAPPINGS[wrapping](text)
    found = redact_record({"x": written, "list": [[written]], "deep": {"a": {"b": written}}})
    shown = json.dumps(found, ensure_ascii=False)
    core = text.removeprefix("Bearer ").strip("[]+").split("]")[0]
    for form in (core, quote(core, safe=""), core.rpartition("@")[0] or core):
        assert form not in shown, shown
    assert redact_record(found) == found


@pytest.mark.parametrize(("name", "secret"), NAMED)
def test_what_a_name_tells_is_found_wherever_the_name_stands(name: str, secret: str) -> None:
    pair = f"{quote_plus(name)}={secret}"
    row = {
        name: secret,
        "list": {name: [secret]},
        "json": json.dumps({"a": [{name: secret}]}),
        "cut": json.dumps(json.dumps({name: secret, "b": 1}))[:-5],
        "query": f"/x?{pair}&b=1#a",
        "later": f"https://x.example/?b=1&{pair}",
        "form": f"b=1&{pair}",
        "encoded": f"/x?to={quote(f'/y?{pair}', safe='')}",
        "text": f"it sent {name}: {secret}; and went on",
        "python": f"{{'{name}': '{secret}'}}",
        "java": f"Login{{{name}={secret}, callId={CALL}}}",
        "pair": [name, secret],
        "named": {"name": name, "value": secret},
        "values": {"key": name, "values": [secret, secret]},
        "column": {"columnName": name, "oldValue": secret, "newValue": secret},
    }
    found = redact_record(row)
    assert secret not in json.dumps(found, ensure_ascii=False), found
    assert CALL in found["java"]
    assert found["query"].endswith("&b=1#a")
    assert redact_record(found) == found


def test_secrets_of_several_words_or_signs() -> None:
    row = {
        "a": "the password=hun,ter2;x) next",
        "b": "Authorization: Basic dXNlcjpwYXNz and more",
        "c": "Cookie: theme=dark; visitor=zz91",
        "d": '{"password": "open \\"sesame\\" please", broken',
        "e": "https://admin:hunter2@db.example/x",
        "f": "with Basic dXNlcjpwYXNz",
        "g": "<saml:Assertion ID='1'>opaque</saml:Assertion><password>opaque</password>",
        "h": 'tokens: ["abc1", "def2"]',
        "i": {"session": {"a": "abc1", "b": ["def2", 123456, True, None]}},
        "j": "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
        "k": f"user: {NAME} went, owner=Arya",
        "l": '"jon snow"@wall.example',
        "m": '{"a": "arya\\u0040wall.example", "cut": "of',
    }
    shown = json.dumps(redact_record(row))
    hidden = "hun ter2 dXNl zz91 sesame please admin opaque abc1 def2 123456 A1b2 Snow Arya jon arya"
    assert [one for one in hidden.split() if one in shown] == []
    assert redact_record(row)["i"] == {"session": {"a": "<token>", "b": ["<token>", "<token>", True, None]}}
    assert redact_record(row)["f"] == "with Basic <token>"


STAYS: dict[str, Any] = {
    "userId": ID,
    "callId": CALL,
    "callIds": [CALL, int(CALL), 18446744073709551615],
    "eventTime": "2026-11-20T10:00:00.123+02:00",
    "epoch": [1795600000, 1795600000123, "1795600000123"],
    "date": "2026-11-20 10:00:00 +0200",
    "uuid": "3f2504e0-4f89-11d3-9a0c-0305e8123456",
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "traceId": "4al018gzaztcr8nbukw",
    "flag": True,
    "passwordChanged": True,
    "tokenCount": 3,
    "sessions": 12,
    "token_type": "Bearer",
    "expires": {"tokenExpiresIn": 3600},
    "nothing": None,
    "empty": "",
    "numbers": [0, -1, 1.5, 1e300],
    "action": "CALL_SHARED",
    "event": "UserActivityLog",
    "state": "DELETED",
    "code": 404,
    "errorCode": "E1234",
    "path": "/v2/calls/7782342274025937895/media",
    "url": "https://app.gong.io/call?id=7782342274025937895&t=31",
    "userAgent": AGENT,
    "message": f"GET /x with {'Chrome/120.1.2.3 Vivaldi/6.0.0.0'} took 31 ms, 2 of 10 (20%)",
    "appVersion": "6.12.3.1",
    "class": "com.gong.Auth::login std::string 10:00:00",
    "salesforce": ["0015f00002J8XYZ", "001500000012345AAA"],
    "text": "a basic authentication digest, bearing 100 % of a+b",
    "fileName": "Q4 review.pdf",
    "workspaceName": "EMEA",
    "sortBy": "started",
    "createdBy": ID,
    "ownerId": "-1",
    "emailsImported": False,
    "isMobile": True,
    "sec-ch-ua-mobile": "?0",
    "json": '{"callId": 7782342274025937895, "n": [1.50, null]}',
    "keys": {CALL: 1, "2026-11-20": 2},
}


@pytest.mark.parametrize("name", STAYS)
def test_what_stays(name: str) -> None:
    assert redact_record({name: STAYS[name]}) == {name: STAYS[name]}
    assert redact_record({"x": {"y": [{name: STAYS[name]}]}}) == {"x": {"y": [{name: STAYS[name]}]}}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("::1", True), ("::ffff:203.0.113.7", True), ("fe80::1%eth0", True), ("2001:DB8:0:0:0:0:0:1", True),
        ("2001:db8::", True), ("for=\"[2001:db8::1]:8080\"", True), ("IPv6:2001:db8::1", True),
        ("64:ff9b::203.0.113.7", True), ("1:2:3:4:5:6:203.0.113.7", True), ("2001%3Adb8%3A%3A1", True),
        ("203%2E0%2E113%2E7", True), ("host-203.0.113.7.example", True), ("010.000.113.007", True),
        ("300.1.2.3", False), ("1.2.3.4.5", False), ("v1.2.3.4", False), ("120.0.6099.109", False),
        ("12:34:56", False), ("00:1b:44:11:3a:b7", False), ("a::method", False), ("::", False),
    ],
)  # fmt: skip
def test_what_is_an_ip_address(text: str, address: bool) -> None:
    assert ("<ip>" in redact_record({"x": text})["x"]) is address
    assert ("<ip>" in redact_record({"x": f"from {text} it came"})["x"]) is address


def test_ip_addresses_in_all_spellings() -> None:
    chance = random.Random(6)
    for _ in range(300):
        number = chance.getrandbits(128) & chance.getrandbits(128) & chance.choice([2**128 - 1, 2**64 - 1])
        six = ipaddress.IPv6Address(number | 1 << 120)
        four = str(ipaddress.IPv4Address(chance.getrandbits(32) | 1))
        for spelt in (six.compressed, six.exploded, six.compressed.upper(), f"::ffff:{four}", four):
            found = redact_record({"x": f"a {spelt} b", "y": f"[{spelt}]:1", "z": f"{spelt}, {spelt}"})
            assert found == {"x": "a <ip> b", "y": "[<ip>]:1", "z": "<ip>, <ip>"}


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+15550100199", True), ("+49 (0) 171 2345678", True), ("+1.555.010.0199", True),
        ("555-010-0199", True), ("(555) 010-0199", True), ("0044 20 7946 0958", True),
        ("0171 2345678", True), ("%2B15550100199", True),
        ("1-555-010-0199", True), ("+7782342274025937895", False), ("2026-11-20", False), ("05/2026", False),
        ("10 20 30", False), ("1.0+20261120.1200", False), ("1795600000", False), ("call+15", False),
    ],
)  # fmt: skip
def test_what_is_a_telephone_number(text: str, phone: bool) -> None:
    assert ("<phone>" in redact_record({"x": f"dialled {text} now"})["x"]) is phone


def test_keys_are_redacted_without_losing_entries() -> None:
    people = {f"person{n}@wall.example": n for n in range(5)}
    found = redact_record({"by": {**people, "<e-mail> 2": 9, JWT: 10}})["by"]
    assert sorted(found.values()) == [0, 1, 2, 3, 4, 9, 10]
    assert not any("@" in key or "eyJ" in key for key in found)
    assert redact_record({"by": found})["by"] == found


def test_people_are_told_from_things_that_have_a_name() -> None:
    row = {
        "workspace": {"name": "EMEA"},
        "user": {"name": NAME, "id": ID, "team": {"name": "East"}},
        "participants": [{"name": NAME}, "Arya Stark", ID],
        "viewer": json.dumps({"name": NAME, "id": 7}),
        "message": f"Call with us. Jon O'Snow <{EMAIL}> came, and Élodie <{EMAIL}>",
        "tableChanges": [
            {"tableName": "workspace", "rowChanges": [{"columnName": "name", "newValue": "EMEA"}]}
        ],
    }
    assert redact_record(row) == {
        "workspace": {"name": "EMEA"},
        "user": {"name": "<name>", "id": ID, "team": {"name": "East"}},
        "participants": [{"name": "<name>"}, "<name>", ID],
        "viewer": '{"name":"<name>","id":7}',
        "message": "Call with us. <name> <<e-mail>> came, and <name> <<e-mail>>",
        "tableChanges": row["tableChanges"],
    }


def test_who_the_row_names_is_named_nowhere_in_it() -> None:
    row = {
        "userFullName": NAME,
        "x": ["Snow, Jon", "/u/jon.snow/x", "JON SNOW's", "?q=Jon+Snow", "Jon%20Snow"],
    }
    assert redact_record(row)["x"] == ["<name>", "/u/<name>/x", "<name>'s", "?q=<name>", "<name>"]


def test_deeply_nested_rows_end_in_a_label() -> None:
    deep: Any = EMAIL
    for number in range(1000):
        deep = {"a": deep} if number % 2 else [deep]
    found = redact_record({"logRecord": deep})
    text, depth = json.dumps(found), 0
    while isinstance(found, (dict, list)):
        found = next(iter(found.values() if isinstance(found, dict) else found))
        depth += 1
    assert (found, depth) == ("<secret>", DEEPEST)
    assert EMAIL not in text
    encoded = EMAIL
    for _ in range(100):
        encoded = quote(encoded, safe="")
    for text in ("[" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000, "%25" * 2000, encoded):
        assert EMAIL not in json.dumps(redact_record({"x": text}))


@pytest.mark.parametrize(
    "unit",
    ["a", "@", "a@", "a@a.", ".", "1.", ":", "1:", "::a", "eyJ-", "eyJ.", "%", "%25", "%40", "+1", "+1 ",
     "a=", "token=", 'token:"', "{", "[", "\\", '"', '\\"', "<a ", "<a>b", "</", "bearer ", "://a", "0 1",
     "(555) ", "A1b-", " ", "tokens=[", "Cookie: ", "user: A B ", '"a', "A-x@y "],
)  # fmt: skip
def test_long_texts_take_linear_time(unit: str) -> None:
    """Quadratic time would be hours here."""
    redact_record({"userFullName": NAME, "x": unit * (100_000 // len(unit))})


FRAGMENTS = (
    *PERSONAL, JWT, OPAQUE, ID, NAME, *(name for name, _ in NAMED[:30:3]), *(k.value for k in Kind),
    "=", ":", " ", '"', "'", "\\", "{", "}", "[", "]", "<", ">", "</", "&", ";", ",", "%40", "%25", "%", "+",
    "/", "?", "#", "://", "\n", "é", "\ud800", "null", "1.2.3.4", "Chrome/", "\\u0040", "00", "=>",
)  # fmt: skip


def some_json(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(8 if depth < 6 else 6)
    if kind < 3:
        text = "".join(chance.choice(FRAGMENTS) for _ in range(chance.randrange(8)))
        return json.dumps({chance.choice(FRAGMENTS): text}) if chance.random() < 0.2 else text
    if kind < 6:
        return chance.choice([None, True, False, 0, 5, -1.5, int(CALL), float("inf"), 10**25])
    if kind == 6:
        return [some_json(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(FRAGMENTS): some_json(chance, depth + 1) for _ in range(chance.randrange(5))}


def shape(value: Any) -> Any:
    """Containers with the number of their members."""
    if isinstance(value, dict):
        return [shape(one) for one in value.values()]
    return [shape(one) for one in value] if isinstance(value, list) else None


def test_any_json_is_redacted_once_and_for_all() -> None:
    chance = random.Random(5)
    for _ in range(1500):
        row = {chance.choice(FRAGMENTS): some_json(chance) for _ in range(3)}
        found = redact_record(row)
        assert shape(found) == shape(row), row
        assert redact_record(found) == found, row


def test_names_of_members() -> None:
    assert [kind_of(name) for name in ("tokenType", "session_duration", "passwordChangedAt")] == [None] * 3
    assert kind_of("status_code") is kind_of("columnName") is kind_of("zip") is kind_of("skip") is None
    assert kind_of("x" * 100 + "Token") is Kind.TOKEN
