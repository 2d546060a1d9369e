"""The form of `gong_erasure`.

Airflow checks it when a run is made. By then the API server has sealed address and number, so that a pattern
which only sealed ones match keeps readable ones out of its database, from wherever they come.
"""

from __future__ import annotations

from airflow.sdk import Param

from gong_airflow.erasure.sealing import SEALED

FORM = {
    "email_address": Param(
        None,
        type=["null", "string"],
        pattern=SEALED,
        title="E-mail address",
        description_md="Whose data shall be erased, e.g. `name@example.com`; or a number, or both. Sealed "
        "before Airflow stores it. Never on Airflow's command line, which seals nothing and logs it.",
    ),
    "phone_number": Param(
        None,
        type=["null", "string"],
        pattern=SEALED,
        title="Phone number",
        description_md="With **+** and the country code, e.g. `+1 206 555 0100`. Sealed as well.",
    ),
    "ticket": Param(
        type="string",
        pattern=r"^[A-Za-z0-9._/#-]+$",
        maxLength=64,
        title="Ticket",
        description_md="The number of the request: letters, digits and `. _ - / #`. It stands in logs and on "
        "the certificate: **no address, phone number or name**.",
    ),
    "dry_run": Param(
        True,
        type="boolean",
        title="Dry run",
        description_md="Only look up and count. Nothing is changed, in Gong or in our copies.",
    ),
    "linked": Param(
        True,
        type="boolean",
        title="What Gong links, too",
        description_md="Also erase the addresses and numbers that Gong knows to be the same person's.",
    ),
}
