"""Files appear whole, or not at all, and nothing else is put in the place of what is no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograd.files import write_atomically


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    assert b"a\n\xe2\x88\x82" == write_atomically(tmp_path / "text", "a\n∂").read_bytes()
    assert b"\r\n\x00" == write_atomically(tmp_path / "bytes", b"\r\n\x00").read_bytes()
    assert {"text", "bytes"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_refused_and_stays_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="cannot write '.*pipe': this is a device or a pipe"):
        write_atomically(tmp_path / "pipe", "text")
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before", encoding="utf-8")
    try:
        (tmp_path / "link").symlink_to(tmp_path / "file")
    except OSError:
        pytest.skip("links may not be made here")
    write_atomically(tmp_path / "link", "after")
    assert (tmp_path / "link").is_symlink()
    assert "after" == (tmp_path / "file").read_text(encoding="utf-8")


def test_where_nothing_can_be_written_it_is_said_why(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write_atomically(tmp_path / "none" / "file", "text")
    with pytest.raises(IsADirectoryError, match="this is a folder"):
        write_atomically(tmp_path, "text")
