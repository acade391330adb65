"""A base of one's own: pretrain a tiny model on texts without labels, then fine-tune it.

python examples/pretrain_then_finetune.py [--quick]
"""

from __future__ import annotations

import sys

import accent

QUICK = "--quick" in sys.argv
TEXTS = ["builtin:reviews", "builtin:guides", "builtin:minutes"]
SHAPE = {"size": "tiny", "vocabulary": 2000, "block_length": 64}
READING = {"updates": 1} if QUICK else {"time_budget": "2m"}
LEARNING = {"updates": 1, "limit": 24} if QUICK else {"epochs": 10}


def main() -> None:
    """Read the built-in texts, say what fills a gap, and fine-tune on reviews."""
    # The test rows of builtin:reviews are left out of the reading: they judge the fine-tuning below.
    base = accent.pretrain(TEXTS, output="own-base", offline=True, **SHAPE, **READING)
    found = base.scores["validation"]["perplexity"]
    print(f"perplexity {found['value']:.0f} [{found['low']:.0f}, {found['high']:.0f}] on text that was kept aside")
    (gap,) = accent.inspect(base.folder, text="The soup was [MASK].")["fill_mask"]
    print("The soup was", " / ".join(guess["token"] for guess in gap["guesses"]))

    # So little text teaches little, and the interval says so: an hour of novels or articles is another matter.
    run = accent.finetune("builtin:reviews", base=str(base.folder), offline=True, **LEARNING)
    score = run.scores["test"]["accuracy"]
    print(f"accuracy {score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}] on {score['n']} test rows")


if __name__ == "__main__":
    main()
