"""The object types that Gong takes of a CRM, with the fields that Gong itself defines.

Source: Gong's OpenAPI document, `POST /v2/crm/entities`. Further ("custom") fields are declared by the
company and must be in the schema of the object type; BUSINESS_USER and STAGE have no schema.
"""

from __future__ import annotations

from dataclasses import dataclass

# Gong's types of fields that a company can declare.
TYPES = (
    "DATE",
    "DATETIME",
    "NUMBER",
    "PERCENT",
    "CURRENCY",
    "ID",
    "URL",
    "STRING",
    "BOOLEAN",
    "PHONENUMBER",
    "EMAILADDRESS",
    "PICKLIST",
    "REFERENCE",
)
# Gong's alone: a company cannot declare one.
STRING_ARRAY = "STRINGARRAY"
REFERABLE = ("ACCOUNT", "CONTACT", "DEAL", "LEAD", "USER")
# Object types that a reference named so leads to.
REFERRED = {**{name: name for name in REFERABLE}, "USER": "BUSINESS_USER", "STAGE": "STAGE"}


@dataclass(frozen=True)
class Field:
    """A field of an object type.

    :param name: in the JSON; `uniqueName` in a schema
    :param type: one of `TYPES`, or STRINGARRAY
    :param label: what Gong's UI calls a declared field; empty for Gong's own
    :param values: what a PICKLIST may hold, in the order of the UI
    :param refers_to: of a REFERENCE: a key of `REFERRED`
    """

    name: str
    type: str = "STRING"
    label: str = ""
    values: tuple[str, ...] = ()
    refers_to: str | None = None
    mandatory: bool = False


@dataclass(frozen=True)
class ObjectType:
    """An object type and the fields that Gong defines for it."""

    name: str
    fields: tuple[Field, ...]

    @property
    def has_schema(self) -> bool:
        """Whether a company can declare fields for it."""
        return self.name in ("ACCOUNT", "CONTACT", "DEAL", "LEAD")


_ID = Field("objectId", "ID", mandatory=True)
_MODIFIED = Field("modifiedDate", "DATETIME", mandatory=True)
_COMMON = (_ID, _MODIFIED, Field("isDeleted", "BOOLEAN"), Field("url", "URL"))
_EMAIL = Field("emailAddress", "EMAILADDRESS")
_ACCOUNT = Field("accountId", "REFERENCE", refers_to="ACCOUNT")
_PERSON = (_EMAIL, *(Field(name) for name in ("firstName", "lastName", "title")))
_PHONE = Field("phoneNumber", "PHONENUMBER")

# In the order in which Gong wants them: an object type comes after those that it refers to.
OBJECT_TYPES: dict[str, ObjectType] = {
    kind.name: kind
    for kind in (
        # A user who is deleted needs no address.
        ObjectType("BUSINESS_USER", (*_COMMON, Field("emailAddress", "EMAILADDRESS", mandatory=True))),
        ObjectType(
            "STAGE",
            (
                _ID,
                Field("name", mandatory=True),
                Field("isActive", "BOOLEAN"),
                Field("sortOrder", "NUMBER"),
            ),
        ),
        ObjectType("ACCOUNT", (*_COMMON, Field("name"), Field("domains", STRING_ARRAY))),
        ObjectType("CONTACT", (*_COMMON, _ACCOUNT, *_PERSON, _PHONE)),
        ObjectType(
            "DEAL",
            (
                *_COMMON,
                _ACCOUNT,
                Field("ownerId", "REFERENCE", refers_to="USER"),
                Field("name"),
                Field("createdDate", "DATETIME"),
                Field("closeDate", "DATETIME"),
                Field("status", "PICKLIST", values=("OPEN", "WON", "LOST")),
                Field("stage", "REFERENCE", refers_to="STAGE"),
                Field("amount", "NUMBER"),
            ),
        ),
        ObjectType(
            "LEAD",
            (
                *_COMMON,
                *_PERSON,
                _PHONE,
                Field("convertedToDealId", "REFERENCE", refers_to="DEAL"),
                Field("convertedToContactId", "REFERENCE", refers_to="CONTACT"),
                Field("convertedToAccountId", "REFERENCE", refers_to="ACCOUNT"),
            ),
        ),
    )
}
