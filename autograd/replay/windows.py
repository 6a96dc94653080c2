"""Who owns a file on Windows, which has no user numbers but identities (SIDs) of variable length.

The functions are described in Microsoft's "Windows API": GetSecurityInfo, OpenProcessToken, GetTokenInformation. The
access lists, which say who may write to a file, are not read here: in the folder of the cache that is the owner and
administrators, unless somebody has changed it.
"""

from __future__ import annotations

import ctypes
import errno
from typing import Any

_FILE_OBJECT, _OWNER_INFORMATION = 1, 1
_TOKEN_QUERY, _TOKEN_USER, _TOKEN_OWNER = 8, 1, 4
_THIS_PROCESS = -1  # a handle that always means it
_MOST = 1024  # bytes: an identity has 68 at most


class Security:
    """What is asked of Windows; raises OSError where it does not answer."""

    def __init__(self) -> None:
        import msvcrt

        self.advapi32: Any = ctypes.WinDLL("advapi32")  # type: ignore[attr-defined,unused-ignore]
        self.kernel32: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
        self.system_handle: Any = msvcrt.get_osfhandle  # type: ignore[attr-defined,unused-ignore]

    def owner(self, handle: int) -> bytes:
        """The identity of the owner of an open file."""
        owner, descriptor = ctypes.c_void_p(), ctypes.c_void_p()
        failed = self.advapi32.GetSecurityInfo(
            ctypes.c_void_p(self.system_handle(handle)), _FILE_OBJECT, _OWNER_INFORMATION,
            ctypes.byref(owner), None, None, None, ctypes.byref(descriptor),
        )  # fmt: skip
        if failed:
            raise OSError(errno.EPERM, "Windows does not tell the owner")
        try:
            return self._identity(owner)
        finally:
            self.kernel32.LocalFree(descriptor)

    def own_identities(self) -> set[bytes]:
        """This user, and who owns the files that the program makes: for administrators, that may be all of them."""
        token = ctypes.c_void_p()
        process = ctypes.c_void_p(_THIS_PROCESS)
        if not self.advapi32.OpenProcessToken(process, _TOKEN_QUERY, ctypes.byref(token)):
            raise OSError(errno.EPERM, "Windows does not tell the user")
        try:
            return {self._of_token(token, kind) for kind in (_TOKEN_USER, _TOKEN_OWNER)}
        finally:
            self.kernel32.CloseHandle(token)

    def _of_token(self, token: ctypes.c_void_p, kind: int) -> bytes:
        found = ctypes.create_string_buffer(_MOST)  # begins with where the identity is
        size = ctypes.c_ulong()
        if not self.advapi32.GetTokenInformation(token, kind, found, _MOST, ctypes.byref(size)):
            raise OSError(errno.EPERM, "Windows does not tell the user")
        return self._identity(ctypes.c_void_p.from_buffer(found))

    def _identity(self, place: ctypes.c_void_p) -> bytes:
        return ctypes.string_at(place, self.advapi32.GetLengthSid(place))
