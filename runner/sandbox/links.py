"""Addresses of finished clips: signed, good for some time, and withdrawn when a script says so."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Final
from urllib.parse import quote

# One gateway's ids have slashes.
PATH: Final = "/files/{gateway}/{job:path}/clip.mp4"


@dataclass(slots=True)
class Links:
    # Seconds a link is good for.
    lifetime: float
    _secret: bytes = field(default_factory=lambda: token_bytes(16))
    # Of a job: links of earlier editions are withdrawn.
    _edition: dict[str, int] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)

    def make(self, origin: str, gateway: str, job: str, now: float) -> str:
        edition, expires = self._edition.get(job, 0), int(now + self.lifetime)
        path = f"/files/{quote(gateway)}/{quote(job)}/clip.mp4"
        return f"{origin}{path}?edition={edition}&expires={expires}&signature={self._sign(job, edition, expires)}"

    def is_good(self, job: str, query: Mapping[str, str], now: float) -> bool:
        edition, expires = query.get("edition", ""), query.get("expires", "")
        if not (edition.isdecimal() and expires.isdecimal()) or job in self._gone:
            return False
        signed = self._sign(job, int(edition), int(expires))
        is_signed = hmac.compare_digest(signed.encode(), query.get("signature", "").encode())
        return is_signed and int(edition) == self._edition.get(job, 0) and now < int(expires)

    def withdraw(self, job: str) -> None:
        """Asking after the job gives a new one."""
        self._edition[job] = self._edition.get(job, 0) + 1

    def remove(self, job: str) -> None:
        self._gone.add(job)

    def _sign(self, job: str, edition: int, expires: int) -> str:
        return hmac.new(self._secret, f"{job} {edition} {expires}".encode(), "sha256").hexdigest()[:32]
