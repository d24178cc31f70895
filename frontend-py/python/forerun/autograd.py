"""Automatic differentiation: what is recorded, and gradients of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from forerun import _core
from forerun._core import ndarray

if TYPE_CHECKING:
    from types import TracebackType

    Called = TypeVar("Called", bound=Callable[..., Any])

__all__ = [
    "Function",
    "backward",
    "grad",
    "is_recording",
    "is_training",
    "mark_variables",
    "pause",
    "predict_mode",
    "record",
    "set_recording",
    "set_training",
    "train_mode",
]

is_recording = _core.is_recording
is_training = _core.is_training


class _Mode:
    """A block of code in which recording or training is on or off for this thread."""

    __slots__ = ("_before", "_recording", "_training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self._recording = recording
        self._training = training
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append(_core.set_mode(self._recording, self._training))

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _core.set_mode(*self._before.pop())

    def __call__(self, function: Called) -> Called:
        """Make a function run in the mode: the use as a decorator."""
        import functools

        @functools.wraps(function)
        def in_mode(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            with _Mode(self._recording, self._training):
                return function(*args, **kwargs)

        return cast("Called", in_mode)


def record(train_mode: bool = True) -> _Mode:
    """Record ops in a ``with`` block, so that gradients of them can be computed.

    Parameters
    ----------
    train_mode
        Whether layers such as dropout behave as in training.

    Examples
    --------
    >>> from forerun import autograd, np
    >>> x = np.array([3.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = x * x
    >>> y.backward()
    >>> x.grad
    array([6.])
    """
    return _Mode(True, train_mode)


def pause(train_mode: bool = False) -> _Mode:
    """Record nothing in a ``with`` block.

    Parameters
    ----------
    train_mode
        Whether layers such as dropout behave as in training.

    Examples
    --------
    >>> from forerun import autograd
    >>> with autograd.record(), autograd.pause():
    ...     autograd.is_recording()
    False
    """
    return _Mode(False, train_mode)


def train_mode() -> _Mode:
    """Let layers behave as in training in a ``with`` block.

    Examples
    --------
    >>> from forerun import autograd
    >>> with autograd.train_mode():
    ...     autograd.is_training()
    True
    """
    return _Mode(None, True)


def predict_mode() -> _Mode:
    """Let layers behave as in prediction in a ``with`` block.

    Examples
    --------
    >>> from forerun import autograd
    >>> with autograd.record(), autograd.predict_mode():
    ...     autograd.is_training()
    False
    """
    return _Mode(None, False)


def set_recording(is_record: bool) -> bool:
    """Switch recording on or off for this thread; return what it was.

    Parameters
    ----------
    is_record
        Whether to record.

    Examples
    --------
    >>> from forerun import autograd
    >>> autograd.set_recording(False)
    False
    """
    return _core.set_mode(is_record, None)[0]


def set_training(train_mode: bool) -> bool:
    """Switch training mode on or off for this thread; return what it was.

    Parameters
    ----------
    train_mode
        Whether layers such as dropout behave as in training.

    Examples
    --------
    >>> from forerun import autograd
    >>> autograd.set_training(False)
    False
    """
    return _core.set_mode(None, train_mode)[1]


def mark_variables(
    variables: ndarray | Sequence[ndarray],
    gradients: ndarray | Sequence[ndarray],
    grad_reqs: str | Sequence[str] = "write",
) -> None:
    """Attach gradients to arrays, as `attach_grad` does.

    Parameters
    ----------
    variables
        The arrays.
    gradients
        Arrays of their shapes, whose values the gradients begin with.
    grad_reqs
        ``"write"``, ``"add"`` or ``"null"``, for all or for each.

    Examples
    --------
    >>> from forerun import autograd, np
    >>> x = np.ones(2)
    >>> autograd.mark_variables(x, np.zeros(2))
    >>> x.grad
    array([0., 0.])
    """
    arrays, given = _listed(variables), _listed(gradients)
    reqs = [grad_reqs] * len(arrays) if isinstance(grad_reqs, str) else grad_reqs
    for array, gradient, req in zip(arrays, given, reqs, strict=True):
        array.attach_grad(req)
        if array.grad is not None:
            array.grad[...] = gradient


def backward(
    heads: ndarray | Sequence[ndarray],
    head_grads: ndarray | Sequence[ndarray | None] | None = None,
    retain_graph: bool = False,
    train_mode: bool = True,
) -> None:
    """Compute the gradients of arrays with respect to those with `attach_grad`.

    Parameters
    ----------
    heads
        What was computed inside `record`.
    head_grads
        Gradient of something with respect to each of them; ones when omitted.
    retain_graph
        Whether backward is to be possible once more.
    train_mode
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> from forerun import autograd, np
    >>> x = np.array([2.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y, z = x * x, 3 * x
    >>> autograd.backward([y, z])
    >>> x.grad
    array([7.])
    """
    _core.backward(_listed(heads), _listed_grads(head_grads), retain_graph)


def grad(
    heads: ndarray | Sequence[ndarray],
    variables: ndarray | Sequence[ndarray],
    head_grads: ndarray | Sequence[ndarray | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,
) -> Any:  # noqa: ANN401
    """Compute gradients of arrays and return them, instead of storing them.

    Parameters
    ----------
    heads
        What was computed inside `record`.
    variables
        Arrays with `attach_grad` to differentiate by.
    head_grads
        Gradient of something with respect to each head; ones when omitted.
    retain_graph
        Whether another backward is to be possible; as `create_graph` when None.
    create_graph
        Whether the gradients are recorded, too, to be differentiated again.
    train_mode
        Taken as MXNet does, without effect.

    Returns
    -------
    ndarray or list of ndarray
        One gradient for each of `variables`.

    Examples
    --------
    >>> from forerun import autograd, np
    >>> x = np.array([2.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = x**3
    ...     dy = autograd.grad(y, x, create_graph=True)
    >>> dy.backward()
    >>> x.grad
    array([12.])
    """
    grads = _core.grad(
        _listed(heads),
        _listed(variables),
        _listed_grads(head_grads),
        create_graph if retain_graph is None else retain_graph,
        create_graph,
    )
    return grads[0] if isinstance(variables, ndarray) else grads


def _listed(arrays: ndarray | Sequence[ndarray]) -> list[ndarray]:
    return [arrays] if isinstance(arrays, ndarray) else list(arrays)


def _listed_grads(
    grads: ndarray | Sequence[ndarray | None] | None,
) -> list[ndarray | None] | None:
    if grads is None:
        return None
    return [grads] if isinstance(grads, ndarray) else list(grads)


class Function(ABC):
    """A function with a gradient of its own.

    Derive a class with `forward` and `backward`; an instance is called once.

    Examples
    --------
    >>> from forerun import autograd, np
    >>> class Double(autograd.Function):
    ...     def forward(self, x):
    ...         return 2 * x
    ...     def backward(self, dy):
    ...         return 2 * dy
    >>> x = np.array([1.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = Double()(x)
    >>> y.backward()
    >>> x.grad
    array([2.])
    """

    saved_tensors: tuple[ndarray, ...] = ()

    def save_for_backward(self, *args: ndarray) -> None:
        """Keep arrays for `backward`, which finds them in ``self.saved_tensors``."""
        self.saved_tensors = args

    @abstractmethod
    def forward(self, *inputs: Any) -> Any:  # noqa: ANN401
        """Compute the outputs; nothing is recorded meanwhile."""

    @abstractmethod
    def backward(self, *output_grads: Any) -> Any:  # noqa: ANN401
        """Compute the gradients of the inputs from those of the outputs."""

    def __call__(self, *inputs: ndarray) -> Any:  # noqa: ANN401
        """Apply the function."""
        with pause(is_training()):
            outputs = self.forward(*inputs)
        if not is_recording():
            return outputs
        made = _core.custom_function(
            list(inputs), _listed(outputs), self._backward_listed
        )
        return made[0] if isinstance(outputs, ndarray) else tuple(made)

    def _backward_listed(self, *output_grads: ndarray) -> list[ndarray | None]:
        grads = self.backward(*output_grads)
        return list(grads) if isinstance(grads, list | tuple) else [grads]
