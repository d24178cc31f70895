"""Every example in a docstring gives what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import forerun
from forerun import autograd, gluon, np, npx

MODULES = [
    "forerun",
    *sorted(
        found.name for found in pkgutil.walk_packages(forerun.__path__, "forerun.")
    ),
]
FINDER = doctest.DocTestFinder(exclude_empty=True)
NAMES = {"np": np, "npx": npx, "autograd": autograd, "gluon": gluon}


def examples():
    """Give the examples of what each module defines, once."""
    for name in MODULES:
        if name == "forerun._core":
            continue
        module = importlib.import_module(name)
        # Only what is defined here: names that are handed on are tested at home.
        for test in FINDER.find(module, name, module=module):
            if test.examples:
                yield pytest.param(test, id=test.name)


@pytest.mark.parametrize("test", list(examples()))
def test_the_examples_of_a_docstring_hold(test):
    npx.seed(0)
    test.globs.update(
        {name: thing for name, thing in NAMES.items() if name not in test.globs}
    )
    complaints: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=complaints.append)
    assert not complaints, "".join(complaints)
