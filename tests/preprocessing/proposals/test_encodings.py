# ruff: noqa: RUF001 - letters of many languages are what this is about
"""How text is written: marks, zeros, UTF-8 cut anywhere, and names and places in the encodings that files are found in."""

from __future__ import annotations

import codecs

import pytest

from preprocessing.proposals.encodings import encoding_of

TEXTS = {
    "German": (
        "name;stadt\nMüller;Köln\nWeiß;Düsseldorf\nJäger;München\n",
        ["latin-1", "cp1252", "mac_roman", "cp850"],
    ),
    "one German name": ("name;x\nabc;1\nMüller;2\n", ["latin-1"]),
    "French": ("nom;prix\nÉlise Français;3 €\nGarçon où l’été;4 €\n", ["cp1252"]),
    "Spanish": ("a,b\nEspaña,Málaga\nAndalucía,Córdoba\nniño,año\n", ["latin-1"]),
    "Danish": ("navn,by\nSøren,Århus\nKæthe,Ærø\n", ["latin-1"]),
    "Polish": ("imię,miasto\nŁukasz,Łódź\nMałgorzata,Kraków\nGrażyna,Wrocław\n", ["cp1250", "iso8859-2"]),
    "Czech": ("jméno,město\nJiří,Plzeň\nLuboš,Třebová\nŽofie,Hradec\nVěra,Kroměříž\n", ["cp1250", "iso8859-2"]),
    "Hungarian": ("név,város\nGyörgy,Győr\nErzsébet,Székesfehérvár\nBűzös,Hódmezővásárhely\n", ["cp1250"]),
    "Turkish": ("ad,şehir\nAyşe,İstanbul\nÇağrı,İzmir\nGökçe,Eskişehir\n", ["cp1254"]),
    "Russian": ("имя,город\nИван,Москва\nМария,Санкт-Петербург\n", ["cp1251", "koi8-r", "cp866", "iso8859-5"]),
    "Greek": ("όνομα,πόλη\nΓιώργος,Αθήνα\nΜαρία,Θεσσαλονίκη\n", ["cp1253"]),
    "Japanese": ("名前,都市\n田中太郎,東京\n佐藤花子,大阪\n鈴木一郎,名古屋\n", ["shift_jis", "euc_jp"]),
    "Chinese": ("姓名,城市\n王小明,北京\n李华,上海\n张伟,广州市天河区\n", ["gb18030"]),
    "Korean": ("이름,도시\n김철수,서울\n이영희,부산광역시\n", ["euc_kr"]),
}


@pytest.mark.parametrize(
    ("language", "encoding"), [(language, encoding) for language, (_, found) in TEXTS.items() for encoding in found]
)
def test_text_is_decoded_to_what_it_was(language: str, encoding: str) -> None:
    text = TEXTS[language][0] * 3
    found = encoding_of([text.encode(encoding)])
    assert found is not None
    assert text.encode(encoding).decode(found.name) == text


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (codecs.BOM_UTF8 + b"a,b\n", "utf-8"),
        ("a,b\n1,2\n".encode("utf-16"), "utf-16"),
        ("a,b\n1,2\n".encode("utf-32"), "utf-32"),
        ("a,b\n1,Ä\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b\n1,Ä\n".encode("utf-16-be"), "utf-16-be"),
        (b"a,b\n1,2\n", "utf-8"),
        ("a,b\n1,☃\n".encode(), "utf-8"),
    ],
)
def test_marks_and_zeros(start: bytes, name: str) -> None:
    found = encoding_of([start])
    assert found is not None
    assert found.name == name


def test_utf8_that_is_cut_within_a_character_is_utf8() -> None:
    text = "☃ä€𝄞".encode() * 20
    for begin in range(9):
        for end in range(9):
            found = encoding_of([b"a\n", text[begin : len(text) - end]])
            assert found is not None
            assert found.name == "utf-8", (begin, end)


def test_the_first_letter_beyond_ascii_may_come_late() -> None:
    found = encoding_of([b"a,b\n", b"Stra\xdfe,1\n"])
    assert found is not None
    assert found.name == "latin-1"


@pytest.mark.parametrize("content", [bytes(range(256)) * 4, b"\x00\x01\x02\x03" * 100, b"\x80\x03\x05\x06\x07" * 100])
def test_bytes_that_are_no_text(content: bytes) -> None:
    assert encoding_of([content]) is None
