"""The source of the kernels for a set of instructions, generated from the table: for one sample, and for lanes.

    forward, reverse                the instructions in turn, on slots: one number each
    forward_and_reverse             both, for one sample
    forward_lanes, reverse_lanes    the groups of a plan in turn, on rows: one number for each of many samples

The same source serves every graph that uses no other operations.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from .. import ops
from .lines import ON_LANES, SCALAR, Lines, times
from .rules import FOLDED, Rule, rule_of
from .tape import Key, is_listed
from .terms import Term

HEADER = '''"""Generated from the table of operations; it may be deleted, and is then made again."""

import math

from numpy import int64 as whole, uint64 as unsigned  # an index that numba need not ask whether it counts from the end

from autograd.replay.elementary import *
from autograd.replay.lanes import *
from autograd.replay.matrices import *
'''
WEIGHTED_SUMS, FIRST_KIND = 0, 1  # kinds of a plan's groups
_INDENT = "    "


def kernels(keys: Sequence[Key], stamp: str = "", kinds: Container[int] | None = None) -> str:
    """The source of a module with the kernels of these keys; key number i is code i, and kind i + 1 of a plan.

    Where `kinds` are given, the kernels for lanes know no others: what a plan does not use need not be compiled.
    `stamp` says which `elementary`, `lanes` and `matrices` they call: numba keeps compiled code as long as the source
    that calls is the same.
    """
    header = HEADER + (f"\n# {stamp}\n" if stamp else "")
    lanes = {FIRST_KIND + i: key for i, key in enumerate(keys) if kinds is None or FIRST_KIND + i in kinds}
    layers = _has_weighted_sums(keys) and (kinds is None or WEIGHTED_SUMS in kinds)
    one = [_forward(keys), _reverse(keys), _BOTH]
    parts = [header, *one, _forward_lanes(lanes, layers), _reverse_lanes(lanes, layers)]
    return "\n\n\n".join(parts) + "\n"


# ---------------------------------------------------------------- one number at a time


_INSTRUCTION = (
    "i, at = unsigned(number), unsigned(results + number)",
    "code, a, b = codes[i], first[i], second[i]",
)
_BOTH = """@compiled
def forward_and_reverse(codes, first, second, lists, V, D, results, begin, end, output, seed):
    bad = forward(codes, first, second, lists, V, results, begin, end)
    D[results + begin : results + end] = 0.0
    D[output] = seed
    return bad + reverse(codes, first, second, lists, V, D, results, begin, end)"""


def _forward(keys: Sequence[Key]) -> str:
    branches = [(f"code == {i}", _forward_branch(key)) for i, key in enumerate(keys)]
    return _function(
        "forward(codes, first, second, lists, V, results, begin, end)",
        "bad = 0",
        "for number in range(begin, end):",
        _indented(
            *_INSTRUCTION,
            "y = 0.0",
            *_choice(branches),
            "V[at] = y",
        ),
        "return bad",
    )


def _forward_branch(key: Key) -> list[str]:
    rule = rule_of(key)
    checked = ["bad += not math.isfinite(y)"] if rule.may_raise else []
    if key.op.arity is None:
        return [*_FOLDS[FOLDED[key.op]], *checked]
    code = Lines(SCALAR)
    written = code.written(rule.forward)
    return [*_reads(key, f"{code.lines} {written}"), *code.lines, f"y = {written}", *checked]


_FOLDS = {
    "dot": [
        "n = b // 2",
        "y = V[lists[a + 2 * n]]",
        "for j in range(a, a + n):",
        "    y += V[lists[j]] * V[lists[j + n]]",
    ],
    "sum": ["for j in range(a, a + b):", "    y += V[lists[j]]"],
    "logsumexp": [
        "top = V[lists[a]]",
        "for j in range(a + 1, a + b):",
        "    top = max(top, V[lists[j]])",
        "for j in range(a, a + b):",
        "    y += math.exp(V[lists[j]] - top)",
        "y = top + math.log(y)",
    ],
}


def _reverse(keys: Sequence[Key]) -> str:
    branches = [(f"code == {i}", _reverse_branch(key)) for i, key in enumerate(keys) if rule_of(key).slopes]
    return _function(
        "reverse(codes, first, second, lists, V, D, results, begin, end)",
        "bad = 0",
        "for number in range(end - 1, begin - 1, -1):",
        _indented(*_INSTRUCTION, "g = D[at]", *_choice(branches)),
        "return bad",
    )


def _reverse_branch(key: Key) -> list[str]:
    rule = rule_of(key)
    result = ["y0 = V[at]"] if "y0" in rule.needs else []
    if key.op.arity is None:
        return [*result, *_list_reverse(key, rule)]
    code = Lines(SCALAR)
    written = [code.written(each) for each in rule.slopes.values()]
    reads = _reads(key, " ".join([*code.lines, *written]))
    pairs = zip(rule.slopes, written, strict=True)
    pulls = [f"D[{_place(key, index)}] += {times('g', each)}" for index, each in pairs]
    checked = [f"bad += not math.isfinite({each})" for each in written] if rule.slope_may_raise else []
    return [*result, *reads, *code.lines, *checked, *pulls]


def _list_reverse(key: Key, rule: Rule) -> list[str]:
    """The gradient of every element of the lists that are active."""
    sizes = "n = b // 2" if key.op is ops.dot else "n = b"
    lists = [index for index, is_list in enumerate(key.op.is_list) if is_list]
    starts = {index: f"lists[j + {place} * n]" if place else "lists[j]" for place, index in enumerate(lists)}
    lines = [sizes]
    body: list[str] = []
    for index, slope in rule.slopes.items():
        code = Lines(SCALAR)
        written = code.written(slope)
        place = starts.get(index, f"lists[a + {len(lists)} * n]")
        for other, start in starts.items():
            written = written.replace(f"x{other}", f"V[{start}]")
        pull = f"D[{place}] += {times('g', written)}"
        (body if index in starts else lines).append(pull)
    return [*lines, *(["for j in range(a, a + n):", *_indented_lines(body)] if body else [])]


def _reads(key: Key, code: str) -> list[str]:
    """The lines that fetch the operands that code reads."""
    names = [f"x{i}" for i, each in enumerate(key.pattern) if isinstance(each, str)]
    return [f"{name} = V[{_place(key, int(name[1:]))}]" for name in names if name in code]


def _place(key: Key, index: int) -> str:
    """Where the slot of an operand stands."""
    return f"lists[a + {index}]" if is_listed(key.op) else "ab"[index]


# ---------------------------------------------------------------- eight lanes at a time


def _forward_lanes(keys: Mapping[int, Key], layers: bool) -> str:
    branches = [
        (f"kind == {WEIGHTED_SUMS}", [
            f"weighted_sums(V, {_cells(4, 5, 6, 7, 8)}, rows, {_cells(2)}, y,",
            f"              {_cells(9, 10)}, width, whole(0))",
        ]),
    ] if layers else []  # fmt: skip
    branches += [(f"kind == {kind}", _lane_forward(key)) for kind, key in keys.items()]
    return _function(
        "forward_lanes(plan, lists, V, rows, width)",
        "bad = 0.0",
        "for s in range(plan.shape[0]):",
        _indented("kind, y = cell(plan, s, 0), cell(plan, s, 1)", *_choice(branches)),
        "return bad != 0",
    )


def _has_weighted_sums(keys: Sequence[Key]) -> bool:
    return any(key.op is ops.dot for key in keys)


def _lane_forward(key: Key) -> list[str]:
    rule = rule_of(key)
    checked = ["bad += total(sub(found, found))"] if rule.may_raise else []
    if key.op.arity is None:
        body = [*_LANE_FOLDS[FOLDED[key.op]], *checked, "store(rows, y + i, found)"]
        return [f"begin, length = {_cells(2, 3)}", "for i in range(0, width, LANES):", *_indented_lines(body)]
    code = Lines(ON_LANES)
    written = code.written(rule.forward)
    if not isinstance(rule.forward, Term):
        written = f"spread({written})"
    places, loads = _loads(key, " ".join([*code.lines, written]))
    return [
        *places,
        "for i in range(0, cell(plan, s, 5), LANES):",
        *_indented_lines([*loads, *code.lines, f"found = {written}", *checked, "store(rows, y + i, found)"]),
    ]


def _cells(*columns: int) -> str:
    """The numbers that a group has in these columns of its plan."""
    return ", ".join(f"cell(plan, s, {column})" for column in columns)


def _loads(key: Key, text: str) -> tuple[list[str], list[str]]:
    """The lines that find the rows of operands which code reads, and those that load from them."""
    names = [f"x{i}" for i, each in enumerate(key.pattern) if isinstance(each, str)]
    read = [(number, name) for number, name in enumerate(names) if name in text]
    return [f"at_{name} = cell(plan, s, {2 + number})" for number, name in read], [
        f"{name} = load(rows, at_{name} + i)" for _, name in read
    ]


def _reverse_lanes(keys: Mapping[int, Key], layers: bool) -> str:
    branches = [
        ("kind == -1", ["fill(rows, g, cell(plan, s, 2), 0.0)"]),
        (f"kind == {WEIGHTED_SUMS}", [
            f"if {_cells(3)} >= 0:",
            f"    weighted_sums(V, {_cells(4, 6, 5)}, whole(-1), whole(0), rows, g, {_cells(3)},",
            f"                  {_cells(10, 9)}, width, 1 - {_cells(11)})",
            f"if {_cells(12)} != 0:",
            f"    weight_gradients(D, {_cells(4, 5, 6)}, rows, g, {_cells(2)},",
            f"                     {_cells(9, 10)}, width)",
            f"if {_cells(13)} != 0:",
            f"    add_totals(D, {_cells(7, 8)}, rows, g, {_cells(9)}, width)",
        ]),
    ][: 1 + layers]  # fmt: skip
    branches += [(f"kind == {kind}", _lane_reverse(key)) for kind, key in keys.items() if rule_of(key).slopes]
    return _function(
        "reverse_lanes(plan, lists, targets, V, D, rows, width)",
        "bad = 0.0",
        "for s in range(plan.shape[0]):",
        _indented("kind, g = cell(plan, s, 0), cell(plan, s, 1)", *_choice(branches)),
        "return bad != 0",
    )


def _lane_reverse(key: Key) -> list[str]:
    rule = rule_of(key)
    if key.op.arity is None:
        return _listed_lane_reverse(key, rule)
    code = Lines(ON_LANES)
    written = [code.written(each) for each in rule.slopes.values()]
    places, loads = _loads(key, " ".join([*code.lines, *written]))
    if "y0" in rule.needs:
        places.append(f"y = cell(plan, s, {2 + sum(isinstance(each, str) for each in key.pattern)})")
        loads.append("y0 = load(rows, y + i)")
    targets = [
        f"to_x{index}, fresh_x{index} = cell(plan, s, {6 + 2 * number}), cell(plan, s, {7 + 2 * number}) != 0"
        for number, index in enumerate(rule.slopes)
    ]
    body = ["up = load(rows, g + i)", *loads, *code.lines, *_lane_pulls(rule, written)]
    return [*places, *targets, "for i in range(0, cell(plan, s, 12), LANES):", *_indented_lines(body)]


def _lane_pulls(rule: Rule, written: Sequence[str]) -> Iterator[str]:
    for index, slope in zip(rule.slopes, written, strict=True):
        share = {"1.0": "up", "-1.0": "negative(up)"}.get(slope, f"mul(up, {slope})")
        yield f"share = {share}"
        if rule.slope_may_raise:
            yield "bad += total(sub(share, share))"
        yield f"if not fresh_x{index}:"
        yield f"    share = add(load(rows, to_x{index} + i), share)"
        yield f"store(rows, to_x{index} + i, share)"


_LANE_FOLDS = {
    "dot": [
        "n = length // 2",
        "found = load(rows, entry(lists, begin + 2 * n) + i)",
        "for j in range(begin, begin + n):",
        "    found = fma(load(rows, entry(lists, j) + i), load(rows, entry(lists, j + n) + i), found)",
    ],
    "sum": [
        "found = spread(0.0)",
        "for j in range(begin, begin + length):",
        "    found = add(found, load(rows, entry(lists, j) + i))",
    ],
    "logsumexp": [
        "top = load(rows, entry(lists, begin) + i)",
        "for j in range(begin + 1, begin + length):",
        "    each = load(rows, entry(lists, j) + i)",
        "    top = select(less(top, each), each, top)",
        "found = spread(0.0)",
        "for j in range(begin, begin + length):",
        "    found = add(found, exp(sub(load(rows, entry(lists, j) + i), top)))",
        "found = add(top, log(found))",
    ],
}


def _listed_lane_reverse(key: Key, rule: Rule) -> list[str]:
    """Of an operation over lists of rows; `targets` are the rows of the gradients, −1 for those that are not wanted."""
    lists = sum(key.op.is_list)
    body: list[str] = []
    for place, index in enumerate(index for index, is_list in enumerate(key.op.is_list) if is_list):
        if index in rule.slopes:
            body += _element_pull(rule.slopes[index], f"j + {place} * n", lists)
    single = [index for index in rule.slopes if not key.op.is_list[index]]
    last = _element_pull(rule.slopes[single[0]], f"begin + {lists} * n", lists) if single else []
    result = ["y0 = load(rows, cell(plan, s, 2) + i)"] if "y0" in rule.needs else []
    loop = ["for j in range(begin, begin + n):", *_indented_lines(body)] if body else []
    return [
        "begin, length = cell(plan, s, 3), cell(plan, s, 4)",
        f"n = length // {lists}",
        "for i in range(0, width, LANES):",
        *_indented_lines(["up = load(rows, g + i)", *result, *loop, *last]),
    ]


def _element_pull(slope: Any, place: str, lists: int) -> list[str]:
    code = Lines(ON_LANES)
    written = code.written(slope)
    for other in range(lists):
        written = written.replace(f"x{other}", f"load(rows, entry(lists, j + {other} * n) + i)")
    share = "up" if written == "1.0" else f"mul(up, {written})"
    return [
        f"target = entry(targets, {place})",
        "if target >= 0:",
        f"    store(rows, target + i, add(load(rows, target + i), {share}))",
    ]


# ---------------------------------------------------------------- text


def _choice(branches: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """if … elif …: compilers make a jump table of it."""
    lines: list[str] = []
    for number, (condition, body) in enumerate(branches):
        lines += [f"{'elif' if number else 'if'} {condition}:", *_indented_lines(body)]
    return lines or ["pass"]


def _function(signature: str, *body: str) -> str:
    return f"@compiled\ndef {signature}:\n" + textwrap.indent("\n".join(body), _INDENT)


def _indented(*lines: str) -> str:
    return textwrap.indent("\n".join(lines), _INDENT)


def _indented_lines(lines: Sequence[str]) -> list[str]:
    return [_INDENT + line for line in lines]
