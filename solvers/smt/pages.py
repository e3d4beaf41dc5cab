"""Lays a fork server's memory out so that its children fault little. Nothing here changes what is computed.

Most of what a forked child costs is page faults: one for every few pages of library code that it runs, one for every
page that it is the first to write. So code moves into anonymous huge pages, which a fork shares as they are; what the
engine has built so far is joined into huge pages, which are quicker to share; and the heap ends in huge pages that
nobody has touched, which a child takes with one fault instead of five hundred. Where a kernel gives no huge pages, or
refuses any of it, children are slower and that is all.

Source: mremap(2), madvise(2), mallopt(3), mallinfo2(3).
"""

import ctypes
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from solvers.memory import fill_gaps

_HUGE = 2 * 2**20
_SLACK = 4 * 2**20
"""Heap that the fork server itself may still grow into."""
_ROOM = 60 * 2**20
"""Untouched heap for each child; address space, not memory."""

_READ, _WRITE, _EXECUTE = 1, 2, 4
_PRIVATE_ANONYMOUS = 0x22
_MAYMOVE_FIXED = 3
_MADV_HUGEPAGE, _MADV_COLLAPSE = 14, 25
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_BLOCK = 2**25
"""The highest threshold that mallopt takes; a larger block is always mapped on its own."""
_LARGEST_GAP = 24
"""Exponent of two of the largest gap to fill; below `_LARGEST_BLOCK`, as `fill_gaps` asks."""
_FAILED = 2**64 - 1

_pointer, _size = ctypes.c_void_p, ctypes.c_size_t


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, _size) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


@dataclass(frozen=True, slots=True)
class _Mapping:
    start: int
    end: int
    permissions: str
    path: str


class Pages:
    """The memory of this process: `keep_heap` before the engine is loaded, `settle` after, `take_room` in a child."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None)
        self._mmap = _function(libc, "mmap", _pointer, _pointer, _size, *[ctypes.c_int] * 3, ctypes.c_long)
        self._mremap = _function(libc, "mremap", _pointer, _pointer, _size, _size, ctypes.c_int, _pointer)
        self._mprotect = _function(libc, "mprotect", ctypes.c_int, _pointer, _size, ctypes.c_int)
        self._munmap = _function(libc, "munmap", ctypes.c_int, _pointer, _size)
        self._madvise = _function(libc, "madvise", ctypes.c_int, _pointer, _size, ctypes.c_int)
        self._mallopt = _function(libc, "mallopt", ctypes.c_int, ctypes.c_int, ctypes.c_int)
        self._malloc = _function(libc, "malloc", _pointer, _size)
        self._free = _function(libc, "free", None, _pointer)
        self._sbrk = _function(libc, "sbrk", _pointer, ctypes.c_long)
        self._mallinfo = _function(libc, "mallinfo2", _Mallinfo)
        self._slack = 0

    def keep_heap(self) -> None:
        """Keep what is freed, and large blocks too, in the one heap that `settle` arranges."""
        self._mallopt(_M_MMAP_THRESHOLD, _LARGEST_BLOCK)
        self._mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)

    def settle(self) -> None:
        """Arrange code and heap. For a process with one thread: code is moved while nothing runs it."""
        self._move_code()
        fill_gaps(_LARGEST_GAP)
        blocks = [self._malloc(_LARGEST_BLOCK - 4096) for _ in range((_SLACK + _ROOM) // _LARGEST_BLOCK)]
        for block in reversed(blocks):
            self._free(block)
        end = self._sbrk(0)
        top = end - self._mallinfo().keepcost
        room = -(-(top + _SLACK) // _HUGE) * _HUGE
        if room < end:
            self._madvise(room, end - room, _MADV_HUGEPAGE)
            self._slack = room - top - 64
        for mapping in _mappings():
            if mapping.permissions == "rw-p" and mapping.path in {"", "[heap]"}:
                last = min(mapping.end, top) if mapping.path else mapping.end
                self._collapse(mapping.start, last)

    def take_room(self) -> None:
        """In a child: leave the shared part of the heap behind; what is allocated from here on is new memory."""
        if self._slack:
            self._malloc(self._slack)

    def _collapse(self, start: int, end: int) -> None:
        first, last = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if first < last:
            self._madvise(first, last - first, _MADV_COLLAPSE)

    def _move_code(self) -> None:
        if os.uname().machine != "x86_64":
            return  # Elsewhere copied code needs more care than this takes.
        for mapping in _mappings():
            # Small libraries are not worth it: every page that is moved is one more for each fork to share.
            large = mapping.end - mapping.start >= _HUGE
            if mapping.permissions == "r-xp" and mapping.path.startswith("/") and large:
                self._move(mapping)

    def _move(self, mapping: _Mapping) -> None:
        """Put an anonymous copy in the place of a mapping, in one step, for libc is moved like the others."""
        length = mapping.end - mapping.start
        room = self._mmap(None, length + 2 * _HUGE, _READ | _WRITE, _PRIVATE_ANONYMOUS, -1, 0)
        if room == _FAILED:
            return
        # A huge page moves as a whole between addresses that lie alike to its size.
        copy = room + (mapping.start - room) % _HUGE
        self._madvise(copy, length, _MADV_HUGEPAGE)
        ctypes.memmove(copy, mapping.start, length)
        self._mprotect(copy, length, _READ | _EXECUTE)
        moved = self._mremap(copy, length, length, _MAYMOVE_FIXED, mapping.start)
        if copy > room:
            self._munmap(room, copy - room)
        end = room + length + 2 * _HUGE
        rest = copy if moved == _FAILED else copy + length
        self._munmap(rest, end - rest)


def _function(libc: ctypes.CDLL, name: str, result: type | None, *arguments: type) -> "ctypes._NamedFuncPointer":
    function = libc[name]
    function.restype = result
    function.argtypes = arguments
    return function


def _mappings() -> Iterator[_Mapping]:
    """Source: proc_pid_maps(5)."""
    with open("/proc/self/maps") as maps:
        lines = maps.read().splitlines()
    for line in lines:
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)", line)
        if match:
            yield _Mapping(int(match[1], 16), int(match[2], 16), match[3], match[4])
