"""The source of the kernels for many samples, generated from the table: on rows, eight lanes at a time.

    forward_lanes, reverse_lanes    the groups of a plan in turn

Each of a plan's groups has a kind: weighted sums of the same rows, or 1 + the number of a key.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from .lines import ON_LANES, Lines, function, indented, lane_share_of
from .rules import FOLDED, Rule, rule_of
from .source import choice, module_header
from .tape import Key
from .terms import Term

WEIGHTED_SUMS, FIRST_KIND = 0, 1


def lane_kernels(keys: Sequence[Key], kinds: Container[int], stamp: str = "") -> str:
    """The source of a module with the kernels of these keys that are among the kinds; as `kernels`."""
    used = {FIRST_KIND + i: key for i, key in enumerate(keys) if FIRST_KIND + i in kinds}
    layers = WEIGHTED_SUMS in kinds
    parts = [module_header(stamp), _forward_lanes(used, layers), _reverse_lanes(used, layers)]
    return "\n\n\n".join(parts) + "\n"


def _forward_lanes(keys: Mapping[int, Key], layers: bool) -> str:
    branches = [
        (f"kind == {WEIGHTED_SUMS}", [
            f"weighted_sums(V, {_cells(4, 5, 6, 7, 8)}, rows, {_cells(2)}, y,",
            f"              {_cells(9, 10)}, width, whole(0))",
        ]),
    ] if layers else []  # fmt: skip
    branches += [(f"kind == {kind}", _lane_forward(key)) for kind, key in keys.items()]
    return function(
        "forward_lanes(plan, lists, V, rows, width)",
        "bad = 0.0",
        "for s in range(plan.shape[0]):",
        indented(["kind, y = cell(plan, s, 0), cell(plan, s, 1)", *choice(branches)]),
        "return bad != 0",
        decorator="@compiled",
    )


def _lane_forward(key: Key) -> list[str]:
    rule = rule_of(key)
    checked = ["bad += total(sub(found, found))"] if rule.may_raise else []
    if key.op.arity is None:
        body = [*_LANE_FOLDS[FOLDED[key.op]], *checked, "store(rows, y + i, found)"]
        return [f"begin, length = {_cells(2, 3)}", "for i in range(0, width, LANES):", *indented(body)]
    code = Lines(ON_LANES)
    written = code.written(rule.forward)
    if not isinstance(rule.forward, Term):
        written = f"spread({written})"
    places, loads = _loads(key, " ".join([*code.lines, written]))
    return [
        *places,
        "for i in range(0, cell(plan, s, 5), LANES):",
        *indented([*loads, *code.lines, f"found = {written}", *checked, "store(rows, y + i, found)"]),
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
    return function(
        "reverse_lanes(plan, lists, targets, V, D, rows, width)",
        "bad = 0.0",
        "for s in range(plan.shape[0]):",
        indented(["kind, g = cell(plan, s, 0), cell(plan, s, 1)", *choice(branches)]),
        "return bad != 0",
        decorator="@compiled",
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
    body = ["up = load(rows, g + i)", *loads, *code.lines, *_lane_pulls(key, rule, written)]
    return [*places, *targets, "for i in range(0, cell(plan, s, 12), LANES):", *indented(body)]


def _lane_pulls(key: Key, rule: Rule, written: Sequence[str]) -> Iterator[str]:
    for index, slope in zip(rule.slopes, written, strict=True):
        yield f"share = {lane_share_of('up', slope, **key.guards)}"
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
            body += _element_pull(key, rule.slopes[index], f"j + {place} * n", lists)
    single = [index for index in rule.slopes if not key.op.is_list[index]]
    last = _element_pull(key, rule.slopes[single[0]], f"begin + {lists} * n", lists) if single else []
    result = ["y0 = load(rows, cell(plan, s, 2) + i)"] if "y0" in rule.needs else []
    loop = ["for j in range(begin, begin + n):", *indented(body)] if body else []
    return [
        "begin, length = cell(plan, s, 3), cell(plan, s, 4)",
        f"n = length // {lists}",
        "for i in range(0, width, LANES):",
        *indented(["up = load(rows, g + i)", *result, *loop, *last]),
    ]


def _element_pull(key: Key, slope: Any, place: str, lists: int) -> list[str]:
    code = Lines(ON_LANES)
    written = code.written(slope)
    for other in range(lists):
        written = written.replace(f"x{other}", f"load(rows, entry(lists, j + {other} * n) + i)")
    share = lane_share_of("up", written, **key.guards)
    return [
        f"target = entry(targets, {place})",
        "if target >= 0:",
        f"    store(rows, target + i, add(load(rows, target + i), {share}))",
    ]
