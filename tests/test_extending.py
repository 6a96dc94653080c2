"""What people add to Value: methods in place of ours, attributes on nodes; and Values in sets, dicts and lists."""

from __future__ import annotations

import copy
import math
import pickle

import pytest

from autograd import Value, evaluate, generated, ops
from autograd.errors import OperandError

pytestmark = pytest.mark.usefixtures("engine")


# ---------------------------------------------------------------- Values as Python objects


def test_values_live_in_sets_dicts_and_sorted_lists() -> None:
    a, b, c, same = Value(3.0), Value(1.0), Value(2.0), Value(1.0)
    assert 4 == len({a, b, c, same, a})  # two Values are the same only if they are one
    assert {a: "a", b: "b"}[a] == "a" and same not in {a: 1, b: 2}
    assert [b, c, a] == sorted([a, b, c]) == sorted([a, b, c], key=lambda v: v.data)
    assert (b, a) == (min(a, b, c), max(a, b, c))
    assert [a, c, b].index(b) == 2 and [a, b].count(same) == 0


def test_sums_over_values() -> None:
    values = [Value(x) for x in (1.0, 2.0, 3.0)]
    assert type(sum(values)) is Value
    assert (6.0, 6.0, 16.0) == (sum(values).data, sum(values, Value(0)).data, sum(values, 10).data)
    total = sum(v * v for v in values)
    total.backward()
    assert [2.0, 4.0, 6.0] == [v.grad for v in values]


def test_a_value_shows_its_gradient_once_there_is_one() -> None:
    x = Value(3.0, label="x")
    y = x * x * 4
    assert "Value(3.0, label='x')" == repr(x)
    y.backward()
    assert ("Value(3.0, label='x', grad=24.0)", "Value(36.0, grad=1.0)") == (repr(x), repr(y))
    y.zero_grad()
    assert ("Value(3.0, label='x')", "Value(36.0)") == (repr(x), repr(y))
    x.grad = 0
    assert "Value(3.0, label='x', grad=0)" == repr(x)


# ---------------------------------------------------------------- methods that are assigned


@pytest.fixture
def assigned():
    """Assign methods of Value in a test, and take them away afterwards."""
    names = []

    def assign(name, function):
        names.append(name)
        setattr(Value, name, function)

    yield assign
    for name in names:
        if name in vars(Value) and vars(Value)[name].__module__ == __name__:
            delattr(Value, name)
    assert [] == [name for name in names if getattr(Value, name).__module__ == __name__]


def by_closure(self):
    t = math.tanh(self.data)
    out = Value(t, (self,), "tanh of mine")

    def _backward():
        self.grad += 2 * (1 - t**2) * out.grad  # twice what is right, so that it can be told from ours

    out._backward = _backward
    return out


@pytest.mark.parametrize("used_before", [False, True])
def test_a_method_of_ones_own_takes_the_place_of_ours(used_before, assigned, fresh) -> None:
    if used_before:
        Value(0.5).tanh().backward()
    assigned("tanh", by_closure)
    x = Value(0.5)
    y = x.tanh() * 3
    y.backward()
    assert ("tanh of mine", 6 * (1 - math.tanh(0.5) ** 2)) == (y.parents[0]._op, pytest.approx(x.grad))
    ops.tanh(Value(1.0))  # the function is ours, and leaves the method alone
    assert "tanh of mine" == x.tanh()._op

    del Value.tanh
    z = Value(0.5)
    z.tanh().backward()
    assert ("tanh", pytest.approx(1 - math.tanh(0.5) ** 2)) == (z.tanh()._op, z.grad)


@pytest.mark.parametrize("used_before", [False, True])
@pytest.mark.parametrize("name", ["__add__", "__mul__", "__radd__", "__pow__", "__neg__"])
def test_an_operator_of_ones_own_takes_the_place_of_ours(name, used_before, assigned, fresh) -> None:
    def use(v):
        return {"__add__": lambda: v + 2.0, "__mul__": lambda: v * 2.0, "__radd__": lambda: 2.0 + v,
                "__pow__": lambda: v**2.0, "__neg__": lambda: -v}[name]()  # fmt: skip

    expected = use(Value(3.0)).data if used_before else None
    assigned(name, lambda self, *other: "mine")
    assert "mine" == use(Value(3.0))
    assert 6.0 == Value(3.0).tanh().exp().relu().log().data * 0 + 6.0  # others go on
    delattr(Value, name)
    assert expected in (None, use(Value(3.0)).data)
    assert type(use(Value(3.0))) is Value


@pytest.fixture
def fresh(engine):
    """The engine as it is before anything was used."""
    if engine == "generated":
        generated.uninstall()
        generated.install()


@pytest.mark.parametrize("name", ["backward", "zero_grad", "forward"])
def test_a_pass_of_ones_own_takes_the_place_of_ours_and_ours_comes_back(name, monkeypatch, engine) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Value, name, lambda self: "mine")
        assert "mine" == getattr(Value(1.0) * 2, name)()
        (generated.uninstall if engine == "generated" else generated.install)()
        assert "mine" == getattr(Value(1.0) * 2, name)()
        (generated.install if engine == "generated" else generated.uninstall)()
        assert "mine" == getattr(Value(1.0) * 2, name)()
    assert "mine" != getattr(Value(1.0) * 2, name)()


def test_a_method_that_wraps_ours() -> None:
    original, calls = Value.__mul__, []

    def counted(self, other):
        calls.append(other)
        return original(self, other)

    Value.__mul__ = counted
    try:
        x = Value(3.0)
        (x * x * 2).backward()
    finally:
        Value.__mul__ = original
    assert (12.0, [x, 2]) == (x.grad, calls)
    assert 6.0 == (Value(3.0) * 2).data and len(calls) == 2


# ---------------------------------------------------------------- attributes on nodes


class State:
    """An optimiser's memory of one parameter."""

    def __init__(self, parameter):
        self.parameter, self.moments = parameter, [0.0, 0.0]


@pytest.fixture
def decorated():
    x, w = Value(3.0, label="x"), Value(2.0)
    h = x * w
    y = h * h
    w.m, w.v, w.name, w._colour = 0.25, [0.5], "weight", "green"
    w.state = State(w)  # a cycle
    h.twin_of, x.others = x, {"w": w, "y": [y]}
    return x, w, h, y


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda item: pickle.loads(pickle.dumps(item))])
def test_what_hangs_on_nodes_travels_with_copies(copied, decorated) -> None:
    x, w, h, y = decorated
    y.backward()
    twin = copied(y)
    h2 = twin.parents[0]
    x2, w2 = h2.parents
    assert (0.25, [0.5], "weight", "green", "x") == (w2.m, w2.v, w2.name, w2._colour, x2.label)
    assert w2.v is not w.v and w2.state is not w.state
    assert w2.state.parameter is w2 and h2.twin_of is x2 and x2.others["w"] is w2 and x2.others["y"][0] is twin
    assert (x.grad, w.grad) == (x2.grad, w2.grad)
    twin.zero_grad()
    twin.backward(2.0)
    assert (2 * x.grad, 2 * w.grad) == (x2.grad, w2.grad)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda item: pickle.loads(pickle.dumps(item))])
def test_what_hangs_on_a_leaf_may_be_a_graph_over_it(copied) -> None:
    x = Value(3.0)
    x.loss = x * x
    twin = copied(x)
    assert twin.loss.parents == (twin, twin) and twin.loss is not x.loss


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda item: pickle.loads(pickle.dumps(item))])
def test_parameters_copied_in_a_list_or_a_network_stay_who_they_are(copied) -> None:
    weights = [Value(0.5), Value(-1.0)]
    states = [State(w) for w in weights]
    loss = sum(w * w for w in weights)
    loss.backward()
    for w, state in zip(weights, states, strict=True):
        w.m, w.state = 0.1 * w.grad, state
    weights2, states2, loss2 = copied((weights, states, loss))
    assert all(w is state.parameter and w.state is state for w, state in zip(weights2, states2, strict=True))
    assert [(w.data, w.grad, w.m) for w in weights] == [(w.data, w.grad, w.m) for w in weights2]
    assert loss2.parents[1].parents[0] is weights2[1]


def test_a_shallow_copy_has_the_same_operands_and_attributes_of_its_own(decorated) -> None:
    x, w, h, _ = decorated
    twin = copy.copy(h)
    assert twin is not h and twin.parents == (x, w) and twin.twin_of is x
    twin.twin_of = None
    assert h.twin_of is x


def test_attributes_do_not_change_what_is_computed(decorated) -> None:
    x, w, h, y = decorated
    assert 16.0 == evaluate(y, {x: 2.0})
    x.data = 1.0
    assert 4.0 == y.forward()
    assert h.twin_of is x and w.name == "weight"


def test_an_attribute_that_is_missing_is_missing() -> None:
    with pytest.raises(AttributeError, match="momentum"):
        Value(1.0).momentum  # noqa: B018
    x = Value(1.0)
    x.momentum = 1.0
    del x.momentum
    assert not hasattr(x, "momentum")


class Slotted(Value):
    """Has a slot of its own, and no value in the other."""

    __slots__ = ("moment", "unused")


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda node: pickle.loads(pickle.dumps(node))])
def test_slots_of_a_subclass_travel_with_copies(way, engine) -> None:
    p = Slotted(2.0)
    p.moment, p.colour = [0.5], "green"
    twin = way(p)
    assert (twin.moment, twin.colour, hasattr(twin, "unused")) == ([0.5], "green", False)


@pytest.mark.parametrize("name", ["__eq__", "__hash__"])
def test_a_subclass_that_would_mix_up_nodes_is_refused(name) -> None:
    with pytest.raises(OperandError, match="told apart"):
        type("Mixed", (Value,), {name: lambda self, *_: 0})
