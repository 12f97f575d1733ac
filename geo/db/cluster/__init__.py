"""The embedded PostGIS: an own PostgreSQL server in the data folder, reached by a Unix socket.

``start`` may be called at any time by any process: it makes what is missing, reuses what runs and
recovers what was killed. ``hold_home`` keeps a second service off a data folder.
"""

from geo.db.cluster.binaries import Binaries, find_binaries
from geo.db.cluster.lifecycle import Cluster, discard, start, status, stop, trim_log
from geo.db.cluster.place import hold_home

__all__ = [
    "Binaries",
    "Cluster",
    "discard",
    "find_binaries",
    "hold_home",
    "start",
    "status",
    "stop",
    "trim_log",
]
