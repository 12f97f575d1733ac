"""Check the signatures and seals of an archive package against the content in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from geo.access.keys import ALGORITHM, verifies
from geo.inspections.signing.signatures import statement_holds

Wrong = Callable[..., None]
Json = Mapping[str, Any]


def check_signatures(
    wrong: Wrong,
    given: Sequence[Json],
    content: Json,
    digest: str,
    prefix: str,
    hashes: Mapping[str, str],
    *,
    needed: bool,
) -> list[dict[str, Any]]:
    """Say what is wrong with signatures and seals; return each side with how many hold.

    Parameters
    ----------
    wrong
        Takes a problem and its facts.
    digest
        SHA-256 of the content in the package.
    hashes
        SHA-256 of each file of the package by its path, from the manifest.
    needed
        Whether every side must have one that holds.
    """
    sides = {one["id"]: one for one in content["parties"]}
    holding: dict[str, list[str]] = {one: [] for one in sides}
    for one in given:
        if one["party_id"] not in sides:
            wrong("signature_party", signer=one["signer"], party=one["party_name"])
            continue
        why = _why_not(one, content, digest, prefix, hashes)
        if why is not None:
            wrong(why, signer=one["signer"], party=one["party_name"], role=one["role"])
        elif one["voided_at"] is None:
            holding[one["party_id"]].append(one["kind"])
    for party_id, kinds in holding.items():
        if needed and not kinds:
            wrong("unsigned", party=sides[party_id]["name"])
    return [
        {
            "inspection": content["inspection"]["id"],
            "code": one["code"],
            "name": one["name"],
            "role": one["role"],
            "keys": holding[party_id].count("key"),
            "seals": holding[party_id].count("seal"),
        }
        for party_id, one in sides.items()
    ]


def _why_not(
    one: Json, content: Json, digest: str, prefix: str, hashes: Mapping[str, str]
) -> str | None:
    """Return what is wrong with a signature, a voided one too; None if nothing is."""
    if one["kind"] == "key" and not _key_holds(one, content):
        return "signature"
    if one["kind"] == "seal" and not _scan_is_there(one, prefix, hashes):
        return "scan"
    if one["kind"] not in ("key", "seal"):
        return "signature"
    if one["voided_at"] is not None:
        kept = f"{prefix}contents/{one['content_sha256']}.json"
        known = one["content_sha256"] == digest or hashes.get(kept) == one["content_sha256"]
        return None if known else "voided_content"
    return None if one["content_sha256"] == digest else "signed_content"


def _key_holds(one: Json, content: Json) -> bool:
    """Return whether the key signed a statement that says what stands beside it."""
    signed = str(one["signed"]).encode()
    expected = {
        "content_sha256": one["content_sha256"],
        "inspection": content["inspection"]["id"],
        "party_id": one["party_id"],
        "role": one["role"],
        "signer": one["signer"],
        "algorithm": one["algorithm"],
    }
    if one["algorithm"] != ALGORITHM or not statement_holds(signed, expected):
        return False
    public, signature = bytes.fromhex(one["public_key"]), bytes.fromhex(one["signature"])
    return verifies(public, signed, signature)


def _scan_is_there(one: Json, prefix: str, hashes: Mapping[str, str]) -> bool:
    start = f"{prefix}documents/{one['scan_sha256']}"
    return any(
        path.startswith(start) and digest == one["scan_sha256"] for path, digest in hashes.items()
    )
