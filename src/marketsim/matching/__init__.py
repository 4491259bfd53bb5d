"""The matching core: integer orders in, integer trades out; it knows no agent, no commodity and nothing above it.

`face` has the words, `reference` the plain engine, `core` the compiled one (imported only when asked for, because it
brings numba), `auction` the sealed call.
"""
