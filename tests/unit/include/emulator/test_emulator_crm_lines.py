"""What Gong says of each line of a file, and what it holds afterwards."""

from __future__ import annotations

import pytest
from crm_client import MODIFIED, field, ldjson, record

NOT_JSON = "The line is not a JSON object"


def mandatory(name):
    return f"Mandatory field [{name}] is missing or empty"


def invalid(name, value):
    return f"Invalid value [{value}] in field [{name}]"


def user(object_id, email, **fields):
    return record(object_id, emailAddress=email, **fields)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{", NOT_JSON),
        (b"// account with additional field", NOT_JSON),
        (b'{"objectId": "a", "status": OPEN}', NOT_JSON),
        (b"[]", NOT_JSON),
        (b"", NOT_JSON),
        ('{"objectId":"ä","modifiedDate":"2026-01-01T00:00:00Z"}'.encode("latin-1"), NOT_JSON),
        (b'{"objectId":"a","modifiedDate":"2026-01-01T00:00:00Z","x":NaN}', NOT_JSON),
        ({"modifiedDate": MODIFIED}, mandatory("objectId")),
        (record(None), mandatory("objectId")),
        (record(""), mandatory("objectId")),
        (record("x" * 65), invalid("objectId", "x" * 65)),
        (record("user_1"), invalid("objectId", "user_1")),
        (record("ä"), invalid("objectId", "ä")),
        (record(5), invalid("objectId", 5)),
        ({"objectId": "a"}, mandatory("modifiedDate")),
        (record(isDeleted=True, modifiedDate=None), mandatory("modifiedDate")),
        (
            record(modifiedDate="2026-01-01T00:00:00.000Z"),
            invalid("modifiedDate", "2026-01-01T00:00:00.000Z"),
        ),
        (record(modifiedDate="2026-01-01T00:00:00"), invalid("modifiedDate", "2026-01-01T00:00:00")),
        (record(modifiedDate="2026-02-30T00:00:00Z"), invalid("modifiedDate", "2026-02-30T00:00:00Z")),
        (record(modifiedDate="2026-01-01"), invalid("modifiedDate", "2026-01-01")),
        (record(modifiedDate=1767225600), invalid("modifiedDate", 1767225600)),
        (record(isDeleted="true"), invalid("isDeleted", "true")),
        (record(isDeleted=1), invalid("isDeleted", 1)),
        (record(url="crm.example/1"), invalid("url", "crm.example/1")),
        (record(url="ftp://crm.example/1"), invalid("url", "ftp://crm.example/1")),
        (record(name=5), invalid("name", 5)),
        (record(domains="crm.example"), invalid("domains", "crm.example")),
        (record(domains=["crm.example", 5]), invalid("domains", ["crm.example", 5])),
    ],
)
def test_a_wrong_line_is_told_and_the_others_arrive(crm, line, fault):
    outcome = crm.outcome(record("first"), line, record("last"))
    assert outcome == {
        "status": "FAILED",
        "errors": [{"line": 2, "description": fault}],
        "totalErrorCount": 1,
        "totalSuccessCount": 2,
    }
    assert set(crm.held()) == {"first", "last"}


@pytest.mark.parametrize(
    ("object_type", "fields", "fault"),
    [
        ("BUSINESS_USER", {}, mandatory("emailAddress")),
        ("BUSINESS_USER", {"emailAddress": ""}, mandatory("emailAddress")),
        ("BUSINESS_USER", {"emailAddress": "nobody"}, invalid("emailAddress", "nobody")),
        ("STAGE", {}, mandatory("name")),
        ("STAGE", {"name": "n", "isActive": "yes"}, invalid("isActive", "yes")),
        ("STAGE", {"name": "n", "sortOrder": 1.5}, invalid("sortOrder", 1.5)),
        ("CONTACT", {"emailAddress": "a@b"}, invalid("emailAddress", "a@b")),
        ("CONTACT", {"phoneNumber": 5}, invalid("phoneNumber", 5)),
        ("CONTACT", {"accountId": "a b"}, invalid("accountId", "a b")),
        ("DEAL", {"status": "won"}, invalid("status", "won")),
        ("DEAL", {"amount": "7000"}, invalid("amount", "7000")),
        ("DEAL", {"amount": True}, invalid("amount", True)),
        ("DEAL", {"createdDate": "2026-01-01"}, invalid("createdDate", "2026-01-01")),
        ("DEAL", {"closeDate": "soon"}, invalid("closeDate", "soon")),
        ("LEAD", {"lastName": ["x"]}, invalid("lastName", ["x"])),
    ],
)
def test_fields_of_each_object_type(crm, object_type, fields, fault):
    assert crm.faults(record(**fields), object_type=object_type) == [(1, fault)]


def test_one_of_everything_arrives(crm):
    crm.send({"objectId": "open", "name": "Open", "isActive": True, "sortOrder": 2.0}, object_type="STAGE")
    crm.send(user("u-1", "u@crm.example"), object_type="BUSINESS_USER")
    account = record(url="https://crm.example/a", name="Ä \U0001f600", domains=["a.example"])
    crm.send(account)
    contact = record("ann@crm.example", accountId="a-1", emailAddress="ann@crm.example", phoneNumber="+1 (2)")
    crm.send(contact, object_type="CONTACT")
    deal = record("d", accountId="a-1", ownerId="u-1", stage="open", amount=1.25, status="WON")
    deal |= {"createdDate": "2026-01-01T00:00:00Z", "closeDate": "2026-09-04", "name": "Deal"}
    crm.send(deal, object_type="DEAL")
    lead = record(
        "l", convertedToDealId="d", convertedToContactId="ann@crm.example", convertedToAccountId="a-1"
    )
    crm.send(lead, object_type="LEAD")
    view = crm.view()
    assert [request["status"] for request in view["requests"]] == ["DONE"] * 6
    assert view["objects"]["LEAD"] == {"l": lead}
    assert view["objects"]["DEAL"] == {"d": deal}
    assert crm.shown("a-1") == {**account, "isDeleted": False}
    assert crm.shown("ann@crm.example", "CONTACT") == {**contact, "isDeleted": False}
    assert not any(view["unlinked"].values())


def test_defaults_are_shown(crm):
    crm.send(record())
    crm.send(record("d"), object_type="DEAL")
    assert crm.shown("a-1") == {**record(), "name": "Account_#a-1", "isDeleted": False}
    deal = {"name": "Deal_#d", "status": "OPEN", "amount": 0, "isDeleted": False}
    assert crm.shown("d", "DEAL") == {**record("d"), **deal}
    assert crm.held() == {"a-1": record()}


def test_a_record_is_replaced_whole_and_null_is_absent(crm):
    crm.send(record(name="Old", url="https://crm.example/a"))
    older = record(name=None, domains=[], modifiedDate="1999-01-01T00:00:00Z")
    assert crm.outcome(older)["status"] == "DONE"
    assert crm.held() == {"a-1": record(domains=[], modifiedDate="1999-01-01T00:00:00Z")}
    assert crm.shown("a-1")["name"] == "Account_#a-1"


def test_a_deletion_needs_two_fields_and_may_be_repeated(crm):
    crm.send(record(name="x"), record("a-2"))
    for _ in range(2):
        outcome = crm.outcome({**record(isDeleted=True), "name": 5, "url": "nonsense"})
        assert (outcome["status"], outcome["totalSuccessCount"]) == ("DONE", 1)
    assert set(crm.held()) == {"a-2"}
    assert crm.shown("a-1") is None
    crm.send(record(isDeleted=False))
    assert crm.shown("a-1")["isDeleted"] is False


def test_stages_are_not_deleted(crm):
    stage = {"objectId": "s", "name": "Won", "isDeleted": True}
    assert crm.faults({"objectId": "s", "isDeleted": True}, object_type="STAGE") == [(1, mandatory("name"))]
    assert crm.outcome(stage, object_type="STAGE")["status"] == "DONE"
    assert set(crm.held("STAGE")) == {"s"}


def test_a_record_may_come_once_in_a_file(crm):
    text = "Object [a-1] appears more than once in the file"
    assert crm.faults(record(name="first"), record(), record("a-2"), record(isDeleted=True)) == [
        (2, text),
        (4, text),
    ]
    assert crm.held()["a-1"]["name"] == "first"
    assert crm.outcome(record(name="next"))["status"] == "DONE"
    assert crm.view()["sent"]["ACCOUNT"] == {"a-1": 4, "a-2": 1}


def test_twenty_errors_are_told_in_order_and_all_are_counted(crm):
    lines = [record(f"a-{number}", **({"name": 5} if number % 2 else {})) for number in range(90)]
    outcome = crm.outcome(*lines)
    assert [error["line"] for error in outcome["errors"]] == list(range(2, 42, 2))
    assert (outcome["totalErrorCount"], outcome["totalSuccessCount"]) == (45, 45)
    assert len(crm.held()) == 45


def test_an_empty_file_is_a_general_error(crm):
    answer = crm.post(b"", clientRequestId="nothing")
    assert answer.status_code == 201
    assert crm.status("nothing") == {
        "status": "FAILED",
        "errors": [{"line": 0, "description": "The file is empty"}],
        "totalErrorCount": 1,
        "totalSuccessCount": 0,
    }


def test_ends_of_lines(crm):
    content = ldjson([record("a"), record("b")]).replace(b"\n", b"\r\n").rstrip()
    assert crm.post(content, clientRequestId="crlf").status_code == 201
    assert crm.status("crlf")["totalSuccessCount"] == 2
    assert crm.view()["requests"][0]["lines"] == 2


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("DATE", ["2020-05-31"], ["2020-05-32", "2020-05-31T00:00:00Z", "20200531", 5]),
        (
            "DATETIME",
            ["2020-12-17T07:37:21+02:00", "2020-12-17T05:37:21Z"],
            ["2020-12-17", "2020-12-17T05:37Z"],
        ),
        ("NUMBER", [45.66, 8453, -1], ["5", True]),
        ("CURRENCY", [34.68], ["34.68"]),
        ("PERCENT", [0, 67.3, 100], [-0.1, 100.1, "5"]),
        ("BOOLEAN", [True, False], ["true", 0]),
        ("STRING", ["", "x"], [5, ["x"], {}]),
        ("PHONENUMBER", ["+14055766687"], [14055766687]),
        ("EMAILADDRESS", ["john.doe@anywhere.example"], ["john.doe", ""]),
        ("ID", ["843hf8484jr84htg"], [5]),
        ("URL", ["https://crm.example/account/6d4r578f"], ["crm", 5]),
        ("PICKLIST", ["Analyst"], ["analyst", "", 5]),
    ],
)
def test_declared_fields_hold_what_their_type_says(crm, kind, right, wrong):
    crm.set_schema([field("extra", kind, orderedValueList=["Analyst"])])
    for value in right:
        crm.send(record(extra=value))
        assert crm.shown("a-1")["extra"] == value
    lines = [record(f"w-{number}", extra=value) for number, value in enumerate(wrong)]
    faults = [(number, invalid("extra", value)) for number, value in enumerate(wrong, 1)]
    assert crm.faults(*lines) == faults
    assert crm.outcome(record(extra=None))["status"] == "DONE"


def test_undeclared_fields_are_kept_and_not_shown(crm):
    assert crm.outcome(record(extra={"any": ["thing"]}))["status"] == "DONE"
    assert crm.held()["a-1"]["extra"] == {"any": ["thing"]}
    assert "extra" not in crm.shown("a-1")


REFERENCES = [
    ("CONTACT", "accountId", "ACCOUNT"),
    ("DEAL", "accountId", "ACCOUNT"),
    ("DEAL", "stage", "STAGE"),
    ("LEAD", "convertedToDealId", "DEAL"),
    ("LEAD", "convertedToContactId", "CONTACT"),
    ("LEAD", "convertedToAccountId", "ACCOUNT"),
    ("DEAL", "extra", "BUSINESS_USER"),
]


TARGET = record("t-1", name="n", emailAddress="n@crm.example")


@pytest.mark.parametrize(("object_type", "name", "target"), REFERENCES)
def test_what_a_record_refers_to_must_be_there(crm, object_type, name, target):
    crm.set_schema([field("extra", "REFERENCE", referenceTo="USER")], "DEAL")
    text = f"Field [{name}] refers to {target} [t-1], which does not exist"
    assert crm.faults(record(**{name: "t-1"}), object_type=object_type) == [(1, text)]
    assert crm.held(object_type) == {}
    crm.send(TARGET, object_type=target)
    assert crm.faults(record(**{name: "t-1"}), object_type=object_type) == []
    assert crm.faults(record(isDeleted=True, **{name: "t-9"}), object_type=object_type) == []


@pytest.mark.parametrize(("object_type", "name", "target"), REFERENCES)
def test_or_it_waits_for_it(crm, object_type, name, target):
    crm.set_schema([field("extra", "REFERENCE", referenceTo="USER")], "DEAL")
    crm.settings(dangling="wait")
    assert crm.faults(record(**{name: "t-1"}), object_type=object_type) == []
    assert crm.view()["unlinked"][object_type] == {"a-1": [name]}
    crm.send(TARGET, object_type=target)
    assert crm.view()["unlinked"][object_type] == {}


def test_a_deal_waits_for_its_owner(crm):
    assert crm.faults(record("d", ownerId="u-1"), object_type="DEAL") == []
    assert crm.view()["unlinked"]["DEAL"] == {"d": ["ownerId"]}
    crm.send(user("u-1", "u@crm.example"), object_type="BUSINESS_USER")
    assert crm.view()["unlinked"]["DEAL"] == {}


def test_records_of_one_file_may_refer_to_each_other(crm):
    crm.set_schema([field("parent", "REFERENCE", referenceTo="ACCOUNT")])
    lines = [
        record("child", parent="mother"),
        record("mother", parent="root"),
        record("deeper", parent="lost"),
        record("root", parent="root"),
        record("lost", parent="bad"),
        record("bad", name=5),
        record("ping", parent="pong"),
        record("pong", parent="ping"),
    ]
    outcome = crm.outcome(*lines)
    text = "Field [parent] refers to ACCOUNT [{}], which does not exist"
    assert outcome["errors"] == [
        {"line": 3, "description": text.format("lost")},
        {"line": 5, "description": text.format("bad")},
        {"line": 6, "description": invalid("name", 5)},
    ]
    assert (outcome["totalErrorCount"], outcome["totalSuccessCount"]) == (3, 5)
    assert set(crm.held()) == {"child", "mother", "root", "ping", "pong"}


def test_a_record_of_another_type_does_not_do(crm):
    lines = [record("c-1", accountId="c-2"), record("c-2")]
    text = "Field [accountId] refers to ACCOUNT [c-2], which does not exist"
    assert crm.faults(*lines, object_type="CONTACT") == [(1, text)]


def test_business_users_are_mapped_by_email(crm):
    users = [one["emailAddress"] for one in crm.emulator.control("GET", "/users")["users"]]
    crm.send(user("u-1", users[0].upper()), user("u-2", "stranger@crm.example"), object_type="BUSINESS_USER")
    assert crm.outcome(user("u-3", users[0]), object_type="BUSINESS_USER")["status"] == "DONE"
    assert crm.view()["mapped"] == {"u-1": users[0]}
    changed = crm.faults(user("u-1", users[1]), user("u-3", users[0]), object_type="BUSINESS_USER")
    text = (
        "The email address of a business user cannot be changed: delete the user, and add it in a new request"
    )
    assert changed == [(1, text)]
    crm.send(record("u-3", isDeleted=True), object_type="BUSINESS_USER")
    assert crm.view()["mapped"] == {"u-1": users[0]}
    crm.send(record("u-1", isDeleted=True), object_type="BUSINESS_USER")
    assert crm.view()["mapped"] == {}
    crm.send(user("u-3", users[0]), user("u-1", users[1]), object_type="BUSINESS_USER")
    assert crm.view()["mapped"] == {"u-3": users[0], "u-1": users[1]}


def test_a_hundred_records_are_shown_at_once_and_no_more(crm):
    crm.send(*[record(f"a-{number}") for number in range(120)])
    ids = [f"a-{number}" for number in range(119, -1, -1)]
    shown = crm.get(["unknown", *ids]).json()["crmObjectsMap"]
    assert list(shown) == ["unknown", *ids[:99]]
    assert shown["unknown"] is None
    assert len(crm.get(["x" * 64 + str(number) for number in range(2_000)]).json()["crmObjectsMap"]) == 100


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({}, (415, "Unsupported Media Type")),
        ({"headers": {"Content-Type": "application/json"}}, (415, "Unsupported Media Type")),
        ({"content": b'["a-1"]'}, (415, "Unsupported Media Type")),
        ({"content": b'["a-1"', "headers": {"Content-Type": "application/json"}}, (400, "Bad request")),
        ({"json": {"a-1": 1}}, (400, "Bad request")),
        ({"json": [5]}, (400, "[0]: must be a string")),
    ],
)
def test_reading_records_takes_a_json_body(crm, sentences, options, refusal):
    answer = crm.http.request("GET", "/v2/crm/entities", params=crm.params(objectType="DEAL"), **options)
    assert (answer.status_code, *sentences(answer)) == refusal


def test_users_and_stages_cannot_be_read(crm, sentences):
    for object_type in ("BUSINESS_USER", "STAGE"):
        answer = crm.get(["x"], object_type)
        fault = "objectType: must be one of ACCOUNT, CONTACT, DEAL, LEAD"
        assert (answer.status_code, sentences(answer)) == (400, [fault])
