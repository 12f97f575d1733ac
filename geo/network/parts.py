"""Which nodes of a network hang together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]


def label_parts(nodes: int, ends: npt.NDArray[np.integer]) -> Labels:
    """Return for each node the lowest node that it is connected with.

    Parameters
    ----------
    nodes
        How many nodes there are, numbered from 0.
    ends
        Shape (e, 2): the two nodes of each edge.

    References
    ----------
    Shiloach and Vishkin 1982, An O(log n) parallel connectivity algorithm,
    doi:10.1016/0196-6774(82)90008-6: roots are hooked on lower ones and paths are halved, all at
    once, so that it needs no loop over nodes.
    """
    label = np.arange(nodes, dtype=np.int64)
    while True:
        one, other = label[ends[:, 0]], label[ends[:, 1]]
        apart = one != other
        if not apart.any():
            return label
        low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        np.minimum.at(label, high, low)
        while not np.array_equal(upper := label[label], label):
            label = upper
