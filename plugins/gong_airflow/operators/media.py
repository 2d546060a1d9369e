"""Downloads the media of a window's calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gong_airflow.cursors import CursorStore
from gong_airflow.media.folder import MediaFolder
from gong_airflow.operators.base import GongOperator


class GongDownloadMediaOperator(GongOperator):
    """Reads a window page by page for signed addresses, and downloads each file that is not there yet.

    One file after the other. The task holds its slot of the pool while it downloads, for minutes or hours,
    and sends one request to Gong for 100 calls: give it `max_active_tis_per_dag=1`, so that downloads never
    take more than one slot from others. The downloads themselves are no requests to Gong and use no quota.

    A retry, also after `kill -9`, goes on with the page and with the byte at which the last try was, on the
    same host; a file with a receipt is never fetched again. Returns counts, see
    `gong_airflow.media.window.MediaReader`. Needs the scope `api:calls:read:media-url`.

    :param window: one of the windows that `GongPlanOperator` returns for the stream `calls`
    :param folder: where media land, see `gong_airflow.media.folder.MediaFolder`
    :param kinds: `audio`, `video`, or both; a text with commas or a list
    :param include_private: download media of private calls too
    :param plan_task_id: the task that returned the windows
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "window", "kinds", "include_private")

    def __init__(
        self,
        *,
        window: Mapping[str, Any],
        folder: MediaFolder,
        kinds: Sequence[str] | str,
        include_private: bool | str = False,
        plan_task_id: str = "plan_windows",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.window = window
        self.folder = folder
        self.kinds = kinds
        self.include_private = include_private
        self.plan_task_id = plan_task_id

    @property
    def label(self) -> str:
        """For `map_index_template`: the window's name and, after a failed attempt, why."""
        return f"{self.window['name']}{self.why_not}"[:250]

    def work(self, context: Any) -> dict[str, Any]:
        """Read the window to its end."""
        from gong_airflow.media.download import Downloader
        from gong_airflow.media.kinds import chosen
        from gong_airflow.media.session import media_session
        from gong_airflow.media.window import MediaReader

        settings = self.hook.settings
        with media_session(verify=settings.verify, proxies=settings.proxies) as session:
            counts = MediaReader(
                window=self.window,
                call=self.hook.call,
                folder=self.folder,
                store=CursorStore(context, plan_task_id=self.plan_task_id, window=self.window),
                downloader=Downloader(session),
                kinds=chosen(self.kinds),
                run_id=context["run_id"],
                include_private=str(self.include_private).lower() == "true",
            ).read()
        self.log.info("Window %s is complete: %s", self.window["name"], counts)
        return {"window": self.window["name"], "records": counts, "traffic": self.hook.traffic.as_dict()}
