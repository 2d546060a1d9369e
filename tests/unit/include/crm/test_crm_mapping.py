"""The mapping: what is shipped works, and what is wrong with another is said in one go."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from gong_airflow.crm.objects import OBJECT_TYPES, TYPES, Field
from gong_airflow.errors import GongConfigurationError
from include import settings
from include.crm.mapping import EPOCH, FILES, CrmMapping, load_mapping

ACCOUNT = "SELECT id AS objectId, changed AS modifiedDate FROM account"
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a mapping; `account="…"` is the file account.sql."""

    def write(fields: str = "", **files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
        if fields:
            (tmp_path / "fields.yaml").write_text(fields, encoding="utf-8")
        return tmp_path

    return write


def mistakes(folder: Path) -> str:
    with pytest.raises(GongConfigurationError) as caught:
        load_mapping(folder)
    return caught.value.what


class TestShipped:
    def test_every_object_type_in_gongs_order(self) -> None:
        mapping = load_mapping()
        assert list(mapping.objects) == list(OBJECT_TYPES)
        assert list(mapping.declared) == ["ACCOUNT", "CONTACT", "DEAL", "LEAD"]
        assert list(mapping.only("DEAL").objects) == ["DEAL"]

    def test_declared_fields_of_many_types(self) -> None:
        declared = [field for fields in load_mapping().declared.values() for field in fields]
        assert {"PICKLIST", "NUMBER", "BOOLEAN", "DATE", "REFERENCE", "STRING", "PERCENT", "CURRENCY"} <= {
            field.type for field in declared
        }
        assert all(field.type in TYPES for field in declared)
        assert Field("tier", "PICKLIST", "Tier", ("A", "B", "C")) in declared

    def test_it_reads_from_since_on(self) -> None:
        for name, one in load_mapping().objects.items():
            assert ("2026-11-22T10:00:00Z" in one.sql("2026-11-22T10:00:00Z")) == (name != "STAGE")

    def test_the_setting_names_another_folder(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GONG_CRM_MAPPING_DIR", str(make(account=ACCOUNT)))
        assert list(load_mapping().objects) == ["ACCOUNT"]

    def test_nothing_heavy_is_imported_with_it(self) -> None:
        code = (
            "import sys, include.crm.mapping; print(sorted({'yaml', 'jinja2', 'duckdb'} & set(sys.modules)))"
        )
        bare = (
            "import sys, gong_airflow.errors; print(sorted({'yaml', 'jinja2', 'duckdb'} & set(sys.modules)))"
        )
        ours, errors_alone = (
            subprocess.run([sys.executable, "-c", one], check=True, capture_output=True, text=True).stdout
            for one in (code, bare)
        )
        assert ours == errors_alone  # Airflow's own come with its exceptions


class TestSql:
    def one(self, make: Make, sql: str, since: str = EPOCH) -> str:
        return load_mapping(make(account=sql)).objects["ACCOUNT"].sql(since)

    def test_what_follows_the_query_is_left_out(self, make: Make) -> None:
        quoted = """SELECT ';', ";", `;`, $$;$$, $a$;$a$, 'it''s;' -- ;\n /* ; */ FROM t"""
        assert self.one(make, f"\ufeff{quoted} ; -- end\n;") == quoted

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("", "holds no query"),
            (" -- nothing\n/* yet; */ ;", "holds no query"),
            ("SELECT 1; SELECT 2", "holds several statements"),
            ("SELECT '{{ sinse }}'", "'sinse' is undefined"),
            ("SELECT\n{% if %}", "line 2"),
            ("{{ since.__class__.__mro__ }}", "unsafe"),
            ("{{ since / 0 }}", "unsupported operand"),
        ],
    )
    def test_a_file_that_is_no_query(self, make: Make, sql: str, said: str) -> None:
        what = mistakes(make(account=sql))
        assert "account.sql" in what
        assert said in what

    def test_since_is_a_time_and_nothing_else(self, make: Make) -> None:
        one = load_mapping(make(account=ACCOUNT)).objects["ACCOUNT"]
        for since in ("' OR 1=1 --", "2026-11-22", "2026-11-22T10:00:00+01:00", EPOCH + "\n"):
            with pytest.raises(GongConfigurationError, match="watermark"):
                one.sql(since)

    def test_a_file_that_is_no_text(self, make: Make) -> None:
        (make(account=ACCOUNT) / "deal.sql").write_bytes(b"SELECT '\xff'")
        assert "UnicodeDecodeError" in mistakes(make())

    def test_the_digest_is_of_sql_and_fields(self, make: Make) -> None:
        fields = "ACCOUNT:\n  - {name: tier, label: Tier, type: STRING}\n"
        digests = [
            load_mapping(make(given, account=sql)).objects["ACCOUNT"].digest
            for sql, given in (
                (ACCOUNT, fields),
                (ACCOUNT, fields),
                (ACCOUNT + " WHERE a", fields),
                (ACCOUNT, fields.replace("STRING", "NUMBER")),
                (ACCOUNT, fields.replace("Tier", "Level")),
            )
        ]
        assert digests[0] == digests[1]
        assert len(set(digests)) == 4


class TestFolder:
    def test_only_what_has_a_file_is_sent(self, make: Make) -> None:
        mapping = load_mapping(make(stage="SELECT 1", account=ACCOUNT))
        assert list(mapping.objects) == ["STAGE", "ACCOUNT"]
        assert mapping.declared == {"ACCOUNT": ()}

    @pytest.mark.parametrize("name", ["accounts", "Account", "opportunity"])
    def test_a_file_of_another_name_is_not_passed_over(self, make: Make, name: str) -> None:
        assert f"{name}.sql: no object type has such a file" in mistakes(
            make(stage="SELECT 1", **{name: ACCOUNT})
        )

    def test_no_mapping_at_all(self, tmp_path: Path) -> None:
        for folder in (tmp_path, tmp_path / "none"):
            assert "none of the files business_user.sql" in mistakes(folder)

    def test_fields_without_a_file(self, make: Make) -> None:
        fields = "DEAL:\n  - {name: tier, label: Tier, type: STRING}\n"
        assert "DEAL: there is no deal.sql" in mistakes(make(fields, account=ACCOUNT))

    def test_all_mistakes_at_once(self, make: Make) -> None:
        what = mistakes(make("ACCOUNT: 1\nDEALS: []\n", account="", deals="SELECT 1"))
        assert "has 4 mistake(s)" in what


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("ACCOUNT:\n  - {name: a", "line 2: not YAML"),
        ("- name", "write the object type first"),
        ("ACCOUNTS:\n", "ACCOUNTS: no object type of Gong; write one of ACCOUNT, CONTACT, DEAL, LEAD"),
        ("BUSINESS_USER:\n", "BUSINESS_USER: Gong takes no declared fields"),
        ("STAGE: []\n", "STAGE: Gong takes no declared fields"),
        ("ACCOUNT: {name: a}\n", "write its fields as a list"),
        ("ACCOUNT: [tier]\n", "field 1: write it as {name"),
        ("ACCOUNT: []\nACCOUNT: []\n", "line 2: `ACCOUNT` stands here a second time"),
        ("ACCOUNT: [{name: a, label: A, label: B, type: STRING}]", "`label` stands here a second time"),
        ("ACCOUNT: [{[a]: b}]", "line 1: a key must be text"),
        ("ACCOUNT: [{label: A, type: STRING}]", "field 1: give it a `name`"),
        ("ACCOUNT: [{name: [a], label: A, type: STRING}]", "field 1: give it a `name`"),
        ("ACCOUNT: [{name: a b, label: A, type: STRING}]", "give it a `name` of letters"),
        ("ACCOUNT: [{name: 1a, label: A, type: STRING}]", "give it a `name` of letters"),
        (f"ACCOUNT: [{{name: {'a' * 65}, label: A, type: STRING}}]", "at most 64 characters"),
        ("ACCOUNT: [{name: DOMAINS, label: A, type: STRING}]", "Gong has a field of this name itself"),
        (
            "ACCOUNT: [{name: tier, label: A, type: STRING}, {name: Tier, label: B, type: STRING}]",
            "field 2 (Tier): another field has this name",
        ),
        ("ACCOUNT: [{name: a, type: STRING}]", "field 1 (a): give it a `label`"),
        ("ACCOUNT: [{name: a, label: ' ', type: STRING}]", "give it a `label`"),
        ("ACCOUNT: [{name: a, label: A}]", "give it a `type`, one of DATE"),
        ("ACCOUNT: [{name: a, label: A, type: string}]", "give it a `type`"),
        ("ACCOUNT: [{name: a, label: A, type: STRINGARRAY}]", "only Gong's own fields are STRINGARRAY"),
        ("ACCOUNT: [{name: a, label: A, type: PICKLIST}]", "list the `values`"),
        ("ACCOUNT: [{name: a, label: A, type: PICKLIST, values: []}]", "list the `values`"),
        ("ACCOUNT: [{name: a, label: A, type: PICKLIST, values: [x, '']}]", "text that is not empty"),
        ("ACCOUNT: [{name: a, label: A, type: PICKLIST, values: [x, [y]]}]", "text that is not empty"),
        ("ACCOUNT: [{name: a, label: A, type: PICKLIST, values: [x, y, x]}]", "holds x more than once"),
        ("ACCOUNT: [{name: a, label: A, type: STRING, values: [x]}]", "`values` are for the type PICKLIST"),
        ("ACCOUNT: [{name: a, label: A, type: REFERENCE}]", "`refers_to`, one of ACCOUNT"),
        ("ACCOUNT: [{name: a, label: A, type: REFERENCE, refers_to: STAGE}]", "`refers_to`, one of ACCOUNT"),
        ("ACCOUNT: [{name: a, label: A, type: STRING, refers_to: DEAL}]", "is for the type REFERENCE"),
        ("ACCOUNT: [{name: a, label: A, type: STRING, default: x}]", "`default` means nothing here"),
    ],
)
def test_mistakes_in_the_fields(make: Make, fields: str, said: str) -> None:
    what = mistakes(make(fields, account=ACCOUNT))
    assert "fields.yaml" in what
    assert said in what


def test_fields_as_they_are_written(make: Make) -> None:
    fields = (
        "# comment\nDEAL:\nACCOUNT:\n"
        "  - {name: a_1, label: 'Ä: 1', type: PICKLIST, values: [Yes, no, 1, 1.0, null]}\n"
        "  - name: parent\n    label: Parent\n    type: REFERENCE\n    refers_to: USER\n"
    )
    assert load_mapping(make(fields, account=ACCOUNT)).declared["ACCOUNT"] == (
        Field("a_1", "PICKLIST", "Ä: 1", ("Yes", "no", "1", "1.0", "null")),
        Field("parent", "REFERENCE", "Parent", refers_to="USER"),
    )
    assert load_mapping(make("# none yet\n", account=ACCOUNT)).declared == {"ACCOUNT": ()}


class TestColumns:
    @pytest.fixture
    def mapping(self, make: Make) -> CrmMapping:
        fields = "ACCOUNT:\n  - {name: Tier, label: Tier, type: NUMBER}\n"
        return load_mapping(make(fields, account=ACCOUNT, business_user="SELECT 1", stage="SELECT 1"))

    def test_names_are_compared_without_case(self, mapping: CrmMapping) -> None:
        found = mapping.objects["ACCOUNT"].arrange(["TIER", "objectid", "MODIFIEDDATE", "domains"])
        assert [field.name for field in found] == ["Tier", "objectId", "modifiedDate", "domains"]
        assert found[0].type == "NUMBER"

    def test_every_column_that_does_not_fit_is_named(self, mapping: CrmMapping) -> None:
        with pytest.raises(GongConfigurationError) as caught:
            mapping.objects["ACCOUNT"].arrange(["emial", "Objectid", "objectId", "phoneNumber"])
        assert "columns of account.sql" in caught.value.what
        for said in (
            "unknown: emial, phoneNumber (name columns as Gong's fields, which are objectId,",
            "or declare them in fields.yaml",
            "missing: modifiedDate (Gong requires",
            "missing: Tier (declared in",
            "more than once: objectId",
        ):
            assert said in caught.value.what

    def test_object_types_without_declared_fields(self, mapping: CrmMapping) -> None:
        assert mapping.objects["STAGE"].arrange(["name", "objectId"])
        with pytest.raises(GongConfigurationError, match="emailAddress") as caught:
            mapping.objects["BUSINESS_USER"].arrange(["objectId", "modifiedDate", "tier"])
        assert "fields.yaml" not in caught.value.what


README = (settings.PROJECT / "include/crm/README.md").read_text(encoding="utf-8")
EXAMPLES = {
    match["file"]: match.group()
    for match in re.finditer(r"(?<=```sql\n)-- (?P<file>\w+\.sql): .*?(?=```)", README, re.DOTALL)
}
# What the examples read, as it is in a warehouse.
TABLES = """
CREATE SCHEMA salesforce; CREATE SCHEMA hubspot; CREATE SCHEMA sales;
CREATE TABLE salesforce.contact AS SELECT '0038d000001xyzAAA' AS id, '0018d000001abcAAA' AS account_id,
  'a@b.example' AS email, 'Ann' AS first_name, 'Berg' AS last_name, NULL::VARCHAR AS title,
  NULL::VARCHAR AS phone, '+1 555-0100' AS mobile_phone, false AS is_deleted, true AS do_not_call,
  'Web' AS lead_source, NULL::VARCHAR AS reports_to_id,
  TIMESTAMPTZ '2026-11-22 09:00:00Z' AS system_modstamp,
  TIMESTAMPTZ '2026-11-22 10:30:00Z' AS _fivetran_synced;
CREATE TABLE hubspot.deal AS SELECT 7 AS deal_id, 3 AS owner_id, 'closedwon' AS deal_pipeline_stage_id,
  'Deal' AS property_dealname, 12.50::DECIMAL(9, 2) AS property_amount, false AS _fivetran_deleted,
  TIMESTAMPTZ '2026-11-01 09:00:00Z' AS property_createdate, NULL::TIMESTAMPTZ AS property_closedate,
  true AS property_hs_is_closed, true AS property_hs_is_closed_won,
  TIMESTAMPTZ '2026-11-22 09:00:00Z' AS property_hs_lastmodifieddate,
  TIMESTAMPTZ '2026-11-22 10:30:00Z' AS _fivetran_synced;
CREATE TABLE hubspot.deal_company AS
  SELECT 7 AS deal_id, unnest([12, 11]) AS company_id, unnest([5, 6]) AS type_id;
CREATE TABLE sales.customers AS SELECT 42 AS customer_no, 'Größe & Co' AS name, ['a.example'] AS domains,
  'https://crm.example/42' AS link, DATE '2020-01-02' AS since_date, NULL::TIMESTAMP AS closed_at,
  TIMESTAMP '2026-11-22 10:30:00' AS changed_at;
"""


@pytest.mark.skipif(len(EXAMPLES) < 3, reason="the README has no examples of mappings yet")
def test_the_readmes_examples_run(make: Make) -> None:
    assert set(EXAMPLES) == {"contact.sql", "deal.sql", "account.sql"}
    fields = next(
        match for match in re.findall(r"(?<=```yaml\n).*?(?=```)", README, re.DOTALL) if "CONTACT:" in match
    )
    mapping = load_mapping(
        make(fields, **{name.removesuffix(".sql"): text for name, text in EXAMPLES.items()})
    )
    with duckdb.connect() as database:
        database.execute(TABLES)
        for one in mapping.objects.values():
            for since, count in ((EPOCH, 1), ("2026-11-22T10:00:00Z", 1), ("2026-11-22T11:00:00Z", 0)):
                result = database.execute(one.sql(since))
                fields_of = one.arrange([column[0] for column in result.description])
                rows = result.fetchall()
                assert len(rows) == count
                for row in rows:
                    values = dict(zip([field.name for field in fields_of], row, strict=True))
                    assert values["objectId"] and values["modifiedDate"]
                    assert values.get("accountId", 12) in (12, "0018d000001abcAAA")


def test_there_is_a_file_for_every_object_type() -> None:
    assert list(FILES) == list(OBJECT_TYPES)
