"""The fields that a company declares beside Gong's own: the file `fields.yaml` of a mapping.

```yaml
ACCOUNT:
  - {name: industry, label: Industry, type: PICKLIST, values: [Software, Logistics]}
  - {name: parentAccount, label: Parent account, type: REFERENCE, refers_to: ACCOUNT}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gong_airflow.crm.objects import OBJECT_TYPES, REFERABLE, STRING_ARRAY, TYPES, Field, ObjectType

FILE = "fields.yaml"
# Gong states no rule for names. What is also the name of a column in every database is safe.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LONGEST_NAME = 64
_KEYS = ("name", "label", "type", "values", "refers_to")


def declared_fields(text: str) -> tuple[dict[str, tuple[Field, ...]], list[str]]:
    """The fields by object type, and every mistake of `text`: sentences that say what to do.

    All scalars are text as written: a value `No` or `1` is no boolean and no number.
    """
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        return {}, [f"{FILE}{where}: not YAML ({problem}); correct that line"]
    mistakes: list[str] = []
    content = _plain(root, mistakes) if root else {}
    if content == "":
        content = {}
    if not isinstance(content, dict):
        return {}, [
            f"{FILE}: write the object type first, e.g. `ACCOUNT:`, and its fields as a list below it"
        ]
    fields: dict[str, tuple[Field, ...]] = {}
    for name, entries in content.items():
        if problem := _unfit(name, entries):
            mistakes.append(f"{FILE}, {name}: {problem}")
        elif entries:
            fields[name] = tuple(_fields(OBJECT_TYPES[name], entries, mistakes))
    return fields, mistakes


def _unfit(name: str, entries: Any) -> str:
    """Why nothing can be declared under this name; empty when it can."""
    can = [kind.name for kind in OBJECT_TYPES.values() if kind.has_schema]
    if name not in OBJECT_TYPES:
        return f"no object type of Gong; write one of {', '.join(can)}"
    if name not in can:
        return "Gong takes no declared fields for it; remove the entry"
    if entries != "" and not isinstance(entries, list):
        return "write its fields as a list, each on a line that begins with `- `"
    return ""


def _fields(kind: ObjectType, entries: list[Any], mistakes: list[str]) -> Iterator[Field]:
    gongs = {field.name.lower() for field in kind.fields}
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        place = f"{FILE}, {kind.name}, field {number}"
        if not isinstance(entry, dict):
            mistakes.append(f"{place}: write it as {{name: …, label: …, type: …}}")
            continue
        name = entry.get("name", "")
        if isinstance(name, str) and name:
            place += f" ({name})"
        wrong = [*_wrong_name(name, gongs, seen), *_wrong_rest(entry)]
        mistakes += [f"{place}: {problem}" for problem in wrong]
        if not wrong:
            yield Field(
                name=name,
                type=entry["type"],
                label=entry["label"],
                values=tuple(entry.get("values", ())),
                refers_to=entry.get("refers_to"),
            )
        if isinstance(name, str):
            seen.add(name.lower())


def _wrong_name(name: Any, gongs: set[str], seen: set[str]) -> Iterator[str]:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        yield (
            "give it a `name` of letters, digits and `_`, beginning with a letter,"
            f" of at most {_LONGEST_NAME} characters"
        )
    elif name.lower() in gongs:
        yield "Gong has a field of this name itself; remove the entry, or choose another name"
    elif name.lower() in seen:
        yield "another field has this name (case does not count); remove one or choose another name"


def _wrong_rest(entry: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong beside the name."""
    for key in entry:
        if key not in _KEYS:
            yield f"`{key}` means nothing here; the keys are {', '.join(_KEYS)}"
    label, kind = entry.get("label"), entry.get("type")
    if not isinstance(label, str) or not label.strip():
        yield "give it a `label`, which people see in Gong"
    if kind == STRING_ARRAY:
        yield f"only Gong's own fields are {STRING_ARRAY}; make it a STRING"
    elif kind not in TYPES:
        yield f"give it a `type`, one of {', '.join(TYPES)}"
    yield from _wrong_values(kind, entry.get("values"))
    refers_to = entry.get("refers_to")
    if kind == "REFERENCE" and refers_to not in REFERABLE:
        yield f"say what it leads to: `refers_to`, one of {', '.join(REFERABLE)}"
    elif kind != "REFERENCE" and refers_to is not None:
        yield "`refers_to` is for the type REFERENCE; remove it or change the type"


def _wrong_values(kind: Any, values: Any) -> Iterator[str]:
    if kind != "PICKLIST":
        if values is not None:
            yield "`values` are for the type PICKLIST; remove them or change the type"
    elif not isinstance(values, list) or not values:
        yield "list the `values` that it may have, e.g. [Software, Logistics]"
    elif not all(isinstance(value, str) and value.strip() for value in values):
        yield "each of `values` must be text that is not empty"
    elif double := sorted({value for value in values if values.count(value) > 1}):
        yield f"`values` holds {', '.join(double)} more than once; remove the repetitions"


def _plain(node: Any, mistakes: list[str]) -> Any:
    """Texts, lists and dicts; what YAML would overwrite without a word, a key given twice, is a mistake."""
    if isinstance(node.value, str):
        return node.value
    if node.id == "sequence":
        return [_plain(one, mistakes) for one in node.value]
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key.value, str):
            mistakes.append(f"{FILE}, line {key.start_mark.line + 1}: a key must be text")
        elif key.value in found:
            mistakes.append(
                f"{FILE}, line {key.start_mark.line + 1}: `{key.value}` stands here a second time;"
                " put both together"
            )
        else:
            found[key.value] = _plain(value, mistakes)
    return found
