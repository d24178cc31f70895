"""The public names: that they are there, have hints, a docstring and an example."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import forerun
from forerun import _core, np

# What a module whose name begins with _ defines is public where another exports it.
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(forerun.__path__, "forerun.")
    if "._" not in module.name
)

# Names that MXNet programs use, by module; gluon's are in tests/gluon.
CLAIMED = {
    "forerun.np": """
        array zeros ones full empty arange linspace eye zeros_like ones_like
        full_like empty_like meshgrid copy genfromtxt bool_ int8 int16 int32
        int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64
        complex64 complex128 pi e inf nan newaxis ndarray add subtract
        multiply divide true_divide floor_divide mod power maximum minimum
        equal not_equal less less_equal greater greater_equal logical_and
        logical_or logical_xor logical_not abs absolute sign square sqrt cbrt
        exp expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan
        arctan2 sinh cosh tanh floor ceil trunc rint round isnan isinf
        isfinite clip where sum nansum prod mean var std max min amax amin
        argmax argmin all any cumsum dot matmul tensordot einsum inner outer
        vdot linalg random reshape ravel transpose swapaxes moveaxis squeeze
        expand_dims concatenate stack vstack hstack dstack split tile repeat
        flip roll broadcast_to atleast_1d atleast_2d atleast_3d take sort
        argsort unique nonzero may_share_memory shape ndim size
        set_printoptions
    """,
    "forerun.np.linalg": "norm det inv svd cholesky solve eigh",
    "forerun.np.random": """
        seed normal randn rand uniform randint shuffle permutation choice
        multinomial exponential gamma beta chisquare lognormal laplace
        logistic gumbel weibull pareto rayleigh power multivariate_normal
    """,
    "forerun.npx": """
        waitall set_np reset_np cpu gpu cpu_pinned num_gpus current_device
        current_context relu sigmoid leaky_relu activation softmax log_softmax
        masked_softmax one_hot pick topk dropout batch_norm layer_norm
        fully_connected embedding batch_dot batch_flatten reshape_like
        sequence_mask smooth_l1 erf erfinv gamma gammaln save load savez seed
    """,
    "forerun.autograd": """
        record pause train_mode predict_mode is_recording is_training
        set_recording set_training backward grad mark_variables Function
    """,
    "forerun": "np npx autograd gluon init cpu gpu Context",
}

METHODS = """
    shape size ndim dtype T grad ctx device reshape sum mean asnumpy backward astype
    attach_grad transpose as_in_ctx as_in_context copyto tolist argmax as_nd_ndarray
    repeat swapaxes dot squeeze wait_to_read std cumsum detach argsort clip flatten item
    copy max min prod var any all round take broadcast_to __array_ufunc__
    __array_function__
"""


def functions():
    """Every public function or class that a module defines, once."""
    seen = set()
    for name in MODULES:
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            thing = getattr(module, public)
            is_ours = getattr(thing, "__module__", "").startswith("forerun")
            if callable(thing) and is_ours and id(thing) not in seen:
                seen.add(id(thing))
                if not inspect.isbuiltin(thing) and thing is not np.ndarray:
                    yield pytest.param(thing, id=f"{name}.{public}")


@pytest.mark.parametrize("thing", list(functions()))
def test_it_has_hints_docstring_and_example(thing):
    doc = inspect.getdoc(thing) or ""
    assert doc, "no docstring"
    if inspect.isclass(thing):
        return
    assert ">>>" in doc, "no example"
    signature = inspect.signature(thing)
    assert signature.return_annotation is not inspect.Signature.empty
    bare = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.annotation is inspect.Parameter.empty
    ]
    assert not bare, f"no hints: {bare}"


@pytest.mark.parametrize("name", MODULES)
def test_all_lists_names_that_exist(name):
    module = importlib.import_module(name)
    assert hasattr(module, "__all__")
    for public in module.__all__:
        assert hasattr(module, public), public


@pytest.mark.parametrize("name", CLAIMED)
def test_the_names_we_claim_are_there(name):
    module = importlib.import_module(name)
    missing = [name for name in CLAIMED[name].split() if not hasattr(module, name)]
    assert not missing


def test_the_methods_we_claim_are_there():
    assert not [name for name in METHODS.split() if not hasattr(np.ndarray, name)]


def test_a_method_is_the_function_of_its_name():
    assert np.ndarray.sum is np.sum
    assert np.ndarray.reshape is np.reshape
    assert np.ndarray.argmax is np.argmax


def test_ops_have_different_names():
    names = _core.ops()
    assert len(names) == len(set(names))


def test_importing_starts_no_thread():
    code = (
        "import os, forerun; print(len(os.listdir('/proc/self/task')))"
        if sys.platform == "linux"
        else "import threading, forerun; print(threading.active_count())"
    )
    # NumPy's BLAS would start threads of its own.
    env = {"OPENBLAS_NUM_THREADS": "1", "PATH": ""}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.strip() == "1"
