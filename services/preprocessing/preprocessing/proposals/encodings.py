"""Detect the encoding of text by byte order mark, zeros between the letters, valid UTF-8, then statistics.

Where bytes are neither, `charset-normalizer` judges the lines that hold bytes beyond ASCII, among the encodings that files are
found in. It tells scripts apart well (Cyrillic, Greek, Japanese), and the pages of Latin letters badly where there is little
text; among those the one wins whose letters are all of one language (decision 0014).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

PLAUSIBLE = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "koi8_r", "cp866", "cp850", "cp437", "mac_roman"),
    *("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
]
"""Candidates of charset-normalizer. Others are either aliases of these for all that a table holds, or have not been written
by common programs for decades."""

_WESTERN = [
    "äöüß",
    "àâæçéèêëîïôœùûü",
    "áéíñóúüªº",
    "ãáâàçéêíóôõúü",
    "àèéìíîòóùú",
    "áéëïóöüè",
    "åäöéü",
    "æøåéü",
    "áéíóúýðþæö",
]
_CENTRAL = ["ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ", "äöüß"]
_TURKISH = ["âçği̇îöşü\u0131"]
_BALTIC = ["ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"]

_LATIN: dict[str, list[str]] = {
    "latin-1": _WESTERN,
    "cp1252": _WESTERN,
    "cp1254": _TURKISH,
    "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL,
    "cp1257": _BALTIC,
    "mac-roman": _WESTERN,
    "cp850": _WESTERN,
}
"""Pages of Latin letters, the likeliest first, and the letters beyond ASCII of the languages that are written in them."""

_LATIN_FOUND = frozenset({"cp1250", "cp1252", "cp1254", "cp1257", "iso8859_2", "mac_roman", "cp850", "cp437"})

_JUDGED_BYTES = 1 << 15
"""Bytes of lines with non-ASCII characters that are judged, which takes a fraction of a second."""
_WHITE = "\t\n\r\f\x1b\x1f\x01"
_ZERO_SHARE = 0.2
"""Zeros at this share of the odd, or of the even, places, and hardly any at the others, are UTF-16."""
_MARKS = [
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
]


@dataclass(frozen=True)
class Encoding:
    """An encoding as `source.encoding` takes it, and why."""

    name: str
    reason: str


def encoding_of(pieces: list[bytes]) -> Encoding | None:
    """Return the encoding of a text from `pieces` of it, the first from its start; None for binary data.

    Pieces may be cut within a character. UTF-8 with a byte order mark is `utf-8`: readers skip the mark.
    """
    start = pieces[0]
    for mark, name in _MARKS:
        if start.startswith(mark):
            return Encoding(name, "it begins with a byte order mark")
    wide = _without_mark(start)
    if wide is not None and _is_text(text := start.decode(wide, "replace")) and ("\n" in text or "\r" in text):
        return Encoding(wide, "every other byte is zero, as ASCII text is in UTF-16")
    if any(b"\0" in piece for piece in pieces):
        return None
    if all(piece.isascii() for piece in pieces):
        return Encoding("utf-8", "all sampled bytes are ASCII")
    if all(map(_is_utf8, pieces)):
        return Encoding("utf-8", "all sampled bytes are valid UTF-8")
    return _judged(pieces)


def _without_mark(start: bytes) -> str | None:
    size = len(start) // 2 * 2
    if not size:
        return None
    even, odd = (start[offset:size:2].count(0) / (size // 2) for offset in (0, 1))
    if odd >= _ZERO_SHARE and even < odd / 10:
        return "utf-16-le"
    if even >= _ZERO_SHARE and odd < even / 10:
        return "utf-16-be"
    return None


def _is_text(text: str) -> bool:
    return sum(character < " " and character not in _WHITE for character in text) <= len(text) / 100


def _is_utf8(piece: bytes) -> bool:
    """Return whether the piece is valid UTF-8, except for characters cut at its ends."""
    begun = piece.lstrip(bytes(range(0x80, 0xC0))) if piece[:1] and 0x80 <= piece[0] < 0xC0 else piece
    if len(piece) - len(begun) > 3:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begun)
    except UnicodeDecodeError:
        return False
    return True


def _judged(pieces: list[bytes]) -> Encoding | None:
    beyond = b"\n".join(line for piece in pieces for line in re.findall(rb"[^\n]*[\x80-\xff][^\n]*", piece))
    beyond = beyond[:_JUDGED_BYTES]
    if not _is_text(beyond.decode("latin-1")):
        return None
    best = from_bytes(beyond, cp_isolation=PLAUSIBLE, preemptive_behaviour=False, enable_fallback=False).best()
    if best is not None and best.encoding not in _LATIN_FOUND:
        name = best.encoding.replace("_", "-")
        return Encoding(name, "not UTF-8; guessed from its non-ASCII characters (charset-normalizer)")
    shares = {name: _of_one_language(beyond, name, languages) for name, languages in _LATIN.items()}
    name = max(shares, key=lambda name: shares[name])  # of equals, the likeliest
    return Encoding(name, f"not UTF-8; guessed from its non-ASCII characters ({shares[name]:.0%} fit one language)")


def _of_one_language(text: bytes, encoding: str, languages: list[str]) -> float:
    """Return the share of non-ASCII characters that are letters of the best matching language, or signs.

    A sign between two letters, or a control character, does not count: it is a letter of another code page.
    """
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    beyond = [(position, character) for position, character in enumerate(decoded) if not character.isascii()]
    letters = [character.lower() for _, character in beyond if character.isalpha()]
    signs = sum(_is_sign(decoded, position) for position, character in beyond if not character.isalpha())
    known = max(sum(letter in language for letter in letters) for language in languages)
    return (known + signs) / max(len(beyond), 1)


def _is_sign(text: str, position: int) -> bool:
    if not text[position].isprintable() and not text[position].isspace():
        return False
    inside = text[max(position - 1, 0) : position].isalpha() and text[position + 1 : position + 2].isalpha()
    return text[position] in "\u2019\u2013\u2014\u00b7\u00a0" or not inside
