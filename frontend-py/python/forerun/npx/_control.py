"""Waiting, files, and pictures of the graph.

Modules that few programs need are imported where they are used, for a quick start.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun.device import Device, device_id
from forerun.np import random as _random
from forerun.np._convert import as_array, from_host
from forerun.np._dtype import dtype_name

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from forerun._typing import ArrayLike

__all__ = [
    "Graph",
    "graph",
    "load",
    "save",
    "savez",
    "seed",
    "waitall",
    "waitall_async",
]

_read_file = _core.op("read_file")

seed = _random.seed


def waitall() -> None:
    """Wait until everything that was issued is computed.

    Raises the first failure that nobody has seen yet; the engine then goes on.

    Examples
    --------
    >>> x = np.ones((100, 100)) @ np.ones((100, 100))
    >>> npx.waitall()
    >>> x.state
    'ready'
    """
    _core.wait_all()


async def waitall_async() -> None:
    """Wait like `waitall`, while other coroutines go on.

    Examples
    --------
    >>> import asyncio
    >>> asyncio.run(npx.waitall_async())
    """
    await _core.wait_all_async()


class Graph:
    """The ops that arrays come from, as a picture.

    In a notebook it shows itself.

    Parameters
    ----------
    dot
        The picture in graphviz's language.

    Examples
    --------
    >>> npx.graph(np.ones(2) + 1).dot.startswith("digraph")
    True
    """

    def __init__(self, dot: str) -> None:
        self.dot = dot

    def svg(self) -> str:
        """Draw the picture."""
        from forerun.npx._layers import svg_of_dot

        return svg_of_dot(self.dot)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        """Give the picture as text."""
        return self.dot


def graph(*arrays: ndarray) -> Graph:
    """Picture the ops that arrays come from: queued ones, and the latest that ran.

    Parameters
    ----------
    *arrays
        The arrays.

    Examples
    --------
    >>> x = np.ones(2)
    >>> print(npx.graph(x * 2))  # doctest: +ELLIPSIS
    digraph {
    ...
    """
    return Graph(_core.draw(list(arrays)))


def save(file: str | os.PathLike[str], arr: Any) -> None:  # noqa: ANN401
    """Write arrays to a file, in NumPy's npz format; waits for them.

    The file is complete or as before: it is written beside and then renamed.

    Parameters
    ----------
    file
        Its name.
    arr
        One array, a list of arrays, or a dict of them.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "x")
    >>> npx.save(path, {"x": np.ones(2)})
    >>> npx.load(path)
    {'x': array([1., 1.])}
    """
    if isinstance(arr, dict):
        savez(file, **arr)
    else:
        savez(file, *(arr if isinstance(arr, list | tuple) else [arr]))


def savez(file: str | os.PathLike[str], *args: ArrayLike, **kwds: ArrayLike) -> None:
    """Write arrays to a file, in NumPy's npz format; waits for them.

    Parameters
    ----------
    file
        Its name.
    *args
        Arrays that are called ``arr_0``, ``arr_1``, ...
    **kwds
        Arrays by name.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "x.npz")
    >>> npx.savez(path, np.ones(2), np.zeros(1))
    >>> npx.load(path)
    [array([1., 1.]), array([0.])]
    """
    _write_npz(file, {**{f"arr_{i}": arg for i, arg in enumerate(args)}, **kwds})


def _write_npz(file: str | os.PathLike[str], arrays: Mapping[str, ArrayLike]) -> None:
    import zipfile
    from pathlib import Path

    with (
        _replacing(Path(file)) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                host = _to_storable(as_array(array))
                numpy.lib.format.write_array(member, host, allow_pickle=False)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its place once it is written."""
    import tempfile
    from pathlib import Path

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _give_usual_permissions(temporary)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _give_usual_permissions(path: str) -> None:
    """Undo that temporary files are for their owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(path, 0o666 & ~mask)


def _to_storable(a: ndarray) -> numpy.ndarray[Any, Any]:
    """Give the elements as NumPy's format holds them: bfloat16 is two opaque bytes.

    They are in C order, so that `load` finds them as the engine wants them.
    """
    host = numpy.asarray(a.asnumpy(), order="C")
    return host.view("V2") if str(a.dtype) == "bfloat16" else host


def load(
    file: str | os.PathLike[str],
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> Any:  # noqa: ANN401
    """Read the arrays of a file; their elements are read in the background.

    Parameters
    ----------
    file
        Name of an npz or npy file.
    ctx, device
        Where to put the arrays; the current device when omitted.

    Returns
    -------
    dict or list of ndarray
        A list if they have no names of their own.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "x")
    >>> npx.save(path, [np.ones(2)])
    >>> npx.load(path)
    [array([1., 1.])]
    """
    import zipfile
    from pathlib import Path

    path, number = Path(file), device_id(ctx, device)
    with path.open("rb") as stream:
        if stream.read(6) == b"\x93NUMPY":
            return _read_arrays(path, [_find_array(path, stream, 0)], number)
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            found = [_find_member(path, archive, one, stream) for one in members]
    names = [member.filename.removesuffix(".npy") for member in members]
    arrays = _read_arrays(path, found, number)
    if names == [f"arr_{i}" for i in range(len(names))]:
        return arrays
    return dict(zip(names, arrays, strict=True))


# Where in a file the elements of an array lie, their shape and dtype.
_Part: TypeAlias = "tuple[int, tuple[int, ...], str]"


def _find_member(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, stream: BinaryIO
) -> numpy.ndarray[Any, Any] | _Part:
    """Find the array of a member, or unpack it."""
    if member.compress_type:
        with archive.open(member) as unpacked:
            return numpy.lib.format.read_array(unpacked, allow_pickle=False)
    # The member's own header repeats its name, then has a field of extra data.
    stream.seek(member.header_offset + 26)
    lengths = stream.read(4)
    n_skipped = int.from_bytes(lengths[:2], "little")
    n_skipped += int.from_bytes(lengths[2:], "little")
    return _find_array(path, stream, member.header_offset + 30 + n_skipped)


def _find_array(
    path: Path, stream: BinaryIO, offset: int
) -> numpy.ndarray[Any, Any] | _Part:
    """Find the array whose npy header is at `offset`, or read what needs NumPy."""
    stream.seek(offset)
    version = numpy.lib.format.read_magic(stream)
    read_header = (
        numpy.lib.format.read_array_header_1_0
        if version == (1, 0)
        else numpy.lib.format.read_array_header_2_0
    )
    shape, is_fortran, dtype = read_header(stream)
    if dtype.hasobject:
        fact = f"load: {path} holds Python objects, not an array"
        raise ValueError(fact)
    if is_fortran or not dtype.isnative:
        stream.seek(offset)
        return numpy.lib.format.read_array(stream, allow_pickle=False)
    name = "bfloat16" if dtype.str == "|V2" else dtype_name(dtype)
    return stream.tell(), shape, name


def _read_arrays(
    path: Path, found: list[numpy.ndarray[Any, Any] | _Part], device: int
) -> list[ndarray]:
    """Issue the reading of the arrays that were found, and copy the others."""
    parts = [one for one in found if isinstance(one, tuple)]
    read = iter(_read_file(str(path.resolve()), parts, device))
    return [
        next(read) if isinstance(one, tuple) else from_host(one, device)
        for one in found
    ]
