from array import array
from pathlib import Path
from typing import Any

import pytest
from animatic_jobs import loudness, make_job, make_plain, render_to, samples_of

from runner.adapters.animatic import speech
from runner.adapters.animatic.job import AnimaticJob, SpokenLine
from runner.adapters.animatic.sound import SAMPLE_RATE, make_soundtrack
from runner.adapters.animatic.speech import Manner, SpeechTrouble, manner_of, speak_lines, speech_available


def say(text: str, voice: str = "gruff", description: str = "") -> SpokenLine:
    return SpokenLine(voice, voice, text, description)


def spoken_job(*lines: SpokenLine, **changes: Any) -> AnimaticJob:
    return make_job(**{"sound": True, "seconds": 4, "dialogue": lines, **changes})


def manner(description: str, voice: str = "anybody") -> Manner:
    return manner_of(voice, description, "Good evening.")


def test_a_voice_is_the_same_wherever_it_speaks() -> None:
    assert manner_of("gruff", "", "One thing.") == manner_of("gruff", "", "Another.")


def test_voices_of_different_names_sound_different() -> None:
    assert len({manner("", voice) for voice in ("ada", "ben", "cyd", "dan", "eve", "fay", "gus", "hal")}) == 8


def test_a_description_shapes_pitch_and_pace() -> None:
    assert manner("deep and hoarse").pitch < manner("").pitch < manner("a high, childlike one").pitch
    assert manner("unhurried").rate < manner("").rate < manner("quick, breathless").rate
    assert manner("monotone").range < manner("").range < manner("lively").range


def test_a_description_says_who_speaks_and_how() -> None:
    assert manner("an old woman").variant.startswith("f")
    assert manner("a young man").variant.startswith("m")
    assert manner("a whispering woman").variant == "whisperf"
    assert manner("with a german accent").language == "de"


def test_a_line_is_read_in_the_language_it_is_written_in() -> None:
    assert [manner_of("x", "", text).language for text in ("Hello", "Привет", "こんにちは", "你好")] == [
        "en",
        "ru",
        "ja",
        "cmn",
    ]


def test_a_spoken_line_is_heard_where_its_caption_stands() -> None:
    track = make_soundtrack(spoken_job(say("One more night, old girl.")))
    (line,) = track.lines
    begin, end = round(line.begin * SAMPLE_RATE), round(line.end * SAMPLE_RATE)
    assert loudness(track.samples[begin:end]) > -30
    assert loudness(track.samples[:begin]) < -45
    assert loudness(track.samples[end:]) < -45
    assert track.remark is None


def test_equal_lines_sound_equal_whatever_was_said_before() -> None:
    line = say("One more night.")
    before = speak_lines([line])
    speak_lines([say("Something else altogether, and louder!", "bright")])
    assert speak_lines([line]) == before


def test_two_voices_say_the_same_words_differently() -> None:
    first, second = speak_lines([say("One more night.", "gruff"), say("One more night.", "bright")]).lines
    assert first != second


def test_lines_follow_each_other_within_the_clip() -> None:
    job = spoken_job(say("One more night."), say("And then the tide.", "bright"), seconds=5)
    one, other = make_soundtrack(job).lines
    assert 0 < one.begin < one.end < other.begin < other.end < 5


def test_too_much_talk_is_spoken_faster_and_cut_at_the_end() -> None:
    words = "and the lamp goes round and round above the water " * 3
    alone = speak_lines([say(words)]).seconds[0]
    (hurried,) = make_soundtrack(spoken_job(say(words), seconds=7)).lines
    assert hurried.end - hurried.begin < alone
    track = make_soundtrack(spoken_job(say(words * 4), seconds=3))
    assert len(track.samples) == 3 * SAMPLE_RATE
    assert track.lines[0].end < 3
    assert track.remark == "more is said than the clip is long"


@pytest.mark.parametrize("text", ["", "   ", "\0", "...", "🎬", "a" * 4000, "<speak>&amp;</speak>", "日本語"])
def test_no_text_breaks_speech(text: str) -> None:
    assert len(speak_lines([say(text)]).lines) == 1


def test_the_clip_carries_the_voice(tmp_path: Path) -> None:
    plain = make_plain(tmp_path, (90, 90, 90))
    spoken = samples_of(render_to(tmp_path, sound=True, seconds=2, dialogue=(say("Light."),), first_frame=plain))
    hushed = samples_of(render_to(tmp_path, sound=True, seconds=2, first_frame=plain))
    assert loudness(spoken) > loudness(hushed) + 12


def test_a_room_without_talk_is_hardly_audible() -> None:
    track = make_soundtrack(make_job(sound=True, seconds=3))
    assert len(track.samples) == 3 * SAMPLE_RATE
    assert -70 < loudness(track.samples) < -45


def test_a_silent_clip_has_captions_all_the_same() -> None:
    track = make_soundtrack(make_job(dialogue=(say("One more night."), say("And the tide."))))
    assert track.samples == array("h")
    assert len(track.lines) == 2
    assert track.lines[-1].end <= 1


def test_without_the_extra_the_clip_says_that_nobody_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "find_spec", lambda name: None)
    assert not speech_available()
    track = make_soundtrack(spoken_job(say("One more night.")))
    assert track.remark == "voices not heard: the speech extra is not installed"
    assert len(track.lines) == 1
    assert loudness(track.samples) < -45


def test_a_speaker_that_breaks_down_is_said_in_the_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    import espeakng_loader

    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: "/nowhere")
    with pytest.raises(SpeechTrouble, match="espeak-ng did not speak"):
        speak_lines([say("One more night.")])
    remark = make_soundtrack(spoken_job(say("One more night."))).remark
    assert remark is not None
    assert remark.startswith("voices not heard: espeak-ng did not speak")
