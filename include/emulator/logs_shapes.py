"""What log entries say: ``logRecord``, another shape for each type, as raw as recorded ones are.

Recorded of user activity: client addresses, e-mail addresses, the parameters of requests with login JWTs. The
members are invented. Addresses are of the ranges reserved for documentation.
"""

from __future__ import annotations

import json
import random
from urllib.parse import quote

import jwt

from include.emulator.company import Person, User
from include.emulator.ids import gong_id
from include.emulator.kinds import Record
from include.emulator.records import Call

_AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/120.0.6099.109 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
    "okhttp/4.9.3",
)
_PAGES = ("/home", "/calls", "/deals?view=12", "/stats/team?from=2026-01-01", "/library", "/settings/users")
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")


class Shapes:
    """Makes ``logRecord`` objects from one stream of random numbers; ``key`` signs the login tokens."""

    def __init__(self, rng: random.Random, key: str) -> None:
        self._rng = rng
        self._key = key

    def access(self, user: User) -> Record:
        """An HTTP request of a browser; one in five is the end of a login."""
        client = self._v4()
        page = self._rng.choice(_PAGES)
        if self._rng.random() < 0.2:
            page = f"/login/sso?jwt={self._token(user)}&email={quote(str(user.person.email), safe='')}"
        return {
            "clientIp": client,
            "forwardedFor": f"{client}, {self._v6()}, 10.0.3.7",
            "httpMethod": "GET",
            "httpStatus": self._rng.choice((200, 200, 200, 302, 403)),
            "requestUri": page,
            "userAgent": self._rng.choice(_AGENTS),
            "responseTimeMillis": self._rng.randrange(12, 900),
            "cookie": f"SESSION={self._hex()}; region=us",
        }

    def activity(self, user: User) -> Record:
        """Something that a user did: a login, a setting, a share, an export."""
        return self._rng.choice((self._login, self._setting, self._share, self._export))(user)

    def _login(self, user: User) -> Record:
        inner = json.dumps({"token": self._token(user), "device": {"ip": self._v6(), "trusted": True}})
        return {
            "activityType": "LOGIN",
            "clientIpAddress": self._v6(),
            "requestParameters": {
                "jwt": [self._token(user)],
                "email": [user.person.email],
                "next": ["/home"],
            },
            "context": json.dumps({"user": {"id": user.id, "email": user.person.email}, "payload": inner}),
        }

    def _setting(self, user: User) -> Record:
        return {
            "activityType": "USER_SETTINGS_CHANGED",
            "clientIpAddress": self._v4(),
            "targetUser": {"id": user.id, "fullName": user.person.name, "emailAddress": user.person.email},
            "changes": [
                {"name": "phoneNumber", "before": None, "after": user.person.phone},
                {"name": "emailsImported", "before": False, "after": True},
            ],
            "requestParameters": {"apiKey": [self._hex()], "X-Forwarded-For": [f"[{self._v6()}]:443"]},
        }

    def _share(self, user: User) -> Record:
        return {
            "activityType": "CALL_SHARED",
            "clientIpAddress": f"::ffff:{self._v4()}",
            "callId": gong_id(self._rng),
            "recipients": {str(user.person.email): {"role": "viewer"}},
            "message": f"Please listen to this. {user.person.name} <{user.person.email}>",
        }

    def _export(self, user: User) -> Record:
        body = f"email={quote(str(user.person.email), safe='')}&password={self._hex()}&format=csv"
        return {
            "activityType": "REPORT_EXPORTED",
            "clientIpAddress": self._v4(),
            "rows": self._rng.randrange(1, 5_000),
            "headers": {
                "Authorization": f"Bearer {self._token(user)}",
                "User-Agent": self._rng.choice(_AGENTS),
            },
            "body": body,
        }

    def play(self, call: Call) -> Record:
        """A user listened to a part of a call."""
        start = round(self._rng.uniform(0, call.duration / 2), 1)
        return {
            "callId": call.id,
            "playStartSeconds": start,
            "playEndSeconds": round(start + self._rng.uniform(1, call.duration / 2), 1),
            "speed": self._rng.choice((1, 1.25, 1.5, 2)),
            "clientIp": self._v4() if self._rng.random() < 0.7 else self._v6(),
        }

    def shared_access(self, call: Call, viewer: Person) -> Record:
        """Somebody outside the company opened the page of a shared call."""
        return {
            "callId": call.id,
            "sharedWith": [viewer.email],
            "shareUrl": f"https://us-00001.app.gong.example/e/c-share/?tkn={self._hex()}",
            "accessedFrom": {"ip": self._v6(), "userAgent": self._rng.choice(_AGENTS)},
            "accessGranted": self._rng.random() < 0.9,
        }

    def shared_play(self, call: Call, viewer: Person) -> Record:
        """Somebody outside the company listened to a shared call."""
        return {
            "callId": call.id,
            "viewer": json.dumps({"name": viewer.name, "email": viewer.email, "phone": viewer.phone}),
            "secondsPlayed": self._rng.randrange(1, max(2, call.duration)),
            "remoteAddress": f"{self._v4()}:{self._rng.randrange(1_024, 65_536)}",
        }

    def _v4(self) -> str:
        return f"{self._rng.choice(_NETWORKS)}.{self._rng.randrange(1, 255)}"

    def _v6(self) -> str:
        return f"2001:db8:{self._rng.randrange(1, 65_536):x}::{self._rng.randrange(1, 65_536):x}"

    def _hex(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"

    def _token(self, user: User) -> str:
        claims = {
            "sub": user.id,
            "email": user.person.email,
            "exp": 1_800_000_000 + self._rng.randrange(10**6),
        }
        return jwt.encode(claims, self._key, algorithm="HS256")
