"""The benchmark suite: forerun beside other libraries, each in a process of its own.

`workloads` says what is done, `peers` how each library does it, `command` measures and
prints. What `worker` imports is loaded in the peers' environments too, where there is
no forerun: a library is imported only when its adapter is made.
"""
