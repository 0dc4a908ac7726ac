"""The project's own files: pyproject.toml, setup.cfg, PKG-INFO and the version file."""
