"""Making the server ready for its first reader, in a thread of its own."""

import gc
import importlib
import pkgutil

import registry.screens
from registry.serve import warm

_SCRIPTS = "registry.screens.pages."
"""Pages run when they are asked for; importing one would run it without a reader."""


def make_ready() -> None:
    """Compile the engine, load every module that pages use, and take all of it out of the garbage collection.

    Streamlit collects all garbage after each run of a page. Looking through the libraries every time took most of a
    page's processor time; what is frozen here is never looked at again.
    """
    warm()
    for module in pkgutil.walk_packages(registry.screens.__path__, "registry.screens."):
        if not module.name.startswith(_SCRIPTS):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
