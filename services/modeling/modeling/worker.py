"""A worker of a cluster, as a program: `TF_CONFIG=… python -m modeling.worker`, with the service's other settings.

It takes part in every training of the chief, which is the modeling service that was started with the same `TF_CONFIG` but for its
`task`, and needs the same storage (and source roots, for datasets without records). What trains is a child process: TensorFlow
cannot join a cluster twice, so whenever the chief's engine ends, the child is ended too, and another waits for the next one.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time

from modeling.distributed.tf_config import cluster_of
from modeling.settings import ModelingSettings

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_TO_CONNECT = 2.0
_MISSES_ALLOWED = 3

_log = logging.getLogger(__name__)


def main() -> None:
    """Run until SIGTERM. With `--child`, train."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if "--child" in sys.argv[1:]:
        _train()
        return
    cluster = cluster_of(os.environ.get("TF_CONFIG", ""))
    if cluster is None or cluster[0] == 0:
        sys.exit("TF_CONFIG must name a cluster of a chief and workers, and this process as one of the workers")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        _wait_for(cluster[1][0])
        _run_child(cluster[1][0])


def _train() -> None:
    from contracts.storage import Storage  # noqa: PLC0415  # loaded in the child alone, as is TensorFlow
    from modeling.distributed.devices import find_devices  # noqa: PLC0415
    from modeling.training.cluster import follow  # noqa: PLC0415

    settings = ModelingSettings()
    devices = find_devices()
    _log.info("worker %d of %d is ready", devices.share.worker, devices.share.workers)
    while True:
        follow(Storage(settings.storage), settings.source_roots, devices)


def _wait_for(chief: str) -> None:
    _log.info("waiting for the chief at %s", chief)
    while not _listens(chief):
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _run_child(chief: str) -> None:
    """Run a child process until it ends, or the chief does."""
    child = subprocess.Popen([sys.executable, "-m", "modeling.worker", "--child"])
    try:
        misses = 0
        while child.poll() is None and misses < _MISSES_ALLOWED:
            misses = 0 if _listens(chief) else misses + 1
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        _log.info("the training process ended" if misses == 0 else "the chief is gone")
    finally:
        child.kill()
        child.wait()


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS_TO_CONNECT):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
