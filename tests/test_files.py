"""Files appear whole, or not at all, and nothing else is put in the place of what is no file."""

from __future__ import annotations

import errno
import os
import random
import re
import stat
import subprocess
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

import pytest
from permissions import mode, umask

from autograd import files, leftovers
from autograd.files import write_atomically
from autograd.leftovers import remove_leftovers, temporary_name

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and processes as Unix has them")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    assert b"a\n\xe2\x88\x82" == write_atomically(tmp_path / "text", "a\n∂").read_bytes()
    assert b"\r\n\x00" == write_atomically(tmp_path / "bytes", b"\r\n\x00").read_bytes()
    assert ["bytes", "text"] == names(tmp_path)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    for name in ("n" * 255, "∂" * 85):
        try:
            (tmp_path / name).touch()
        except OSError:
            pytest.skip("names are shorter here")
        assert b"whole" == write_atomically(tmp_path / name, "whole").read_bytes()


# ---------------------------------------------------------------- what is in the way


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_refused_and_stays_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="cannot write '.*pipe': this is a device or a pipe"):
        write_atomically(tmp_path / "pipe", "text")
    assert (tmp_path / "pipe").is_fifo()


def linked(path: Path, target: Path | str) -> Path:
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("links may not be made here")
    return path


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before", encoding="utf-8")
    write_atomically(linked(tmp_path / "link", tmp_path / "file"), "after")
    assert (tmp_path / "link").is_symlink()
    assert "after" == (tmp_path / "file").read_text(encoding="utf-8")


def test_what_a_link_leads_to_is_made(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    write_atomically(linked(tmp_path / "link", "folder/file"), "new")
    assert (tmp_path / "link").is_symlink()
    assert "new" == (tmp_path / "folder" / "file").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["link", "other"])
def test_a_link_that_leads_to_itself_is_refused_in_one_sentence(target: str, tmp_path: Path) -> None:
    linked(tmp_path / "other", "link")
    linked(tmp_path / "link", target)
    for path in (tmp_path / "link", tmp_path / "link" / "file"):
        with pytest.raises(OSError, match=re.escape(f"cannot write '{path}': it is a link that leads to itself")):
            write_atomically(path, "text")
    assert ["link", "other"] == names(tmp_path)


def test_a_link_that_leads_nowhere_is_refused_with_the_folder_that_is_missing(tmp_path: Path) -> None:
    missing = tmp_path.resolve() / "none"
    told = f"link': the link leads to '{missing / 'file'}', and there is no folder '{missing}'"
    with pytest.raises(FileNotFoundError, match=re.escape(told)):
        write_atomically(linked(tmp_path / "link", missing / "file"), "text")


def test_where_nothing_can_be_written_it_is_said_why(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write_atomically(tmp_path / "none" / "file", "text")
    with pytest.raises(IsADirectoryError, match="this is a folder"):
        write_atomically(tmp_path, "text")
    with pytest.raises(OSError, match="no file can have such a name"):
        write_atomically(tmp_path / "a\0b", "text")


# ---------------------------------------------------------------- permissions


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_a_new_file_gets_the_usual_permissions(mask: int, tmp_path: Path) -> None:
    with umask(mask):
        (tmp_path / "usual").touch()
        write_atomically(tmp_path / "file", "text")
    assert mode(tmp_path / "usual") == mode(tmp_path / "file")


@posix
@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o444, 0o755])
def test_a_file_that_is_replaced_keeps_its_permissions(kept: int, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(kept)
    with umask(0o027):
        write_atomically(tmp_path / "file", "after")
    assert (kept, b"after") == (mode(tmp_path / "file"), (tmp_path / "file").read_bytes())


@posix
def test_what_few_may_read_is_readable_by_no_more_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o600)
    modes = []
    opened = os.open

    def seen(path: Any, flags: int, *given: Any) -> int:
        handle = opened(path, flags, *given)
        modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return handle

    monkeypatch.setattr(os, "open", seen)
    with umask(0):
        write_atomically(tmp_path / "file", "secret")
    assert 0o600 == modes[0]


@posix
def test_the_rights_of_a_group_are_not_given_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    told = list(os.stat(tmp_path / "file"))
    told[stat.ST_MODE], told[stat.ST_GID] = 0o100664, told[stat.ST_GID] + 1

    def forbidden(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "only root may")

    monkeypatch.setattr(os, "chown", forbidden)
    files._take_over(tmp_path / "file", os.stat_result(told))
    assert 0o644 == mode(tmp_path / "file")


def test_the_mask_of_the_process_is_never_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("what other threads create would get another mode"))
    for _ in range(2):  # new, and replaced
        write_atomically(tmp_path / "file", "text")


# ---------------------------------------------------------------- disks and processes that fail


def test_the_content_is_on_the_disk_before_it_takes_the_place_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    synced, replaced = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (told.append(os.fstat(handle).st_size), synced(handle)))
    monkeypatch.setattr(os, "replace", lambda *paths: (told.append("replace"), replaced(*paths)))
    write_atomically(tmp_path / "file", "x" * 100)
    assert [100, "replace"] == told[:2] and (os.name != "posix" or 3 == len(told))  # and then the folder


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_is_full_leaves_the_old_content_and_nothing_else(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "file").write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="cannot write '.*file': No space left on device"):
        write_atomically(tmp_path / "file", "new")
    assert ("old", ["file"]) == ((tmp_path / "file").read_text(encoding="utf-8"), names(tmp_path))


@posix
def test_a_file_that_the_system_cuts_off_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old", encoding="utf-8")
    program = f"""
import resource, sys
from pathlib import Path
from autograd.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_atomically(Path({str(tmp_path / "file")!r}), "new" * 10_000)
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (f"cannot write '{tmp_path / 'file'}': File too large\n", "") == (done.stdout, done.stderr)
    assert ("old", ["file"]) == ((tmp_path / "file").read_text(encoding="utf-8"), names(tmp_path))


def test_a_disk_that_need_not_be_waited_for_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(handle: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unknown)
    assert b"text" == write_atomically(tmp_path / "file", "text").read_bytes()


def test_threads_that_save_to_one_path_leave_one_of_their_files_whole(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def save(letter: str) -> None:
        try:
            for _ in range(20):
                write_atomically(tmp_path / "file", letter * 50_000)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=save, args=(letter,)) for letter in "abcdefgh"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if (tmp_path / "file").exists():
            assert (tmp_path / "file").read_text(encoding="utf-8") in [letter * 50_000 for letter in "abcdefgh"]
    assert ([], ["file"]) == (failed, names(tmp_path))


SAVING = """
import itertools, sys
from pathlib import Path
from autograd.files import write_atomically
for number, letter in enumerate(itertools.cycle("ab")):
    write_atomically(Path(sys.argv[1]), letter * 300_000)
    if number == 0:
        print("begun", flush=True)
"""


@posix
@pytest.mark.parametrize("kills", [8, pytest.param(60, marks=pytest.mark.thorough)])
def test_a_process_that_is_killed_while_it_saves_leaves_whole_files_and_the_next_one_nothing_else(
    kills: int, tmp_path: Path
) -> None:
    rng, left = random.Random(kills), 0
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", SAVING, str(tmp_path / "file")], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None and "begun\n" == process.stdout.readline()
            time.sleep(rng.uniform(0.0, 0.05))
            process.kill()
        assert (tmp_path / "file").read_text(encoding="utf-8") in ("a" * 300_000, "b" * 300_000)
        left += len(names(tmp_path)) - 1
        assert len(names(tmp_path)) <= 2  # what earlier ones left was removed by the next
    assert left
    write_atomically(tmp_path / "file", "last")
    assert ["file"] == names(tmp_path)


# ---------------------------------------------------------------- what killed processes leave


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def left(folder: Path, name: str, days: float = 0.0) -> Path:
    (folder / name).touch()
    moment = time.time() - days * 24 * 3600
    os.utime(folder / name, (moment, moment))
    return folder / name


def of(process: int, machine: str | None = None) -> str:
    return f".model.json.{machine or leftovers._machine()}.{process}.0123abcd.part"


@posix
def test_what_a_dead_process_left_is_removed(tmp_path: Path) -> None:
    left(tmp_path, of(dead_process()))
    remove_leftovers(tmp_path)
    assert [] == names(tmp_path)


@posix
def test_what_another_users_process_writes_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(process: int, number: int) -> None:
        raise PermissionError(errno.EPERM, "not yours")

    monkeypatch.setattr(os, "kill", forbidden)
    path = left(tmp_path, of(dead_process()))
    remove_leftovers(tmp_path)
    assert path.exists()


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    paths = [left(tmp_path, of(process)) for process in {os.getpid(), os.getppid() or os.getpid()}]
    remove_leftovers(tmp_path)
    assert all(path.exists() for path in paths)


def test_another_machines_processes_are_not_known_but_a_day_is_enough(tmp_path: Path) -> None:
    process = dead_process()
    fresh, old = left(tmp_path, of(process, "00000000"), 0.9), left(tmp_path, of(process, "11111111"), 1.1)
    remove_leftovers(tmp_path)
    assert (True, False) == (fresh.exists(), old.exists())


@pytest.mark.parametrize(
    "name", [".part", "model.json.part", ".model.json.part", ".tmpabcd1234.part", ".model.json.12.part",
             ".model.json.0123abcd.0.0123abcd.part", ".model.json.0123abcd.12.0123abcd.part.txt", "model.json"],
)  # fmt: skip
def test_files_of_others_names_are_left_alone(name: str, tmp_path: Path) -> None:
    path = left(tmp_path, name, 400)
    remove_leftovers(tmp_path)
    assert path.exists()


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / of(1, "22222222")).mkdir()
    os.utime(tmp_path / of(1, "22222222"), (0, 0))
    remove_leftovers(tmp_path)
    assert (tmp_path / of(1, "22222222")).is_dir()


@pytest.mark.parametrize("name", ["model.json", "m", "∂" * 85, "a\nb.svg", ".hidden", "x.part"])
def test_every_name_that_is_given_is_known_again(name: str) -> None:
    found = leftovers._LEFT.fullmatch(temporary_name(name))
    assert found is not None and (leftovers._machine(), str(os.getpid())) == (found[1], found[2])
    assert temporary_name(name) != temporary_name(name)


def test_no_process_is_asked_where_that_would_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = types.SimpleNamespace(name="nt", getpid=os.getpid, kill=lambda *_: pytest.fail("that ends it"))
    monkeypatch.setattr(leftovers, "os", windows)
    assert not leftovers._is_dead(dead_process())


@pytest.mark.skipif(os.name == "nt", reason="Windows does not delete a folder in which somebody is")
def test_a_working_folder_that_was_deleted_is_said_to_be_none(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(FileNotFoundError, match="cannot write 'x.json'"):
        write_atomically(Path("x.json"), "text")
