"""``uniqver check``: predicts what an index will do with files, before they are uploaded.

:mod:`.pipeline` reads the files (:mod:`.contents`), asks the index, and tries every rule on every file. A rule takes a
:class:`~.rules.Case` and returns a :class:`~.report.Finding` or ``None``: those that hold everywhere are in
:mod:`.rules`, PyPI's in :mod:`.pypi`, :mod:`.pypi_metadata` and :mod:`.pypi_archive`, and a real installation is in
:mod:`.install`. :mod:`.options` is the command line, :mod:`.report` what it prints.
"""
