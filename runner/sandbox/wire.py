"""HTTP/1.1 with a way to cut the connection: what no web framework offers, and gateways do.

An application finds the connection of a request in its state, and closes it as it likes.
"""

import asyncio
import socket
import struct
from typing import Final

from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_STATE: Final = "connection"
_OTHERS: Final = "connections"
# Closing with this on sends a reset, and drops what was not sent yet.
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class CuttableProtocol(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the class above
        super().connection_made(transport)
        self.app_state = {**self.app_state, _STATE: transport, _OTHERS: self.connections}


def cut_others(request: Request) -> int:
    """Every connection of the server but the request's own, each with a reset."""
    state = request.scope["state"]
    transports = [protocol.transport for protocol in list(state[_OTHERS])]
    others = [transport for transport in transports if transport is not state[_STATE]]
    for transport in others:
        _reset(transport)
    return len(others)


def _reset(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


class Cut:
    """An ASGI response that closes the connection: at once with a reset, or after a part of an answer."""

    def __init__(
        self, request: Request, status: int = 0, headers: dict[str, str] | None = None, part: bytes = b""
    ) -> None:
        self._transport: asyncio.Transport = request.scope["state"][_STATE]
        self._status = status
        self._headers = headers or {}
        self._part = part

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # as ASGI has it
        if self._status:
            headers = [(name.encode(), value.encode()) for name, value in self._headers.items()]
            await send({"type": "http.response.start", "status": self._status, "headers": headers})
            await send({"type": "http.response.body", "body": self._part, "more_body": True})
            self._transport.close()
        else:
            _reset(self._transport)
        # The server takes an answer cut short for our mistake unless it knows the connection to be gone.
        while (await receive())["type"] != "http.disconnect":
            pass
