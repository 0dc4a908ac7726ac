import contextlib
import json
import os
import tempfile
from pathlib import Path

from uniqver.counters.protocol import Allocation, Claim, Stream
from uniqver.errors import CounterError


class FolderCounter:
    """``folder:///mnt/numbers``: a file for each number; a hard link is made once or not at all."""

    def __init__(self, setting, context):
        self.place = setting.removeprefix("folder://")

    def history(self, stream=None):
        files = sorted(Path(self.place).glob("*.json"), key=lambda file: int(file.stem.rpartition("-")[2]))
        records = [json.loads(file.read_text()) for file in files]
        made = [Allocation(Stream(*of), number, Claim(*claim), by) for of, number, claim, by in records]
        return (each for each in made if stream in (None, each.stream))

    def peek(self, stream, key):
        made = list(self.history(stream))
        return next((each for each in made if each.claim.key == key), len(made) + 1)

    def allocate(self, stream, claim):
        while isinstance(found := self.peek(stream, claim.key), int):
            made = Allocation(stream=stream, number=found, claim=claim, algorithm="folder/1")
            with tempfile.NamedTemporaryFile("w", dir=self.place) as file, contextlib.suppress(FileExistsError):
                print(json.dumps(made), file=file, flush=True)
                os.link(file.name, Path(self.place, f"{stream}-{found}.json"))
        return found

    def floor(self, stream, number):
        raise CounterError(what="a folder has no floor", fix="set a higher base in [tool.uniqver]")

    def check(self):
        tempfile.NamedTemporaryFile(dir=self.place).close()
