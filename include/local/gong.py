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
CREDENTIALS = (KEY, SECRET, TOKEN)


@dataclass(frozen=True)
class Gong:
    """Base URL and credentials; an empty `login` makes `password` a bearer token."""

    base_url: str
    login: str
    password: str = field(repr=False)
    emulated: bool = False

    def environment(self) -> dict[str, str]:
        """The variables from which the settings as code write the connection."""
        credentials = {KEY: self.login, SECRET: self.password} if self.login else {TOKEN: self.password}
        return {BASE_URL: self.base_url, **dict.fromkeys(CREDENTIALS, ""), **credentials}


def chosen(emulator_port: int) -> Gong:
    """The Gong of GONG_BASE_URL, or else the emulator at `emulator_port`.

    :raises settings.SettingError: there is a base URL without credentials, or credentials without one
    """
    base_url = settings.text(BASE_URL)
    key, secret, token = (settings.text(name) for name in CREDENTIALS)
    if not base_url:
        if key or secret or token:
            raise settings.SettingError(
                f"There are credentials for Gong in the environment but no {BASE_URL}: set it to your "
                "company's address (Gong shows it under Company settings > Ecosystem > API), or unset "
                f"{', '.join(CREDENTIALS)} to run against the emulator."
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
