"""The errors that fal's two pages of them list, by type: those of the platform, and those of a model.

Of the second page only what a request here can meet: clips, pictures and sounds that are handed in, not archives.
"""

from collections.abc import Mapping
from typing import Final

# HTTP status and description (fal.ai/docs/documentation/model-apis/request-errors).
PLATFORM_ERRORS: Final[Mapping[str, tuple[int, str]]] = {
    "request_timeout": (504, "Request timed out"),
    "startup_timeout": (504, "The runner did not start in time"),
    "runner_scheduling_failure": (503, "No runner could be allocated"),
    "runner_connection_timeout": (503, "The connection to the runner timed out"),
    "runner_disconnected": (503, "The runner disconnected"),
    "runner_connection_refused": (503, "The runner refused the connection"),
    "runner_connection_error": (503, "The connection to the runner failed"),
    "runner_incomplete_response": (502, "The runner sent an incomplete response"),
    "runner_server_error": (500, "The runner met an error"),
    "client_disconnected": (499, "The client closed the connection"),
    "client_cancelled": (499, "The request was cancelled by the client"),
    "bad_request": (400, "The request was malformed"),
    "internal_error": (500, "Internal server error"),
}
# Of a model: all of its checks of an input are a 422 (fal.ai/docs/documentation/model-apis/errors).
_OTHER: Final[Mapping[str, int]] = {
    "internal_server_error": 500,
    "generation_timeout": 504,
    "downstream_service_error": 400,
    "downstream_service_unavailable": 500,
}
_INPUT: Final = (
    *("content_policy_violation", "no_media_generated", "missing", "feature_not_supported", "face_detection_error"),
    *("image_too_small", "image_too_large", "image_load_error", "unsupported_image_format"),
    *("file_download_error", "file_too_large"),
    *("greater_than", "greater_than_equal", "less_than", "less_than_equal", "multiple_of", "one_of"),
    *("sequence_too_short", "sequence_too_long"),
    *("audio_duration_too_long", "audio_duration_too_short", "unsupported_audio_format"),
    *("video_duration_too_long", "video_duration_too_short", "unsupported_video_format"),
)
MODEL_ERRORS: Final[Mapping[str, int]] = {**_OTHER, **dict.fromkeys(_INPUT, 422)}
