"""Has a fork server's children touch few pages for the first time, which is most of what a short program costs.

What is freed while an engine is loaded leaves gaps all over the heap. malloc(3) gives those out first and keeps its
lists in them, so a child would copy a page for almost every block that it asks for: `fill_gaps`. A fork copies an
entry for each page, or one for 512 that lie in a huge page: `join_pages`. It does not hand down where the code of
libraries lies, so a child would ask for it bit by bit: `map_code`.

Source: malloc(3), mallinfo2(3), madvise(2), proc_pid_maps(5). With another libc than glibc, or an older kernel,
children are slower and that is all.
"""

import ctypes
import re

from solvers.sandbox.kernel import Call, call

# glibc keeps small free blocks in lists by their size, a multiple of 16 of which 8 bytes are its own, and a block in
# such a list serves no other size. So every one of them is asked for, after those that are mapped on their own if
# they get any larger.
_SMALL = range(2056, 16, -16)

_CODE = range(2**18, 2**22)
"""Bytes of a library that is worth mapping as a whole: a smaller one takes a fault or two, of a larger one most is
never run.
"""

_MADV_POPULATE_READ, _MADV_COLLAPSE = 22, 25
_HUGE = 2**21


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def fill_gaps(largest_exponent: int = 16) -> None:
    """Take every free block below the heap's end, for good. Call it when everything is loaded.

    Args:
        largest_exponent: of two, the largest block to look for. It must stay below malloc's threshold for mapping a
            block on its own (2**17 unless changed): such a block never comes from the end, and the search would never
            end.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return
    malloc, free, mallinfo = libc.malloc, libc.free, libc.mallinfo2
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    free.restype, free.argtypes = None, [ctypes.c_void_p]
    mallinfo.restype = _Mallinfo
    for size in (*(2**exponent for exponent in range(largest_exponent, 11, -1)), *_SMALL):
        while True:
            end = mallinfo().keepcost
            block = malloc(size)
            if mallinfo().keepcost != end:  # it came from the end: there is no gap left that holds it
                free(block)
                break


def join_pages() -> None:
    """Move what this process has written so far into huge pages, as far as the kernel has them."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return
    madvise, sbrk, mallinfo = libc.madvise, libc.sbrk, libc.mallinfo2
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    sbrk.restype, sbrk.argtypes = ctypes.c_void_p, [ctypes.c_long]
    mallinfo.restype = _Mallinfo
    used = sbrk(0) - mallinfo().keepcost  # behind it the heap is empty
    with open("/proc/self/maps") as maps:
        found = re.findall(r"^(\w+)-(\w+) rw-p \S+ \S+ 0 *(\[heap\])?$", maps.read(), re.MULTILINE)
    for start, end, heap in found:
        last = min(int(end, 16), used) if heap else int(end, 16)
        first, last = -(-int(start, 16) // _HUGE) * _HUGE, last // _HUGE * _HUGE
        if first < last:
            madvise(first, last - first, _MADV_COLLAPSE)


def map_code() -> tuple[Call, ...]:
    """What maps the libraries' code in a child at once. Ask when everything is loaded."""
    with open("/proc/self/maps") as maps:
        found = re.findall(r"^(\w+)-(\w+) r-xp \S+ \S+ \S+ +/", maps.read(), re.MULTILINE)
    spans = [(int(start, 16), int(end, 16)) for start, end in found]
    return tuple(
        call("madvise", start, end - start, _MADV_POPULATE_READ, may_fail=True)
        for start, end in spans
        if end - start in _CODE
    )
