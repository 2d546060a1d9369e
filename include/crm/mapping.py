"""How a company's CRM becomes records of Gong: a folder with an SQL file an object type, and `fields.yaml`.

    business_user.sql  stage.sql  account.sql  contact.sql  deal.sql  lead.sql  fields.yaml

An object type without a file is not sent. A file holds one query for the connection `crm_source`, in the
dialect of that database. Its columns have the names of Gong's fields (case does not count) or of fields
declared in `fields.yaml`. It is a Jinja template with one variable, `since`: text like
`2026-11-22T10:00:00Z`, from which modified rows are wanted. A query without it is read whole each time.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from gong_airflow.crm.objects import OBJECT_TYPES, Field, ObjectType
from gong_airflow.errors import GongConfigurationError
from include import settings
from include.crm.declared import FILE as FIELDS_FILE
from include.crm.declared import declared_fields

EPOCH = "1970-01-01T00:00:00Z"
"""`since` of a whole read."""
FILES = {name: f"{name.lower()}.sql" for name in OBJECT_TYPES}
_SINCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# What a semicolon does not end a statement in; then the blanks, the semicolons and all the rest.
_TOKENS = re.compile(
    r"""(?P<skipped>--[^\n]*|/\*.*?\*/|\s+)|(?P<end>;)"""
    r"""|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|(?P<tag>\$\w*\$).*?(?P=tag)|.""",
    re.DOTALL,
)


@dataclass(frozen=True)
class ObjectMapping:
    """Where the records of one object type come from.

    :param template: content of the SQL file
    :param declared: the company's own fields, in the order of `fields.yaml`
    """

    object_type: ObjectType
    template: str
    declared: tuple[Field, ...] = ()

    @property
    def file(self) -> str:
        """Name of the SQL file."""
        return FILES[self.object_type.name]

    @cached_property
    def digest(self) -> str:
        """Hexadecimal; another one when the SQL or a declared field is changed."""
        content = json.dumps([self.template, [asdict(field) for field in self.declared]], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def types(self) -> dict[str, str]:
        """The type of each declared field."""
        return {field.name: field.type for field in self.declared}

    def sql(self, since: str) -> str:
        """The query for rows modified from `since` on (UTC, `2026-11-22T10:00:00Z`).

        :raises GongConfigurationError: the file is no template of one query
        """
        from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        if not _SINCE.fullmatch(since):
            raise GongConfigurationError(
                f"{self.file}: rows are wanted from a time that is none; it has to look like {EPOCH}",
                remedy="Correct or delete the watermark of the CRM's asset",
            )
        sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
        try:
            rendered = sandbox.from_string(self.template).render(since=since)
        except TemplateSyntaxError as error:
            raise self._broken(f"line {error.lineno}: {error.message}") from error
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise self._broken(f"{error}") from error
        return self._one_statement(rendered)

    def arrange(self, columns: Sequence[str]) -> tuple[Field, ...]:
        """The field that each column of a result is, in the order of the columns.

        :raises GongConfigurationError: naming every column that is unknown, missing or there twice
        """
        known = {field.name.lower(): field for field in (*self.object_type.fields, *self.declared)}
        if wrong := list(self._misfits(columns, known)):
            raise GongConfigurationError(
                f"The columns of {self.file} do not fit: {'; '.join(wrong)}",
                remedy="Correct the mapping and start the task again; nothing was sent",
            )
        return tuple(known[column.lower()] for column in columns)

    def _misfits(self, columns: Sequence[str], known: dict[str, Field]) -> Iterator[str]:
        names = [column.lower() for column in columns]
        if unknown := [column for column in columns if column.lower() not in known]:
            gongs = ", ".join(field.name for field in self.object_type.fields)
            others = f"declare them in {FIELDS_FILE}" if self.object_type.has_schema else "leave them out"
            advice = f"name columns as Gong's fields, which are {gongs}, or {others}"
            yield f"unknown: {', '.join(unknown)} ({advice})"
        mandatory = [field for field in self.object_type.fields if field.mandatory]
        for fields, advice in (
            (mandatory, "Gong requires them: select them"),
            (self.declared, f"declared in {FIELDS_FILE}: select them or remove them there"),
        ):
            if missing := [field.name for field in fields if field.name.lower() not in names]:
                yield f"missing: {', '.join(missing)} ({advice})"
        if double := sorted({known[name].name for name in names if name in known and names.count(name) > 1}):
            yield f"more than once: {', '.join(double)} (select each once)"

    def _one_statement(self, text: str) -> str:
        """The query without what follows it: a semicolon, blanks, comments."""
        end, statements, ended = 0, 0, True
        for token in _TOKENS.finditer(text):
            if token["end"]:
                ended = True
            elif not token["skipped"]:
                statements += ended
                ended, end = False, token.end()
        if statements == 1:
            return text[:end]
        what = "holds several statements" if statements else "holds no query"
        raise self._broken(
            what, "Write exactly one query into it, or delete the file to send no such records"
        )

    def _broken(self, what: str, remedy: str = "") -> GongConfigurationError:
        return GongConfigurationError(
            f"{self.file} of the mapping cannot be used: {what}",
            remedy=remedy or "Correct the file: a query as a Jinja template whose only variable is `since`",
        )


@dataclass(frozen=True)
class CrmMapping:
    """The mapping of a company.

    :param objects: by object type, in Gong's order
    """

    objects: dict[str, ObjectMapping]

    @property
    def declared(self) -> dict[str, tuple[Field, ...]]:
        """The declared fields of each object type that has a schema in Gong."""
        return {name: one.declared for name, one in self.objects.items() if one.object_type.has_schema}

    def only(self, object_type: str) -> CrmMapping:
        """The mapping of this object type alone; empty when it has none."""
        return CrmMapping({name: one for name, one in self.objects.items() if name == object_type})


def load_mapping(folder: Path | None = None) -> CrmMapping:
    """Read the mapping in `folder` (default: the setting GONG_CRM_MAPPING_DIR) and check all of it.

    :raises GongConfigurationError: naming every mistake, and what to do about it
    """
    folder = folder or settings.crm_mapping_dir()
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    mistakes = [
        f"{name}: no object type has such a file; name it one of {', '.join(FILES.values())}"
        for name in sorted(present)
        if name.lower().endswith(".sql") and name not in FILES.values() and not name.startswith(".")
    ]
    fields: dict[str, tuple[Field, ...]] = {}
    if FIELDS_FILE in present:
        fields, wrong = declared_fields(_read(folder / FIELDS_FILE))
        mistakes += wrong
    objects = {}
    for name, file in FILES.items():
        if file in present:
            one = ObjectMapping(OBJECT_TYPES[name], _read(folder / file), fields.get(name, ()))
            objects[name] = one
            try:
                one.sql(EPOCH)
            except GongConfigurationError as error:
                mistakes.append(error.what)
        elif fields.get(name):
            mistakes.append(
                f"{FIELDS_FILE}, {name}: there is no {file} that selects these fields; add it or remove them"
            )
    if not objects and not mistakes:
        mistakes.append(f"it has none of the files {', '.join(FILES.values())}")
    if mistakes:
        raise GongConfigurationError(
            f"The mapping in {folder} has {len(mistakes)} mistake(s): {'; '.join(mistakes)}",
            remedy="Correct it (GONG_CRM_MAPPING_DIR names the folder) and start the task again",
        )
    return CrmMapping(objects)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GongConfigurationError(
            f"{path.name} of the mapping cannot be read: {type(error).__name__}",
            remedy="Make it a UTF-8 file that Airflow's user may read",
        ) from error
