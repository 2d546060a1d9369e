"""Which Gong the project runs against: the emulator, or the one that the environment names."""

from __future__ import annotations

from dataclasses import dataclass, field

from include import settings
from include.emulator.options import Options

BASE_URL, KEY, SECRET, TOKEN = (
    "GONG_BASE_URL",
    "GONG_ACCESS_KEY",
    "GONG_ACCESS_KEY_SECRET",
    "GONG_ACCESS_TOKEN",
)
APP = ("GONG_CLIENT_ID", "GONG_CLIENT_SECRET", "GONG_REFRESH_TOKEN")
TOKEN_URL = "GONG_TOKEN_URL"  # noqa: S105 - the name of a variable
CREDENTIALS = (KEY, SECRET, TOKEN, *APP, TOKEN_URL)


@dataclass(frozen=True)
class Gong:
    """Base URL and credentials; an empty `login` makes `password` a bearer token.

    :param app: instead of both, the variables of an OAuth app; then `base_url` names the app, for people and
        for telling one company's data from another's
    """

    base_url: str
    login: str
    password: str = field(repr=False)
    emulated: bool = False
    app: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def oauth(self) -> bool:
        """Whether `gong_token` has to run before anything else."""
        return bool(self.app)

    def environment(self) -> dict[str, str]:
        """The variables from which the settings as code write the connection."""
        none = dict.fromkeys((BASE_URL, *CREDENTIALS), "")
        if self.oauth:
            return none | self.app
        credentials = {KEY: self.login, SECRET: self.password} if self.login else {TOKEN: self.password}
        return none | {BASE_URL: self.base_url} | credentials


def chosen(emulator_port: int) -> Gong:
    """The Gong of GONG_BASE_URL or of the OAuth app GONG_CLIENT_ID, or else the emulator at `emulator_port`.

    :raises settings.SettingError: there is a base URL without credentials, or credentials without one
    """
    base_url = settings.text(BASE_URL)
    key, secret, token = (settings.text(name) for name in (KEY, SECRET, TOKEN))
    if any(settings.text(name) for name in APP):
        return _of_app(base_url, keys=bool(key or secret or token))
    if not base_url:
        if key or secret or token:
            raise settings.SettingError(
                f"There are credentials for Gong in the environment but no {BASE_URL}: set it to your "
                "company's address (Gong shows it under Company settings > Ecosystem > API), or unset "
                f"{KEY}, {SECRET} and {TOKEN} to run against the emulator."
            )
        return Gong(
            f"http://127.0.0.1:{emulator_port}", Options.access_key, Options.access_key_secret, emulated=True
        )
    if key and secret:
        return Gong(base_url, key, secret)
    if token and not (key or secret):
        return Gong(base_url, "", token)
    raise settings.SettingError(
        f"{BASE_URL} is set: set {KEY} and {SECRET} as well, or {TOKEN} alone for a bearer token."
    )


def _of_app(base_url: str, *, keys: bool) -> Gong:
    app = {name: value for name in (BASE_URL, *APP, TOKEN_URL) if (value := settings.text(name))}
    if keys or not set(APP) <= set(app):
        raise settings.SettingError(
            f"For OAuth set {', '.join(APP)} (and {BASE_URL} or not), and neither {KEY} nor {TOKEN}."
        )
    return Gong(base_url or f"OAuth app {app[APP[0]]}", "", "", app=app)
