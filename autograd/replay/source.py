"""The source of the kernels for a set of instructions, generated from the table: one sample at a time.

    forward, reverse        the instructions in turn, on slots: one number each
    forward_and_reverse     both

The same source serves every graph that uses no other operations. `lane_source.py` is the same for many samples.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import ops
from .lines import SCALAR, Lines, function, indented, share_of
from .rules import FOLDED, Rule, rule_of
from .tape import Key, is_listed

HEADER = '''"""Generated from the table of operations; it may be deleted, and is then made again."""

import math

from numpy import int64 as whole, uint64 as unsigned  # an index that numba need not ask whether it counts from the end

from autograd.replay.compiling import compiled
from autograd.replay.elementary import *
from autograd.replay.lanes import *
from autograd.replay.matrices import *
'''


def kernels(keys: Sequence[Key], stamp: str = "") -> str:
    """The source of a module with the kernels of these keys for one sample; key number i is code i.

    `stamp` says which functions they call: compiled code is kept as long as the source that calls is the same.
    """
    parts = [module_header(stamp), _forward(keys), _reverse(keys), _BOTH]
    return "\n\n\n".join(parts) + "\n"


def module_header(stamp: str) -> str:
    """What every generated module of kernels begins with."""
    return HEADER + (f"\n# {stamp}\n" if stamp else "")


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
    return function(
        "forward(codes, first, second, lists, V, results, begin, end)",
        "bad = 0",
        "for number in range(begin, end):",
        indented([*_INSTRUCTION, "y = 0.0", *choice(branches), "V[at] = y"]),
        "return bad",
        decorator="@compiled",
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
    return function(
        "reverse(codes, first, second, lists, V, D, results, begin, end)",
        "bad = 0",
        "for number in range(end - 1, begin - 1, -1):",
        indented([*_INSTRUCTION, "g = D[at]", *choice(branches)]),
        "return bad",
        decorator="@compiled",
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
    pulls = [f"D[{_place(key, index)}] += {share_of('g', each, **key.guards)}" for index, each in pairs]
    asked = "g != 0.0 and " if key.in_branch else ""
    checked = [f"bad += {asked}not math.isfinite({each})" for each in written] if rule.slope_may_raise else []
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
        pull = f"D[{place}] += {share_of('g', written, **key.guards)}"
        (body if index in starts else lines).append(pull)
    return [*lines, *(["for j in range(a, a + n):", *indented(body)] if body else [])]


def _reads(key: Key, code: str) -> list[str]:
    """The lines that fetch the operands that code reads."""
    names = [f"x{i}" for i, each in enumerate(key.pattern) if isinstance(each, str)]
    return [f"{name} = V[{_place(key, int(name[1:]))}]" for name in names if name in code]


def _place(key: Key, index: int) -> str:
    """Where the slot of an operand stands."""
    return f"lists[a + {index}]" if is_listed(key.op) else "ab"[index]


# ---------------------------------------------------------------- text


def choice(branches: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """if … elif …: compilers make a jump table of it."""
    lines: list[str] = []
    for number, (condition, body) in enumerate(branches):
        lines += [f"{'elif' if number else 'if'} {condition}:", *indented(body)]
    return lines or ["pass"]
