"""Profiles: when each op was issued, became ready and ran, and what it cost.

`profile` takes one. What follows it are MXNet's names: `set_config`, `set_state`,
`dump`, `dumps`, `pause`, `resume`, and objects for events of one's own.
"""

from __future__ import annotations

from forerun.profiler._mxnet import (
    dump,
    dump_profile,
    dumps,
    pause,
    profiler_set_config,
    profiler_set_state,
    resume,
    set_config,
    set_state,
)
from forerun.profiler._objects import (
    Counter,
    Domain,
    Event,
    Frame,
    Marker,
    Task,
    scope,
)
from forerun.profiler._profile import Profile, profile, step
from forerun.profiler._records import Model, OpRecord, Wait
from forerun.profiler._table import Table

__all__ = [
    "Counter",
    "Domain",
    "Event",
    "Frame",
    "Marker",
    "Model",
    "OpRecord",
    "Profile",
    "Table",
    "Task",
    "Wait",
    "dump",
    "dump_profile",
    "dumps",
    "pause",
    "profile",
    "profiler_set_config",
    "profiler_set_state",
    "resume",
    "scope",
    "set_config",
    "set_state",
    "step",
]
