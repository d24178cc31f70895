"""Pictures of graphs: boxes in layers, each below those that it reads.

The layers are those of the longest paths; within them boxes stand near those that they
are joined to. Arrows that pass a layer have a place in it, as if they were boxes.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from html import escape

__all__ = ["svg_of_dot"]

_BOX = re.compile(r'^\s*(\d+) \[ label = "(.*)", shape = (\w+)')
_ARROW = re.compile(r"^\s*(\d+) -> (\d+)")

# Sizes in pixels.
_CHARACTER, _LINE, _PADDING, _GAP, _ROW = 7.0, 15.0, 8.0, 18.0, 78.0
_SWEEPS = 6


def svg_of_dot(dot: str) -> str:
    """Draw a graph in graphviz's language, as `_core.draw` writes it.

    Examples
    --------
    >>> from forerun.npx._layers import svg_of_dot
    >>> svg_of_dot('digraph { }')[:4]
    '<svg'
    """
    labels: list[list[str]] = []
    is_op: list[bool] = []
    arrows: list[tuple[int, int]] = []
    for line in dot.splitlines():
        if box := _BOX.match(line):
            labels.append(box[2].split("\\n"))
            is_op.append(box[3] == "box")
        elif arrow := _ARROW.match(line):
            arrows.append((int(arrow[1]), int(arrow[2])))
    widths = [_width(label) for label in labels]
    layers, paths = _in_layers(len(labels), arrows)
    _untangle(layers, paths)
    places, size = _place(layers, widths)
    return _svg(labels, is_op, widths, places, paths, size)


def _width(label: list[str]) -> float:
    return max(map(len, label)) * _CHARACTER + 2 * _PADDING


def _in_layers(
    n: int, arrows: list[tuple[int, int]]
) -> tuple[list[list[int]], list[list[int]]]:
    """Give the boxes of each layer, and each arrow as the places that it goes through.

    Places that are no boxes are numbered from `n` on.
    """
    readers = defaultdict(list)
    n_open = [0] * n
    for made, reader in arrows:
        readers[made].append(reader)
        n_open[reader] += 1
    depth = [0] * n
    ready = [box for box in range(n) if not n_open[box]]
    for box in ready:
        for reader in readers[box]:
            depth[reader] = max(depth[reader], depth[box] + 1)
            n_open[reader] -= 1
            if not n_open[reader]:
                ready.append(reader)
    # What reads only data stands just below what reads it, not at the top.
    for box in reversed(ready):
        if readers[box]:
            depth[box] = min(depth[reader] for reader in readers[box]) - 1
    layers: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for box in range(n):
        layers[depth[box]].append(box)
    paths = []
    for made, reader in dict.fromkeys(arrows):
        path = [made]
        for layer in range(depth[made] + 1, depth[reader]):
            layers[layer].append(n)
            path.append(n)
            n += 1
        paths.append([*path, reader])
    return layers, paths


def _untangle(layers: list[list[int]], paths: list[list[int]]) -> None:
    """Order each layer by the middle of what its places are joined to."""
    joined = defaultdict(list)
    for path in paths:
        for above, below in itertools.pairwise(path):
            joined[above].append(below)
            joined[below].append(above)
    at = {place: i for layer in layers for i, place in enumerate(layer)}
    level = {place: row for row, layer in enumerate(layers) for place in layer}
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        for layer in layers if downwards else reversed(layers):
            middles = {}
            for place in layer:
                side = [
                    at[other]
                    for other in joined[place]
                    if (level[other] < level[place]) == downwards
                ]
                middles[place] = sum(side) / len(side) if side else at[place]
            layer.sort(key=middles.__getitem__)
            at.update((place, i) for i, place in enumerate(layer))


def _place(
    layers: list[list[int]], widths: list[float]
) -> tuple[dict[int, tuple[float, float]], tuple[float, float]]:
    """Give the middle of each place, and the size of the picture."""

    def width(place: int) -> float:
        return widths[place] if place < len(widths) else 0.0

    rows = [sum(width(place) + _GAP for place in layer) for layer in layers]
    total = max(rows, default=0.0) + _GAP
    places = {}
    for i, (layer, row) in enumerate(zip(layers, rows, strict=True)):
        x = (total - row + _GAP) / 2
        for place in layer:
            places[place] = (x + width(place) / 2, (i + 0.5) * _ROW)
            x += width(place) + _GAP
    return places, (total, len(layers) * _ROW)


def _svg(
    labels: list[list[str]],
    is_op: list[bool],
    widths: list[float],
    places: dict[int, tuple[float, float]],
    paths: list[list[int]],
    size: tuple[float, float],
) -> str:
    heights = [len(label) * _LINE + _PADDING for label in labels]
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]:.0f}" '
        f'height="{size[1]:.0f}" font-family="monospace" font-size="11.5">'
        '<defs><marker id="forerun-head" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" '
        'fill="#777"/></marker></defs>'
    ]
    for path in paths:
        points = [places[place] for place in path]
        points[0] = (points[0][0], points[0][1] + heights[path[0]] / 2)
        points[-1] = (points[-1][0], points[-1][1] - heights[path[-1]] / 2)
        line = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            middle = (y + to_y) / 2
            line += f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} "
            line += f"{to_y:.1f}"
        drawn.append(
            f'<path d="{line}" fill="none" stroke="#777" '
            'marker-end="url(#forerun-head)"/>'
        )
    for box, label in enumerate(labels):
        x, y = places[box]
        top = y - heights[box] / 2
        if is_op[box]:
            drawn.append(
                f'<rect x="{x - widths[box] / 2:.1f}" y="{top:.1f}" rx="4" '
                f'width="{widths[box]:.1f}" height="{heights[box]:.1f}" '
                'fill="#eef3fb" stroke="#4a78b5"/>'
            )
        drawn += [
            f'<text x="{x:.1f}" y="{top + _PADDING / 2 + (i + 0.75) * _LINE:.1f}" '
            f'text-anchor="middle" fill="#222">{escape(text)}</text>'
            for i, text in enumerate(label)
        ]
    return "".join([*drawn, "</svg>"])
