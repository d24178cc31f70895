"""Doctests see the modules that examples are written with."""

from __future__ import annotations

import pytest

from forerun import autograd, gluon, np, npx


@pytest.fixture(autouse=True)
def _names(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace.update(np=np, npx=npx, autograd=autograd, gluon=gluon)
