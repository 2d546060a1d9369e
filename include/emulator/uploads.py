"""The operations that bring recordings into Gong: add a call, add its media."""

from __future__ import annotations

from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.fetching import fetch
from include.emulator.intake import Upload, refusal_of_copy
from include.emulator.operations import Operation
from include.emulator.receiving import check_headers, receive_file
from include.emulator.rendering import call_url
from include.emulator.state import Emulator
from include.emulator.upload_bodies import NewCall
from include.emulator.validation import parse_body

_SCOPE = "api:calls:create"
NOT_RECORDED = "Recording is not enabled for the primary user"  # the document's words; the wire's are unknown
UNSUPPORTED_FORMAT = "Unsupported Media Type"  # recorded for a raw body, invented for a format


async def add_call(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/calls``: first the body is checked, then whether it repeats another, then who hosts it."""
    body = parse_body(exchange, exchange.body or b"", NewCall)
    wrong = body.conflicts()
    if wrong:
        raise ApiError(400, wrong)
    intake = emulator.intake
    earlier = intake.by_client_id(body.client_unique_id)
    if earlier is not None:
        given = body.client_unique_id
        text = f"A call with clientUniqueId '{given}' has already been posted for the call {earlier.call_id}"
        raise ApiError(400, [text])
    _check_company(emulator, body)
    upload = intake.announce(body, exchange.parsed_body(), emulator.clock.micros())
    if body.download_media_url is not None:
        intake.in_background(fetch(intake, upload, body.download_media_url, emulator.clock))
    return [b'"callId":"' + upload.call_id.encode() + b'"']


def _check_company(emulator: Emulator, body: NewCall) -> None:
    """400 for what the company does not have, 409 when the primary user's calls are not imported."""
    host = emulator.company.user(body.primary_user)
    if host is None:
        raise ApiError(400, [f"primaryUser: user {body.primary_user} was not found"])
    if body.workspace_id is not None and body.workspace_id not in emulator.company.workspaces:
        raise ApiError(400, [f"workspaceId: workspace {body.workspace_id} was not found"])
    address = body.download_media_url
    if address is not None and emulator.intake.by_address(address) is not None:
        raise ApiError(400, ["downloadMediaUrl: must be unique"])
    if not host.imports_calls:
        raise ApiError(409, [NOT_RECORDED])


async def add_media(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``PUT /v2/calls/{id}/media``: nothing is attached unless the whole body came and was found right."""
    number = exchange.path_params["id"]
    intake = emulator.intake
    upload = intake.uploads.get(number)
    if upload is None:
        raise _unknown(emulator, number)
    upload.puts += 1
    _check_waiting(upload)
    settings = intake.settings
    boundary = check_headers(exchange.headers, settings.maximum_bytes)
    file = await receive_file(exchange.take_receive(), boundary, settings)
    if file.media.kind is None:
        raise ApiError(415, [UNSUPPORTED_FORMAT], note="the content is none of WAV, MP3, MP4, MKV, FLAC")
    _check_waiting(upload)  # once more: another request may have been faster
    earlier = intake.by_content(file.media)
    if earlier is not None:
        raise refusal_of_copy(settings, earlier)
    upload.file_name, upload.content_type = file.name, file.content_type
    intake.attach(upload, file.media, emulator.clock.micros())
    return [f'"callId":"{number}","url":"{call_url(number)}"'.encode()]


def _unknown(emulator: Emulator, number: str) -> ApiError:
    call = emulator.dataset.calls.get(number)
    if call is not None and call.is_visible(emulator.clock.micros()):
        return _handled(number)
    return ApiError(404, [f"Call ID {number} was not found"])


def _check_waiting(upload: Upload) -> None:
    if upload.media is not None:
        raise _handled(upload.call_id)
    if upload.body.download_media_url is not None:
        text = f"Call {upload.call_id} was posted with downloadMediaUrl, its media cannot be uploaded"
        raise ApiError(400, [text])


def _handled(number: str) -> ApiError:
    return ApiError(400, [f"The media of the call {number} has already been handled"])


OPERATIONS = [
    Operation("POST", "/v2/calls", _SCOPE, add_call),
    Operation("PUT", "/v2/calls/{id}/media", _SCOPE, add_media, success=201, streams=True),
]
