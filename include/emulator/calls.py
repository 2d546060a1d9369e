"""The operations that read calls: list, one by id, extensive, transcript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from include.emulator.bodies import CallsFilter, ContentSelector, ExtensiveBody, TranscriptBody
from include.emulator.clock import from_micros
from include.emulator.cursors import LIFE_SECONDS, Cursor, CursorCodec
from include.emulator.dataset import CallQuery, Position
from include.emulator.errors import NO_CALLS, ApiError
from include.emulator.exchange import Exchange
from include.emulator.media import signed_url
from include.emulator.operations import Operation
from include.emulator.paging import Page, render_all
from include.emulator.records import Call
from include.emulator.rendering import render_extensive, render_metadata
from include.emulator.selector import Selector
from include.emulator.state import Emulator
from include.emulator.transcripts import render_transcript
from include.emulator.validation import parse_body, parse_instant, parse_range

MEDIA_SCOPE = "api:calls:read:media-url"


async def list_calls(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/calls``: metadata only; web conferences are filtered by their scheduled time."""
    given = exchange.query
    since, before = parse_range(given.get("fromDateTime"), given.get("toDateTime"))
    query = CallQuery(since, before, given.get("workspaceId"), by_schedule=True)
    return await _page(
        emulator, exchange, query, cursor_text=given.get("cursor"), array="calls", render=_metadata(emulator)
    )


async def get_call(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/calls/{id}``: 404 until the call is visible."""
    number = exchange.path_params["id"]
    call = emulator.dataset.calls.get(number)
    if call is None or not call.is_visible(emulator.clock.micros()):
        raise ApiError(404, [f"Call ID {number} was not found"])
    return [b'"call":', _metadata(emulator)(call)]


async def list_extensive(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/calls/extensive``: everything that the content selector names."""
    body = parse_body(exchange, exchange.body or b"", ExtensiveBody)
    selector = resolve_selector(body.content_selector or ContentSelector())
    if selector.has("media") and exchange.credential is not None:
        exchange.credential.require(MEDIA_SCOPE)
    query = _query(body.filter)
    now, secret = emulator.clock.now(), emulator.media.secret

    def address(call: Call, kind: str) -> str:
        host = exchange.headers["host"]
        return signed_url(host, secret, call.id, kind, request_id=exchange.request_id, now=now)

    def render(call: Call) -> bytes:
        key = (call.id, call.version, selector)
        document = emulator.cache.get(key, lambda: render_extensive(call, selector))
        if not selector.has("media") or "media" in call.lacks:
            return document + b"}"
        urls = f',"media":{{"audioUrl":"{address(call, "audio")}"'
        if call.media == "Video":
            urls += f',"videoUrl":"{address(call, "video")}"'
        return document + urls.encode() + b"}}"

    return await _page(emulator, exchange, query, cursor_text=body.cursor, array="calls", render=render)


async def list_transcripts(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/calls/transcript``: calls without a visible transcript are left out."""
    body = parse_body(exchange, exchange.body or b"", TranscriptBody)
    query = replace(_query(body.filter), host_ids=None, transcripts=True)

    def render(call: Call) -> bytes:
        return emulator.cache.get((call.id, call.version, "transcript"), lambda: render_transcript(call))

    return await _page(
        emulator, exchange, query, cursor_text=body.cursor, array="callTranscripts", render=render
    )


def resolve_selector(given: ContentSelector) -> Selector:
    """The selector with its defaults; 400 for combinations that the OpenAPI document rules out."""
    context = given.context or "None"
    if given.context_timing is not None and context != "Extended":
        raise ApiError(400, ["contentSelector.contextTiming: can be provided only when context is Extended"])
    exposed = given.exposed_fields.model_dump(by_alias=True) if given.exposed_fields else {}
    parts: set[str] = set()
    for name, value in exposed.items():
        inner = value if isinstance(value, dict) else {name: value}
        parts.update(part for part, wanted in inner.items() if wanted)
    if "trackerOccurrences" in parts and "trackers" not in parts:
        path = "contentSelector.exposedFields.content.trackerOccurrences"
        raise ApiError(400, [f"{path}: must be used in combination with trackers"])
    return Selector(context, tuple(dict.fromkeys(given.context_timing or ("Now",))), frozenset(parts))


def _query(given: CallsFilter) -> CallQuery:
    since, before = parse_range(given.from_date_time, given.to_date_time, "filter.")
    for name, ids in (("callIds", given.call_ids), ("primaryUserIds", given.primary_user_ids)):
        if ids is not None and not ids:
            raise ApiError(400, [f"filter.{name}: must not be empty"])
    return CallQuery(
        since,
        before,
        given.workspace_id,
        None if given.call_ids is None else frozenset(given.call_ids),
        None if given.primary_user_ids is None else frozenset(given.primary_user_ids),
    )


def _metadata(emulator: Emulator) -> Callable[[Call], bytes]:
    return lambda call: emulator.cache.get((call.id, call.version, "metaData"), lambda: render_metadata(call))


async def _page(
    emulator: Emulator,
    exchange: Exchange,
    query: CallQuery,
    *,
    cursor_text: str | None,
    array: str,
    render: Callable[[Call], bytes],
) -> list[bytes]:
    """One page: the first counts and starts the cursor's hour, the others go on after the last call given."""
    now = emulator.clock.micros()
    codec = CursorCodec(
        emulator.cursor_secret, f"{exchange.template}|{query.binding()}", emulator.options.page_size
    )
    after: Position | None = None
    if cursor_text:
        cursor = codec.decode(cursor_text, now / 1_000_000, ("time", "callId"))
        after = (parse_instant(cursor.position["time"], "cursor") or 0, int(cursor.position["callId"]))
    else:
        total = emulator.dataset.total(query, now)
        if not total:
            raise ApiError(404, [NO_CALLS])
        cursor = Cursor({}, total, -1, now // 1_000_000 + LIFE_SECONDS)
    found = emulator.dataset.page(query, now, after, codec.page_size + 1)
    calls = found[: codec.page_size]
    last = calls[-1] if calls else None
    here = cursor.next(_position(query.at(last), last.number) if last else cursor.position)
    exchange.fresh_cursor = lambda: codec.encode(replace(here, position=_position(0, 0)))
    rows = await render_all(emulator.rendering, calls, render)
    return Page(array, rows, here, len(found) > codec.page_size).render(codec)


def _position(micros: int, number: int) -> dict[str, object]:
    """Keyset of the last call given; the time as in decoded cursors, with a fraction only if there is one."""
    return {"callId": number, "time": from_micros(micros).isoformat().replace("+00:00", "Z")}


OPERATIONS = [
    Operation("GET", "/v2/calls", "api:calls:read:basic", list_calls, "calls"),
    Operation("GET", "/v2/calls/{id}", "api:calls:read:basic", get_call),
    Operation("POST", "/v2/calls/extensive", "api:calls:read:extensive", list_extensive, "calls"),
    Operation(
        "POST", "/v2/calls/transcript", "api:calls:read:transcript", list_transcripts, "callTranscripts"
    ),
]
