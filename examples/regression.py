"""A number for a text: how many hours does a walk take?

python examples/regression.py [--quick]
"""

from __future__ import annotations

import sys

import accent

EFFORT = {"updates": 1, "limit": 24} if "--quick" in sys.argv else {"epochs": 30}
WALKS = [
    "Four kilometres along the canal and back, level all the way, with a bench at every lock.",
    "Eighteen kilometres over two passes, 1,200 metres of climb, much of it on loose stones.",
]


def main() -> None:
    """Fine-tune on the built-in walks, compare with guessing the mean, and judge two more."""
    run = accent.finetune("builtin:hikes", task="regression", offline=True, **EFFORT)
    test, mean = run.scores["test"], run.scores["baselines"]["mean"]
    print(f"Pearson's correlation {test['pearson']['value']:.3f} on {test['pearson']['n']} test rows")
    print(f"wrong by {test['mae']['value']:.2f} hours on average; always the mean: {mean['mae']['value']:.2f}")
    for walk, answer in zip(WALKS, accent.predict(run.folder, WALKS), strict=True):
        print(f"{answer['value']:.2f} hours: {walk}")


if __name__ == "__main__":
    main()
