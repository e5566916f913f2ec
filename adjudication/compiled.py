"""How the engine's functions are compiled: once a version, kept on disk, and never stale.

numba keeps compiled code beside the file of a function and does not notice when a function that it calls changes
in another file. So the code is kept in a folder named by the digest of every source of this package: another
source, another folder. `NUMBA_DISABLE_JIT=1` leaves plain Python functions, for a debugger.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba

config: Any = numba.config


@cache
def sources_digest() -> str:
    """Digest of the sources of this package and of the version of numba; 16 hexadecimal digits."""
    digest = hashlib.sha256(f"numba {numba.__version__}".encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _folder() -> str:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "nadir" / f"engine-{sources_digest()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return tempfile.mkdtemp(prefix="nadir-engine-")


def is_kept(function: Any) -> bool:
    """Whether the compiled code of a function is on disk, so that calling it compiles nothing."""
    return any(Path(_folder()).rglob(f"*.{function.__name__}-*.nbi"))


_OPTIONS: Any = {"cache": True, "_nrt": False}
"""No reference counts: a compiled function makes no array, it fills those that it is given."""


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function on its first call, keeping the code on disk for later processes.

    The function may not make an array: counting references to arrays took a third of the walk's time, and part of
    what compiling takes.
    """
    kept, config.CACHE_DIR = config.CACHE_DIR, _folder()
    try:
        return numba.njit(**_OPTIONS)(function)
    finally:
        config.CACHE_DIR = kept
