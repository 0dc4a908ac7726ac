"""What makes hooks one build: the key of a frontend process, and the private records that go with it."""

from uniqver.session.process import frontend_process
from uniqver.session.records import Records, seconds_of
from uniqver.session.state import state_directory

__all__ = ["Records", "frontend_process", "seconds_of", "state_directory"]
