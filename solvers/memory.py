"""Has a fork server's children touch few pages for the first time, which is most of what a short program costs.

What is freed while an engine is loaded leaves gaps all over the heap. malloc(3) gives those out first and keeps its
lists in them, so a child would copy a page for almost every block that it asks for: `fill_gaps`. A fork does not hand
down where the code of libraries lies, so a child would ask for it bit by bit: `map_code`.

Source: malloc(3), mallinfo2(3), madvise(2), proc_pid_maps(5). With another libc than glibc, or an older kernel,
children are slower and that is all.
"""

import ctypes
import re

from solvers.sandbox.kernel import Call, call

# glibc keeps small free blocks in lists by their size, a multiple of 16 of which 8 bytes are its own, and a block in
# such a list serves no other size. So every one of them is asked for, after those that are mapped on their own if
# they get any larger.
_SIZES = (*(2**exponent for exponent in range(16, 11, -1)), *range(2056, 16, -16))

_CODE = range(2**18, 2**22)
"""Bytes of a library that is worth mapping as a whole: a smaller one takes a fault or two, of a larger one most is
never run.
"""

_MADV_POPULATE_READ = 22


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def fill_gaps() -> None:
    """Take every free block below the heap's end, for good. Call it when everything is loaded."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return
    malloc, free, mallinfo = libc.malloc, libc.free, libc.mallinfo2
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    free.restype, free.argtypes = None, [ctypes.c_void_p]
    mallinfo.restype = _Mallinfo
    for size in _SIZES:
        while True:
            end = mallinfo().keepcost
            block = malloc(size)
            if mallinfo().keepcost != end:  # it came from the end: there is no gap left that holds it
                free(block)
                break


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
