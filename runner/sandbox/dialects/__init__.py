"""How each gateway speaks. The list of them is written out here; what each one knows is in its own room."""

from runner.sandbox.dialect import Dialect
from runner.sandbox.options import SandboxOptions


def make_dialects(options: SandboxOptions) -> tuple[Dialect, ...]:
    """Afresh for each sandbox, since some remember the call they are at."""
    from runner.sandbox.dialects.aimlapi import Aimlapi
    from runner.sandbox.dialects.fal import Fal
    from runner.sandbox.dialects.kkiai import Answers, Kkiai
    from runner.sandbox.dialects.kling import Kling
    from runner.sandbox.dialects.kling_next import KlingNext
    from runner.sandbox.dialects.mule import Mule, StatusWords
    from runner.sandbox.dialects.piapi import Piapi
    from runner.sandbox.dialects.replicate import Replicate

    return (
        Mule(StatusWords(options.mule_words)),
        Kkiai(Answers(options.kkiai_answers)),
        Kling(options.kling_keys),
        KlingNext(),
        Aimlapi(),
        Fal(),
        Replicate(),
        Piapi(),
    )
