"""A tag for each word: which ingredients, quantities, times, tools and dishes does a sentence name?

python examples/tagging.py [--quick]
"""

from __future__ import annotations

import sys

import accent

EFFORT = {"updates": 1, "limit": 24} if "--quick" in sys.argv else {"epochs": 20, "learning_rate": 1e-4}
SENTENCES = [
    "Simmer the red lentils with half an onion for twenty minutes in a heavy pan.",
    "That pie was worth the wait.",
]


def main() -> None:
    """Fine-tune on the built-in sentences, say how entities went wrong, and mark those of two more."""
    run = accent.finetune("builtin:recipes", task="tagging", offline=True, **EFFORT)
    f1, known = run.scores["test"]["f1"], run.scores["baselines"]["gazetteer"]["f1"]
    print(f"F1 of entities {f1['value']:.3f} [{f1['low']:.3f}, {f1['high']:.3f}] on {f1['n']} test rows")
    print(f"looking up the entities of the training rows: {known['value']:.3f}")
    print("test entities:", ", ".join(f"{count} {kind}" for kind, count in run.scores["errors"].items()))

    for sentence, answer in zip(SENTENCES, accent.predict(run.folder, SENTENCES), strict=True):
        for entity in reversed(answer["entities"]):
            start, end = entity["start"], entity["end"]
            sentence = f"{sentence[:start]}[{sentence[start:end]}: {entity['entity_group']}]{sentence[end:]}"  # noqa: PLW2901
        print(sentence)


if __name__ == "__main__":
    main()
