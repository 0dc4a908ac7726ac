"""Which version a build gets: the only place where precedence lives."""
