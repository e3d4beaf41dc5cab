"""The page as somebody reads it: what it says, that it shows no more than text of what strangers wrote, its size."""

import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from app.evaluation.plots import number
from app.evaluation.report import make_report, report_page, result_sentence
from app.lm.types import LmIdentity
from app.problem import Problem
from app.reasoning.types import Trust
from app.store.evaluation_types import Counts, EvaluationConfig, Outcome, Sample, State
from tests.app.evaluation.made import DATASET, VERSIONS, baseline, drawn, evaluation, result

C, W, A, E = Outcome.CORRECT, Outcome.WRONG, Outcome.ABSTAINED, Outcome.ERRORED
HOSTILE = "</td></svg><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }} $x^2$ \"'&"
VOID = {"meta", "link", "br", "col"}


class Page(HTMLParser):
    """The tags of a page, which must all be closed in order, and its text."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def figures(page):
    return re.findall(r"<figure>(.*?)</figure>", page, re.DOTALL)


def hostile_report():
    sample = Sample("s0", Problem(HOSTILE), HOSTILE)
    results = [
        result(W, 0, sample_id=HOSTILE, target=HOSTILE, answer=HOSTILE, reason=HOSTILE, trace_id=HOSTILE),
        result(E, 1, error=HOSTILE, error_type=HOSTILE, sample_id=HOSTILE),
        result(C, 2),
    ]
    made = evaluation(
        Counts(1, 1, 0, 1),
        dataset=replace(DATASET, name=HOSTILE, source=HOSTILE, licence=HOSTILE),
        lm=LmIdentity("http", HOSTILE, HOSTILE, HOSTILE),
        versions={**VERSIONS, "quod": HOSTILE, HOSTILE: HOSTILE},
        reason=HOSTILE,
        state=State.FAILED,
    )
    return make_report(made, results, lambda places: dict.fromkeys(places, sample))


@pytest.fixture(scope="module")
def report():
    results = list(drawn(300, with_baseline=True))
    counts = make_report(evaluation(), results).metrics.counts
    return make_report(evaluation(counts), results)


@pytest.fixture(scope="module")
def page(report):
    return report_page(report, "/v1/traces/")


def test_the_result_is_one_sentence_with_its_interval():
    made = make_report(evaluation(), [result(C, n) for n in range(8)] + [result(W, 8), result(A, 9)])
    assert result_sentence(made) == (
        "8 of 10 problems are right: 80.0 % (95 % interval 49.0 to 94.3 %). 9 were answered at all (90.0 %), and of "
        "these answers 88.9 % (95 % interval 56.5 to 98.0 %) are right."
    )


def test_the_page_names_everything_that_the_result_depends_on(page):
    text = Page(page).text
    for named in ("ab" * 32, "cd" * 32, "qwen2.5:7b", "revision r1", "prolog 9.2.9", "512 MiB", "3 attempts", "MIT"):
        assert named in text


def test_every_plot_says_how_to_read_it_and_has_a_table_beside_it(page):
    sections = re.findall(r"<section class=\"part\">(.*?)</section>", page, re.DOTALL)
    with_plot = [section for section in sections if "<svg" in section]
    assert len(with_plot) == 6
    for section in with_plot:
        assert section.count("How to read it:") == 1
        assert "<table" in section


def test_every_plot_is_svg_with_a_title_and_a_description_and_no_id_twice(page):
    drawn_ids = []
    for svg in figures(page):
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        title, description, *_ = list(root)
        assert title.text
        assert description.text
        assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
        drawn_ids += [each.get("id") for each in root.iter() if each.get("id")]
        assert len(svg) < 20_000
    assert len(drawn_ids) == len(set(drawn_ids))


def test_texts_of_plots_are_texts_in_the_colour_of_the_page(page):
    for svg in figures(page):
        assert "<text" in svg
        assert "#010203" not in svg
        assert "currentColor" in svg


def test_the_page_needs_nothing_from_elsewhere_and_no_script(page):
    parsed = Page(page)
    assert not {"script", "iframe", "img", "object", "embed", "base"} & set(parsed.tags)
    for name, value in parsed.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "xlink:href"):
            assert value.startswith(("#", "data:,", "/v1/traces/"))
    assert not re.search(r"url\((?!#)|@import|@font-face", page)


def test_the_same_results_give_the_same_page(report, page):
    assert report_page(report, "/v1/traces/") == page


def test_what_strangers_wrote_is_text(page):
    made = hostile_report()
    hostile = report_page(made, "/v1/traces/")
    parsed = Page(hostile)
    assert not {"script", "img"} & set(parsed.tags)
    assert not any(name.startswith("on") for name, _ in parsed.attributes)
    assert HOSTILE in parsed.text
    assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(.{0,12})", hostile)[0]
    for svg in figures(hostile):
        ElementTree.fromstring(svg)


def test_failed_samples_lead_to_their_traces(page, report):
    first = report.failed[0].result
    assert first.outcome is W
    assert f'<a href="/v1/traces/{first.trace_id}">' in page
    assert "<a " not in report_page(report)
    assert first.trace_id in report_page(report)


def test_the_gravest_failures_come_first_whatever_the_order():
    results = [
        result(A, 0),
        result(E, 1),
        result(W, 2, trust=Trust.EXECUTED),
        result(W, 3, trust=Trust.CERTIFIED),
        result(C, 4),
    ]
    for order in (results, results[::-1]):
        assert [each.result.position for each in make_report(evaluation(), order).failed] == [3, 2, 1, 0]


def test_a_long_list_is_cut_and_says_so():
    made = make_report(evaluation(), [result(W, n) for n in range(500)])
    assert (len(made.failed), made.failed_in_all) == (200, 500)
    assert [each.result.position for each in made.failed] == list(range(200))
    assert "The first 200 of 500 are listed" in report_page(made)


def test_texts_of_failed_problems_are_looked_up_once():
    asked = []

    def samples_at(places):
        asked.append(list(places))
        return {place: Sample(f"s{place}", Problem(f"Problem {place}?"), "1") for place in places if place != 7}

    made = make_report(evaluation(), [result(W, 3), result(W, 7), result(C, 9)], samples_at)
    assert asked == [[3, 7]]
    assert [each.problem for each in made.failed] == ["Problem 3?", None]


@pytest.mark.parametrize(
    ("results", "says"),
    [
        ([], "There are no results yet."),
        ([result(E, n) for n in range(3)], "None was answered."),
        ([result(C, n) for n in range(3)], "No attempt followed another, so nothing was repaired."),
        ([result(C, n) for n in range(3)], "Every result is correct."),
        ([result(A, n, attempts=()) for n in range(3)], "No attempt was made"),
    ],
)
def test_what_is_not_there_is_said(results, says):
    page = report_page(make_report(evaluation(), results))
    assert says in Page(page).text or says == "No attempt was made"
    assert "None" not in Page(page).text.replace("None was answered", "").replace("None of them", "")


def test_an_unfinished_evaluation_says_that_its_figures_will_change():
    made = evaluation(Counts(correct=2, waiting=8), state=State.PAUSED, reason="the token cap of 1000 is reached")
    text = Page(report_page(make_report(made, [result(C, 0), result(C, 1)]))).text
    assert "This evaluation is paused: the token cap of 1000 is reached. 2 of 10 results are recorded." in text
    assert "will change" in text


def test_epochs_and_a_baseline_have_their_parts():
    results = [result(C, n, epoch, baseline=baseline(W)) for n in range(4) for epoch in (1, 2)]
    made = make_report(evaluation(config=EvaluationConfig("embedded:", epochs=2, baseline=True)), results)
    text = Page(report_page(made)).text
    assert "pass@2" in text
    assert "p = 0.125" in text  # four samples, all decided one way: 2 / 16
    assert "over the first epoch" in text


def test_calibration_needs_the_rule_that_the_verdicts_were_judged_by():
    results = [result(C, n) for n in range(3)]
    (entry,) = make_report(evaluation(), results).calibration
    assert (entry.set, entry.lm, entry.trust_rule, entry.right, entry.n) == ("gsm8k", "qwen2.5:7b", 3, 3, 3)
    assert make_report(evaluation(versions={}), results).calibration == ()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0, "0"), (4.6e-05, "< 0.001"), (0.0123456, "0.0123"), (1.06, "1.06"), (12345.6, "12,346")],
)
def test_a_figure_has_three_digits_and_no_exponent(value, shown):
    assert number(value) == shown


def test_a_page_of_ten_thousand_samples_is_small_and_quick():
    """In processor time, so that what else the machine does is not counted; the limit is five seconds."""
    results = list(drawn(10_000))
    texts = {n: Sample(f"s{n}", Problem("How many? " * 100), "1") for n in range(10_000)}
    report_page(make_report(evaluation(), results[:10]))  # loads matplotlib
    before = time.process_time()
    page = report_page(make_report(evaluation(), results, lambda places: {n: texts[n] for n in places}))
    assert time.process_time() - before < 5
    assert len(page.encode()) < 3_000_000
