"""A program of its own that lets espeak-ng speak lines: `speech` starts it and reads the samples it writes.

espeak-ng carries state from one line to the next and can end the process it runs in. In a process of its own equal
lines sound equal, whatever was said before, and a line that breaks it costs only its own sound. Needs nothing but
Python itself: it is started without site-packages.
"""

import ctypes
import json
import os
import struct
import sys
from typing import Any

_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4


def main() -> None:
    """Asked in JSON; answers the sample rate, then for each line its length in bytes and its samples."""
    asked = json.load(sys.stdin)
    library = ctypes.CDLL(asked["library"])
    # The library cuts long paths off, so the data is reached from within its folder.
    os.chdir(asked["data"])
    sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DO_NOT_EXIT)
    if sample_rate <= 0:
        sys.exit("espeak-ng found no voices")
    heard = bytearray()
    listener = _listener(heard)
    library.espeak_SetSynthCallback(listener)
    answer = sys.stdout.buffer
    answer.write(struct.pack("<i", sample_rate))
    for line in asked["lines"]:
        heard.clear()
        _say(library, line)
        answer.write(struct.pack("<i", len(heard)))
        answer.write(heard)
    answer.flush()


def _say(library: ctypes.CDLL, line: dict[str, Any]) -> None:
    if library.espeak_SetVoiceByName(line["voice"].encode()) != 0:
        library.espeak_SetVoiceByName(b"en")
    for parameter, value in ((_RATE, line["rate"]), (_PITCH, line["pitch"]), (_RANGE, line["range"])):
        library.espeak_SetParameter(parameter, value, 0)
    text = line["text"].encode()
    library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, _UTF8, None, None)


def _listener(heard: bytearray) -> Any:
    def listen(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, count * 2))
        return 0

    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    return kind(listen)


if __name__ == "__main__":
    main()
