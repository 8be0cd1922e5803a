"""A double of the gateways on loopback: answers as they document, counts what it charged, misbehaves on request.

The doors are `server` (needs starlette and uvicorn), `options` and `faults`; nothing is imported here.
"""
