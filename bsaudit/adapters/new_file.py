"""A new file that grows unseen and is whole or not there; for its owner alone, in place of another only if told to."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp


class NewFile:
    """What is written stands beside it, and `finish` gives it its name. All raise OSError, and leave nothing then."""

    def __init__(self, path: Path) -> None:
        self._path = path
        descriptor, beside = mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        self._beside = Path(beside)
        self._stream = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except OSError:
            self._discard()
            raise

    def finish(self, *, over: bool = False) -> None:
        """Give it its name, `over` what has it by now. Without that, raises FileExistsError there."""
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            if over:
                self._beside.replace(self._path)
            else:
                os.link(self._beside, self._path)  # unlike a rename, never in place of what is there
        finally:
            self._discard()

    def _discard(self) -> None:
        """Close it, and leave nothing beside what has its name."""
        with suppress(OSError):  # what was not written yet does not fit either
            self._stream.close()
        self._beside.unlink(missing_ok=True)
