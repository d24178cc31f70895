"""A profile as one page of HTML: nothing is loaded from elsewhere."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from forerun._units import bytes_text, time_text
from forerun.profiler import _drawing

if TYPE_CHECKING:
    from forerun.profiler._profile import Profile

__all__ = ["compact", "page"]

_HERE = Path(__file__).parent
_STYLE = (_HERE / "_report.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "_report.js").read_text(encoding="utf-8")


def page(profile: Profile) -> str:
    """Write the whole report."""
    read = profile._now()
    title = html.escape(f"Profile of {time_text(read.duration)}")
    pieces = [f"<h1>{title}</h1><p>{html.escape(_facts(profile))}</p>"]
    pieces.append(
        "<h2>Timeline</h2><p>Wheel zooms, dragging moves, a double click shows all. "
        "A frontend's thread shows issuing, waiting and what it ran itself.</p>"
        + _drawing.timeline(read)
    )
    if read.steps():
        steps = profile.steps()
        pieces.append("<h2>Steps</h2>" + _drawing.steps(steps.rows))
    pieces.append("<h2>Memory</h2>" + _drawing.memory(read))
    if read.steps():
        pieces.append(
            f"<h2>What asynchrony can gain</h2><pre>{html.escape(str(profile.model()))}"
            "</pre>"
        )
    pieces.append("<h2>What blockers waited for</h2>" + _waits(profile))
    for heading, table in (
        ("Ops", profile.table(limit=40)),
        ("Lines", profile.lines(limit=40)),
        ("Groups", profile.table("group", limit=25)),
    ):
        pieces.append(
            f"<h2>{heading}</h2><div class=scroll>{table._repr_html_()}</div>"
        )
    if read.steps():
        steps.rows = steps.rows[:100]
        pieces.append(
            f"<h2>Each step</h2><div class=scroll>{steps._repr_html_()}</div>"
        )
    body = "\n".join(pieces)
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><div class=fr>{body}</div><div id=tip></div>"
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def compact(profile: Profile) -> str:
    """Write a short form, for a notebook's cell."""
    read = profile._now()
    pieces = [f"<p>{html.escape(_facts(profile))}</p>", _drawing.timeline(read, 600)]
    if read.steps():
        pieces.append(_drawing.steps(profile.steps().rows))
    pieces.append(profile.table(limit=8)._repr_html_())
    return f"<div class=fr><style>{_STYLE}</style>{''.join(pieces)}</div>"


def _facts(profile: Profile) -> str:
    read = profile._now()
    totals = read.totals("op", None)
    n = {key: sum(row[key] for row in totals) for key in _COUNTS}
    peak = max(live for _, live in read.memory())
    facts = [f"{n[key]} ops {word}" for key, word in _COUNTS.items() if n[key]]
    facts += [f"{len(read.threads)} threads", f"peak {bytes_text(peak)}"]
    if read.n_lost:
        facts.append(f"{read.n_lost} records found no room")
    return ", ".join(facts)


_COUNTS = {
    "n_issued": "issued",
    "n_run": "run",
    "n_fused": "of them fused",
    "n_dropped": "dropped",
    "n_failed": "failed",
}


def _waits(profile: Profile) -> str:
    waits = profile.waits()
    if not waits:
        return "<p>Nothing waited.</p>"
    lines = "\n".join(str(wait) for wait in waits[:25])
    return f"<pre>{html.escape(lines)}</pre>"
