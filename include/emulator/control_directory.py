"""The control plane's part about records of any kind, and about the products that the company has."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from include.emulator.kinds import Kind
from include.emulator.state import Emulator


class ProductsBody(BaseModel):
    """What is left out keeps its value."""

    model_config = ConfigDict(extra="forbid")

    engage: bool = True
    coaching: bool = True


def create_router(emulator: Emulator) -> APIRouter:
    """The routes, relative to the control plane's prefix."""
    router = APIRouter()

    @router.get("/products")
    async def get_products() -> dict[str, Any]:
        return asdict(emulator.products)

    @router.put("/products")
    async def put_products(body: ProductsBody) -> dict[str, Any]:
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(emulator.products, name, value)
        return asdict(emulator.products)

    @router.get("/records")
    async def list_kinds() -> dict[str, Any]:
        return {"kinds": sorted(emulator.kinds)}

    @router.get("/records/{kind}")
    async def list_records(kind: str) -> dict[str, Any]:
        return {"records": _kind(emulator, kind).list()}

    @router.delete("/records/{kind}/{number}")
    async def delete_record(kind: str, number: str) -> dict[str, Any]:
        return _done(_kind(emulator, kind).delete(number), kind)

    @router.post("/records/{kind}/{number}")
    async def change_record(kind: str, number: str, members: dict[str, Any]) -> dict[str, Any]:
        return _done(_kind(emulator, kind).change(number, members), kind)

    return router


def _kind(emulator: Emulator, name: str) -> Kind:
    found = emulator.kinds.get(name)
    if found is None:
        raise HTTPException(404, f"no such kind; there are {', '.join(sorted(emulator.kinds))}")
    return found


def _done(found: bool, kind: str) -> dict[str, Any]:
    if not found:
        raise HTTPException(404, f"no such record of {kind}; GET records/{kind} lists them")
    return {"status": "ok"}
