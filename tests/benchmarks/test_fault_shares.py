"""What a rare fault's share is taken to be in a volume that was not seen."""

from __future__ import annotations

import numpy as np

from benchmarks.fault_shares import new_volume_shares


def test_of_volumes_that_are_alike_a_further_one_is_like_them() -> None:
    shares = new_volume_shares([5] * 10, [100] * 10)
    assert 0.04 < shares.mean() < 0.06 and np.quantile(shares, 0.9) < 0.09


def test_where_one_volume_has_all_faults_a_further_one_may_have_many() -> None:
    alike, apart = new_volume_shares([2] * 10, [50] * 10), new_volume_shares([20] + [0] * 9, [50] * 10)
    assert np.quantile(apart, 0.97) > 2 * np.quantile(alike, 0.97)
