"""``python -m forerun COMMAND``: each command is a module with a function ``main``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

__all__ = ["main"]

# By name: where it is, and what it does.
COMMANDS = {
    "bench": ("forerun._bench.command", "measures forerun beside other libraries"),
    "info": ("forerun._info", "tells versions, the processor and the settings"),
    "trace": ("forerun._trace", "profiles a script unchanged"),
}


def main(arguments: Sequence[str]) -> int:
    """Run the command that the first argument names; give the exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: python -m forerun COMMAND [--help | OPTIONS]\n")
        for name, (_, summary) in COMMANDS.items():
            print(f"  {name:8}{summary}")
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        print(f"forerun: there is no command {name!r}, but {known}", file=sys.stderr)
        return 2
    code: int = importlib.import_module(COMMANDS[name][0]).main(rest)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
