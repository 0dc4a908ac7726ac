"""git, read natively: where the repository is, what its work tree is like, and what lies around HEAD."""

from uniqver.git.around import Around, look_around
from uniqver.git.locate import Repository, enclosing_work_tree, find_repository
from uniqver.git.read import read_state
from uniqver.git.run import SECONDS, Git
from uniqver.git.tracked import tracked_files

__all__ = [
    "SECONDS",
    "Around",
    "Git",
    "Repository",
    "enclosing_work_tree",
    "find_repository",
    "look_around",
    "read_state",
    "tracked_files",
]
