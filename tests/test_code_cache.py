"""Machine code on disk is private, and read only where nobody else can have written it."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import pytest
from permissions import mode, umask

from autograd.replay import loading, owners, windows
from autograd.replay.loading import seal, unsealed

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions as Unix has them")


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A file with the content b"code"."""
    seal(tmp_path / "file", b"code")
    assert b"code" == unsealed(tmp_path / "file")
    return tmp_path / "file"


# ---------------------------------------------------------------- files


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277, 0o777])
def test_files_and_folders_are_private_whatever_the_mask(mask: int, tmp_path: Path) -> None:
    with umask(mask & 0o077):
        seal(tmp_path / "made" / "on demand" / "file", b"code")
    with umask(mask):
        seal(tmp_path / "file", b"code")
    assert {0o600} == {mode(tmp_path / "file"), mode(tmp_path / "made" / "on demand" / "file")}
    assert {0o700} == {mode(tmp_path / "made"), mode(tmp_path / "made" / "on demand")}


@posix
@pytest.mark.parametrize("open_to", [0o620, 0o602, 0o666, 0o777])
def test_a_file_that_others_may_write_is_not_read_and_is_made_anew(open_to: int, sealed: Path) -> None:
    sealed.chmod(open_to)
    assert unsealed(sealed) is None
    seal(sealed, b"code")
    assert (b"code", 0o600) == (unsealed(sealed), mode(sealed))


@posix
@pytest.mark.parametrize("closed", [0o600, 0o400, 0o644, 0o500])
def test_a_file_that_others_may_only_read_is_read(closed: int, sealed: Path) -> None:
    sealed.chmod(closed)
    assert b"code" == unsealed(sealed)


@posix
def test_a_file_of_another_user_is_not_read(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: sealed.stat().st_uid + 1)
    assert unsealed(sealed) is None


def test_a_link_is_not_followed_and_is_replaced(sealed: Path, tmp_path: Path) -> None:
    try:
        (tmp_path / "link").symlink_to(sealed)
    except OSError:
        pytest.skip("links may not be made here")
    assert unsealed(tmp_path / "link") is None
    seal(tmp_path / "link", b"other code")
    assert (b"other code", b"code") == (unsealed(tmp_path / "link"), unsealed(sealed))


def test_a_link_is_not_followed_where_the_system_cannot_refuse_it(
    sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        (tmp_path / "link").symlink_to(sealed)
    except OSError:
        pytest.skip("links may not be made here")
    monkeypatch.delattr(os, "O_NOFOLLOW", raising=False)
    monkeypatch.setattr(owners, "_READ", os.O_RDONLY | getattr(os, "O_BINARY", 0))
    assert unsealed(tmp_path / "link") is None
    assert b"code" == unsealed(sealed)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert unsealed(tmp_path / "pipe") is None


@posix
def test_what_was_opened_is_looked_at_and_not_what_the_name_led_to_before(
    sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(tmp_path / "planted", b"planted")
    (tmp_path / "planted").chmod(0o666)
    opened = os.open

    def too_late(path: Any, flags: int, *given: Any) -> int:
        os.replace(tmp_path / "planted", sealed)  # at the last moment
        return opened(path, flags, *given)

    monkeypatch.setattr(os, "open", too_late)
    assert unsealed(sealed) is None


# ---------------------------------------------------------------- folders


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is not there, and no other word on where to keep anything."""
    for name in ("CHAINRULE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "no" / "home"))
    return tmp_path / "no" / "home"


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_home_that_is_not_there_is_not_made(system: str, homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading.sys, "platform", system)
    assert loading._folder() is None
    homes.mkdir(parents=True)
    assert (found := loading._folder()) is not None and homes in found.parents and not found.exists()


@pytest.mark.parametrize("name", ["CHAINRULE_CACHE", "XDG_CACHE_HOME"])
def test_a_folder_that_is_asked_for_is_made_but_no_home_for_it(
    name: str, homes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading.sys, "platform", "linux")
    monkeypatch.setenv(name, str(homes / "cache"))
    assert loading._folder() is None
    monkeypatch.setenv(name, str(tmp_path / "asked" / "for"))
    assert (tmp_path / "asked" / "for") in ((found := loading._folder()), *(found.parents if found else ()))


def test_a_folder_that_is_asked_for_needs_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("no home directory")

    monkeypatch.setattr(Path, "home", none)
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    assert tmp_path / "cache" == loading._folder()


# ---------------------------------------------------------------- Windows, of which only the answers are played here


class Windows:
    """Answers of Windows: identities by handle and by kind of question, in memory that lasts as long as this does."""

    def __init__(self, owner: bytes, user: bytes, group: bytes) -> None:
        self.texts = {name: ctypes.create_string_buffer(text, len(text) + 1)
                      for name, text in (("owner", owner), ("user", user), ("group", group))}  # fmt: skip
        self.lengths = {ctypes.addressof(self.texts[name]): len(text)
                        for name, text in (("owner", owner), ("user", user), ("group", group))}  # fmt: skip
        self.freed: list[str] = []
        self.fails = ""

    def GetSecurityInfo(self, handle: Any, kind: int, what: int, owner: Any, *others: Any) -> int:
        assert (1007, 1, 1) == (handle.value, kind, what)
        owner._obj.value = ctypes.addressof(self.texts["owner"])
        return 5 if self.fails == "GetSecurityInfo" else 0

    def GetLengthSid(self, place: Any) -> int:
        return self.lengths[place.value]

    def OpenProcessToken(self, process: Any, access: int, token: Any) -> bool:
        assert (ctypes.c_void_p(-1).value, 8) == (process.value, access)
        token._obj.value = 77
        return self.fails != "OpenProcessToken"

    def GetTokenInformation(self, token: Any, kind: int, found: Any, most: int, size: Any) -> bool:
        assert 77 == token.value and most >= 88
        ctypes.c_void_p.from_buffer(found).value = ctypes.addressof(self.texts[{1: "user", 4: "group"}[kind]])
        return self.fails != "GetTokenInformation"

    def LocalFree(self, place: Any) -> None:
        self.freed.append("LocalFree")

    def CloseHandle(self, handle: Any) -> None:
        self.freed.append("CloseHandle")


def played(monkeypatch: pytest.MonkeyPatch, system: Windows) -> None:
    class Security(windows.Security):
        def __init__(self) -> None:
            self.advapi32 = self.kernel32 = system
            self.system_handle = lambda handle: 1007

    monkeypatch.setattr(windows, "Security", Security)
    monkeypatch.setattr(owners, "_on_windows", True)


@pytest.mark.parametrize(
    "owner, is_read", [(b"me\0and more", True), (b"my group", True), (b"me", False), (b"another", False)]
)
def test_on_windows_a_file_is_read_if_its_owner_is_this_user_or_who_owns_what_it_makes(
    owner: bytes, is_read: bool, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = Windows(owner, b"me\0and more", b"my group")
    played(monkeypatch, system)
    assert (b"code" if is_read else None) == unsealed(sealed)
    assert ["LocalFree", "CloseHandle"] == system.freed


@pytest.mark.parametrize("call", ["GetSecurityInfo", "OpenProcessToken", "GetTokenInformation"])
def test_where_windows_does_not_answer_nothing_is_read(
    call: str, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = Windows(b"me", b"me", b"me")
    played(monkeypatch, system)
    system.fails = call
    assert unsealed(sealed) is None
