"""Package indexes: what they list of a project, asked for over the simple API (PEP 503, 629, 691, 700, 792).

:mod:`.address` says where an index is and who asks, :mod:`.client` asks and reads the page, which gives a
:mod:`.listing`, with what that kind of index does with uploads. Needs the extra ``check``; ``uniqver check``,
``uniqver prune`` and ``uniqver counter sync`` use it.
"""
