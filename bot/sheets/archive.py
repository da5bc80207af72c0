"""The zip archive that a workbook is, judged by its directory before anything is unpacked."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from access.rules.list_rows import Unreadable, WhyUnread

_MOST_UNPACKED = 40 * 1024 * 1024
_MOST_MEMBERS, _LONGEST_DIRECTORY = 1_000, 256 * 1024
_HIGHEST_RATIO, _SMALL = 200, 1024 * 1024
_CHUNK = 64 * 1024
_END = struct.Struct("<4s4H2LH")
"""How an archive ends: `zipfile` would read as many entries as are claimed there."""
_OTHERS = {"content.xml": "ods", "index/document.iwa": "numbers", "xl/workbook.bin": "xlsb"}
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OSError)


class Unfit(Exception):
    """Ends the reading of a workbook; `refusal` is what is told."""

    def __init__(self, why: WhyUnread, row: int = 0, *found: str) -> None:
        super().__init__(why)
        self.refusal = Unreadable(why, row, found=found)


class Archive:
    """Members by name; raises Unfit where the directory promises no workbook of bearable size."""

    def __init__(self, content: bytes) -> None:
        end = content.rfind(b"PK\5\6")
        if end < 0 or end + _END.size > len(content) or content[end - 20 : end - 16] == b"PK\6\7":
            raise Unfit(WhyUnread.DAMAGED)
        *_, count, directory, _, comment = _END.unpack_from(content, end)
        if end + _END.size + comment != len(content):
            raise Unfit(WhyUnread.DAMAGED)
        if count > _MOST_MEMBERS or directory > _LONGEST_DIRECTORY:
            raise Unfit(WhyUnread.UNPACKS_TOO_BIG)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN as broken:
            raise Unfit(WhyUnread.DAMAGED) from broken
        listed = self._zip.infolist()
        self.members = {one.filename.lower(): one for one in listed}
        self._judge(listed)

    def _judge(self, listed: list[zipfile.ZipInfo]) -> None:
        if any(one.flag_bits & 1 for one in listed):
            raise Unfit(WhyUnread.ENCRYPTED)
        if any(name.endswith("vbaproject.bin") for name in self.members):
            raise Unfit(WhyUnread.MACROS)
        if "xl/workbook.xml" not in self.members:
            other = next((_OTHERS[one] for one in _OTHERS if one in self.members), "zip")
            raise Unfit(WhyUnread.OTHER_FORMAT, 0, other)
        steep = any(one.file_size > max(_SMALL, one.compress_size * _HIGHEST_RATIO) for one in listed)
        if steep or sum(one.file_size for one in listed) > _MOST_UNPACKED:
            raise Unfit(WhyUnread.UNPACKS_TOO_BIG)
        if len(self.members) < len(listed):  # each program might open another of two
            raise Unfit(WhyUnread.DAMAGED)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a member piece by piece, never more than its directory says, nothing where it is missing."""
        try:
            if one := self.members.get(name.lower()):
                with self._zip.open(one) as member:
                    while chunk := member.read(_CHUNK):
                        yield chunk
        except _BROKEN as broken:
            raise Unfit(WhyUnread.DAMAGED) from broken
