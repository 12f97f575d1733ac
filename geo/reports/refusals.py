"""Read the rows a platform refused as a clerk types them from its letter."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from geo.errors import ReceiptRefusedError
from geo.reports.packages import Package, PackageItem
from geo.texts import Text

BETWEEN = re.compile(r"[\s,\N{FULLWIDTH COMMA};\N{FULLWIDTH SEMICOLON}]+")
"""What stands between a row and the reason why it was refused."""


def read_refusals(found: Package, items: Sequence[PackageItem], typed: str) -> dict[str, str]:
    """Return the refused rows by their key, and the reason of each.

    Parameters
    ----------
    items
        All rows of the package.
    typed
        A row on each line: its key, or the number or name people know it by, then the reason. What
        is neither is taken for a key as it stands; a row without a reason has an empty one.

    Raises
    ------
    ReceiptRefusedError
        If a name belongs to several rows: then only the key says which is meant.
    """
    keys = {one.key for one in items}
    by_name = defaultdict(list)
    for one in items:
        by_name[one.name].append(one.key)
    refused = {}
    ambiguous = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        row, *rest = BETWEEN.split(line, maxsplit=1)
        meant = [row] if row in keys else by_name.get(row, [row])
        ambiguous += [row] if len(meant) > 1 else []
        refused[meant[0]] = "".join(rest)
    if ambiguous:
        reason = Text("reason.receipt_ambiguous", {"names": ambiguous})
        raise ReceiptRefusedError(package=found.number, reason=reason)
    return refused
