"""How arrays show in a notebook: a line of facts with the elements, and pictures.

Modules that few programs need are imported where they are used, for a quick start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from forerun._units import bytes_text

if TYPE_CHECKING:
    import os

    from forerun._core import ndarray

__all__ = ["Picture", "array_html", "show"]


def array_html(a: ndarray) -> str:
    """Write an array for a notebook: what it is and its elements; waits for it.

    The state is that of before the wait. An array that failed says why.

    Parameters
    ----------
    a
        The array.

    Examples
    --------
    >>> print(np.zeros(2)._repr_html_())  # doctest: +ELLIPSIS
    <div ...><code>float32 (2,) · 8 B · cpu(0) · ...</code><pre ...
    """
    from html import escape

    state = a.state
    try:
        a.wait_to_read()
    except Exception as error:
        state, text = "failed", f"{type(error).__name__}: {error}"
    else:
        text = str(a)
    facts = f"{a.dtype} {a.shape} · {bytes_text(a.nbytes)} · {a.ctx} · {state}"
    return (
        f'<div class="forerun-array"><code>{escape(facts)}</code>'
        f'<pre style="margin: 0.2em 0">{escape(text)}</pre></div>'
    )


class Picture:
    """An array as an image, which a notebook shows.

    Parameters
    ----------
    png
        The image, in the format of PNG files.

    Examples
    --------
    >>> picture = np.zeros((2, 3)).show()
    >>> picture.png[1:4]
    b'PNG'
    """

    def __init__(self, png: bytes) -> None:
        self.png = png

    def _repr_png_(self) -> bytes:
        return self.png

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write the image to a file."""
        from pathlib import Path

        Path(file).write_bytes(self.png)


def show(a: ndarray, low: float | None = None, high: float | None = None) -> Picture:
    """Show an array as an image, in a notebook; waits for it.

    Rows and columns come first, or after 1, 3 or 4 channels: ``(28, 28)``,
    ``(32, 32, 3)``, ``(3, 32, 32)``. One channel is grey, three are red, green and
    blue, a fourth is how opaque a point is.

    Parameters
    ----------
    a
        The array.
    low, high
        What is black and what is full; when omitted 0 and 255 for ``uint8``, 0 and 1
        for bool and floats between them, else the least and the greatest element.

    Examples
    --------
    >>> picture = np.random.uniform(size=(28, 28)).show()
    """
    points = _points(a.asnumpy() if str(a.dtype) != "bfloat16" else _wide(a))
    return Picture(_png(_as_bytes(points, low, high)))


def _wide(a: ndarray) -> numpy.ndarray[Any, Any]:
    return a.astype("float32").asnumpy()


def _points(host: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    """Give rows, columns, channels; or refuse."""
    if host.ndim == 2:
        host = host[:, :, None]
    elif (
        host.ndim == 3 and host.shape[2] not in (1, 3, 4) and host.shape[0] in (1, 3, 4)
    ):
        host = host.transpose(1, 2, 0)
    is_image = host.ndim == 3 and host.shape[2] in (1, 3, 4) and host.size > 0
    if not is_image or host.dtype.kind == "c":
        fact = (
            f"show: {host.dtype} {host.shape} is no image: rows and columns, 1, 3 or 4"
        )
        raise ValueError(f"{fact} channels before or after them")
    return host


def _as_bytes(
    points: numpy.ndarray[Any, Any], low: float | None, high: float | None
) -> numpy.ndarray[Any, Any]:
    if points.dtype == numpy.uint8 and low is None and high is None:
        return points
    wide = points.astype("float64")
    finite = wide[numpy.isfinite(wide)]
    least, most = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if points.dtype.kind in "fb" and least >= 0 and most <= 1:
        least, most = 0.0, 1.0
    least = least if low is None else low
    most = most if high is None else high
    span = most - least
    scaled = (wide - least) / (span if span > 0 else 1.0)
    return (numpy.nan_to_num(scaled).clip(0, 1) * 255).round().astype("uint8")


def _png(points: numpy.ndarray[Any, Any]) -> bytes:
    """Encode rows, columns and channels of bytes."""
    import struct
    import zlib

    n_rows, n_columns, n_channels = points.shape
    color = {1: 0, 3: 2, 4: 6}[n_channels]
    # Each row begins with the number of its filter: none.
    rows = numpy.zeros((n_rows, 1 + n_columns * n_channels), "uint8")
    rows[:, 1:] = points.reshape(n_rows, -1)
    header = struct.pack(">IIBBBBB", n_columns, n_rows, 8, color, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(rows.tobytes())),
            chunk(b"IEND", b""),
        ]
    )
