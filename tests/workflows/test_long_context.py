"""A context of 20,000 words is answered with the right span, wherever in it the answer stands."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

import accent

COLOURS = ("red", "blue", "green", "old", "new", "small", "grand", "north", "south", "east", "west", "iron", "glass")
THINGS = [
    f"{one} {other}"
    for one in COLOURS
    for other in ("gate", "lamp", "door", "tower", "bell", "clock", "bridge", "mill")
]
FILLER = re.findall(
    r"\w+",
    "the river bank was quiet that morning and people walked along it with their dogs while boats went slowly past "
    "under old bridges made of stone near a market where bread cheese and flowers were sold until noon",
)
FACTS = ("The code of the {} is {}.", "Note that the {} has the code {}.", "For the {} use code {}.")
PLACES = {"start": 0.0, "middle": 0.5, "end": 1.0}


def question(chance: random.Random, words: int, place: float | None = None) -> dict[str, Any]:
    """Plant the codes of three things in filler, and ask for one: the first, at `place`, or any of them anywhere."""
    things = chance.sample(THINGS, 3)
    codes = [str(chance.randint(1000, 9999)) for _ in things]
    text = [chance.choice(FILLER) for _ in range(words)]
    places = [chance.randrange(words + 1) for _ in things]
    if place is not None:
        places[0] = int(place * words)
    for where, thing, code in sorted(zip(places, things, codes, strict=True), reverse=True):
        text.insert(where, chance.choice(FACTS).format(thing, code))
    context, asked = " ".join(text), 0 if place is not None else chance.randrange(3)
    answer = {"text": codes[asked], "answer_start": context.index(codes[asked])}
    return {"question": f"What is the code of the {things[asked]}?", "context": context, "answers": [answer]}


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_an_answer_is_found_at_the_start_in_the_middle_and_at_the_end_of_20_000_words(tmp_path: Path) -> None:
    chance = random.Random(0)
    data = tmp_path / "data"
    data.mkdir()
    for split, rows in (("train", 1600), ("validation", 60)):
        write(data / f"{split}.jsonl", [question(chance, chance.choice([30, 40, 50, 60, 160])) for _ in range(rows)])
    asked = [question(chance, 20_000, place) for place in PLACES.values() for _ in range(4)]
    write(data / "test.jsonl", asked)
    settings: dict[str, Any] = {"task": "qa", "max_length": 96, "stride": 24, "epochs": 5.0, "learning_rate": 4e-4}
    run = accent.finetune(data, output=str(tmp_path / "run"), offline=True, **settings)
    assert run.scores["test"]["exact_match"]["value"] == 1.0
    assert run.scores["baselines"]["overlap"]["exact_match"]["value"] < 0.5
    found = [json.loads(line)["answer"] for line in (run.folder / "predictions.jsonl").read_text().splitlines()]
    assert len(found) == len(asked)
    for row, answer in zip(asked, found, strict=True):
        assert len(row["context"].split()) >= 20_000
        assert row["context"][answer["start"] : answer["end"]] == row["answers"][0]["text"] == answer["answer"]
