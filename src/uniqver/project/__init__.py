"""The project's files: what pyproject.toml says, an sdist's PKG-INFO, and the version file."""
