"""A person who is to be erased, everywhere in the tables; and what the tables hold beside."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from warehouse_receipts import Place, Row, receipt
from warehouse_records import Lander, at, call, transcript
from warehouse_streams import StreamLander, Window, page

from gong_airflow.erasure.identity import email_identity, phone_identity
from include.erasure.person import Person
from include.warehouse.tables import ALL

ADDRESS, NUMBER, OBJECT = "jane.doe@example.com", "+14255552671", "003JANE"
# A call of hers each: the first is one that Gong names, the others are found in the tables alone.
KNOWN, BY_ADDRESS, BY_NUMBER, BY_LEAD = "41", "42", "43", "44"
OTHERS = ("51", "52", "53")
HERS = {KNOWN, BY_ADDRESS, BY_NUMBER, BY_LEAD}
# As they are written and spoken, with what is left of the text.
SPOKEN: dict[str, str] = {
    "Intro with Jane.Doe@Example.com": "Intro with [erased]",
    "mail me at jane dot doe at example dot com please": "mail me at [erased] please",
    "jane.doe%40example.com": "[erased]",
    "jane.doe (at) example [dot] com": "[erased]",
    "\uff4aane.doe\uff20example.com": "[erased]",
    "call (425) 555-2671, or +1 425 555 2671!": "call [erased], or [erased]!",
}
TITLE = next(iter(SPOKEN))
NOT_HERS = ("mary.jane.doe@example.com", "jane.doe@example.com.au", "14255552671999")


def person(*call_ids: str) -> Person:
    return Person.of(
        [email_identity(ADDRESS), phone_identity(NUMBER)], call_ids=call_ids, object_ids=[OBJECT]
    )


def _linked(kind: str, object_id: str, **fields: str) -> dict[str, Any]:
    named = [{"name": name, "value": value} for name, value in fields.items()]
    return {
        "system": "Salesforce",
        "objects": [{"objectType": kind, "objectId": object_id, "fields": named, "timing": "Now"}],
    }


def calls() -> list[dict[str, Any]]:
    """Four calls of hers, and three others: one mentions her, one nobody, one a person with a like name."""
    ann = {"id": "p0", "name": "Ann", "emailAddress": "ann@example.org"}
    mentioning = list(SPOKEN)
    return [
        call(KNOWN, parties=[ann]),
        call(BY_ADDRESS, parties=[ann, {"id": "p1", "emailAddress": "JANE.DOE@example.com"}]),
        call(BY_NUMBER, parties=[{"id": "p1", "phoneNumber": "+1 (425) 555-2671"}]),
        call(BY_LEAD, context=[_linked("Lead", "00Q1", Email=ADDRESS, City="Oslo")]),
        call(
            OTHERS[0],
            title=mentioning[0],
            meta={"customData": '{"phone":14255552671,"mail":"jane.doe@example.com","rate":1.10}'},
            parties=[{**ann, "context": [_linked("Account", "001A", Note=mentioning[2])]}],
            content={
                "brief": mentioning[5],
                "keyPoints": [{"text": mentioning[3]}],
                "trackers": [{"id": "t", "name": mentioning[2], "count": 1}],
            },
            collaboration={"publicComments": [{"id": "c1", "comment": mentioning[4]}]},
        ),
        call(OTHERS[1], parties=[ann], content={"brief": "Nothing", "topics": [{"name": "Price"}]}),
        call(OTHERS[2], title=NOT_HERS[0], content={"brief": " ".join(NOT_HERS)}),
    ]


def transcripts() -> list[dict[str, Any]]:
    return [
        *(transcript(call_id, "Hello", "I am here") for call_id in sorted(HERS)),
        transcript(OTHERS[0], *SPOKEN, "and nothing"),
        transcript(OTHERS[1], "Hello", "there"),
    ]


def fill(place: Place, lander: Lander, streams: StreamLander) -> None:
    """Load everything, each by the way in which it comes."""
    place.warehouse.load_calls(lander.zone, [lander.land(at(10), calls(), transcripts())])
    place.warehouse.load_streams(streams.zone, list(_windows(streams)))
    place.warehouse.load_recording_uploads(
        [
            receipt(1, call_id=KNOWN),
            receipt(2, call_id=OTHERS[1], name="in/jane.doe@example.com", reasons=[list(SPOKEN)[5]]),
            receipt(3, call_id=None, status="rejected"),
        ]
    )
    place.warehouse.load_call_media([media(BY_NUMBER), media(OTHERS[0])])
    place.warehouse.load_crm_errors(
        [crm_error(OBJECT), crm_error("jane.doe@example.com"), crm_error("other", reason=TITLE)]
    )


def media(call_id: str) -> dict[str, Any]:
    return {"call_id": call_id, "kind": "audio", "path": f"media/{call_id}", "downloaded_at": at(10)}


def crm_error(object_id: str, **facts: Any) -> dict[str, Any]:
    return {"object_type": "CONTACT", "object_id": object_id, "version": "1", "detected_at": at(10), **facts}


def _windows(streams: StreamLander) -> Iterator[Window]:
    def asked(kind: str, object_id: str, value: dict[str, Any]) -> dict[str, Any]:
        of = {"object_id": object_id, "object_type": kind, "integration_id": "9"}
        return page({"key": object_id, "value": value}, of=of)

    objects = [
        asked("CONTACT", OBJECT, {"City": "Rome"}),
        asked("CONTACT", "003ALIAS", {"Email": ADDRESS, "City": "Bern"}),
        asked("CONTACT", "003ANN", {"Email": "ann@example.org", "Note": TITLE}),
    ]
    yield streams.land("crm_objects", at(10), pages=objects)
    access = [
        page({"callId": call_id, "users": [{"userId": "u1"}]}, of={"call_id": call_id})
        for call_id in (KNOWN, OTHERS[0])
    ]
    yield streams.land("call_user_access", at(10), pages=access)
    reviews = [
        {
            "answeredScorecardId": f"a{call_id}",
            "callId": call_id,
            "reviewTime": at(3),
            "answers": [{"questionId": "q1", "answerText": list(SPOKEN)[1]}],
        }
        for call_id in (BY_ADDRESS, OTHERS[0])
    ]
    yield streams.land("answered_scorecards", at(10), *reviews, from_date="2026-11-01", to_date="2026-11-08")
    tasks = [
        {"id": "t1", "title": "Call", "contact": {"crmId": OBJECT, "type": "CONTACT"}},
        {"id": "t2", "title": list(SPOKEN)[5], "contact": {"crmId": "003ANN", "type": "CONTACT"}},
    ]
    yield streams.land("tasks", at(10), pages=[page(*tasks, of={"user_id": "u1"})])
    folders = [{"id": "f1", "name": TITLE}, {"id": "f2", "name": "Best"}]
    yield streams.land("library_folders", at(10), pages=[page(*folders, of={"workspace_id": "5"})])


def everything(place: Place) -> dict[str, list[Row]]:
    """All rows of all tables, times in UTC, in the order of their texts."""
    with _cursor(place) as cursor:
        return {table.name: sorted(_rows(cursor, table.name), key=repr) for table in ALL}


@contextlib.contextmanager
def _cursor(place: Place) -> Iterator[Any]:
    if not place.url:
        import duckdb

        with duckdb.connect(str(place.data_dir / "warehouse.duckdb"), read_only=True) as connection:
            yield connection
        return
    import psycopg2

    with contextlib.closing(psycopg2.connect(place.url)) as connection, connection.cursor() as cursor:
        yield cursor


def _rows(cursor: Any, table: str) -> Iterator[Row]:
    cursor.execute(f'SELECT * FROM gong."{table}"')
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        values = (v.astimezone(timezone.utc) if isinstance(v, datetime) else v for v in row)
        yield dict(zip(names, values, strict=True))
