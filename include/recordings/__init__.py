"""The drop folder of recordings: `DropFolder().find(...)`, `.files(...)`, `.reject(...)`, `.file(...)`."""

from include.recordings.drop_folder import DropFolder

__all__ = ["DropFolder"]
