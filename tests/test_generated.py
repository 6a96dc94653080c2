"""The generated engine and the definition: the same numbers, gradients, errors, for whatever is in the table.

"The same" is equality, not nearness: both sum shared gradients in the same order. (Zeros may differ in sign: the
generated engine adds to 0.0, and 0.0 + -0.0 is 0.0.)
"""

from __future__ import annotations

import copy
import math
import operator
import random
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Value, dot, exp, generated, log, logsumexp, mean, no_grad, ops, sqrt, tanh
from autograd.modes import modes
from autograd.op import TABLE, Op, number_of, op
from autograd.operators import Operators

ENGINES = ("generated", "definition")

# Numbers that engines trip over: signs, kinks, ends of domains, overflow, ints, and what is a number but no float.
LEAVES = (0.5, -0.5, 2.0, 1.0, -1.0, 0.0, -0.0, 0.25, 3.0, -2.0, 1e200, -1e200, 1e-200, 700.0, math.inf, math.nan)
CONSTANTS = (*LEAVES, 0, 1, 2, -3, 10**400, True, Fraction(1, 3), None, "text")


@contextmanager
def running_on(engine: str) -> Iterator[None]:
    """One of the two engines, for a while."""
    was_generated = generated._installed
    (generated.install if engine == "generated" else generated.uninstall)()
    try:
        yield
    finally:
        (generated.install if was_generated else generated.uninstall)()


def outcome(action: Callable[[], Any]) -> Any:
    """What an action gives, or the error it raises, in a form that can be compared."""
    try:
        return action()
    except Exception as error:  # also errors that no one foresaw have to be the same
        return type(error), re.sub(r"\b(Plain|Slotted|WithOwnInit)\b", "Value", str(error))  # its class, in its place


def comparable(number: Any) -> Any:
    """Equal for equal numbers of one type, also for NaN."""
    return type(number), "nan" if number != number else number


# ---------------------------------------------------------------- random graphs

# An instruction: which operation, how it is called, and which operands; each number is taken modulo what there is.
Instruction = tuple[int, int, list[int]]
instructions = st.tuples(
    st.integers(0, 10**4), st.integers(0, 3), st.lists(st.integers(0, 10**6), min_size=3, max_size=9)
)
programs = st.lists(instructions, min_size=1, max_size=12)


def called(entry: Op, how: int, arguments: list[Any]) -> Any:
    """Apply an operation in one of the ways there are: as a function, with a keyword, as a method, in infix."""
    symbol = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
              "power": operator.pow, "negative": operator.neg, "positive": operator.pos, "abs": abs}  # fmt: skip
    if how == 0 and entry.name in symbol:
        return symbol[entry.name](*arguments)
    if how == 1 and not any(entry.is_list) and hasattr(Value, entry.name) and isinstance(arguments[0], Value):
        return getattr(arguments[0], entry.name)(*arguments[1:])
    if how == 2:
        return entry(*arguments[:-1], **{entry.operand_names[-1]: arguments[-1]})
    return entry(*arguments)


# Classes whose nodes the engines record alike: Value, and what people make of it.


class Plain(Value):
    pass


class Slotted(Value):
    __slots__ = ("note",)


class WithOwnInit(Value):
    def __init__(self, data: float, _children: Any = (), _op: str = "", name: str = "") -> None:
        super().__init__(data, _children, _op)
        self.name = name


KINDS = (Value, Plain, Slotted, WithOwnInit)
Kinds = Sequence[type[Value]]


def recorded(program: Sequence[Instruction], table: Sequence[Op], kinds: Kinds) -> tuple[list[Any], list[Any]]:
    """The nodes that a program makes of leaves of these classes in turn, and each result or error it gives."""
    leaves = [kinds[place % len(kinds)](x) for place, x in enumerate(LEAVES)]
    nodes: list[Any] = list(leaves)
    seen: list[Any] = []

    def pick(choice: int) -> Any:
        # Mostly nodes, and the young ones more often; one in six is a constant.
        if choice % 6 == 0:
            return CONSTANTS[choice // 6 % len(CONSTANTS)]
        return nodes[-1 - choice // 6 % (4 if choice % 2 else len(nodes))]

    lists: list[tuple[Any, ...]] = []
    for number, how, choices in program:
        entry = table[number % len(table)]
        arguments: list[Any] = []
        for index, many in enumerate(entry.is_list):
            if many and lists and choices[index] % 3 == 0:
                arguments.append(lists[choices[index] // 3 % len(lists)])  # shared, like the inputs of a layer
            elif many:
                length = len(choices) - (choices[0] % 11 == 0 and index > 0)  # now and then too short
                arguments.append((list if how == 3 else tuple)(pick(c + index) for c in choices[:length]))
                lists.append(tuple(arguments[-1]))
            else:
                arguments.append(pick(choices[index]))
        result = outcome(lambda entry=entry, how=how, arguments=arguments: called(entry, how, arguments))
        if isinstance(result, Value):
            given = [tuple(argument) if type(argument) is list else argument for argument in arguments]
            first = next(item for item in flat(tuple(given)) if isinstance(item, Value))
            assert type(result) is type(first), f"{entry.name} of {type(first)} gave {type(result)}"
            nodes.append(result)
            seen.append((comparable(result.data), result.op, [comparable(x) for x in flat(result.numbers)]))
        else:
            seen.append(result if isinstance(result, tuple) else comparable(result))
    return nodes, seen


def run(program: Sequence[Instruction], table: Sequence[Op], kinds: Kinds = (Value,)) -> Any:
    """Everything that can be observed of a program: each result or error, then two backward passes."""
    nodes, seen = recorded(program, table, kinds)
    for leaf in nodes[:3]:
        leaf.data += 1.0  # What was recorded is not touched by it.
    for seed in (1.0, -0.5):
        seen.append(outcome(lambda seed=seed: nodes[-1].backward(seed)))
        seen.append([(node.has_grad, comparable(node.grad)) for node in nodes])
    return seen


def gradients_of(root: Value, variables: Sequence[Value], since: int | None) -> list[Any]:
    """∂root/∂variable, as numbers, and whether they are graphs."""
    is_open, totals = root._gradients(set(variables), since)
    return [is_open, *(comparable(float(number_of(totals.get(node, 0.0)))) for node in variables)]


def run_passes(program: Sequence[Instruction], table: Sequence[Op], kinds: Kinds = (Value,)) -> Any:
    """What the other passes over a program's graph give: gradients of some nodes, as graphs, other points, copies."""
    nodes, _ = recorded(program, table, kinds)
    root, inner = nodes[-1], nodes[(len(LEAVES) + len(nodes) - 1) // 2]
    seen: list[Any] = []

    def told(action: Callable[[], Any]) -> None:
        result = outcome(action)
        seen.append(result if isinstance(result, (tuple, list)) else comparable(result))
        seen.append([(type(node).__name__, comparable(node.data), node.has_grad, comparable(number_of(node.grad)))
                     for node in nodes])  # fmt: skip

    variables = [nodes[0], nodes[2], inner]
    for since in (None, 0, modes.epoch + 1):  # no leaves from outside, none, all
        told(lambda since=since: gradients_of(root, variables, since))
    told(lambda: root._value_at({nodes[0]: 0.75, inner: -1.25}))
    told(lambda: root._value_at({nodes[2]: 0.0}))
    told(lambda: root.backward(create_graph=True))
    slope = nodes[0].grad
    root.zero_grad()
    told(lambda: slope.backward() if isinstance(slope, Value) else slope)
    told(lambda: [comparable(number_of(node.grad)) for node in (copy.deepcopy(nodes), nodes)[0]])
    twins = copy.deepcopy(nodes)
    told(lambda: twins[-1].backward(0.5))
    seen.append([(type(twin).__name__, comparable(twin.data), comparable(number_of(twin.grad))) for twin in twins])
    for leaf in nodes[:4]:
        leaf.data += 0.5
    told(root.forward)
    seen.append([[comparable(x) for x in flat(node.numbers)] for node in nodes])
    told(root.backward)
    told(root.zero_grad)
    return seen


def flat(numbers: tuple[Any, ...]) -> list[Any]:
    return [x for number in numbers for x in (number if isinstance(number, tuple) else (number,))]


def on_both(action: Callable[[], Any]) -> list[Any]:
    """What `action` gives on the generated engine and on the definition."""
    results = []
    for engine in ENGINES:
        with running_on(engine):
            results.append(action())
    return results


@settings(max_examples=200, deadline=None)
@given(programs)
def test_both_engines_agree_on_random_graphs_over_the_whole_table(program: list[Instruction]) -> None:
    table = list(TABLE.values())

    found, expected = on_both(lambda: run(program, table))

    assert expected == found


@settings(max_examples=150, deadline=None)
@given(programs, st.permutations(KINDS), st.integers(1, len(KINDS)))
def test_subclasses_do_on_both_engines_what_value_does(
    program: list[Instruction], kinds: list[type[Value]], count: int
) -> None:
    table = list(TABLE.values())
    expected = run(program, table)

    assert [expected, expected] == on_both(lambda: run(program, table, kinds[:count]))


@settings(max_examples=200, deadline=None)
@given(programs, st.permutations(KINDS), st.integers(1, len(KINDS)))
def test_the_other_passes_agree_on_random_graphs_too(
    program: list[Instruction], kinds: list[type[Value]], count: int
) -> None:
    table = list(TABLE.values())

    found, expected = on_both(lambda: run_passes(program, table, kinds[:count]))

    assert expected == found


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_subclass_is_recorded_without_the_definition(kind: type[Value], monkeypatch: pytest.MonkeyPatch) -> None:
    def interpret(cls: Any, op: Op, arguments: Any) -> Any:
        raise AssertionError(f"the definition was asked for {op.name}")

    with running_on("generated"):
        monkeypatch.setattr(Value, "interpret", classmethod(interpret))
        x, w = kind(0.5), kind(-1.5)
        y = dot([x, w], [0.5, 1], x) * 2 + 1 - (x / 3) ** 2 + exp(x * w).relu() + mean([tanh(x), w, -w])
        y.backward()
        assert type(y) is kind and x.has_grad


def test_a_subclass_that_says_what_an_operation_is_is_asked() -> None:
    asked: list[str] = []

    class Asking(Value):
        @classmethod
        def interpret(cls, op: Op, arguments: Any) -> Any:
            asked.append(op.name)
            return super().interpret(op, arguments)

    class Heir(Asking):
        pass

    for kind in (Asking, Heir):
        asked.clear()
        x = kind(0.5)
        y = tanh(x * 2) + dot([x, x], [x, 1.0])
        assert (["multiply", "tanh", "dot", "add"], kind) == (asked, type(y))


def test_the_rules_of_arithmetic_and_activations_are_printed_not_called() -> None:
    called = {entry.name for entry in TABLE.values() if "rule_" in generated.source(entry)}
    assert called <= {"power", "elu", "sum", "mean", "logsumexp"}


@pytest.mark.parametrize("name", TABLE)
def test_both_engines_agree_on_every_operation(name: str) -> None:
    rng = random.Random(name)
    for _ in range(60):
        calls = [(0, how, [rng.randrange(10**6) for _ in range(rng.randint(3, 9))]) for how in (0, 1, 2, 3)]
        found, expected = on_both(lambda calls=calls: run(calls, [TABLE[name]]))
        assert expected == found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
@example(0)
def test_both_engines_agree_to_the_last_bit_on_layers_that_share_lists(seed: int) -> None:
    def layers() -> list[Any]:
        rng = random.Random(seed)
        width, sums = rng.randint(1, 6), (dot, dot, logsumexp, mean)
        h: Any = tuple(Value(rng.uniform(-1, 1)) for _ in range(width))
        leaves = list(h)
        for _ in range(rng.randint(1, 5)):
            weights = [tuple(Value(rng.uniform(-1, 1)) for _ in h) for _ in range(width)]
            leaves += [w for row in weights for w in row]
            # Also weights that depend on the inputs they are summed with: a list within the sweep of itself.
            rows = [rng.choice((h, tuple(x * 0.5 for x in h), w, w, w)) for w in weights]
            summed = [rng.choice(sums) for _ in rows]
            h = tuple(tanh(s(row, h, 0.1) if s is dot else s(h)) for s, row in zip(summed, rows, strict=True))
        output = dot(h, tuple(logsumexp(h) * k for k in range(len(h)))) + mean(h)
        output.backward()
        return [output.data, *(leaf.grad for leaf in leaves)]

    found, expected = on_both(layers)

    assert expected == found


# ---------------------------------------------------------------- lists


def test_weights_that_are_computed_from_the_inputs_they_meet() -> None:
    # The list T is opened while the list U, in which it stands too, is still being visited.
    def gradients() -> list[float]:
        leaves = [Value(x) for x in (0.1, 0.2, 0.3)]
        t = tuple(exp(leaf) for leaf in leaves)
        u = tuple(logsumexp(t) * k for k in (1.0, 2.0, 3.0))
        dot(t, u).backward()
        dot(u, t).backward()
        return [leaf.grad for leaf in leaves]

    found, expected = on_both(gradients)

    assert expected == found


@pytest.mark.parametrize("length", [1, 2, 63, 64, 65, 300])
def test_lists_of_any_length(length: int) -> None:
    def gradients() -> list[float]:
        weights, inputs = (tuple(Value(math.sin(i + k)) for i in range(length)) for k in (1, 2))
        output = dot(weights, inputs, Value(0.5)) * dot(inputs, inputs) + mean(weights) + dot(weights, [0.5] * length)
        output.backward()
        return [output.data, *(value.grad for value in weights + inputs)]

    found, expected = on_both(gradients)

    assert expected == found


def test_a_value_twice_in_a_list_and_in_both_lists() -> None:
    def gradient() -> float:
        x = Value(3.0)
        dot((x, x), (x, x)).backward()
        return float(x.grad)

    assert [12.0, 12.0] == on_both(gradient)


# ---------------------------------------------------------------- gradients


def test_a_backward_pass_that_raises_changes_no_gradient(engine: str) -> None:
    x, zero = Value(2.0), Value(0.0)
    inner = x * zero
    output = sqrt(inner) + x
    (inner * 1.0).backward()
    untouched = Value(1.0)
    before = [node.grad for node in (x, zero, inner)]

    with pytest.raises(ArithmeticError, match="derivative of sqrt"):
        (output + untouched).backward()

    assert before == [node.grad for node in (x, zero, inner)]
    assert (False, False) == (output.has_grad, untouched.has_grad)


def test_a_pass_that_is_interrupted_changes_no_leaf(engine: str, table: dict[str, Op]) -> None:
    def stop(y: Any, x: Any) -> float:
        raise KeyboardInterrupt

    interrupted = op("interrupted_here", forward=lambda x: x, partials=(stop,))
    x = Value(2.0)
    (x * 3.0).backward()

    with pytest.raises(KeyboardInterrupt):
        (interrupted(x * x) + x).backward()

    assert x.grad == 3.0


@pytest.mark.parametrize("preset", [None, 0, 1, 2.5, Value(2.5)], ids=repr)
def test_gradients_preset_by_hand(preset: Any) -> None:
    def gradients() -> list[Any]:
        x, y = Value(3.0), Value(4.0)
        inner = x * y
        x.grad = inner.grad = preset
        (inner + inner).backward()
        return [getattr(gradient, "data", gradient) for gradient in (x.grad, y.grad, inner.grad)]

    start = getattr(preset, "data", preset) or 0.0
    assert [[start + 8.0, 6.0, 2.0]] * 2 == on_both(gradients)


def test_a_leaf_as_root(engine: str) -> None:
    x = Value(3.0)
    x.backward()
    x.backward(2.0)
    assert x.grad == 3.0


def test_threads_that_share_leaves_do_not_disturb_each_other() -> None:
    # Both passes visit the shared weights, and mark them.
    weights = tuple(Value(0.5) for _ in range(50))
    found: list[float] = []

    def work(k: int) -> None:
        for _ in range(30):
            inputs = tuple(Value(0.1 * k) for _ in weights)
            h = tuple(tanh(dot(weights, inputs)) for _ in range(10))
            output = mean(h)
            output.backward()
            found.append(abs(inputs[0].grad - 0.5 * (1 - output.data**2)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert len(found) == 120
    assert max(found) < 1e-12


# ---------------------------------------------------------------- the switch, and the table


def test_every_operation_is_generated() -> None:
    assert [] == [entry.name for entry in TABLE.values() if not generated.source(entry)]


def test_the_switch_goes_both_ways() -> None:
    def methods() -> set[str]:
        return {name for name in vars(Value) if vars(Value)[name] is not at_first.get(name)}

    with running_on("definition"):
        at_first = dict(vars(Value))
        with running_on("generated"):
            assert tanh(Value(0.5) * 2 + 1).op is ops.tanh
            assert {"backward", "__mul__", "__add__"} <= methods()
        assert set() == methods()
        assert ops.tanh.record is None


def test_a_graph_may_be_recorded_on_one_engine_and_differentiated_on_the_other() -> None:
    gradients = []
    for recorded_on, differentiated_on in (ENGINES, ENGINES[::-1]):
        x = Value(0.5)
        with running_on(recorded_on):
            output = dot((x, x * 2, 1.0), (x, x, x)) * exp(x)
        with running_on(differentiated_on):
            output.backward()
        gradients.append(x.grad)
    assert gradients[0] == gradients[1]


def test_an_operation_that_is_added_later_is_recorded_by_the_fast_engine_at_once(table: dict[str, Op]) -> None:
    with running_on("generated"):
        cube = op("cube_here", forward=lambda x: x * x * x, partials=(lambda y, x: 3 * x * x,))
        x = Value(2.0)
        y = x.cube_here() + cube(x)
        y.backward()
        assert (16.0, 24.0) == (y.data, x.grad)
        assert "upstream * (3 * x1 * x1)" in generated.source(cube)
        assert cube.record is not None
        assert "exec" not in cube.record.__code__.co_names  # the function itself, not what makes it
        assert type(cube.record(x)) is Value


@pytest.mark.parametrize(
    "rule",
    [
        lambda y, x: 2 * x if x else 0.0,
        lambda y, x: 2 * x if x > 0 else 2 * x + 0.0,
        lambda y, x: (x - 0.0) and 2 * x,
        lambda y, x: 0.0 if x == 0 else y / x * 2,
        lambda y, x: y / x * 2 if (x - 0.0) != 0 else 0.0,
        lambda y, x: math.ldexp(x, 1),
        lambda y, x: ops.where(ops.greater(x, 0), y / x * 2, 2 * x),
        lambda y, x: x if math.isnan(x) else 2 * x,
    ],
)
@pytest.mark.parametrize("number", [2.0, -2.0, 0.0, math.nan])
def test_a_rule_that_does_more_than_mathematics_is_called(rule: Any, number: float, table: dict[str, Op]) -> None:
    square = op("square_here", forward=lambda x: x * x, partials=(rule,))

    def gradient() -> Any:
        x = Value(number)
        return outcome(lambda: square(x).backward()), comparable(x.grad)

    found, expected = on_both(gradient)

    assert expected == found


@pytest.mark.parametrize(
    "name", ["node", "x1", "Value", "new", "lambda", "not a name", "data", "backward", "forward", "add"]
)
def test_an_operation_may_have_any_name(name: str) -> None:
    # Not with the fixture `table`: it would take Value's own attribute of that name away.
    known, own = dict(TABLE), set(vars(Operators))
    attribute = vars(Value).get(name)
    try:
        double = op(name, forward=lambda x: 2 * x, partials=(lambda y, x: 2,))
        uses_it = op("uses_it_here", forward=lambda x: x * x, partials=(lambda y, x: double(x),))
        with running_on("generated"):
            x = Value(3.0)
            y = double(x) + uses_it(x) + x * x
            y.backward()
        assert (24.0, 14.0) == (y.data, x.grad)
        if attribute is not None:
            assert vars(Value).get(name) is attribute
    finally:
        TABLE.clear()
        TABLE.update(known)
        for added in set(vars(Operators)) - own:
            delattr(Operators, added)
        for added in (name, "uses_it_here"):
            if added in generated._methods and added not in generated.DEFINED:
                generated._methods.pop(added)
                delattr(Value, added)
        for added in {name, "uses_it_here"} - set(known):
            del generated._owner[added]


def test_wrong_calls_are_refused_in_the_same_words() -> None:
    x = Value(1.0)
    calls: list[Callable[[], Any]] = [
        lambda: ops.add(x), lambda: ops.add(x, 1.0, 2.0), lambda: ops.add(), lambda: tanh(), lambda: tanh(x, x),
        lambda: x.tanh(x), lambda: x.tanh(slope=1), lambda: dot((x,)), lambda: dot((x,), (x,), x, x), lambda: dot(),
        lambda: dot((x,), (x, x)), lambda: dot((), ()), lambda: mean([]), lambda: dot((x,), (1.0,), bias="b"),
        lambda: dot((x, None), (x, x)), lambda: dot((x, 10**400), (x, x)), lambda: dot(x, x), lambda: log(x - 1.0),
        lambda: ops.maximum(x, 10**400), lambda: x * 10**400, lambda: x / 0, lambda: 1 / (x - 1.0),
        lambda: 2.0 ** (x * 2000), lambda: x + "1", lambda: x.leaky_relu(1, 2), lambda: x.exp(None),
        lambda: (-x) ** 0.5,
    ]  # fmt: skip
    for modes_on in (False, True):
        def told(modes_on: bool = modes_on) -> list[Any]:
            if not modes_on:
                return [outcome(call) for call in calls]
            with no_grad():
                return [outcome(call) for call in calls]

        found, expected = on_both(told)
        assert expected == found
        assert all(isinstance(result, tuple) for result in expected)


