"""Version control: git, read natively, and other systems through setuptools-scm."""
