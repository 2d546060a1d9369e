"""All that the emulator holds, and how it goes back to the state it started in."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Container
from dataclasses import dataclass

from include.emulator.activity_store import Activity, build_activity
from include.emulator.analysis import build_pool
from include.emulator.auth import Keys
from include.emulator.cache import ByteCache
from include.emulator.clock import Clock
from include.emulator.company import Company, build_company
from include.emulator.crm_queue import Crm
from include.emulator.crm_requests import CrmSettings
from include.emulator.dataset import Dataset
from include.emulator.directory import Directory, build_directory
from include.emulator.directory_users import UserRows
from include.emulator.faults import Faults
from include.emulator.generation import CallMaker
from include.emulator.ids import RequestIds
from include.emulator.intake import Intake, UploadSettings
from include.emulator.kinds import Kind
from include.emulator.limits import Limiter
from include.emulator.media_storage_settings import MediaSettings
from include.emulator.oauth import OAuth
from include.emulator.options import Options
from include.emulator.privacy_book import Privacy
from include.emulator.products import Products
from include.emulator.requestlog import RequestLog
from include.emulator.talks import pool_size


@dataclass
class World:
    """The data of one set of options, before anybody edited it."""

    company: Company
    maker: CallMaker
    dataset: Dataset
    directory: Directory
    activity: Activity


def build_world(options: Options) -> World:
    """Make the data set: about 3 s for 20,000 calls."""
    company = build_company(options)
    pool = build_pool(options.seed, pool_size(options.calls))
    maker = CallMaker(options, company, pool)
    dataset = Dataset(maker.all())
    directory = build_directory(options, company, list(dataset.calls.values()))
    activity = build_activity(options, company, dataset, directory)
    return World(company, maker, dataset, directory, activity)


def _intake(options: Options, taken: Container[str]) -> Intake:
    settings = UploadSettings(options.processing_seconds, options.minimum_seconds)
    return Intake(settings, options.seed, taken)


class Emulator:
    """The state behind the API. Handlers read it, the control plane changes it, on one event loop."""

    def __init__(self, options: Options) -> None:
        self.clock = Clock()
        self.cache = ByteCache()
        self.rendering = asyncio.Lock()
        self.start = options
        self.intake = _intake(options, ())
        self.crm = self._crm(options, Company([], [], []))
        self.restore(options, build_world(options))

    def restore(self, options: Options, world: World) -> None:
        """Begin anew with ``world``: no log, faults, used quota, offset or edits; the keys of the start."""
        self.options = options
        self.company = world.company.copy()
        self.maker = world.maker
        self.dataset = world.dataset
        self.directory = world.directory
        self.activity = world.activity
        self.intake.close()
        self.intake = _intake(options, world.dataset.calls)
        self.crm.close()
        self.crm = self._crm(options, self.company)
        self.clock.reset()
        self.cache.clear()
        self.keys = Keys(options.access_key, options.access_key_secret, options.host_names)
        self.oauth = OAuth(self.clock, self.keys)
        self.limiter = Limiter(self.clock, options.per_second, options.per_day)
        self.faults = Faults()
        self.media = MediaSettings(options.seed)
        self.log = RequestLog()
        self.request_ids = RequestIds(options.seed)
        self.cursor_secret = f"emulator-cursor-{options.seed}"
        self.products = Products()
        self.privacy = Privacy()
        self.kinds: dict[str, Kind] = {
            "users": UserRows(self.company),
            **self.directory.kinds(),
            **self.activity.kinds(),
        }
        # A collection that walks every call would hold the event loop; what lives for ever is left out of it.
        gc.collect()
        gc.freeze()

    def _crm(self, options: Options, company: Company) -> Crm:
        return Crm(CrmSettings(options.crm_processing_seconds), options.seed, self.clock, company)
