"""The rate of matrix products: what was multiplied over the time of the quickest round."""

from __future__ import annotations

from itertools import accumulate, chain, cycle

import pytest

from accent.modeling import product_rate, products


@pytest.mark.parametrize("choice", ["fp32", "bf16"])
def test_the_quickest_round_counts(choice: products.Dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each round reads the clock to see whether to go on, before it, and behind it: it takes 4, 2, 8, 4 ... hundredths.
    steps = chain([0.0], cycle([0.0, 0.0, 0.04, 0.0, 0.0, 0.02, 0.0, 0.0, 0.08]))
    clock = accumulate(steps)
    monkeypatch.setattr(products.time, "perf_counter", lambda: next(clock))
    found = product_rate(choice, tokens=8, width=16, inner=32)
    assert found == pytest.approx(2 * 8 * 16 * 32 / 0.02)


def test_it_is_measured_in_moments() -> None:
    assert 1e6 < product_rate("fp32", tokens=64, width=64, inner=64) < 1e14
