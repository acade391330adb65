"""The page in headless Chromium: runs to choose from, answers drawn, errors told, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from accent.config import RequestLimitsConfig
from tests.browser import Browser, find_browser, open_browser
from tests.servers import FakeHost, FakeRun, Row, Served, serving, until

WIDE, NARROW = 1400, 400
SHARES = {f"class {number}": (20 - number) / 210 for number in range(20)}
TAGGED = "\U0001f600 Ada Byron took a train to Lima."
CONTEXT = "\U0001f600 On a cold day Ada Byron took the train."
CANDIDATES = [{"answer": "Ada Byron", "score": 0.8}, {"answer": "train", "score": 0.1}]


@dataclass(eq=False)
class Told(FakeRun):
    """A run that always says the same."""

    told: dict[str, Any] = field(default_factory=dict)

    def answer(self, row: Row) -> dict[str, Any]:
        return self.told


RUNS = (
    Told("topics", labels=tuple(SHARES), told={"label": "class 1", "score": SHARES["class 1"], "scores": SHARES}),
    Told(
        "several",
        task="multilabel",
        told={"labels": [{"label": "<b>praise</b>", "score": 0.75}], "scores": {"<b>praise</b>": 0.75, "short": 0.25}},
    ),
    Told("none", task="multilabel", told={"labels": [], "scores": {"a": 0.1}}),
    Told("hours", task="regression", told={"value": 4.75}),
    Told("both", task="regression", told={"values": {"hours": 4.75, "metres": 1234.5}}),
    Told(
        "names",
        task="tagging",
        told={
            "entities": [
                {"entity_group": "PER", "score": 0.9, "word": "Ada Byron", "start": 2, "end": 11},
                {"entity_group": "LOC", "score": 0.6, "word": "Lima", "start": 28, "end": 32},
            ]
        },
    ),
    Told(
        "where",
        task="qa",
        pair=True,
        told={"answer": "Ada Byron", "score": 0.8, "start": 16, "end": 25, "candidates": CANDIDATES},
    ),
    Told("nowhere", task="qa", pair=True, told={"answer": "", "score": 0.8, "start": 0, "end": 0, "candidates": []}),
    Told("pairs", pair=True, told={"label": "same", "score": 1.0, "scores": {"same": 1.0, "different": 0.0}}),
    Told("short", task="summarization", told={"summary_text": "All was well."}),
    FakeRun("writer", task="generation", streams=True),
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find_browser()
    if program is None:
        pytest.skip("needs Chromium, which is not installed here")
    with open_browser(program, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def host() -> FakeHost:
    return FakeHost({run.name: run for run in RUNS}, piece_seconds=0.05)


@pytest.fixture(scope="module")
def here(host: FakeHost) -> Iterator[Served]:
    with serving(host, limits=RequestLimitsConfig(max_characters=200, shutdown_timeout="5s")) as running:
        yield running


def open_page(browser: Browser, here: Served, run: str = "", **window: Any) -> None:
    browser.errors.clear()
    browser.asked.clear()
    browser.open(f"http://127.0.0.1:{here.port}/#{run}", **window)


def ask(browser: Browser, here: Served, run: str, *texts: str) -> str:
    """Choose a run, type texts, click, and return what the answer's part of the page says."""
    open_page(browser, here, run)
    browser.wait("document.querySelector('#facts').textContent")
    for selector, text in zip(("#first", "#second"), texts, strict=False):
        browser.fill(selector, text)
    browser.click("#ask")
    browser.wait("document.querySelector('#answer details, #answer .problem')")
    assert browser.errors == []
    return str(browser.value("document.querySelector('#answer').innerText"))


def texts(browser: Browser, selector: str) -> list[str]:
    found = browser.value(f"[...document.querySelectorAll({selector!r})].map((node) => node.textContent)")
    assert isinstance(found, list)
    return found


def test_every_run_can_be_chosen(browser: Browser, here: Served) -> None:
    open_page(browser, here)
    browser.wait("document.querySelectorAll('#run option').length")
    assert texts(browser, "#run option") == [f"{run.name} \u00b7 {run.task}" for run in RUNS]
    assert texts(browser, "#facts span")[:3] == ["lora", "builtin:minilm", "20 labels"]
    browser.value("document.querySelector('#run').focus()")
    browser.value("(() => { const run = document.querySelector('#run'); run.value = 'where';"
                  " run.dispatchEvent(new Event('change', { bubbles: true })); })()")  # fmt: skip
    assert browser.value("location.hash") == "#where"
    assert browser.value("getComputedStyle(document.querySelector('#second-field')).display") != "none"
    assert texts(browser, "#first-name, #second-name") == ["Question", "Context"]


def test_classes_are_bars_the_likeliest_first_and_all_on_demand(browser: Browser, here: Served) -> None:
    shown = ask(browser, here, "topics", "a text")
    assert shown.startswith("class 1")
    assert texts(browser, ".bars > span") == [f"class {number}" for number in range(12)]
    assert texts(browser, ".bars b") == ["class 1"]
    widths = browser.value("[...document.querySelectorAll('.bars i')].map((bar) => bar.getBoundingClientRect().width)")
    assert widths[0] / widths[10] == pytest.approx(2.0, rel=0.02)
    browser.click("#answer .row button")
    assert len(texts(browser, ".bars > span")) == 20


def test_labels_are_text_and_never_markup(browser: Browser, here: Served) -> None:
    assert "<b>praise</b>" in ask(browser, here, "several", "a text")
    assert texts(browser, ".headline") == ["<b>praise</b>"]
    assert texts(browser, ".bars em") == ["75.0 %", "25.0 %"]
    assert "no label" in ask(browser, here, "none", "a text")


def test_numbers(browser: Browser, here: Served) -> None:
    assert ask(browser, here, "hours", "a text").startswith("4.75")
    assert ask(browser, here, "both", "a text").split()[:4] == ["hours", "4.75", "metres", "1234.5"]


def test_entities_are_marked_where_they_stand_although_a_smiley_is_two_units_long(
    browser: Browser, here: Served
) -> None:
    ask(browser, here, "names", TAGGED)
    assert texts(browser, "#answer mark") == ["Ada ByronPER", "LimaLOC"]
    assert texts(browser, "#answer .text") == ["\U0001f600 Ada ByronPER took a train to LimaLOC."]
    colours = browser.value("[...document.querySelectorAll('mark')].map((m) => getComputedStyle(m).borderBottomColor)")
    assert len(set(colours)) == 2


def test_an_answer_is_marked_in_its_context(browser: Browser, here: Served) -> None:
    assert ask(browser, here, "where", "who?", CONTEXT).startswith("Ada Byron")
    assert texts(browser, "#answer mark") == ["Ada Byron"]
    assert texts(browser, "#answer .text") == [CONTEXT]
    assert texts(browser, ".bars > span") == ["train"]
    assert ask(browser, here, "nowhere", "who?", CONTEXT).startswith("no answer")


def test_both_texts_of_a_pair_are_sent(browser: Browser, here: Served, host: FakeHost) -> None:
    host.calls.clear()
    assert ask(browser, here, "pairs", "one", "two").startswith("same")
    assert host.calls == [[("pairs", ("one", "two"))]]
    assert ask(browser, here, "short", "a long text").startswith("All was well.")


def test_text_appears_while_it_is_written(browser: Browser, here: Served, host: FakeHost) -> None:
    open_page(browser, here, "writer")
    browser.wait("document.querySelector('#facts').textContent")
    browser.fill("#first", "once")
    browser.press("Enter", control=True)
    browser.wait("document.querySelector('.written')?.textContent === ' writer0'")
    browser.wait("document.querySelector('#answer details')")
    assert texts(browser, "#answer .text") == ["once writer0 writer1 writer2"]
    assert browser.errors == []


def test_writing_can_be_stopped(browser: Browser, here: Served, host: FakeHost) -> None:
    host.pieces = 10_000
    try:
        open_page(browser, here, "writer")
        browser.wait("document.querySelector('#facts').textContent")
        browser.fill("#first", "once")
        browser.click("#ask")
        browser.wait("document.querySelector('.written')")
        browser.click("#stop")
        browser.wait("document.querySelector('#answer').innerText.includes('stopped')")
    finally:
        host.pieces = 3
    assert browser.value("document.querySelector('#ask').disabled") is False


def test_what_the_server_refuses_is_told_in_its_words(browser: Browser, here: Served) -> None:
    assert ask(browser, here, "topics", " ").startswith("the text is empty")
    open_page(browser, here, "topics")
    browser.wait("document.querySelector('#facts').textContent")
    browser.fill("#first", "x" * 201)
    browser.click("#ask")
    browser.wait("document.querySelector('#answer .problem')")
    assert "201 characters" in texts(browser, ".problem .what")[0]
    assert texts(browser, ".problem .quiet") == ["Send it in parts."]


def test_a_failure_while_text_is_written_is_told_below_it(browser: Browser, here: Served) -> None:
    open_page(browser, here, "writer")
    browser.wait("document.querySelector('#facts').textContent")
    browser.fill("#first", "poison")
    browser.click("#ask")
    browser.wait("document.querySelector('#answer .problem')")
    assert texts(browser, "#answer .text") == ["poison writer0"]
    assert texts(browser, ".problem .what") == ["the server failed"]


def test_a_token_is_asked_for_and_kept_for_this_tab(browser: Browser) -> None:
    with serving(FakeHost({"a": FakeRun("a")}), token="s3cret") as running:
        open_page(browser, running)
        browser.wait("!document.querySelector('#token-field').hidden")
        browser.fill("#token", "wrong")
        browser.press("Enter", control=True)
        browser.wait("document.querySelector('#answer .problem')")
        browser.fill("#token", "s3cret")
        browser.click("#ask")
        browser.wait("document.querySelectorAll('#run option').length === 1")
        open_page(browser, running)
        browser.wait("document.querySelectorAll('#run option').length === 1")
        assert "$ACCENT_TOKEN" not in browser.value("document.body.innerText")
        assert "s3cret" not in browser.value("document.documentElement.outerHTML")


def test_a_server_that_has_gone_is_told(browser: Browser) -> None:
    with serving() as running:
        open_page(browser, running)
        browser.wait("document.querySelector('#facts').textContent")
    browser.fill("#first", "anyone?")
    browser.click("#ask")
    browser.wait("document.querySelector('#answer .problem')")
    assert texts(browser, ".problem .what") == ["the server cannot be reached"]


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_narrow_and_wide_windows_in_light_and_dark(browser: Browser, here: Served, dark: bool) -> None:
    for width in (NARROW, 720, WIDE):
        open_page(browser, here, "names", width=width, dark=dark)
        browser.wait("document.querySelector('#facts').textContent")
        browser.fill("#first", "Ada" * 60)
        browser.click("#ask")
        browser.wait("document.querySelector('#answer details')")
        browser.click("#answer summary")
        assert browser.value("document.documentElement.scrollWidth <= innerWidth")
        beside = browser.value("document.querySelector('#answer').getBoundingClientRect().top < 200")
        assert beside == (width == WIDE)
    background = browser.value("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) < 200) == dark


def test_every_part_has_a_name_for_those_who_do_not_see_it(browser: Browser, here: Served) -> None:
    open_page(browser, here, "where")
    browser.wait("document.querySelector('#facts').textContent")
    unnamed = "[...document.querySelectorAll('select, textarea, input')].filter((one) => !one.labels.length).length"
    assert browser.value(unnamed) == 0
    assert browser.value("document.querySelector('#answer').getAttribute('aria-live')") == "polite"


def test_the_policy_lets_nothing_else_run(browser: Browser, here: Served) -> None:
    """A script that came in somehow does not run, and nothing is asked of another place."""
    open_page(browser, here, "topics")
    browser.wait("document.querySelector('#facts').textContent")
    assert {url.split("/")[2] for url in browser.asked if url.startswith("http")} == {f"127.0.0.1:{here.port}"}
    browser.value("(() => { const one = document.createElement('script'); one.textContent = 'window.ran = true';"
                  " document.body.append(one); document.body.insertAdjacentHTML('beforeend',"
                  " '<img src=x onerror=\"window.ran = true\">'); })()")  # fmt: skip
    until(lambda: len(browser.errors) >= 2 or browser.value("window.ran"))
    assert browser.value("window.ran === undefined")
