"""Memory that is given back: large columns come and go by the portion, and must not stay with the process."""

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
_LARGE_BYTES = 4 * 2**20


def give_back_large_blocks() -> None:
    """Let glibc return every block of 4 MB and more when it is freed.

    It would otherwise raise that limit to 32 MB by itself, keep such blocks, and not find room in them for the next
    portion: a third of the memory of a long refresh. Where there is no glibc nothing is done.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
