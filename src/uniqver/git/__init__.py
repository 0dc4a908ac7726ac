"""git, read natively: where the repository is, and what its work tree is like."""

from uniqver.git.locate import Repository, find_repository
from uniqver.git.read import read_state

__all__ = ["Repository", "find_repository", "read_state"]
