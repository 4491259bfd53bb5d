"""Every worked example of the lab: the engine's answer equals the given one to the stated tolerance."""

import json
from pathlib import Path

import pytest

from marketsim import lab

EXAMPLES = Path(__file__).parent / "examples"
CASES = [json.loads(line) for path in sorted(EXAMPLES.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


def differences(expected, got, tolerance, path="answer"):
    """Paths at which the expected answer is not met; keys that were not expected are welcome."""
    absolute, relative = tolerance
    if isinstance(expected, dict):
        return [d for key in expected for d in
                ([f"{path}.{key} missing"] if key not in got else differences(expected[key], got[key], tolerance, f"{path}.{key}"))]
    if isinstance(expected, list):
        if len(expected) != len(got):
            return [f"{path}: {len(expected)} entries expected, {len(got)} given"]
        return [d for i, (e, g) in enumerate(zip(expected, got, strict=True)) for d in differences(e, g, tolerance, f"{path}[{i}]")]
    if isinstance(expected, int | float) and not isinstance(expected, bool) and isinstance(got, int | float):
        near = abs(expected - got) <= absolute + relative * abs(expected)
        return [] if near else [f"{path}: {expected} expected, {got} given"]
    return [] if expected == got else [f"{path}: {expected!r} expected, {got!r} given"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_example(case):
    answer = json.loads(lab.run(case["kind"], json.dumps(case["input"])))
    expected = dict(case["answer"])
    if "rejected" in expected:  # the reason is free text, the index is what counts
        expected["rejected"], answer["rejected"] = ([index for index, _ in a] for a in (expected["rejected"], answer["rejected"]))
    assert differences(expected, answer, case["tolerance"]) == []


def test_the_comparison_sees_a_difference():
    assert differences({"a": [1, 2]}, {"a": [1, 2.1], "b": 0}, [0, 1e-9]) == ["answer.a[1]: 2 expected, 2.1 given"]
    assert differences({"a": 1}, {}, [0, 0]) == ["answer.a missing"]
