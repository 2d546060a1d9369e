"""The workspace: a DuckDB database of one load, where landed lines become tables.

It lives in memory up to a fixed limit and beyond that in a temporary folder, so that the size of a load is
bounded by the disk alone. (A database file would be written twice, as its log and as its tables.)
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY_LIMIT = "1GB"
SHAPES = Path(__file__).parent / "shapes"
STEPS = Path(__file__).parent / "steps"
_CHUNK = 5000


class Workspace:
    """One temporary database; use `open_workspace`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection = connection
        self.folder = folder

    def run(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Execute; return all rows."""
        rows: list[tuple[Any, ...]] = self.connection.execute(sql, parameters).fetchall()
        return rows

    def value(self, sql: str) -> Any:
        """The first column of the only row."""
        return self.run(sql)[0][0]

    def step(self, name: str) -> None:
        """Run `steps/<name>.sql`."""
        self.connection.execute((STEPS / f"{name}.sql").read_text(encoding="utf-8"))

    def fill(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows of plain Python values, some thousands at a time."""
        import pyarrow as pa

        rows = iter(rows)
        while chunk := list(itertools.islice(rows, _CHUNK)):
            columns = [pa.array(column) for column in zip(*chunk, strict=True)]
            batch = pa.table(columns, [f"c{number}" for number in range(len(columns))])
            with self.registered("filled", batch):
                self.run(f"INSERT INTO {table} FROM filled")

    @contextmanager
    def registered(self, name: str, batch: pa.Table) -> Iterator[None]:
        """The Arrow table as a table of the workspace, for a while."""
        self.connection.register(name, batch)
        try:
            yield
        finally:
            self.connection.unregister(name)


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """An empty workspace; its temporary folder is removed at the end."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="gong-warehouse-") as name:
        folder = Path(name)
        config: dict[str, Any] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            workspace = Workspace(connection, folder)
            workspace.step("functions")
            for structure in ("call", "transcript", "sentences"):
                declared = (SHAPES / f"{structure}.json").read_text(encoding="utf-8")
                workspace.run(f"CREATE MACRO {structure}_of(x) AS json_transform(x, '{declared}')")
            workspace.step("0_workspace")
            yield workspace
