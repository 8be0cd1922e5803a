"""The words of Kling's older interface: its envelope, its errors, and how it shows a task. No rules on requests."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import uuid4

from runner.core.canonical import Json
from runner.sandbox.dialect import FailureKind, Job, Phase, RefusalKind, Reply

_UNIT: Final = Decimal("0.14")
_STATUS: Final[Mapping[Phase, str]] = {
    Phase.SUBMITTED: "submitted",
    Phase.PROCESSING: "processing",
    Phase.SUCCEEDED: "succeed",
    Phase.FAILED: "failed",
    # What was made of it is gone, the task is not.
    Phase.DELETED: "succeed",
}
# HTTP status, code and message; `{}` is what it is about.
_REFUSALS: Final[Mapping[RefusalKind, tuple[int, int, str]]] = {
    RefusalKind.TOO_FAST: (429, 1302, "The API request is too fast, exceeding the platform rate limit"),
    RefusalKind.TOO_MANY: (429, 1303, "parallel task over resource pack limit"),
    RefusalKind.NO_BALANCE: (429, 1102, "Account balance not enough"),
    RefusalKind.SERVER_ERROR: (500, 5000, "Server internal error"),
    RefusalKind.BAD_GATEWAY: (502, 5000, "Bad gateway"),
    RefusalKind.UNAVAILABLE: (503, 5001, "Server temporarily unavailable, maintenance"),
    RefusalKind.TIMED_OUT: (504, 5002, "Server internal timeout"),
    RefusalKind.NAME_TAKEN: (400, 1201, "External_task_id {} already exists"),
    RefusalKind.NO_SUCH_JOB: (400, 1201, "Task not found by id/external id: {}"),
    RefusalKind.NO_SUCH_PATH: (404, 1203, "The requested resource does not exist"),
    RefusalKind.MODERATION: (400, 1301, "Trigger the content security policy of the platform"),
    RefusalKind.PRODUCT_GONE: (400, 1201, "{} already be deleted"),
}
# Its page of errors, row by row: HTTP status and message by code.
ERRORS: Final[Mapping[str, tuple[int, str]]] = {
    "1000": (401, "Authentication failed"),
    "1001": (401, "Authorization is empty"),
    "1002": (401, "Authorization is invalid"),
    "1003": (401, "Authorization is not yet valid"),
    "1004": (401, "Authorization has expired"),
    "1100": (429, "Account exception"),
    "1101": (429, "Account in arrears (postpaid scenario)"),
    "1102": (429, "Account balance not enough"),
    "1103": (403, "Unauthorized access to requested resource, such as API/model"),
    "1200": (400, "Invalid request parameters"),
    "1201": (400, "Invalid parameters, such as incorrect key or illegal value"),
    "1202": (404, "The requested method is invalid"),
    "1203": (404, "The requested resource does not exist, such as the model"),
    "1300": (400, "Trigger strategy of the platform"),
    "1301": (400, "Trigger the content security policy of the platform"),
    "1302": (429, "The API request is too fast, exceeding the platform rate limit"),
    "1303": (429, "parallel task over resource pack limit"),
    "1304": (429, "Trigger the platform's IP whitelisting policy"),
    "5000": (500, "Server internal error"),
    "5001": (503, "Server temporarily unavailable, usually due to maintenance"),
    "5002": (504, "Server internal timeout, usually due to a backlog"),
}
FAILURES: Final[Mapping[FailureKind, str]] = {
    FailureKind.MODERATION: "Failure to pass the risk control system",
    FailureKind.BAD_PICTURE: "The resolution or aspect ratio of the input image is invalid. "
    "Please ensure it meets the required specifications.",
    FailureKind.UPSTREAM: "Internal error, please try again",
}


def refuse(kind: RefusalKind, detail: str = "") -> Reply:
    status, code, message = _REFUSALS[kind]
    return error(status, code, message.format(detail))


def answer_error(code: str) -> Reply:
    status, message = ERRORS[code]
    return error(status, int(code), message)


def error(status: int, code: int, message: str) -> Reply:
    return Reply(status, {"code": code, "message": message, "request_id": str(uuid4())})


def complain(message: str) -> Reply:
    """A key or a value is wrong."""
    return error(400, 1201, message)


def envelope(data: Json) -> Reply:
    return Reply(200, {"code": 0, "message": "SUCCEED", "request_id": str(uuid4()), "data": data})


def show_created(job: Job) -> dict[str, Json]:
    return {
        "task_id": job.id,
        "task_info": _names(job),
        "task_status": job.odd_word or _STATUS[job.phase],
        "created_at": job.created,
        "updated_at": job.updated,
    }


def show_task(job: Job, result: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """`result` of what is no clip."""
    record = show_created(job)
    record["task_status_msg"] = FAILURES[job.failure or FailureKind.UPSTREAM] if job.phase is Phase.FAILED else ""
    if job.wanted.product == "video":
        record["watermark_info"] = {"enabled": job.wanted.has_watermark}
    if job.phase in {Phase.SUCCEEDED, Phase.DELETED}:
        record["task_result"] = {"videos": [_video(job)]} if result is None else result
        record["final_unit_deduction"] = count_units(job.wanted.price)
    return record


def count_units(price: Decimal | None) -> str:
    """A price as units of a resource pack; `0` where none is known."""
    units = ((price or Decimal(0)) / _UNIT).normalize()
    return f"{units:f}"


def watermarked(url: str | None) -> str | None:
    """The same clip here: nothing is drawn onto it."""
    return None if url is None else f"{url}&watermark=1"


def page_of(jobs: Sequence[Job], query: Mapping[str, str], most: int = 500) -> Sequence[Job] | Reply:
    """`pageNum` and `pageSize` of a list."""
    number, size = query.get("pageNum", "1"), query.get("pageSize", "30")
    if not (number.isdecimal() and 1 <= int(number) <= 1000):
        return complain(f"pageNum must be between 1 and 1000, is {number}")
    if not (size.isdecimal() and 1 <= int(size) <= most):
        return complain(f"pageSize must be between 1 and {most}, is {size}")
    begin = (int(number) - 1) * int(size)
    return jobs[begin : begin + int(size)]


def _video(job: Job) -> dict[str, Json]:
    video: dict[str, Json] = {"id": f"{job.id}1", "url": job.url, "duration": job.length}
    if job.wanted.has_watermark:
        video["watermark_url"] = watermarked(job.url)
    return video


def _names(job: Job) -> dict[str, Json]:
    return {"external_task_id": job.wanted.external_id} if job.wanted.external_id else {}
