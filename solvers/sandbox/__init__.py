"""What stands between a program and the machine: the layers a forked child puts on before it reads a program.

`lockin` orders the layers; `seccomp`, `landlock`, `rlimits` and `privileges` are one each; `selftest` tries to break
out. None of them needs root or a user namespace, so they hold in a container too.
"""
