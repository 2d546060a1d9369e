"""A person leaves the tables: the rows of the person and every mention, and nothing else; none comes back."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from warehouse_persons import (
    ADDRESS,
    BY_ADDRESS,
    HERS,
    KNOWN,
    NOT_HERS,
    NUMBER,
    OBJECT,
    OTHERS,
    SPOKEN,
    calls,
    crm_error,
    everything,
    fill,
    person,
    transcripts,
)
from warehouse_receipts import Place, Row, receipt
from warehouse_records import Lander, at, call, transcript
from warehouse_streams import StreamLander, page

from gong_airflow.erasure.identity import email_identity, phone_identity
from gong_airflow.erasure.spelling import holds
from gong_airflow.errors import GongConfigurationError
from include.erasure.suppression import Suppression
from include.warehouse import admission, erasing, rewriting, sieve, staging, store, stream_load
from include.warehouse.errors import DestinationError
from include.warehouse.sieve import Sieve
from include.warehouse.tables import BY_NAME

IDENTITIES = [email_identity(ADDRESS), phone_identity(NUMBER)]


@pytest.fixture
def key(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The connection under which people are kept out; returns the data folder."""
    connection = {"conn_type": "generic", "password": "0123456789" * 4}
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps(connection))
    return data_dir


def texts(row: Row) -> str:
    return "\n".join(value for value in row.values() if isinstance(value, str))


def is_hers(table: str, row: Row) -> bool:
    """Whether a row that `fill` has loaded goes: told by its ids, which `fill` has chosen."""
    ids = {row.get(name) for name in (BY_NAME[table].call_column, "object_id", "contact_crm_id")}
    if table == "_stream_scope":
        return False
    if table == "answered_scorecard_answer":
        return bool(row["answered_scorecard_id"] == f"a{BY_ADDRESS}")
    return bool(ids & {*HERS, OBJECT, "003ALIAS", ADDRESS})


def test_all_of_the_person_goes_and_nothing_else(
    place: Place, lander: Lander, streams: StreamLander, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(place, lander, streams)
    before = everything(place)
    hers = {name: [row for row in rows if is_hers(name, row)] for name, rows in before.items()}
    who = person(KNOWN)
    assert place.warehouse.calls_of(who) == HERS - {KNOWN}
    who.call_ids |= HERS
    counts = place.warehouse.survey_person(who)
    with monkeypatch.context() as patch:
        patch.setattr(erasing.Plan, "statements", failing(erasing.Plan.statements))
        with pytest.raises(DestinationError) as caught:
            place.warehouse.purge_person(who)
    assert ADDRESS not in str(caught.value)
    assert everything(place) == before
    assert place.warehouse.purge_person(who) == counts

    after = everything(place)
    # What was asked for: her call, and two objects of hers.
    scopes = len(before.pop("_stream_scope")) - len(after["_stream_scope"])
    assert scopes == 3
    assert sum(map(len, hers.values())) > 25
    assert counts["rows"] == sum(map(len, hers.values())) + scopes
    assert counts["mentions"] == sum(texts(row).count("[erased]") for rows in after.values() for row in rows)
    for name, rows in before.items():
        stay = [row for row in rows if not is_hers(name, row)]
        same = [row for row in stay if not holds(texts(row), who.known)]
        assert [row for row in after[name] if row in same] == same, name
        assert len(after[name]) == len(stay), name
    assert not [row for rows in after.values() for row in rows if holds(texts(row), who.known)]
    assert_blanked(before, after)

    assert place.warehouse.purge_person(who) == {"rows": 0, "mentions": 0}
    assert everything(place) == after


def failing(statements: Callable[[erasing.Plan], Iterator[Any]]) -> Callable[[erasing.Plan], Iterator[Any]]:
    """The statements of a plan, and one behind them that the destination refuses."""

    def broken(plan: erasing.Plan) -> Iterator[Any]:
        yield from statements(plan)
        yield "call", "UPDATE {TABLE} SET {title} = %s WHERE {no_such_column} = 1", [ADDRESS]

    return broken


def assert_blanked(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> None:
    """Where a text mentions her the rest of it is the same, and what was JSON is JSON."""
    sentences = sorted(after["transcript_sentence"], key=lambda row: row["sentence_index"])
    left = [*SPOKEN.values(), "and nothing"]
    assert [row["text"] for row in sentences if row["call_id"] == OTHERS[0]] == left
    [spoken] = [row for row in after["transcript"] if row["call_id"] == OTHERS[0]]
    assert [sentence["text"] for sentence in json.loads(spoken["sentence"])] == left
    rows = {row["id"]: row for row in after["call"]}
    assert rows[OTHERS[0]]["title"] == "Intro with [erased]"
    custom = {"phone": "[erased]", "mail": "[erased]", "rate": 1.1}
    assert json.loads(rows[OTHERS[0]]["custom_data"]) == custom
    assert rows[OTHERS[2]]["brief"] == " ".join(NOT_HERS)
    [upload] = [row for row in after["recording_upload"] if row["call_id"] == OTHERS[1]]
    assert (upload["file_name"], upload["reasons"]) == ("in/[erased]", "call [erased], or [erased]!")
    # Who follows the tables by the time of their rows sees which have changed.
    earlier = {row["id"]: row["_synced_at"] for row in before["call"]}
    assert [id_ for id_, row in rows.items() if row["_synced_at"] > earlier[id_]] == [OTHERS[0]]


def test_tables_that_do_not_exist_hold_nobody(place: Place) -> None:
    for act in (place.warehouse.survey_person, place.warehouse.purge_person):
        assert act(person()) == {"rows": 0, "mentions": 0}
    assert place.warehouse.calls_of(person()) == set()
    assert not (place.data_dir / "warehouse.duckdb").exists()
    place.warehouse.load_crm_errors([crm_error(OBJECT)])
    assert place.warehouse.purge_person(person()) == {"rows": 1, "mentions": 0}


# Loads.


def suppress(*call_ids: str) -> Suppression:
    suppression = Suppression()
    suppression.add("case-0001", identities=IDENTITIES, call_ids=call_ids, object_ids=[OBJECT])
    return suppression


def purge_landing(lander: Lander, window: dict[str, str]) -> None:
    """What an erasure leaves of the page."""
    left = [record for record in calls() if record["metaData"]["id"] == OTHERS[1]]
    for stream, records in (("calls", left), ("transcripts", [])):
        lander.zone.put_page(window, page=0, stream=stream, records=records)


def once(action: Callable[[], Any], stage: Callable[..., Any]) -> Callable[..., Any]:
    """`stage`, and `action` after it has run for the first time."""
    times = itertools.count()

    def staged(*arguments: Any) -> Any:
        result = stage(*arguments)
        if next(times) == 0:
            action()
        return result

    return staged


def test_calls_that_were_staged_before_an_erasure_do_not_come_in_after_it(
    lander: Lander, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(None, key)
    window = lander.land(at(10), calls(), transcripts())

    def erase() -> None:
        suppression = suppress(*HERS)
        purge_landing(lander, window)
        suppression.add("case-0001")
        place.warehouse.purge_person(person(*HERS))

    with monkeypatch.context() as patch:
        patch.setattr(staging, "stage", once(erase, staging.stage))
        counts = place.warehouse.load_calls(lander.zone, [window])
    assert counts["calls"]["new"] == 1
    assert [row["id"] for row in place.rows("call")] == [OTHERS[1]]
    assert place.rows("transcript") == []
    assert place.warehouse.survey_person(person(*HERS)) == {"rows": 0, "mentions": 0}


def test_streams_that_were_staged_before_an_erasure_do_not_come_in_after_it(
    streams: StreamLander, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(None, key)
    tasks = [{"id": "t1", "contact": {"crmId": OBJECT}}, {"id": "t2", "title": "Call"}]
    window = streams.land("tasks", at(10), pages=[page(*tasks, of={"user_id": "u1"})])

    def erase() -> None:
        suppression = suppress()
        streams.zone.put_page(window, page=0, stream="tasks", records=tasks[1:])
        suppression.add("case-0001")

    with monkeypatch.context() as patch:
        patch.setattr(stream_load, "stage", once(erase, stream_load.stage))
        place.warehouse.load_streams(streams.zone, [window])
    assert [row["id"] for row in place.rows("engage_task")] == ["t2"]


def test_receipts_of_an_erased_person_make_no_row(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(None, key)
    warehouse = place.warehouse
    receipts = [receipt(1, call_id=KNOWN), receipt(2, name=f"in/{ADDRESS}"), receipt(3)]
    errors = [crm_error(OBJECT), crm_error(ADDRESS.upper()), crm_error("other", reason=f"not {ADDRESS}")]
    with monkeypatch.context() as patch:
        # The list fills while the receipts are staged: they are staged once more.
        patch.setattr(admission, "admitted", once(lambda: suppress(KNOWN), admission.admitted))
        assert warehouse.load_recording_uploads(receipts)["rows"] == {"recording_upload": 2}
    assert warehouse.load_crm_errors([*errors, None, "x"])["rows"] == {"crm_upload_error": 1}  # type: ignore[list-item]
    assert [row["file_name"] for row in place.rows()] == ["in/[erased]", "north/recording 3"]
    assert [row["reason"] for row in place.rows("crm_upload_error")] == ["not [erased]"]


def test_a_rebuild_leaves_the_person_out(lander: Lander, key: Path) -> None:
    place = Place(None, key)
    suppress(KNOWN)
    lander.land(at(10), [call(OTHERS[1])])
    receipts = [receipt(1, call_id=KNOWN), receipt(2, name=f"in/{ADDRESS}")]
    place.warehouse.rebuild(lander.zone, receipts)
    assert [row["file_name"] for row in place.rows()] == ["in/[erased]"]


def test_without_the_key_nothing_is_loaded_and_the_reason_is_told(
    lander: Lander, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress(KNOWN)
    window = lander.land(at(10), [call(OTHERS[1])])
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE")
    with pytest.raises(GongConfigurationError, match="gong_erasure"):
        Place(None, key).warehouse.load_calls(lander.zone, [window])
    assert not (key / "warehouse.duckdb").exists()


# Files.


def test_no_byte_of_the_person_stays_in_the_file(
    lander: Lander, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    place, file = Place(None, data_dir), data_dir / "warehouse.duckdb"
    # Nothing that DuckDB could compress, so that what the file holds can be read in it.
    planted = [f"{ADDRESS} {secrets.token_hex(40)}" for _ in range(3)]
    others = [secrets.token_hex(40) for _ in range(3)]
    records = [call(f"{number}", title=text) for number, text in enumerate([*planted, *others])]
    spoken = [transcript(f"{number}", text) for number, text in enumerate([*planted, *others])]
    place.warehouse.load_calls(lander.zone, [lander.land(at(10), records, spoken)])
    # As a load leaves them that was killed: rows in the staging dataset, a log beside the file, spilled rows.
    with duckdb.connect(str(file)) as connection:
        connection.execute("PRAGMA force_compression = 'uncompressed'")
        for table in ("gong_staging.call", "gong.call", "gong.transcript_sentence"):
            connection.execute(f"INSERT INTO {table} BY NAME FROM gong.{table.split('.')[1]}")
        connection.execute("CHECKPOINT")
        connection.execute("CREATE TABLE main.notes AS SELECT 1 AS number")
        connection.execute("CREATE VIEW main.titles AS SELECT title FROM gong.call")
    (data_dir / "warehouse.duckdb.tmp").mkdir()
    (data_dir / "warehouse.duckdb.tmp" / "spilled").write_text(planted[0])
    (data_dir / ".warehouse.duckdb.rewritten").write_text(planted[0])

    def found(text: str) -> list[str]:
        files = [path for path in data_dir.rglob("*") if path.is_file()]
        return sorted(path.name for path in files if text.encode() in path.read_bytes())

    assert "warehouse.duckdb" in found(planted[0])
    with monkeypatch.context() as patch:
        # Deleted rows are in the file still.
        patch.setattr(rewriting, "rewrite", lambda *_: None)
        assert place.warehouse.purge_person(person("0", "1"))["rows"] > 6
        assert "warehouse.duckdb" in found(planted[0])
    assert place.warehouse.purge_person(person("0", "1")) == {"rows": 0, "mentions": 0}
    for text in (*planted[:2], ADDRESS):
        assert found(text) == []
    # The rest of the third text is nobody's.
    for text in (planted[2].split()[1], *others):
        assert found(text) == ["warehouse.duckdb"]
    assert sorted(path.name for path in data_dir.iterdir()) == ["warehouse.duckdb"]
    assert place.run("SELECT number FROM main.notes") == [(1,)]
    assert len(place.run("SELECT title FROM main.titles")) == 8
    assert place.run("SELECT count(*) FROM gong_staging.call") == [(0,)]
    place.warehouse.load_calls(lander.zone, [lander.land(at(11), [call("9")])])


def test_a_file_that_cannot_be_written_anew_says_so_and_stays_as_it_was(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(None, data_dir)
    place.warehouse.load_crm_errors([crm_error(OBJECT), crm_error("other")])

    def full(_: Any, new: Path) -> None:
        new.write_text(ADDRESS)
        raise OSError(f"disk full at {ADDRESS}")

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "_copy", full)
        with pytest.raises(
            DestinationError, match=r"free space.*\(OSError\)|\(OSError\).*free space"
        ) as caught:
            place.warehouse.purge_person(person())
    assert ADDRESS not in str(caught.value)
    assert caught.value.__cause__ is None
    assert [path.name for path in data_dir.iterdir()] == ["warehouse.duckdb"]
    assert [row["object_id"] for row in place.rows("crm_upload_error")] == ["other"]


def test_a_file_of_an_older_version_stays_one(data_dir: Path) -> None:
    import duckdb

    data_dir.mkdir()
    file = data_dir / "o'ld name.duckdb"
    with duckdb.connect() as connection:
        name = str(file).replace("'", "''")
        connection.execute(f"ATTACH '{name}' AS old (STORAGE_VERSION 'v1.2.0', BLOCK_SIZE 16384)")
        connection.execute("CREATE TABLE old.main.notes (number INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO old.main.notes VALUES (1)")
    file.chmod(0o640)
    rewriting.rewrite(file, 5)
    with duckdb.connect(str(file)) as connection:
        [(tags, size)] = connection.execute(
            "SELECT tags, block_size FROM duckdb_databases(), pragma_database_size() p"
            " WHERE duckdb_databases.database_name = current_database()"
            " AND p.database_name = current_database()"
        ).fetchall()
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO main.notes VALUES (1)")
    assert (tags["storage_version"], size) == ("v1.2.0+", 16384)
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.postgres
def test_no_byte_of_the_person_stays_in_the_tables_of_postgres(
    lander: Lander,
    postgres: str,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = Place(postgres, data_dir)
    planted = [f"{secrets.token_hex(40)} {ADDRESS}" for _ in range(2)]
    records = [call("1", title=planted[0]), call("2", title=planted[1]), call("3")]
    place.warehouse.load_calls(lander.zone, [lander.land(at(10), records)])
    [(folder,)] = place.run("SHOW data_directory")

    def found(text: str) -> bool:
        with contextlib.closing(psycopg2.connect(postgres)) as connection:
            connection.autocommit = True
            connection.cursor().execute("CHECKPOINT")
        return any(text.encode() in path.read_bytes() for path in Path(folder, "base").glob("*/*"))

    with monkeypatch.context() as patch:
        # Deleted and former rows are in the files still.
        patch.setattr(store.postgres, "vacuum", lambda *_: None)
        assert place.warehouse.purge_person(person("1")) == {"rows": 1, "mentions": 1}
    assert all(map(found, planted))
    with contextlib.closing(psycopg2.connect(postgres)) as reader, reader.cursor() as cursor:
        # Others may go on reading all the while.
        monkeypatch.setattr(store.postgres, "LOCK_TIMEOUT", "50ms")
        cursor.execute("SELECT id FROM gong.call")
        assert place.warehouse.purge_person(person("1")) == {"rows": 0, "mentions": 0}
        assert "the table call is in use" in caplog.text
    place.warehouse.purge_person(person("1"))
    assert not found(ADDRESS)
    assert [row["title"] for row in place.rows("call")] == [f"{planted[1].split()[0]} [erased]", "Intro"]


# What is looked at.

SEPARATORS = ["", " ", ".", "-", " dot ", " (dot) ", "\u00a0", "/", " - ", "\u2011", "\u200b", " . "]
SIGNS = [
    "@",
    "%40",
    "&#64;",
    "&#x40;",
    "\\u0040",
    " at ",
    " (at) ",
    "[at]",
    "\uff20",
    "\ufe6b",
    " @ ",
    "%2540",
    "&commat;",
]
HIDDEN = ["\u00ad", "\u200b", "\u2060", "\ufeff", "\u034f", "\ufe0f"]
PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"
WIDE = {letter: unicodedata.lookup(f"FULLWIDTH {unicodedata.name(letter)}") for letter in PLAIN}
SUBJECTS = [
    ("jane.doe@example.com", "+14255552671"),
    ("o'neil+tag_1@sub.mail-host.co.uk", "+442079460958"),
    ("j\u00fcrgen@m\u00fcnchen.de", "+4989123456"),
    ("k@grosse-strasse.de", "+390612345678"),
]


def odd(chance: random.Random, letter: str) -> str:
    """A letter as it is rarely written, or as nobody reads it."""
    ways = [WIDE.get(letter, letter), letter + chance.choice(HIDDEN), letter + chance.choice(SEPARATORS)]
    if letter.isascii():
        ways += [f"%{ord(letter):02x}", f"&#{ord(letter)};", f"\\u{ord(letter):04x}"]
    if letter.isdecimal():
        ways.append(unicodedata.lookup(f"ARABIC-INDIC {unicodedata.name(letter)}"))
    return chance.choice(ways)


def disguised(chance: random.Random, text: str) -> str:
    """`text` in another spelling, which may be none any more."""
    letters = []
    for letter in text:
        kind = chance.random()
        if letter == "@":
            letters.append(chance.choice(SIGNS))
        elif letter in ".-_+' ":
            letters.append(chance.choice([letter, *SEPARATORS]) if kind < 0.3 else letter)
        elif kind < 0.06:
            letters.append(odd(chance, letter))
        else:
            letters.append(letter.upper() if kind < 0.3 else letter)
    made = "".join(letters).replace("SS", "\u1e9e") if chance.random() < 0.1 else "".join(letters)
    return (
        chance.choice(["", "x ", "<mailto:", "tel:", "\u00e9", "a@b.c "])
        + made
        + chance.choice(["", ".", " y", ">"])
    )


@pytest.mark.parametrize(("address", "number"), SUBJECTS)
def test_no_spelling_slips_through(address: str, number: str) -> None:
    import duckdb

    chance = random.Random(address)
    identities = [email_identity(address), phone_identity(number)]
    forms = frozenset(form for identity in identities for form in identity.forms)
    spellings = [address, identities[0].value, number, *(form.partition(":")[2] for form in forms)]
    made = [disguised(chance, chance.choice(spellings)) for _ in range(2000)]
    mentioned = [text for text in made if holds(text, forms.__contains__)]
    assert len(mentioned) > 200
    where, values = Sieve.of(forms, "duckdb").where(["text"])
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE said (text VARCHAR)")
        connection.executemany("INSERT INTO said VALUES (?)", [[text] for text in mentioned])
        sql = f"SELECT text FROM said WHERE NOT ({where})".format(text="text").replace("%s", "?")
        assert connection.execute(sql, values).fetchall() == []


def test_every_letter_that_may_be_read_as_another_one_is_looked_at() -> None:
    beyond = map(chr, itertools.chain(range(0x20000, 0xE0000), range(0xE1000, 0x110000)))
    given = (letter for letter in beyond if unicodedata.category(letter) not in ("Cn", "Co", "Cs"))
    odd = (one for one in given if unicodedata.category(one) != "Lo" or unicodedata.decomposition(one))
    assert not [letter for letter in odd if sieve.doubtful(letter)]
    assert not sieve.doubtful("\u00fc")
    assert not sieve.doubtful("\u65e5")


def test_ordinary_texts_are_not_looked_at() -> None:
    import duckdb

    where, values = Sieve.of(person().forms, "duckdb").where(["text"])
    with duckdb.connect() as connection:
        sql = f"SELECT ({where}) FROM (SELECT ? AS text)".format(text="text").replace("%s", "?")
        for text in (
            "we meet on the 14th at 3",
            "sch\u00f6n, f\u00fcr uns",
            "\u4eca\u65e5\u306f",
            "jane, and that's it",
        ):
            assert connection.execute(sql, [*values, text]).fetchall() == [(False,)]


def test_where_functions_are_not_known_every_text_is_looked_at() -> None:
    assert Sieve.of(person().forms, "snowflake").where(["a", "b"]) == (
        "{a} IS NOT NULL OR {b} IS NOT NULL",
        [],
    )


# Certificates.


def test_an_erasure_is_a_row(data_dir: Path) -> None:
    place = Place(None, data_dir)
    record = {
        "erasure_id": "e-1", "ticket": "T-1", "status": "erased", "subject_hash": "ab", "kind": "both",
        "dry_run": False, "requested_at": at(1), "approved_by": "ann", "certified_at": at(3),
        "gong_calls": 40, "purged_rows": 7, "certificate": "certificates/e-1.json", "run_id": "manual",
    }  # fmt: skip
    counts = place.warehouse.load_erasures([record, {"ticket": "none"}])
    assert counts == {"erasures": 2, "set_aside": 1, "rows": {"erasure": 1}}
    assert place.warehouse.load_erasures([record])["rows"] == {}
    [row] = place.rows("erasure")
    given = {name: value for name, value in record.items() if not name.endswith("_at")}
    assert {name: row[name] for name in given} == given
    assert (row["certified_at"].day, row["gong_emails"], row["erased_at"]) == (3, None, None)
