"""Landed records as tables: `Warehouse().load_calls(landing, windows)`."""

from include.warehouse.warehouse import Warehouse

__all__ = ["Warehouse"]
