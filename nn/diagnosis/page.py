"""What the page of a diagnosis says: the first change, all findings, the layers in numbers, the strongest path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd.page import Block, Equations, Heading, Page, Phrase, Row, Sentence, Table
from autograd.simplify import Product
from autograd.symbol import Symbol

from ..layers import Layer
from ..words import counted
from .case import Case
from .depth_causes import ratio_of
from .finding import Finding, number, way
from .measuring import Path, Units
from .thresholds import MOST_SAMPLES

_MOST_LAYERS = 12
_MOST_BESIDES = 6  # findings behind the first, and notes: a deep network may have one for every layer


class Report:
    """The numbers of a case that a page shows, taken while it is at hand."""

    def __init__(self, case: Case) -> None:
        self.count, self.used = len(case.data), len(case.rows)
        self.epochs = len(case.losses)
        self.measured = case.measured
        self.constant = case.constant
        self.is_learned = case.is_learned
        self.curvature = case.curvature


def page_of(findings: Sequence[Finding], notes: Sequence[Finding], report: Report, full: bool) -> Page:
    """The page; `full` shows all layers and all findings."""
    blocks: list[Block] = [Heading(("Why learning stopped" if findings else "Nothing found that stops learning",), 1)]
    if findings:
        blocks += [Sentence(findings[0].message), Sentence(("What helps first: ", *findings[0].remedy))]
    blocks += _others(findings[1:], notes, full)
    blocks += [Heading(("What was measured",)), *_overview(report)]
    if report.measured is not None:
        blocks += _layers(report.measured.weighted, full)
        blocks += _path(report.measured.path)
    return Page(blocks)


def _others(findings: Sequence[Finding], notes: Sequence[Finding], full: bool) -> list[Block]:
    return [
        *_items("What was found besides", [(*each.message, " ", *each.remedy) for each in findings], full),
        *_items("What does not hinder", [each.message for each in notes], full),
    ]


def _items(head: str, phrases: Sequence[Phrase], full: bool) -> list[Block]:
    """A list below a head, if there is anything to list; of very many the first."""
    shown = phrases if full or len(phrases) <= _MOST_BESIDES else phrases[: _MOST_BESIDES - 1]
    rest = [Sentence((f"and {len(phrases) - len(shown)} more.",), item=True)] if len(shown) < len(phrases) else []
    return [Heading((head,)), *(Sentence(each, item=True) for each in shown), *rest] if phrases else []


def _overview(report: Report) -> list[Block]:
    blocks: list[Block] = [Sentence((_taken(report),))]
    found = report.measured
    if found is None:
        return blocks
    told: list[Any] = ["The mean loss is ", number(found.loss)]
    if report.constant is not None:
        told += [", where outputs that are the same for every sample come to ", number(report.constant), " at best"]
    told += ["; the gradient's norm is ", number(math.hypot(*found.gradient))]
    if report.curvature > 0:
        told += [", and rates below ", number(2 / report.curvature), " settle here"]
    blocks.append(Sentence((*told, ".")))
    if report.is_learned:
        blocks.append(Sentence(("Most of what there is to learn is learned.",)))
    ratio = ratio_of(found)
    if ratio is not None:
        blocks.append(Sentence(("The gradient of the first layer is ", number(ratio), " times that of the last.")))
    return blocks


def _taken(report: Report) -> str:
    """On how much the numbers stand."""
    taken = counted(report.count, "sample")
    if report.used < report.count:
        taken = f"{report.used} of {taken}, at even distances (at most {MOST_SAMPLES}, and of large networks fewer)"
    history = f" The history has {counted(report.epochs, 'epoch')}." if report.epochs else ""
    return f"Measured on {taken}.{history}"


def _layers(layers: Sequence[Units], full: bool) -> list[Block]:
    shown = list(enumerate(layers, 1))
    if not full and len(shown) > _MOST_LAYERS:
        shown = [*shown[: _MOST_LAYERS // 2], *shown[-_MOST_LAYERS // 2 :]]
    caption = "The layers" if len(shown) == len(layers) else f"The first and the last of {len(layers)} layers"
    head = [("layer",), ("units",), ("activation",), ("slope at most",), ("slope found",), ("largest weight",),
            ("size of ", Symbol("delta"))]  # fmt: skip
    return [Table((caption,), head, [_layer(*each) for each in shown], [True, True, False, True, True, True, True])]


def _layer(index: int, units: Units) -> list[Any]:
    neurons = units.layer.neurons if isinstance(units.layer, Layer) else []
    weights = [abs(weight.data) for neuron in neurons for weight in neuron.w]
    bound = ["–"] if units.bound is None else [number(units.bound)]
    found = ["–"] if math.isnan(units.largest_slope) else [number(units.largest_slope)]
    return [[str(index)], [str(len(units.labels))], [units.name], bound, found,
            [number(max(weights, default=0.0))], [number(units.size_of_deltas)]]  # fmt: skip


def _path(path: Path) -> list[Block]:
    """The factors |σ'|·|w| of the strongest path, and what they come to."""
    factors: list[Any] = []
    for step in path.steps:
        parts = [step.factor] if step.slope is None or step.weight is None else [step.slope, step.weight]
        factors += [number(part) for part in parts]
    told = ["The strongest path is ", *way(path.labels), f", at row {path.row}: a slope and a weight for each layer."]
    row = Row(Symbol("p"), "=", Product(1, factors), (), ("≈", number(path.product)))
    return [Sentence(told), Equations([row])]
