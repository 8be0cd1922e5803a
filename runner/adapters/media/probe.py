"""What a clip is, learned by decoding all of it: what passes here can be played from its first picture to its last."""

from fractions import Fraction
from pathlib import Path

from runner.adapters.media.clip import (
    audio_of,
    decoded,
    decoded_sound,
    is_of,
    length_of,
    opened,
    steady_rate,
    time_of,
    video_of,
    whole_packets,
)
from runner.adapters.media.pixels import upright_size
from runner.model.outside import MediaTrouble
from runner.model.take import ClipFacts


def probe_clip(clip: Path) -> ClipFacts:
    with opened(clip) as container:
        video, audio = video_of(container), audio_of(container)
        first = last = None
        frames, heard = 0, Fraction(0)
        for packet in whole_packets(container):
            if is_of(packet, video):
                for frame in decoded(packet, container):
                    frames += 1
                    first = first or frame
                    last = frame if last is None or time_of(frame) >= time_of(last) else last
            elif audio is not None and is_of(packet, audio):
                # Decoded, so that an encoder's run-up, which nobody hears, is not counted.
                heard += sum(
                    (Fraction(frame.samples, frame.sample_rate) for frame in decoded_sound(packet)), Fraction(0)
                )
        if first is None or last is None:
            raise MediaTrouble(f"`{clip.name}` has no picture in it")
        duration = time_of(last) + length_of(last, video) - time_of(first)
        width, height = upright_size(first)
        return ClipFacts(
            width=width,
            height=height,
            frames=frames,
            duration=duration,
            frames_per_second=steady_rate(frames, duration, video),
            video_codec=video.codec_context.name,
            audio_codec=None if audio is None else audio.codec_context.name,
            audio_duration=None if audio is None else heard,
        )
