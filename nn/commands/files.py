"""Files of the command line: tables to read, and names under which nothing may be written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from autograd.files import destination

from ..choices import listed
from ..models import Model
from ..tables import Dataset, Table
from .arguments import UsageError


def writable(path: str, option: str, **others: str) -> Path:
    """The path of a file to write; raises UsageError if it is one of the others, or if nothing can be written there.

    It is asked before the work begins: nobody trains for an hour for a folder that is not there.
    """
    for what, other in others.items():
        if _is_same(path, other):
            raise UsageError(f"{option} '{path}' would write over the {what.replace('_', ' ')}: choose another name")
    if Path(path).exists() and not Path(path).is_file() and not Path(path).is_dir():
        # Files are written by replacing what was there: whoever may do anything would lose /dev/null by it.
        raise UsageError(f"{option} '{path}' is no ordinary file, but a device or a pipe: give the name of a file")
    try:
        folder = destination(Path(path)).parent
    except IsADirectoryError:
        raise UsageError(f"{option} '{path}' is a folder: give the name of a file") from None
    except OSError as error:
        raise UsageError(f"{option} '{path}': {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{option} '{path}': no file can be made in the folder '{folder}'")
    return Path(path)


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:  # one of them is not there yet
        return os.path.normcase(os.path.abspath(path)) == os.path.normcase(os.path.abspath(other))


def told(error: OSError) -> str:
    """An error of the file system as a sentence."""
    if error.filename is None:
        return error.strerror or str(error)
    if error.errno == errno.ENOENT:
        return f"there is no file '{error.filename}'"
    if error.errno == errno.EISDIR:
        return f"'{error.filename}' is a folder: give the name of a file"
    return f"'{error.filename}' cannot be opened: {error.strerror}"


def rows_of(model: Model, table: Table, path: str) -> list[tuple[float, ...]]:
    """The rows of a table as the model's inputs; raises UsageError that names every column that is missing."""
    missing = [column.name for column in model.encoding.columns if column.name not in table.names]
    if missing:
        raise UsageError(f"'{path}' has no column {listed(missing)}, and the model needs "
                         f"{'it' if len(missing) == 1 else 'them'}")  # fmt: skip
    return model.encoding.encode(table)


def has_targets(model: Model, table: Table) -> bool:
    """Whether the table has what the model predicts."""
    return all(column.name in table.names for column in model.encoding.targets)


def dataset_of(model: Model, table: Table, path: str) -> Dataset:
    """The rows of a table with their targets, in the model's encoding."""
    return Dataset(rows_of(model, table, path), model.encoding.encode_targets(table), model.encoding)
