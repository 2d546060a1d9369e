"""How long what was copied is kept: landed files, media, filed recordings, rows."""
