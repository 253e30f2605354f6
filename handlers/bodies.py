"""Reads request bodies with a limit, before anybody looks into them."""

from __future__ import annotations

from aiohttp import web


async def read_body(request: web.Request, *, largest: int) -> bytes:
    """The raw bytes. Raises HTTP 413 as soon as there are more than `largest`."""
    declared = request.content_length
    if declared is not None and declared > largest:
        raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=declared)
    body = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        body += chunk
        if len(body) > largest:
            raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=len(body))
    return bytes(body)
