"""What has landed and what was sent, as tables: `Warehouse().load_calls(landing, windows)` and others."""

from include.warehouse.warehouse import Warehouse

__all__ = ["Warehouse"]
