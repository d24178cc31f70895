"""Arrays beside NumPy, Python and other libraries: conversion, sharing, files, text."""

from __future__ import annotations

import copy
import io
import pickle

import numpy
import pytest

from forerun import autograd, np, npx

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


def numbers(dtype, shape=(3, 4)):
    return (numpy.arange(numpy.prod(shape, dtype=int)) % 5).astype(dtype).reshape(shape)


def address(host):
    return host.__array_interface__["data"][0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_arrays_come_and_go_with_their_dtype(dtype):
    x = numbers(dtype)
    a = np.array(x, dtype=dtype)
    y = a.asnumpy()
    assert a.dtype == y.dtype == x.dtype
    assert (y == x).all()
    assert y.flags.writeable
    y[...] = 0
    assert (a.asnumpy() == x).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.T,
        lambda x: x[::-1, ::2],
        lambda x: x[1],
        lambda x: x[1, 2],
        lambda x: x[:0],
        lambda x: x.astype(">f4"),
        lambda x: x.astype(">i8"),
        numpy.asfortranarray,
        lambda x: numpy.broadcast_to(x, (2, 3, 4)),
        lambda x: numpy.frombuffer(bytes(1) + x.tobytes(), "u1")[1:].view("f4"),
    ],
)
def test_any_numpy_layout_comes_in(change):
    x = change(numbers("float32"))
    a = np.array(x)
    assert a.shape == x.shape
    assert a.tolist() == x.tolist()


def test_what_came_in_does_not_follow_its_source():
    x = numbers("float32")
    a = np.array(x)
    x[...] = -1
    assert a.tolist() == numbers("float32").tolist()


def test_readonly_arrays_come_in():
    x = numbers("float32")
    x.flags.writeable = False
    a = np.array(x)
    a += 1
    assert a.tolist() == (x + 1).tolist()


def test_asarray_asks_for_a_copy_or_not():
    a = np.arange(6).reshape(2, 3)
    view = numpy.asarray(a)
    assert not view.flags.writeable
    assert view.tolist() == a.tolist()
    assert numpy.asarray(a, "float64").dtype == "float64"
    assert numpy.array(a, copy=True).flags.writeable
    if int(numpy.__version__.split(".")[0]) >= 2:
        assert address(numpy.asarray(a, copy=False)) == address(view)
        with pytest.raises(ValueError, match="copy"):
            numpy.asarray(a, "float64", copy=False)


def test_views_given_out_keep_their_values_when_the_array_is_written():
    a = np.arange(4)
    view, memory = numpy.asarray(a), memoryview(a)
    a += 10
    a[0] = -1
    assert view.tolist() == memory.tolist() == [0, 1, 2, 3]
    assert a.tolist() == [-1, 11, 12, 13]


@pytest.mark.parametrize("dtype", DTYPES[:12])
def test_the_buffer_protocol_shows_the_elements_read_only(dtype):
    a = np.array(numbers(dtype), dtype=dtype)
    memory = memoryview(a)
    assert memory.readonly
    assert memory.shape == (3, 4)
    assert memory.itemsize == a.itemsize
    assert bytes(memory) == numbers(dtype).tobytes()
    with pytest.raises(TypeError):
        memory[0, 0] = 1


def test_strided_buffers_have_numpy_s_strides():
    a = np.array(numbers("float32"))[::-1, ::2]
    memory = memoryview(a)
    assert memory.strides == (-16, 8)
    assert numpy.asarray(memory).tolist() == a.tolist()


def test_dlpack_shares_memory_with_numpy_and_back():
    a = np.arange(6).reshape(2, 3)
    x = numpy.from_dlpack(a)
    assert address(x) == address(numpy.asarray(a))
    b = np.from_dlpack(a)
    assert address(numpy.asarray(b)) == address(x)
    y = numbers("float32")
    c = np.from_dlpack(y)
    assert address(numpy.asarray(c)) == address(y)
    assert c.tolist() == y.tolist()


def test_writes_after_dlpack_are_seen_by_the_writer_alone():
    a = np.arange(6)
    x = numpy.from_dlpack(a)
    a += 1
    assert x.tolist() == [0, 1, 2, 3, 4, 5]
    assert a.tolist() == [1, 2, 3, 4, 5, 6]
    y = numbers("float32")
    b = np.from_dlpack(y)
    b *= 2
    assert b.tolist() == (numbers("float32") * 2).tolist()
    assert y.tolist() == numbers("float32").tolist()


def test_dlpack_takes_views():
    a = np.arange(12).reshape(3, 4)
    x = numpy.from_dlpack(a.T[::2])
    assert x.tolist() == a.T[::2].tolist()
    b = np.from_dlpack(numbers("int64")[::-1, 1::2])
    assert b.tolist() == numbers("int64")[::-1, 1::2].tolist()


def test_dlpack_outlives_its_array():
    x = numpy.from_dlpack(np.arange(1000) + 1)
    npx.empty_cache()
    junk = [np.zeros(1000) for _ in range(10)]
    npx.waitall()
    assert x.sum() == 500_500
    del junk


def test_torch_shares_memory_both_ways():
    torch = pytest.importorskip("torch")
    a = np.arange(6).reshape(2, 3)
    t = torch.from_dlpack(a)
    assert t.data_ptr() == address(numpy.asarray(a))
    a += 1
    assert t.tolist() == [[0, 1, 2], [3, 4, 5]]
    u = torch.arange(6.0)
    b = np.from_dlpack(u)
    assert address(numpy.asarray(b)) == u.data_ptr()
    b += 1
    assert u.tolist() == [0, 1, 2, 3, 4, 5]


def test_ufuncs_of_numpy_give_our_arrays():
    a, x = np.array([1.0, 4.0]), numpy.array([2.0, 3.0], "float32")
    for y in (numpy.add(x, a), x + a, numpy.sqrt(a), numpy.maximum(a, 2), x * a, x < a):
        assert isinstance(y, np.ndarray)
    assert (x + a).tolist() == [3, 7]
    out = np.zeros(2)
    assert numpy.add(x, a, out=out) is out
    assert out.tolist() == [3, 7]
    assert numpy.add.reduce(a).item() == 5
    assert numpy.multiply.outer(a, x).tolist() == [[2, 3], [8, 12]]
    assert isinstance(numpy.nextafter(a, 9), np.ndarray)


def test_numpy_arrays_are_written_in_place_by_ours():
    x = numpy.zeros(3, "float32")
    x[1:] = np.array([5.0, 6.0])
    assert x.tolist() == [0, 5, 6]


def test_functions_of_numpy_give_our_arrays():
    a = np.array([[3.0, 1.0], [2.0, 4.0]])
    assert numpy.concatenate([a, a]).shape == (4, 2)
    for y in (
        numpy.sum(a, axis=0),
        numpy.stack([a, a]),
        numpy.where(a > 2, a, 0),
        numpy.linalg.norm(a),
        numpy.sort(a),
        numpy.partition(a, 1),
    ):
        assert isinstance(y, np.ndarray)
    assert numpy.sum(a, axis=0).tolist() == [5, 5]
    assert numpy.median(a).item() == 2.5
    assert numpy.shape(a) == (2, 2)


def test_numbers_of_numpy_are_operands():
    a = np.array([1.0, 2.0])
    assert (a * numpy.float64(2)).dtype == np.float32
    assert (numpy.float64(2) * a).tolist() == [2, 4]
    assert isinstance(numpy.float32(2) * a, np.ndarray)
    assert a[numpy.int64(1)].item() == 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_keep_values_and_dtype(dtype, protocol):
    a = np.array(numbers(dtype), dtype=dtype)
    b = pickle.loads(pickle.dumps(a[::-1], protocol))
    assert b.dtype == a.dtype
    assert b.tolist() == a[::-1].tolist()


def test_copies_have_memory_of_their_own():
    a = np.arange(4)
    a.attach_grad()
    for b in (copy.copy(a), copy.deepcopy(a), a.copy(), copy.deepcopy([a])[0]):
        b += 1
        assert b.tolist() == [1, 2, 3, 4]
    assert a.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", DTYPES)
def test_files_keep_values_shapes_and_dtypes(dtype, tmp_path):
    path = tmp_path / "x"
    for shape in ((3, 4), (), (0, 2), (2, 1, 3)):
        a = np.array(numbers(dtype, shape), dtype=dtype)
        npx.save(path, [a])
        (b,) = npx.load(path)
        assert (b.shape, b.dtype) == (shape, a.dtype)
        assert b.tolist() == a.tolist()


def test_bfloat16_arrays_are_saved_and_loaded(tmp_path):
    a = np.array([1.5, -2.0, 3.25]).astype("bfloat16")
    npx.save(tmp_path / "x", {"a": a})
    b = npx.load(tmp_path / "x")["a"]
    assert str(b.dtype) == "bfloat16"
    assert b.astype("float32").tolist() == [1.5, -2.0, 3.25]


def test_numpy_reads_our_files_and_we_read_numpy_s(tmp_path):
    path = tmp_path / "x.npz"
    npx.savez(path, np.ones(2), w=np.arange(3).T)
    with numpy.load(path) as found:
        assert found["arr_0"].tolist() == [1, 1]
        assert found["w"].tolist() == [0, 1, 2]
    numpy.savez_compressed(path, a=numbers("float64"), b=numbers("int32").T)
    found = npx.load(path)
    assert found["a"].tolist() == numbers("float64").tolist()
    assert found["b"].tolist() == numbers("int32").T.tolist()
    numpy.save(tmp_path / "y.npy", numbers(">f4"))
    assert npx.load(tmp_path / "y.npy")[0].tolist() == numbers("float32").tolist()
    numpy.savez(path, *[numpy.full(3, i) for i in range(12)])
    assert [a[0].item() for a in npx.load(path)] == list(range(12))


def test_a_file_that_is_missing_or_broken_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        npx.load(tmp_path / "none")
    path = tmp_path / "x.npy"
    numpy.save(path, numbers("float32"))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises((OSError, ValueError)):
        npx.load(path)[0].wait_to_read()


def test_a_save_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "x"
    npx.save(path, np.ones(2))
    with pytest.raises(IndexError):
        npx.save(path, np.take(np.arange(3), np.array([9], "int64")))
    assert npx.load(path)[0].tolist() == [1, 1]
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (lambda: np.array([1.5, 2]), "array([1.5, 2. ])"),
        (
            lambda: np.array([[1, 2], [3, 4]], "int32"),
            "array([[1, 2],\n       [3, 4]], dtype=int32)",
        ),
        (lambda: np.array(3.0), "array(3.)"),
        (lambda: np.zeros((0, 3)), "array([], shape=(0, 3))"),
        (lambda: np.zeros(0), "array([])"),
        (lambda: np.array([True], "bool"), "array([ True])"),
        (lambda: np.ones(2, ctx=npx.cpu(1)), "array([1., 1.], ctx=cpu(1))"),
        (lambda: np.ones(2, "float16"), "array([1., 1.], dtype=float16)"),
    ],
)
def test_arrays_are_written_as_their_calls(array, text):
    assert repr(array()) == text


def test_arrays_are_formatted():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert str(a) == str(a.asnumpy())
    assert f"{a}" == str(a)
    assert f"{a.sum():.3f}" == "10.000"
    assert f"{np.array(3, dtype='int32'):04d}" == "0003"
    assert "..." in repr(np.zeros(5000))
    with pytest.raises((TypeError, ValueError)):
        format(a, ".2f")


def test_arrays_of_one_element_are_numbers():
    a = np.array([[2.5]])
    assert (float(a), int(a), bool(a), complex(a)) == (2.5, 2, True, 2.5 + 0j)
    assert not np.zeros(1)
    assert [10, 20, 30][np.array(1, dtype="int64")] == 20
    assert "abc"[: np.array(2, dtype="int32")] == "ab"
    with pytest.raises(TypeError):
        [1, 2][np.array(1.0)]
    assert isinstance(np.array(True, dtype="bool").item(), bool)
    assert isinstance(np.array(3, dtype="int8").item(), int)
    assert np.array([[1.0, 2.0]]).item(1) == np.array([[1.0, 2.0]]).item(0, 1) == 2


def test_iterating_and_unpacking():
    a = np.arange(6).reshape(3, 2)
    x, y, z = a
    assert [r.tolist() for r in (x, y, z)] == a.tolist()
    assert [v.item() for row in a for v in row] == list(range(6))
    assert len(a) == 3
    assert [r.tolist() for r in reversed(a)] == a.tolist()[::-1]
    assert list(zip(np.arange(2), "ab", strict=True))[1][1] == "b"
    assert 3 in a
    assert 7 not in a


def test_arrays_are_keys_by_identity():
    a, b = np.ones(2), np.ones(2)
    assert {a: 1, b: 2}[b] == 2
    assert hash(a) == hash(a)


def test_lists_of_arrays_and_numbers_become_arrays():
    a = np.array([np.ones(2), np.zeros(2)])
    assert a.tolist() == [[1, 1], [0, 0]]
    assert np.array([1, 2]).dtype == np.float32
    assert np.array(numpy.array([1, 2])).dtype == np.int64
    assert np.array([1 + 2j]).dtype == np.complex64
    assert np.array(range(3)).tolist() == [0, 1, 2]


@pytest.mark.parametrize("dtype", [None, "float64", "int32", "int64", "bool", "uint8"])
@pytest.mark.parametrize(
    "source",
    [
        [1, 2, 3],
        [1.5, 2, True],
        [[1, 2], (3, 4)],
        ((), ()),
        [],
        [[[7.25]]],
        [2**53 + 1, 1],
        [numpy.float32(0.1), 2],
        [numpy.arange(2), [3, 4]],
    ],
)
def test_lists_of_numbers_become_what_numpy_makes_of_them(source, dtype):
    try:
        expected = numpy.array(source, dtype or "float32")
    except OverflowError:
        with pytest.raises(OverflowError):
            np.array(source, dtype=dtype)
        return
    made = np.array(source, dtype=dtype)
    assert (made.dtype, made.shape) == (expected.dtype, expected.shape)
    assert made.tolist() == expected.tolist()


@pytest.mark.parametrize("source", [[[1], [2, 3]], [1, [2]], ["a"], [[1, 2], 3]])
def test_other_lists_are_refused(source):
    with pytest.raises((ValueError, TypeError)):
        np.array(source)


def test_text_is_read():
    a = np.genfromtxt(io.StringIO("1,2\n3,4"), delimiter=",")
    assert a.tolist() == [[1, 2], [3, 4]]


def test_conversions_wait_for_what_is_recorded():
    x = np.arange(3)
    x.attach_grad()
    with autograd.record():
        y = x * 2
        assert numpy.asarray(y).tolist() == [0, 2, 4]
        z = y * 3
    z.backward()
    assert x.grad.tolist() == [6, 6, 6]
