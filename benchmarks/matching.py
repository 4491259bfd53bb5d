"""pytest-benchmark suite of the matching core beside its peers: `pytest benchmarks/matching.py --benchmark-only`.

The workloads are seeded (`marketsim.lab.bench_matching.workload`); peers that are not installed are skipped.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import matching_peers as peers  # noqa: E402

from marketsim.lab import bench_matching  # noqa: E402
from marketsim.matching import auction_kernels  # noqa: E402
from marketsim.matching.auction import Bids, call_auction  # noqa: E402

SHAPES = tuple(bench_matching.SHAPES)
PEER_MESSAGES = 20_000


@pytest.fixture(scope="module", params=SHAPES)
def tape(request):
    return bench_matching.workload(request.param, 200_000)


def test_batch(benchmark, tape):
    timed = bench_matching.part_of(tape.messages, slice(tape.fill, None))

    def setup():
        engine = bench_matching.filled_engine(tape)
        engine.make_room(len(tape))
        return (engine,), {}

    trades = benchmark.pedantic(lambda engine: engine.submit_batch(timed), setup=setup, rounds=5)
    assert len(trades) > 0


@pytest.mark.parametrize("peer", ["bourse", "liquibook", "python"])
def test_peer_per_order(benchmark, tape, peer):
    if peer != "python":
        pytest.importorskip(peer)
    rows = peers.rows_of(tape, PEER_MESSAGES)
    play = getattr(peers, f"{peer}_per_order")
    benchmark.pedantic(play, args=(tape, rows), rounds=1)


@pytest.mark.parametrize("clear", [call_auction, auction_kernels.call_auction], ids=["plain", "histogram"])
def test_call_auction(benchmark, clear):
    luck, orders = np.random.default_rng(1), 100_000
    bids = Bids(side=luck.integers(0, 2, orders).astype(np.uint8), tick=luck.integers(9_000, 11_001, orders).astype(np.int32),
                lots=luck.integers(1, 100, orders).astype(np.int32), market=np.zeros(orders, bool))
    assert benchmark(clear, bids, 10_000).lots > 0
