"""Every task on real data, as a user would run it; prints a row of a table for each set.

    python benchmarks/tasks.py SHARED_DATA_FOLDER [NAME...] [--seeds 1,2,3] [--bases FOLDER] [--full] [--also FLAGS]

Each run is a process of its own. Scores are means over the seeds with each seed's value, and the 95 % interval of the
first seed. tinyshakespeare and dialogsum start from FOLDER/gpt2 and FOLDER/t5: `make_bases.py` makes them, and gpt2 is
made here where it is missing. --full scores squad1 on all 10,570 questions of dev. --also gives further flags of
`accent finetune`, which win over those of the table.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ours import summary
from prepared import clinc_files, shakespeare_files, squad_files

from accent.evaluation import detection_auroc

Scored = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """Where things are."""

    data: Path
    scratch: Path
    bases: Path
    full: bool


@dataclass(frozen=True, kw_only=True)
class Job:
    """A data set, the flags of a user, and what is shown."""

    source: Callable[[Places], Sequence[str]]
    """Makes the files that are not there yet, and returns DATA and the flags that name files."""
    flags: str
    metrics: tuple[str, ...]
    seeds: int = 1
    """How many of the seeds are run."""
    after: Callable[[Path, Places], Scored] | None = field(default=None)
    """Further scores of a run's folder: value, low, high and n by name."""


def _folder(name: str) -> Callable[[Places], Sequence[str]]:
    return lambda places: [str(places.data / name)]


def _rte(places: Places) -> Sequence[str]:
    """RTE's test labels were never published: its dev rows are the test, and validation is cut from train."""
    return [str(places.data / "rte" / "train.tsv"), "--test", str(places.data / "rte" / "dev.tsv")]


def _shakespeare(places: Places) -> Sequence[str]:
    folder, base = shakespeare_files(places.data, places.scratch), places.bases / "gpt2"
    if not base.is_dir():
        command = ["benchmarks/make_bases.py", "gpt2", str(base), "--text", str(folder / "train.txt")]
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return [str(folder), "--base", str(base)]


def _dialogsum(places: Places) -> Sequence[str]:
    base = places.bases / "t5"
    if not base.is_dir():
        sys.exit(f"no base there: python benchmarks/make_bases.py t5 {base} --data {places.data} --minutes 10")
    return [str(places.data / "dialogsum"), "--base", str(base)]


def _out_of_scope(run: Path, places: Places) -> Scored:
    """Return how well confidence tells in-scope test texts from out-of-scope ones, which the model never saw."""
    files = (places.scratch / "clinc150" / "test.jsonl", places.scratch / "oos_test.jsonl")
    known, strange = (_confidence(run, file) for file in files)
    return {"oos_auroc": detection_auroc(known, strange, seed=1).to_json()}


def _confidence(run: Path, file: Path) -> Any:
    command = ["predict", str(run), "--input", str(file), "--quiet", "--offline"]
    answers = run.parent / f"{run.name}-{file.stem}.jsonl"
    subprocess.run([sys.executable, "-m", "accent", *command, "--output", str(answers)], check=True)
    return np.array([json.loads(line)["score"] for line in answers.read_text(encoding="utf-8").splitlines()])


GOEMOTIONS = (
    "--task multilabel --header none --columns text,labels,id --label-column labels --label-delimiter , --limit 10000 "
    "--epochs 3 --learning-rate 1e-4 --allow leaks,conflicts"
)
MULTILABEL_METRICS = ("f1_macro", "f1_micro", "average_precision_macro")
JOBS: Mapping[str, Job] = {
    "wnut17": Job(
        source=_folder("wnut17"),
        flags="--task tagging --epochs 5 --learning-rate 1e-4 --allow leaks",
        metrics=("f1", "token_accuracy"),
        seeds=3,
    ),
    "ud_ewt": Job(
        source=_folder("ud_ewt"),
        flags="--task tagging --epochs 3 --learning-rate 1e-4 --allow leaks",
        metrics=("accuracy", "f1_macro"),
        seeds=3,
    ),
    "mrpc": Job(
        source=_folder("mrpc"),
        flags="--epochs 3 --allow leaks,conflicts",
        metrics=("accuracy", "f1/1"),
        seeds=3,
    ),
    "rte": Job(source=_rte, flags="--split 90,10,0", metrics=("accuracy", "f1_macro"), seeds=3),
    "sts2015": Job(
        source=_folder("sts2015"),
        flags="--task regression --header none --columns score,sentence1,sentence2 --epochs 3 --allow leaks",
        metrics=("pearson", "spearman"),
        seeds=3,
    ),
    "trecqa": Job(source=_folder("trecqa"), flags="--epochs 3 --metric map", metrics=("map", "mrr", "f1/1"), seeds=3),
    "tinyshakespeare": Job(
        source=_shakespeare,
        flags="--task generation --epochs 10 --learning-rate 1e-3",
        metrics=("bits_per_byte", "perplexity"),
    ),
    "goemotions": Job(source=_folder("goemotions"), flags=GOEMOTIONS, metrics=MULTILABEL_METRICS),
    "goemotions-tuned": Job(
        source=_folder("goemotions"), flags=f"{GOEMOTIONS} --threshold tuned", metrics=MULTILABEL_METRICS
    ),
    "clinc150": Job(
        source=lambda places: [str(clinc_files(places.data, places.scratch)[0])],
        flags="--epochs 5 --learning-rate 1e-4 --allow leaks,conflicts",
        metrics=("accuracy", "f1_macro", "oos_auroc"),
        after=_out_of_scope,
    ),
    "squad1": Job(
        source=lambda places: [str(squad_files(places.data, places.scratch, full=places.full))],
        flags="--task qa --max-length 384 --stride 128 --epochs 3 --learning-rate 1e-4",
        metrics=("exact_match", "f1"),
    ),
    "dialogsum": Job(
        source=_dialogsum,
        flags="--task summarization --summary-length 64 --epochs 5 --learning-rate 5e-4 --allow leaks",
        metrics=("rouge1", "rouge2", "rougeL"),
    ),
}


def main() -> None:
    """Measure, and print a row of a table for each set."""
    arguments = parse()
    print("| data | rows trained on | rows/s | seconds | test scores | baselines |", flush=True)
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for name in arguments.names or JOBS:
        with tempfile.TemporaryDirectory() as scratch:
            places = Places(arguments.data, Path(scratch), arguments.bases, arguments.full)
            print(row_text(name, outcomes(JOBS[name], places, arguments)), flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(JOBS))
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--bases", type=Path, default=Path(tempfile.gettempdir()) / "accent-bases")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--also", default="", help='such as --also="--limit 100 --epochs 1"')
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in JOBS]
    if unknown:
        parser.error(f"no set is called {', '.join(unknown)}: there are {', '.join(JOBS)}")
    return arguments


def outcomes(job: Job, places: Places, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the job with each of its seeds."""
    source = job.source(places)
    flags = _merged(shlex.split(job.flags), shlex.split(arguments.also))
    found = []
    for seed in arguments.seeds.split(",")[: job.seeds]:
        run = places.scratch / f"seed-{seed}"
        command = ["finetune", *source, *flags, "--seed", seed, "--output", str(run), "--quiet", "--offline"]
        subprocess.run([sys.executable, "-m", "accent", *command], check=True, stdout=subprocess.DEVNULL)
        found.append(summary(run))
        for name, score in (job.after(run, places) if job.after else {}).items():
            found[-1]["test"][name] = score["value"]
            found[-1]["intervals"][name] = [score["low"], score["high"], score["n"]]
        shown = {name: round(found[-1]["test"][name], 4) for name in job.metrics}
        print(f"{source[0]} seed {seed}: {shown}", file=sys.stderr, flush=True)
    return [{**one, "metrics": job.metrics} for one in found]


def _merged(flags: Sequence[str], also: Sequence[str]) -> list[str]:
    """Return the flags with those of `also` in place of their own; each has one value."""
    own = [pair for pair in zip(flags[::2], flags[1::2], strict=True) if pair[0] not in also]
    return [part for pair in own for part in pair] + list(also)


def row_text(name: str, found: Sequence[Mapping[str, Any]]) -> str:
    """Return a set's row."""
    first = found[0]
    speed, seconds = (statistics.mean(one[key] for one in found) for key in ("rows_per_second", "total_seconds"))
    scores = "; ".join(_score_text(metric, found) for metric in first["metrics"])
    baselines = "; ".join(_baseline_text(*pair, first["metrics"]) for pair in first["baselines"].items())
    return f"| {name} | {first['rows']:,} | {speed:.0f} | {seconds:.0f} | {scores} | {baselines} |"


def _score_text(metric: str, found: Sequence[Mapping[str, Any]]) -> str:
    """Return the mean, each seed's value where there are several, and the first seed's interval."""
    values = [one["test"][metric] for one in found]
    each = f" ({', '.join(f'{value:.3f}' for value in values)})" if len(values) > 1 else ""
    low, high, _ = found[0]["intervals"][metric]
    return f"{metric} {statistics.mean(values):.3f}{each} [{low:.3f}, {high:.3f}]"


def _baseline_text(name: str, scores: Mapping[str, float], metrics: Sequence[str]) -> str:
    shown = [f"{metric} {scores[metric]:.3f}" for metric in metrics if metric in scores]
    return f"{name}: {', '.join(shown)}" if shown else name


if __name__ == "__main__":
    main()
