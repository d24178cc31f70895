"""A profile drawn with matplotlib, where that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forerun.profiler._drawing import bars, colors

if TYPE_CHECKING:
    from forerun.profiler._profile import Profile

__all__ = ["figure"]


def figure(profile: Profile) -> Any:  # noqa: ANN401
    """Draw threads, steps and memory, one below the other."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "plot: needs matplotlib (pip install matplotlib); "
            "report('run.html') needs nothing"
        ) from None
    read = profile._now()
    drawn = Figure(figsize=(11, 7), layout="constrained")
    threads, steps, memory = drawn.subplots(3, 1, height_ratios=[3, 2, 2])
    shown = bars(read)
    color = colors(shown)
    for bar in shown:
        threads.barh(
            bar.thread,
            (bar.end - bar.begin) / 1e6,
            left=bar.begin / 1e6,
            color=color(bar),
            height=0.4 if bar.kind == "issue" else 0.8,
        )
    threads.set_yticks(range(len(read.threads)), read.threads)
    threads.set_xlabel("ms")
    rows = profile.steps().rows
    bottom = [0.0] * len(rows)
    for key in ("issuing", "python", "waiting"):
        values = [row[key] / 1e6 for row in rows]
        steps.bar(range(len(rows)), values, bottom=bottom, label=key)
        bottom = [a + b for a, b in zip(bottom, values, strict=True)]
    steps.plot([row["running"] / 1e6 for row in rows], "k.", label="running")
    steps.set_xlabel("step")
    steps.set_ylabel("ms")
    if rows:
        steps.legend()
    points = read.memory()
    memory.step(
        [time / 1e6 for time, _ in points],
        [live / 1e6 for _, live in points],
        where="post",
    )
    memory.set_xlabel("ms")
    memory.set_ylabel("MB held")
    return drawn
