from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from chassis.access.signing_keys import SigningKeys


def written(path: Path, *ids: str) -> None:
    keys = [
        {
            **json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())),
            "kid": one,
        }
        for one in ids
    ]
    path.write_text(json.dumps({"keys": keys}))


def test_keys_of_a_file_are_read_again_for_an_unknown_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    written(path, "one")
    keys = SigningKeys(str(path), pause=0)
    assert keys.key("one") is not None
    assert keys.key(None) is keys.key("one")
    written(path, "one", "two")
    assert keys.key("two") is not None
    assert keys.key(None) is None


def test_a_broken_file_keeps_the_keys_that_were_read(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    written(path, "one")
    keys = SigningKeys(str(path), pause=0)
    assert keys.key("one") is not None
    for broken in ("{", "[]", "{}", '{"keys": 1}', '{"keys": [{"kty": "EC"}]}'):
        path.write_text(broken)
        assert keys.key("other") is None
        assert keys.key("one") is not None
