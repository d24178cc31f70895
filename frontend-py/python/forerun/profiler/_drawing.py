"""The pictures of a report, as SVG: threads over time, steps, memory."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, NamedTuple

from forerun._units import bytes_text, short_line, time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from forerun import _core

__all__ = ["Bar", "bars", "colors", "memory", "steps", "timeline"]

WIDTH = 1200
LEFT = 118
# Bars that a page can show and still be quick; the longest are kept.
MANY = 6000
PALETTE = (
    "#4e79a7",
    "#f28e2b",
    "#59a14f",
    "#b07aa1",
    "#76b7b2",
    "#edc948",
    "#9c755f",
    "#ff9da7",
    "#8cd17d",
    "#499894",
    "#d37295",
    "#a0cbe8",
)
ISSUE, WAIT, PLAN, PYTHON = "#8fa3b8", "#e3c9c5", "#c5cbd3", "#d9dfe6"


class Bar(NamedTuple):
    """Something that a thread did; times are nanoseconds."""

    thread: int
    kind: str
    name: str
    begin: int
    end: int


def colors(shown: Iterable[Bar]) -> Callable[[Bar], str]:
    """Give each op a color, those that run longest different ones."""
    fixed = {"issue": ISSUE, "wait": WAIT, "plan": PLAN}
    totals: dict[str, int] = {}
    for bar in shown:
        if bar.kind == "run":
            totals[_lead(bar)] = totals.get(_lead(bar), 0) + bar.end - bar.begin
    longest = sorted(totals, key=lambda lead: -totals[lead])
    own = {lead: PALETTE[i % len(PALETTE)] for i, lead in enumerate(longest)}
    return lambda bar: fixed.get(bar.kind) or own[_lead(bar)]


def _lead(bar: Bar) -> str:
    """Name the op that a group begins with."""
    return bar.name.split(" + ")[0].removeprefix("tiles of ").split(" ")[-1]


def bars(read: _core.Profile, limit: int = MANY) -> list[Bar]:
    """List what threads did, the longest if there are too many, outer ones first."""
    ops = read.ops()
    found = [
        Bar(thread, "wait", _called(read, name, line), begin, end)
        for name, line, thread, begin, end, _ in read.blockers()
    ]
    issues = zip(
        ops["thread"], ops["name"], ops["issued"], ops["issue_end"], strict=True
    )
    found += [
        Bar(thread, "issue", f"issue {name}", begin, end)
        for thread, name, begin, end in issues
    ]
    found += [
        Bar(thread, "plan", f"plan {n} ops", begin, end)
        for thread, begin, end, n in read.plans()
    ]
    found += [
        Bar(thread, "run", label, begin, end)
        for thread, _, begin, end, label, *_ in read.runs()
    ]
    names = dict(zip(ops["seq"], ops["name"], strict=True))
    found += [
        Bar(thread, "run", f"tiles of {names.get(seq, 'an earlier op')}", begin, end)
        for thread, begin, end, seq in read.tiles()
    ]
    if len(found) > limit:
        found = sorted(found, key=lambda bar: bar.begin - bar.end)[:limit]
    return sorted(found, key=lambda bar: (bar.begin, -bar.end))


def timeline(read: _core.Profile, limit: int = MANY) -> str:
    """Draw what each thread did."""
    shown = bars(read, limit)
    color = colors(shown)
    end = max([read.duration, 1, *(bar.end for bar in shown)])
    scale = (WIDTH - LEFT - 8) / end
    order = _order(read)
    row = {thread: i for i, thread in enumerate(order)}
    height = 24 + 34 * len(order)
    pieces = [
        f'<svg id="timeline" viewBox="0 0 {WIDTH} {height}" data-left="{LEFT}" '
        f'data-wide="{WIDTH - LEFT - 8}" data-end="{end}">'
    ]
    for thread in order:
        y = 26 + 34 * row[thread]
        name = html.escape(read.threads[thread][:18])
        pieces.append(f'<text x="6" y="{y + 17}">{name}</text>')
        pieces.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y + 29}" y2="{y + 29}" '
            'stroke="#eef1f4"/>'
        )
    # Runs last: they are what the picture is about.
    for bar in sorted(shown, key=lambda bar: _LAYERS.index(bar.kind)):
        inset, tall = (6, 14) if bar.kind == "issue" else (2, 22)
        y = 26 + 34 * row[bar.thread] + inset
        wide = max((bar.end - bar.begin) * scale, 0.6)
        tip = html.escape(
            f"{bar.name}\n{time_text(bar.end - bar.begin)} at {time_text(bar.begin)}"
        )
        pieces.append(
            f'<rect x="{LEFT + bar.begin * scale:.2f}" y="{y}" width="{wide:.2f}" '
            f'height="{tall}" fill="{color(bar)}" data-b="{bar.begin}" '
            f'data-e="{bar.end}" data-tip="{tip}"/>'
        )
    pieces.append(_ticks(end))
    pieces.append("</svg>" + _legend(shown, color))
    return "".join(pieces)


_LAYERS = ("wait", "plan", "issue", "run")


def steps(rows: Sequence[dict[str, Any]]) -> str:
    """Draw what each minibatch took: bars of issuing, Python and waiting; running."""
    shown = _thinned(rows, 200)
    most = max([1, *(max(row["wall"], row["running"]) for row in shown)])
    slot = (WIDTH - LEFT - 8) / max(len(shown), 1)
    wide = min(slot * 0.42, 26)
    pieces = [f'<svg viewBox="0 0 {WIDTH} 180">', *_scale(most, 150, time_text)]
    for i, row in enumerate(shown):
        x = LEFT + slot * (i + 0.5)
        y = 160.0
        for key, fill in _STEP_COLORS.items():
            tall = row[key] / most * 150
            beside = x if key == "running" else x - wide
            y = 160.0 if key == "running" else y
            y -= tall
            tip = f"step {row['step']}: {key} {time_text(row[key])}"
            pieces.append(
                f'<rect x="{beside:.1f}" y="{y:.2f}" width="{wide:.1f}" '
                f'height="{tall:.2f}" fill="{fill}" data-tip="{tip}"/>'
            )
        if i % max(len(shown) // 12, 1) == 0:
            pieces.append(
                f'<text x="{x:.1f}" y="174" text-anchor="middle">{row["step"]}</text>'
            )
    keys = "".join(_key(fill, name) for name, fill in _STEP_COLORS.items())
    return "".join(pieces) + f"</svg><p>{keys}</p>"


_STEP_COLORS = {
    "issuing": ISSUE,
    "python": PYTHON,
    "waiting": WAIT,
    "running": "#4e79a7",
}


def memory(read: _core.Profile) -> str:
    """Draw the bytes held over time, with the ends of steps."""
    points = _envelope(read.memory(), max(read.duration, 1))
    most = max([1, *(live for _, live in points)])
    scale = (WIDTH - LEFT - 8) / max(read.duration, 1)
    pieces = [f'<svg viewBox="0 0 {WIDTH} 170">', *_scale(most, 140, bytes_text)]
    marks = _thinned(read.steps(), 200)
    for step in marks:
        x = LEFT + min(step["end"], read.duration) * scale
        pieces.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="10" y2="150" stroke="#d3dae1" '
            'stroke-dasharray="2 3"/>'
        )
    path, last = [], 0
    for time, live in points:
        x = LEFT + min(time, read.duration) * scale
        path.append(f"{x:.1f},{150 - last / most * 140:.1f}")
        path.append(f"{x:.1f},{150 - live / most * 140:.1f}")
        last = live
    path.append(f"{WIDTH - 8},{150 - last / most * 140:.1f}")
    outline = " ".join(path)
    pieces.append(
        f'<polygon points="{LEFT},150 {outline} {WIDTH - 8},150" fill="#4e79a722"/>'
        f'<polyline points="{outline}" fill="none" stroke="#4e79a7"/>'
    )
    return "".join(pieces) + "</svg>"


def _called(read: _core.Profile, name: str, line: int | None) -> str:
    return name if line is None else f"{name} at {short_line(read.lines[line])}"


def _order(read: _core.Profile) -> list[int]:
    """Put the program's threads first, then the workers by name."""
    names = read.threads
    return sorted(
        range(len(names)), key=lambda i: (names[i].startswith("forerun-"), names[i])
    )


def _ticks(end: int) -> str:
    wide = (WIDTH - LEFT - 8) / 6
    ticks = (
        f'<text x="{LEFT + wide * i:.0f}" y="15" text-anchor='
        f'"{"end" if i == 6 else "start" if i == 0 else "middle"}">'
        f"{time_text(end * i / 6)}</text>"
        for i in range(7)
    )
    return f'<g class="ticks">{"".join(ticks)}</g>'


def _legend(shown: Iterable[Bar], color: Callable[[Bar], str]) -> str:
    totals: dict[str, tuple[int, str]] = {}
    for bar in shown:
        name = bar.name if bar.kind == "run" else f"({bar.kind})"
        total, _ = totals.get(name, (0, ""))
        totals[name] = (total + bar.end - bar.begin, color(bar))
    longest = sorted(totals.items(), key=lambda it: -it[1][0])[:10]
    keys = "".join(_key(fill, name[:48]) for name, (_, fill) in longest)
    return f"<p>{keys}</p>"


def _key(fill: str, name: str) -> str:
    return (
        f'<span class=key><i style="background:{fill}"></i>{html.escape(name)}</span>'
    )


def _scale(most: float, tall: int, text: Any) -> list[str]:  # noqa: ANN401
    pieces = []
    for part in (0, 0.5, 1):
        y = tall + 10 - tall * part
        pieces.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y}" y2="{y}" stroke="#e6eaee"/>'
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{text(most * part)}'
            "</text>"
        )
    return pieces


def _thinned(rows: Sequence[Any], n: int) -> Sequence[Any]:
    """Keep `n` rows at most, evenly."""
    return rows[:: -(-len(rows) // n)] if len(rows) > n else rows


def _envelope(points: list[tuple[int, int]], duration: int) -> list[tuple[int, int]]:
    """Keep the most and the last of each of 1000 slices of time."""
    if len(points) <= 3000:
        return points
    slices: dict[int, list[tuple[int, int]]] = {}
    for time, live in points:
        slices.setdefault(time * 1000 // duration, []).append((time, live))
    kept = []
    for inside in slices.values():
        most = max(inside, key=lambda point: point[1])
        kept += [most, inside[-1]] if most is not inside[-1] else [most]
    return kept
