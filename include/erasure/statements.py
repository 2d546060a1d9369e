"""What a certificate says in words: how the person's hash is made, what was searched, what is not claimed."""

from __future__ import annotations

HASHED = (
    "HMAC-SHA256, hexadecimal, of email:<address in lower case> or phone:<digits with country code>. The key"
    " is derived with HKDF-SHA256 (info: gong erasure subject) from the secret of the Airflow connection"
    " gong_erasure; without it nobody can find out or test who it is. 'given' has one hash for each"
    " address and number that was entered, 'hash' is that of all of them together: sorted, one on a line."
)
SEARCHED = (
    "Gong: asked for each address and number by its data privacy operations until they returned nothing, and"
    " for each call noted before until none was found.",
    "Files (landing zone, receipts of media, recordings, CRM files, the files of erasures): every byte and"
    " every name, compressed files unpacked, for the addresses and numbers in their common spellings; media"
    " for the plain spelling only.",
    "Tables: every row that belongs to the person or to a call of the person, and every text column for the"
    " addresses and numbers in their common spellings.",
)
NOT_COVERED = (
    "The company's CRM and mail systems, from which Gong may import the person again: they come first.",
    "Backups, snapshots, time travel and write-ahead logs of databases, object stores and machines.",
    "Copies that others have made of files or tables.",
    "The person's name, voice or picture in calls and texts of others, where neither address nor number"
    " stands: they are not looked for.",
    "Airflow's own database keeps what was entered in the form as a sealed text. Its key is deleted when the"
    " erasure is done; a backup of that database made before still holds both.",
    "What Gong itself does beyond its answers: its backups, and data that its operations do not show.",
    "Gong's own users (employees): only Gong's support can erase them.",
)
TICKET_WITHHELD = "(withheld: not in the form of a ticket number)"
