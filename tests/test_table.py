"""Promises that hold for every operation of the table, checked by functions that take any operation.

A new operation is checked at once, by everything in this file; it only needs its formula in `oracles.FORMULAS`.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from oracles import DIGITS, ELEMENTARY, EXACT, FORMULAS, KINKS, Jet, flat, formula, is_regular, running_on, shaped

import autograd
from autograd import Value, dot, exp, grad, gradcheck, hessian
from autograd.custom import custom
from autograd.differences import slope
from autograd.errors import DivisionByZeroError, DomainError, GradientMismatchError, RangeError, SlopeError
from autograd.op import TABLE, Op
from autograd.printers.python import python
from autograd.symbol import Symbol
from autograd.value import local_derivatives

OPERATIONS = sorted(TABLE)
PLACES = [(name, index) for name in OPERATIONS for index in range(len(TABLE[name].partials))]
FLAT_EVERYWHERE = {("sign", 0), ("greater", 0), ("greater", 1), ("where", 0)}
SLOPING = [place for place in PLACES if place not in FLAT_EVERYWHERE]
ANALYTIC = [name for name in OPERATIONS if TABLE[name].analytic]

EPSILON = 2.0**-52

# How many rounding errors of a number of size 1 a rule shows beyond its relative error of 1e-12, and why. Second
# derivatives of the same rules have the same cancellations, with factors up to the operand in front.
CANCELLATIONS = {
    "silu": (2, "σ + y (1 - σ) has a zero, at x = -1.28"),
    "gelu": (2, "the sum with x φ(x) has a zero"),
    "logsumexp": (4, "exp(x - y): the rounding error of x - y becomes a relative one; p (1 - p) is a difference"),
}

# The forward functions are right to 2 roundings (4e-16 relative), but for these: (relative, absolute) and why.
FORWARD = {
    "erfc": (4e-16, 5e-324, "beyond x = 26.5 the result is subnormal"),
    "gelu": (2e-13, 0.0, "the tail of erfc at x = -30 turns the rounding of x/√2 into x² as much"),
    "logsumexp": (4e-16, 8e-15, "the largest term is added to a logarithm: a difference where they have unlike signs"),
    "dot": (4e-16, 1e-12, "each product is rounded (up to 900 in size), and the sum may cancel"),
    "sigmoid": (6e-16, 0.0, "three roundings"),
    "silu": (8e-16, 0.0, "four roundings"),
}


# erf(30) is 1 - 10⁻³⁹³.
DIGITS_OF = {"erf": 450}


# ---------------------------------------------------------------- points

LARGEST_OPERAND = 30.0
# Next to a pole, differences see the other side.
LARGEST_RESULT = {"tan": 100.0}


def is_usable(op, arguments):
    """Whether a point is regular, with a margin: near kinks and ends differences see the other side of them."""
    if not is_regular(op, arguments, 0.02) and not is_chosen(op, arguments):
        return False
    try:
        result = op.forward(*arguments)
    except (ArithmeticError, ValueError):
        return False
    return abs(result) < LARGEST_RESULT.get(op.name, 1e100)


def is_chosen(op, arguments):
    """Whether this is a `where` with a false condition: a point from which its condition cannot be moved."""
    return op.name == "where" and arguments[0] == 0


def places_of(op, arguments):
    """The places of `flat(arguments)` along which the function is smooth."""
    return [place for place, _ in enumerate(flat(arguments)) if place or not is_chosen(op, arguments)]


def bounds(domain):
    return max(domain.low, -LARGEST_OPERAND), min(domain.high, LARGEST_OPERAND)


@st.composite
def points(draw, name):
    """Arguments of an operation inside of its domain; lists of one to three numbers. Below 1e-6 comes only 0 itself:
    what underflows in a product has no relative precision, and that is a matter of floats, not of a rule."""
    op = TABLE[name]
    length = draw(st.integers(1, 3))
    arguments = []
    for domain, many in zip(op.domain, op.is_list, strict=True):
        number = st.floats(*bounds(domain), allow_nan=False).map(lambda x: x if abs(x) >= 1e-6 else 0.0)
        arguments.append(tuple(draw(st.lists(number, min_size=length, max_size=length))) if many else draw(number))
    assume(is_usable(op, arguments))
    return tuple(arguments)


def sample(op, count, seed=0):
    """`count` usable points, the same on every run; smaller operands than above, so that nothing is saturated."""
    rng = random.Random(f"{op.name} {seed}")
    found = []
    while len(found) < count:
        length = rng.randint(1, 3)
        arguments = []
        for domain, many in zip(op.domain, op.is_list, strict=True):
            low, high = bounds(domain)
            drawn = [rng.uniform(max(low, -3), min(high, 3)) for _ in range(length if many else 1)]
            arguments.append(tuple(drawn) if many else drawn[0])
        if op.name == "where" and rng.random() < 0.5:
            arguments[0] = 0.0
        if is_usable(op, arguments):
            found.append(tuple(arguments))
    return found


def for_every_operation(examples, names=None):
    """Run a test on points of every operation; the same points on every run."""

    def decorate(check):
        @pytest.mark.parametrize("name", names or OPERATIONS)
        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
        )
        @given(data=st.data())
        def test(name, data):
            check(TABLE[name], data.draw(points(name)))

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


# ---------------------------------------------------------------- the checks: functions of an operation and a point


def partials_at(op, arguments):
    """∂y/∂operand for every operand at a point, lists opened: the table's rules, read on numbers."""
    y = op.compute(arguments, arguments)
    return flat([op.partial(index, y, arguments, arguments) for index in range(len(op.partials))])


def moved(arguments, place, x):
    items = flat(arguments)
    items[place] = x
    return shaped(items, arguments)


def slack(op, arguments):
    """The rounding that a rule's own cancellation may show, see CANCELLATIONS."""
    count, _ = CANCELLATIONS.get(op.name, (0, ""))
    return count * EPSILON * max(1.0, *map(abs, flat(arguments)))


def check_differences(op, arguments):
    """Every partial is the extrapolated difference of the forward function, to 1e-7."""
    items, partials = flat(arguments), partials_at(op, arguments)
    for place in places_of(op, arguments):
        x, found = items[place], partials[place]

        def along(x, place=place):
            return op.forward(*moved(arguments, place, x))

        measured = slope(along, x)
        expected, error, *_ = measured.coarse or measured  # no kink is near; sums within an operation round
        # The rounding of the function values, and what the rule itself rounds.
        noise = error + slack(op, arguments)
        assert error <= 1e-7 * max(abs(expected), abs(along(x)), 1.0), f"{op.name}{arguments}, operand {place}"
        assert found == pytest.approx(expected, rel=1e-7, abs=noise + 1e-300), f"{op.name}{arguments}, operand {place}"


def check_complex_step(op, arguments):
    """Every partial is Im f(x + ih)/h, exact but for rounding, to 1e-12."""
    for place, (x, found) in enumerate(zip(flat(arguments), partials_at(op, arguments), strict=True)):
        expected = complex(op.analytic(*moved(arguments, place, complex(x, 1e-100)))).imag / 1e-100
        allowed = 1e-12 * abs(expected) + 2 * slack(op, arguments) + 1e-200
        assert abs(found - expected) <= allowed, (
            f"{op.name}{arguments}, operand {place}: {expected} by complex step, {found}"
        )


def exact_derivative(op, arguments, *places):
    """∂y/∂place, or ∂²y/∂place∂place′, of the oracle's formula, by mpmath's differences in many digits."""
    items = flat(arguments)

    def varied(*numbers):
        changed = list(items)
        for place, number in zip(distinct, numbers, strict=True):
            changed[place] = number
        return mpmath.mpmathify(formula(op.name)(mpmath.mp, *shaped(changed, arguments)))

    distinct = sorted(set(places))
    with mpmath.workdps(DIGITS_OF.get(op.name, DIGITS)):
        items = [mpmath.mpf(item) for item in items]
        at = [items[place] for place in distinct]
        orders = [places.count(place) for place in distinct]
        if len(distinct) == 1:
            return mpmath.diff(varied, at[0], orders[0])
        return mpmath.diff(varied, tuple(at), tuple(orders))


def floor(op, arguments):
    """Below this, the oracle's differences are rounding themselves."""
    return max(1e-300, 1e-45 * max(1.0, abs(op.forward(*arguments))) if op.name not in DIGITS_OF else 0.0)


def check_mpmath(op, arguments):
    """Every partial is the derivative of an independent formula in 50 digits, to 1e-12."""
    partials = partials_at(op, arguments)
    for place in places_of(op, arguments):
        found, expected = partials[place], exact_derivative(op, arguments, place)
        allowed = 1e-12 * abs(expected) + slack(op, arguments) + floor(op, arguments)
        assert abs(found - expected) <= allowed, (
            f"{op.name}{arguments}, operand {place}: {float(expected)} exactly, {found}"
        )


def check_mpmath_second(op, arguments):
    """Every second partial, by grad of grad, is that of an independent formula in 50 digits, to 1e-12."""
    items = flat(arguments)
    found = hessian(lambda numbers: op(*shaped(numbers, arguments)))(items)
    for k, j in itertools.combinations_with_replacement(places_of(op, arguments), 2):
        expected = exact_derivative(op, arguments, k, j)
        allowed = 1e-12 * abs(expected) + 4 * slack(op, arguments) + floor(op, arguments)
        for second in (found[k][j], found[j][k]):
            assert abs(second - expected) <= allowed, (
                f"{op.name}{arguments}, operands {k}, {j}: {float(expected)} exactly, {second}"
            )


def check_forward(op, arguments):
    """The forward function is that of an independent formula in 50 digits, to two roundings."""
    relative, absolute, _ = FORWARD.get(op.name, (4e-16, 0.0, ""))
    with mpmath.workdps(DIGITS):
        expected = formula(op.name)(mpmath.mp, *shaped(map(mpmath.mpf, flat(arguments)), arguments))
        error = abs(op(*arguments) - mpmath.mpmathify(expected))
        assert error <= relative * abs(expected) + absolute, (
            f"{op.name}{arguments}: {float(expected)}, off by {float(error)}"
        )


def check_readings(op, arguments):
    """A rule gives the same number read on numbers, on nodes, and on symbols whose source is then evaluated.

    A rule in two forms gives symbols the one that is to be read, which may cancel: its source is evaluated in enough
    digits, with the output in as many.
    """
    expected = partials_at(op, arguments)
    nodes = shaped(map(Value, flat(arguments)), arguments)
    out = op.interpret_on_values(*nodes) if hasattr(op, "interpret_on_values") else Value.interpret(op, nodes)
    read = [local for _, local in local_derivatives(op, out, nodes, nodes)]
    assert expected == [getattr(local, "data", local) for local in read], f"{op.name}{arguments}: numbers and nodes"

    symbols, numbers = symbols_for(op, arguments)
    namespace = {**TABLE, **numbers, "out": op.compute(arguments, arguments)}
    sources = [python(rule(Symbol("out"), *symbols)) for rule in op.partials]
    if not any({"accurate", "fading"}.intersection(rule.__code__.co_names) for rule in op.partials):
        evaluated = flat([eval(source, {"__builtins__": {}}, namespace) for source in sources])
        assert expected == evaluated, f"{op.name}{arguments}: numbers and symbols, {sources}"
        return
    for found, source in zip(flat(expected), sources, strict=True):
        written = in_many_digits(source, op, numbers)
        assert abs(found - written) <= 4e-14 * abs(written) + 1e-300, f"{op.name}{arguments}: {found}, {source}"


def in_many_digits(source, op, numbers):
    """The source of a rule at numbers by name, in 700 digits: 1 − tanh(700)² has ninety more than 600 of them."""
    with mpmath.workdps(700):
        mp = mpmath.mp
        exact = {name: mp.mpf(number) for name, number in numbers.items()}
        functions = {name: lambda *a, name=name: formula(name)(mp, *a) for name in FORMULAS}
        names = {**functions, **exact, "out": formula(op.name)(mp, *exact.values())}
        return eval(source, {"__builtins__": {}}, names)


def symbols_for(op, arguments):
    """Symbols in the shape of the arguments, and the arguments by the symbols' names."""
    symbols = tuple(
        tuple(Symbol(f"{name}_{i + 1}") for i in range(len(argument))) if isinstance(argument, tuple) else Symbol(name)
        for name, argument in zip(op.operand_names, arguments, strict=True)
    )
    return symbols, {symbol.label: number for symbol, number in zip(flat(symbols), flat(arguments), strict=True)}


# ---------------------------------------------------------------- SymPy


# The floats that stand for irrational numbers in the rules.
IRRATIONAL = {
    float(number): number
    for number in (sympy.sqrt(2), 2 / sympy.sqrt(sympy.pi), sympy.sqrt(2 * sympy.pi), sympy.pi, sympy.E)
}


def exactly(literal):
    """A number of a rule's source as the one that was meant: 1.4142135623730951 as √2, 0.3333333333333333 as 1/3."""
    number = float(literal)
    for rounded, irrational in IRRATIONAL.items():
        if abs(number - rounded) <= 2 * EPSILON * rounded:
            return irrational
    return sympy.Rational(Fraction(number).limit_denominator(10**9))


def sympified(source, names):
    """A rule's source as a SymPy expression, with the operations' formulas and exact numbers."""
    functions = {name: lambda *a, name=name: formula(name)(sympy, *a) for name in FORMULAS}
    source = re.sub(r"(?<![\w.])\d+(\.\d+)?(e[+-]?\d+)?", lambda literal: f"exactly('{literal.group()}')", source)
    return eval(source, {"__builtins__": {}}, {**functions, "exactly": exactly, **names})


def regions(op):
    """Operands in the shape of a call on which the rules have no branches: SymPy symbols with assumptions (and for the
    condition of `where`, which is true or false and nothing between, the numbers 1 and 0)."""
    signs = [[True, False] if op.name in KINKS else [True if d.low == 0 else None] for d in op.domain]
    for choice in itertools.product(*signs):
        arguments = []
        for name, many, positive in zip(op.operand_names, op.is_list, choice, strict=True):
            assumed = {"real": True} if positive is None else {"positive" if positive else "negative": True}
            symbols = sympy.symbols([f"{name}_{i + 1}" for i in range(3)] if many else [name], **assumed)
            arguments.append(tuple(symbols) if many else symbols[0])
        if op.name == "where":
            arguments[0] = sympy.Integer(choice[0])
        elif op.name in KINKS and (KINKS[op.name](*arguments) > 0) not in (True, False):
            continue  # a - b where both have one sign: either side of the kink
        yield tuple(arguments)


def check_sympy(op, arguments=None):
    """Every partial, read on symbols and printed, is SymPy's derivative of an independent formula, symbolically."""
    places = 0
    for operands in regions(op):
        y = sympy.sympify(formula(op.name)(sympy, *operands))
        symbols, names = symbols_for(op, operands)
        sources = [python(rule(Symbol("out"), *symbols)) for rule in op.partials]
        found = flat([sympified(source, {**names, "out": y}) for source in sources])
        for operand, local in zip(flat(operands), found, strict=True):
            expected = 0 if operand.is_number else sympy.diff(y, operand)
            difference = sympy.sympify(local) - expected
            forms = (difference, difference.rewrite(sympy.exp), difference.rewrite(sympy.erf))
            assert 0 in map(sympy.simplify, forms), (
                f"{op.name}, ∂/∂{operand}: {sources} is {local}, and SymPy has {expected}"
            )
            places += 1
    assert places, f"no region of {op.name} was checked"


# ---------------------------------------------------------------- the table, every entry


def test_every_operation_has_an_oracle():
    assert sorted(set(OPERATIONS) - set(FORMULAS)) == [], "add their formulas to tests/oracles.py"


def test_every_operation_has_one_rule_one_domain_and_one_name_per_operand():
    for name, op in TABLE.items():
        assert name == op.name
        assert len(op.operand_names) == len(op.partials) == len(op.domain) == len(op.is_list)


@for_every_operation(25)
def test_partials_are_the_differences_of_the_forward_function(op, arguments):
    check_differences(op, arguments)


@for_every_operation(25, ANALYTIC)
def test_partials_are_the_complex_step_of_the_analytic_function(op, arguments):
    check_complex_step(op, arguments)


@for_every_operation(20)
def test_partials_are_the_derivatives_of_an_independent_formula_in_50_digits(op, arguments):
    check_mpmath(op, arguments)


@for_every_operation(8)
def test_second_partials_are_those_of_an_independent_formula_in_50_digits(op, arguments):
    check_mpmath_second(op, arguments)


@for_every_operation(50)
def test_forward_is_an_independent_formula_in_50_digits(op, arguments):
    check_forward(op, arguments)


@for_every_operation(25)
def test_a_rule_reads_the_same_on_numbers_nodes_and_symbols(op, arguments):
    check_readings(op, arguments)


@pytest.mark.parametrize("name", OPERATIONS)
def test_partials_are_sympys_derivatives_symbolically(name):
    check_sympy(TABLE[name])


@for_every_operation(25, ANALYTIC)
def test_the_analytic_function_is_the_forward_function_on_real_numbers(op, arguments):
    expected = op.forward(*arguments)
    found = complex(op.analytic(*shaped(map(complex, flat(arguments)), arguments) if op.name != "power" else arguments))
    scale = max(1.0, *map(abs, flat(arguments))) ** (2 if op.name == "dot" else 1)
    # exp(z) - 1 and log(1 + z) have no complex twin in the standard library that keeps the digits near 0.
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-14 * scale)


@for_every_operation(10)
def test_numbers_functions_methods_and_signs_agree(op, arguments):
    expected = op(*arguments)
    nodes = shaped(map(Value, flat(arguments)), arguments)
    signs = {
        "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
        "divide": lambda a, b: a / b, "power": lambda a, b: a**b, "negative": lambda a: -a, "positive": lambda a: +a,
        "abs": abs,
    }  # fmt: skip
    spellings = [op]
    if hasattr(Value, op.name) and not op.is_list[0]:
        spellings.append(lambda first, *others: getattr(first, op.name)(*others))
    if op.name in signs:
        spellings.append(signs[op.name])
    for which in ("generated", "definition"):
        with running_on(which):
            for spelling in spellings:
                assert expected == spelling(*nodes).data
                assert spelling(*nodes).op is op
            if op.name in signs and op.arity == 2:  # a number on either side
                assert expected == signs[op.name](arguments[0], nodes[1]).data
                assert expected == signs[op.name](nodes[0], arguments[1]).data
    if op.name in signs:
        found = signs[op.name](*arguments)
        assert found == pytest.approx(expected, rel=1e-15)


def test_functions_of_a_number_a_node_and_a_method_agree_as_people_write_them():
    v = Value(0.5)
    assert exp(0.5) == math.exp(0.5)
    assert exp(0.5) == exp(v).data == v.exp().data


@for_every_operation(10)
def test_both_engines_pull_back_the_numbers_of_the_rules(op, arguments):
    expected = [3.0 * local for local in partials_at(op, arguments)]
    for which in ("generated", "definition"):
        with running_on(which):
            nodes = [Value(x) for x in flat(arguments)]
            op(*shaped(nodes, arguments)).backward(3.0)
            assert expected == [node.grad for node in nodes], which


@for_every_operation(5)
def test_the_oracles_own_dual_numbers_agree_with_its_differences(op, arguments):
    items = flat(arguments)
    with mpmath.workdps(DIGITS):
        jets = [Jet(mpmath.mpf(x), {k: mpmath.mpf(1)}, {}) for k, x in enumerate(items)]
        found = formula(op.name)(EXACT, *shaped(jets, arguments))
    found = found if isinstance(found, Jet) else Jet(found, {}, {})
    places = places_of(op, arguments)
    for k, j in itertools.combinations_with_replacement(places, 2):
        second = exact_derivative(op, arguments, k, j)
        assert abs(second - found.bend.get((k, j), 0)) <= 1e-25 * max(1, abs(second))
    for k in places:
        first = exact_derivative(op, arguments, k)
        assert abs(first - found.slope.get(k, 0)) <= 1e-25 * max(1, abs(first))


def test_every_elementary_function_of_the_oracle_is_used():
    sources = " ".join(name for f in FORMULAS.values() for name in f.__code__.co_names)
    assert [] == [name for name in ELEMENTARY if name not in sources.split()]


# ---------------------------------------------------------------- planted faults: the checks are checked


def with_fault(op, index, factor=1.001):
    """A copy of an operation, outside of the table, whose partial of one operand is wrong by a factor."""

    def wrong(y, *operands):
        local = op.partials[index](y, *operands)
        return tuple(factor * item for item in local) if isinstance(local, tuple) else factor * local

    copy = Op.__new__(Op)
    copy.__dict__.update(op.__dict__)
    copy.partials = (*op.partials[:index], wrong, *op.partials[index + 1 :])
    copy.record = None  # made for the original
    return copy


def is_caught(check, op, count=8):
    """Whether a check fails at one of a few points."""
    for arguments in sample(op, count):
        try:
            check(op, arguments)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize(("name", "index"), SLOPING)
@pytest.mark.parametrize("check", [check_differences, check_mpmath, check_sympy], ids=lambda c: c.__name__)
def test_a_partial_wrong_by_a_thousandth_is_caught(check, name, index):
    assert not is_caught(check, TABLE[name])
    assert is_caught(check, with_fault(TABLE[name], index))


@pytest.mark.parametrize(("name", "index"), [place for place in SLOPING if place[0] in ANALYTIC])
def test_a_partial_wrong_by_a_thousandth_is_caught_by_the_complex_step(name, index):
    assert not is_caught(check_complex_step, TABLE[name])
    assert is_caught(check_complex_step, with_fault(TABLE[name], index))


# Every partial that depends on an operand; the others are constants, and a wrong constant has the derivative 0 too.
CONSTANT_PARTIALS = {
    ("add", 0), ("add", 1), ("subtract", 0), ("subtract", 1), ("negative", 0), ("positive", 0), ("abs", 0),
    ("where", 1), ("where", 2), ("maximum", 0), ("maximum", 1), ("minimum", 0), ("minimum", 1), ("relu", 0),
    ("dot", 2), ("sum", 0), ("mean", 0),
}  # fmt: skip


@pytest.mark.parametrize(("name", "index"), [place for place in SLOPING if place not in CONSTANT_PARTIALS])
def test_a_partial_wrong_by_a_thousandth_is_caught_in_second_derivatives(name, index):
    assert not is_caught(check_mpmath_second, TABLE[name])
    assert is_caught(check_mpmath_second, with_fault(TABLE[name], index))


@pytest.mark.parametrize(("name", "index"), sorted(CONSTANT_PARTIALS))
def test_the_partials_called_constant_have_no_second_derivative(name, index):
    for arguments in sample(TABLE[name], 3):
        places = [k for k, owner in enumerate(owners(arguments)) if owner == index]
        found = hessian(lambda numbers, a=arguments: TABLE[name](*shaped(numbers, a)))(flat(arguments))
        assert [[0.0] * len(found)] * len(places) == [found[k] for k in places]


def owners(arguments):
    """For each place of `flat(arguments)`, the index of the argument it belongs to."""
    return flat(shaped(itertools.repeat(0), arguments)) and [
        index for index, argument in enumerate(arguments) for _ in flat([argument])
    ]


@pytest.mark.parametrize(("name", "index"), SLOPING)
def test_gradcheck_names_operation_operand_and_factor_of_a_fault_within_a_graph(name, index):
    def steepness(arguments):
        return max(
            abs(d) for d, k in zip(partials_at(TABLE[name], arguments), owners(arguments), strict=True) if k == index
        )

    arguments = max((a for a in sample(TABLE[name], 20) if steepness(a) < 10), key=steepness)

    def graph(op):  # around the operation stand others, which are right
        def f(xs):
            operands = [x - 0.25 for x in xs]
            if is_chosen(op, arguments):  # along its condition `where` jumps here
                operands[0] = arguments[0]
            return dot([0.1], [op(*shaped(operands, arguments))], 0.01).sin() + xs[0] * 3

        return f

    numbers = [x + 0.25 for x in flat(arguments)]
    assert gradcheck(graph(TABLE[name]), numbers)
    with pytest.raises(GradientMismatchError) as caught:
        gradcheck(graph(with_fault(TABLE[name], index)), numbers)
    assert name == caught.value.op
    assert f"derivative of {name} with respect to its {TABLE[name].operand_names[index]} " in str(caught.value)
    assert "1.001" in str(caught.value)


def test_gradcheck_names_the_operation_at_fault_next_to_a_pole():
    wrong = with_fault(TABLE["tan"], 0)
    with pytest.raises(GradientMismatchError) as caught:
        gradcheck(lambda x: wrong(x) * 2, 1.5)
    assert "tan" == caught.value.op


# ---------------------------------------------------------------- a throw-away operation


@pytest.fixture
def throw_away(table, monkeypatch):
    """Make an operation as a user makes one, with its formula for the oracle; `table` takes it out again."""

    def make(name, signature, forward, partials, oracle, **fields):
        monkeypatch.setitem(FORMULAS, name, oracle)
        return custom(name, forward, partials, signature=signature, **fields)

    return make


def square_sum(terms):
    return sum(t * t for t in terms)


# Name, signature, forward function (here good for complex numbers too), partials, and the oracle's formula.
WITCH = ("witch", "x", lambda x: 1 / (1 + x * x), (lambda y, x: -2 * x * y * y,), lambda m, x: 1 / (1 + x**2))
THROW_AWAYS = [
    WITCH,
    (
        "hypotenuse",
        "a b=4",
        lambda a, b: (a * a + b * b) ** 0.5,
        (lambda y, a, b: a / y, lambda y, a, b: b / y),
        lambda m, a, b: m.sqrt(a**2 + b**2),
    ),
    (
        "blend",
        "t a b",
        lambda t, a, b: (1 - t) * a + t * b,
        (lambda y, t, a, b: b - a, lambda y, t, a, b: 1 - t, lambda y, t, a, b: t),
        lambda m, t, a, b: a + t * (b - a),
    ),
    ("squares", "terms*", square_sum, (lambda y, x: tuple(2 * t for t in x),), lambda m, x: sum(t**2 for t in x)),
]


@pytest.mark.parametrize("definition", THROW_AWAYS, ids=lambda d: d[0])
def test_a_throw_away_operation_is_at_once_checked_by_everything_here(definition, engine, throw_away):
    op = throw_away(*definition, analytic=definition[2])
    for arguments in sample(op, 5):
        for check in (check_differences, check_complex_step, check_mpmath, check_mpmath_second, check_readings):
            check(op, arguments)
        assert op(*arguments) == pytest.approx(float(formula(op.name)(math, *arguments)), rel=1e-14, abs=1e-14)
    check_sympy(op)
    for index in range(len(op.partials)):
        for check in (check_differences, check_complex_step, check_mpmath, check_mpmath_second, check_sympy):
            assert is_caught(check, with_fault(op, index))


def test_a_throw_away_operation_records_differentiates_nests_and_prints(engine, throw_away):
    witch = throw_away(*WITCH)
    x = Value(2.0, label="x")
    y = witch(x)
    y.backward()
    assert 0.2 == y.data == witch(2.0) == x.witch().data
    assert (witch, (x,)) == (y.op, y.parents)
    assert x.grad == pytest.approx(-0.16, rel=1e-15)
    assert grad(grad(witch))(2.0) == pytest.approx((6 * 4 - 2) / 125, rel=1e-14)
    assert grad(grad(grad(witch)))(0.5) == pytest.approx(24 * 0.5 * (1 - 0.25) / 1.25**4, rel=1e-13)
    assert gradcheck(lambda a: (witch(a) * a).tanh(), 0.7)
    assert "witch(x)" == repr(witch(Symbol("x")))
    assert "-2 * x * y * y" == repr(witch.partials[0](Symbol("y"), Symbol("x")))


# ---------------------------------------------------------------- extremes


def slope_of(function, x):
    v = Value(x)
    function(v).backward()
    return v.grad


@pytest.mark.parametrize("x", [1000.0, 1e5, 1e300, math.inf])
@pytest.mark.parametrize(
    ("name", "high", "high_slope", "low", "low_slope"),
    [
        ("sigmoid", lambda x: 1.0, 0.0, lambda x: 0.0, 0.0),
        ("tanh", lambda x: 1.0, 0.0, lambda x: -1.0, 0.0),
        ("softplus", lambda x: x, 1.0, lambda x: 0.0, 0.0),
        ("erf", lambda x: 1.0, 0.0, lambda x: -1.0, 0.0),
        ("relu", lambda x: x, 1.0, lambda x: 0.0, 0.0),
        ("leaky_relu", lambda x: x, 1.0, lambda x: 0.01 * x, 0.01),
        ("elu", lambda x: x, 1.0, lambda x: -1.0, 0.0),
    ],
)
def test_saturated_functions_are_stable_however_large_the_number(name, high, high_slope, low, low_slope, x):
    op = TABLE[name]
    assert high(x) == op(x)
    assert low(-x) == op(-x)
    assert slope_of(op, x) == pytest.approx(high_slope, abs=1e-9)
    assert slope_of(op, -x) == pytest.approx(low_slope, abs=1e-9)


@pytest.mark.parametrize("x", [1000.0, 1e5, 1e300])
@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_gelu_and_silu_are_stable_however_large_the_number(name, x):
    op = TABLE[name]
    assert (x, 0.0) == (op(x), op(-x))
    assert (1.0, 0.0) == (slope_of(op, x), slope_of(op, -x))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "elu", "gelu", "silu", "erf", "relu", "leaky_relu"])
@pytest.mark.parametrize("x", [1000.0, -1000.0, 1e5, -1e5])
def test_second_derivatives_of_saturated_functions_are_zero_not_nan(name, x):
    assert 0.0 == grad(grad(TABLE[name]))(x)


@pytest.mark.parametrize(
    ("terms", "expected", "slopes"),
    [
        ([1000.0, 1000.0], 1000 + math.log(2), [0.5, 0.5]),
        ([-1000.0, -1000.0], -1000 + math.log(2), [0.5, 0.5]),
        ([1000.0, -1000.0], 1000.0, [1.0, 0.0]),
        ([-1e300, 0.0, 1e300], 1e300, [0.0, 0.0, 1.0]),
        ([-math.inf, 0.0], 0.0, [0.0, 1.0]),
        ([-1000.0], -1000.0, [1.0]),
    ],
)
def test_logsumexp_is_stable_however_large_the_terms(terms, expected, slopes):
    nodes = [Value(term) for term in terms]
    y = TABLE["logsumexp"](nodes)
    y.backward()
    assert y.data == pytest.approx(expected, rel=1e-15)
    assert [node.grad for node in nodes] == pytest.approx(slopes, rel=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda n: TABLE["exp"](n(1000.0)),
        lambda n: TABLE["expm1"](n(1000.0)),
        lambda n: TABLE["sinh"](n(1000.0)),
        lambda n: TABLE["cosh"](n(-1000.0)),
        lambda n: TABLE["power"](n(1e200), 2),
        lambda n: TABLE["power"](n(10.0), n(400.0)),
    ],
)
@pytest.mark.parametrize("kind", [float, Value], ids=["number", "node"])
def test_overflow_of_exponentials_and_powers_raises_a_range_error(call, kind, engine):
    with pytest.raises(RangeError, match="overflows"):
        call(kind)


@pytest.mark.parametrize("kind", [float, Value], ids=["number", "node"])
def test_sums_and_products_give_infinity_as_floats_do(kind):
    big = kind(1e308)
    for result in (big + big, big - -big, big * 10, big * 10 + 1, big / 1e-10):
        assert math.inf == getattr(result, "data", result)
    assert math.isnan(getattr(big * 10 - big * 10, "data", math.nan))


def test_sums_of_lists_give_infinity_as_floats_do():
    big = Value(1e308)
    assert math.inf == TABLE["sum"]([big, big]).data == TABLE["dot"]([big], [10]).data
    assert math.inf == TABLE["mean"]([Value(math.inf), 1]).data == TABLE["logsumexp"]([Value(math.inf), 1]).data


def test_infinity_passes_through_functions_that_have_a_limit():
    to_infinity = ("exp", "expm1", "log", "log1p", "sqrt", "cosh", "sinh", "abs")
    limits = {**dict.fromkeys(to_infinity, math.inf), "arctan": math.pi / 2, "sign": 1.0}
    assert limits == {name: TABLE[name](Value(math.inf)).data for name in limits}
    assert (0.0, -1.0) == (TABLE["exp"](-math.inf), TABLE["expm1"](-math.inf))


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_functions_without_a_limit_refuse_infinity(name):
    with pytest.raises(DomainError, match=f"{name} needs a finite number"):
        TABLE[name](Value(math.inf))


@pytest.mark.parametrize(
    "name",
    [n for n in OPERATIONS if n not in ("greater", "where", "power")],
)
def test_a_nan_stays_a_nan(name):
    op = TABLE[name]
    arguments = shaped(itertools.repeat(math.nan), sample(op, 1)[0])
    assert math.isnan(op(*arguments))


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_nan_on_either_side_of_maximum_and_minimum_stays_a_nan(name):
    assert math.isnan(TABLE[name](math.nan, 1.0))
    assert math.isnan(TABLE[name](1.0, math.nan))


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("log", 0.0, "log needs a positive number"),
        ("log", -0.5, "log needs a positive number"),
        ("log1p", -1.0, "log1p needs a number greater than -1"),
        ("sqrt", -1.0, "sqrt needs a number that is not negative"),
        ("arcsin", 2.0, "arcsin needs a number from -1 to 1"),
        ("arccos", -1.5, "arccos needs a number from -1 to 1"),
    ],
)
def test_a_number_outside_of_the_domain_gets_an_error_that_says_so(name, number, words, engine):
    with pytest.raises(DomainError, match=words) as caught:
        TABLE[name](Value(number, label="p"))
    assert name == caught.value.op
    assert f"'p' is {number!r}" in str(caught.value)


@pytest.mark.parametrize(
    "call", [lambda v: 1 / v, lambda v: v / v, lambda v: v / 0, lambda v: v**-1, lambda v: v**-0.5]
)
def test_division_by_zero_and_negative_powers_of_zero_have_an_error_of_their_own(call, engine):
    with pytest.raises(DivisionByZeroError) as caught:
        call(Value(0.0))
    assert isinstance(caught.value, ZeroDivisionError)


@pytest.mark.parametrize(("name", "number"), [("sqrt", 0.0), ("arcsin", 1.0), ("arcsin", -1.0), ("arccos", 1.0)])
@pytest.mark.parametrize("create_graph", [False, True])
def test_an_infinite_slope_raises_in_the_backward_pass_and_changes_no_gradient(name, number, engine, create_graph):
    v = Value(number, label="v")
    y = TABLE[name](v)
    v.grad = 7.0
    with pytest.raises(SlopeError, match=f"derivative of {name} .*'v' is {number}"):
        y.backward(create_graph=create_graph)
    assert 7.0 == v.grad


# ---------------------------------------------------------------- kinks, ties and choices


KINK_VALUES = [
    ("relu", (0.0,), [0.0]),
    ("relu", (-0.0,), [0.0]),
    ("abs", (0.0,), [0.0]),
    ("sign", (0.0,), [0.0]),
    ("leaky_relu", (0.0, 0.01), [0.01, 0.0]),
    ("elu", (0.0, 1.0), [1.0, 0.0]),
    ("elu", (0.0, 2.0), [2.0, 0.0]),
    ("maximum", (2.0, 2.0), [0.5, 0.5]),
    ("minimum", (2.0, 2.0), [0.5, 0.5]),
    ("maximum", (0.0, -0.0), [0.5, 0.5]),
    ("maximum", (3.0, 2.0), [1.0, 0.0]),
    ("maximum", (2.0, 3.0), [0.0, 1.0]),
    ("minimum", (3.0, 2.0), [0.0, 1.0]),
    ("minimum", (2.0, 3.0), [1.0, 0.0]),
    ("greater", (2.0, 2.0), [0.0, 0.0]),
    ("where", (1.0, 5.0, 7.0), [0.0, 1.0, 0.0]),
    ("where", (0.0, 5.0, 7.0), [0.0, 0.0, 1.0]),
    ("where", (-3.0, 5.0, 7.0), [0.0, 1.0, 0.0]),
    ("power", (0.0, 2.0), [0.0, 0.0]),
    ("power", (0.0, 3.0), [0.0, 0.0]),
    ("power", (0.0, 1.0), [1.0, 0.0]),
    ("power", (0.0, 2.5), [0.0, 0.0]),
    ("logsumexp", ((0.0, 0.0),), [0.5, 0.5]),
]


@pytest.mark.parametrize(
    ("name", "numbers", "expected", "create_graph"),
    [
        (*kink, on_nodes)
        for kink in KINK_VALUES
        for on_nodes in (False, True)
    ],
)
def test_at_kinks_and_ties_the_slope_is_the_documented_one(name, numbers, expected, create_graph, engine):
    nodes = [Value(x) for x in flat(numbers)]
    TABLE[name](*shaped(nodes, numbers)).backward(create_graph=create_graph)
    found = [getattr(node.grad, "data", node.grad) for node in nodes]
    assert found == pytest.approx(expected, rel=1e-15, abs=0)


def test_a_tie_with_itself_gives_the_whole_slope():
    v = Value(2.0)
    TABLE["maximum"](v, v).backward()
    assert 1.0 == v.grad


def test_where_picks_the_number_and_the_slope():
    a, b = Value(5.0), Value(7.0)
    picked = [TABLE["where"](condition, a, b).data for condition in (True, False, 1, 0, 0.5, Value(0.0), Value(-2.0))]
    assert [5.0, 7.0, 5.0, 7.0, 5.0, 7.0, 5.0] == picked


@pytest.mark.parametrize("exponent", [0, 0.0])
def test_x_to_the_0_is_1_with_slope_0_also_at_0(exponent, engine):
    for x in (0.0, -2.0, 3.0):
        v = Value(x)
        y = v**exponent
        y.backward()
        assert (1.0, 0.0) == (y.data, v.grad)
    assert 0.0 == grad(grad(lambda x: x**exponent))(0.0)


@pytest.mark.parametrize("create_graph", [False, True], ids=["numbers", "nodes"])
def test_0_to_a_positive_power_is_flat_in_the_exponent(engine, create_graph):
    n = Value(2.0)
    y = 0**n
    y.backward(create_graph=create_graph)
    assert (0.0, 0.0) == (y.data, getattr(n.grad, "data", n.grad))


def test_a_negative_base_has_a_power_and_a_slope_and_only_the_exponents_gradient_is_refused(engine):
    x, n = Value(-2.0, label="x"), Value(2.0, label="n")
    assert 4.0 == ((-2) ** Value(2)).data == (x**2).data == (x**n).data
    (x**2).backward()
    assert -4.0 == x.grad
    assert -4.0 == slope_of(lambda v: v ** TABLE["positive"](2.0), -2.0)
    assert 2.0 == grad(grad(lambda v: v**2))(-2.0)
    with pytest.raises(SlopeError, match="derivative of power with respect to its exponent .*'x' is -2.0"):
        (x**n).backward()
    with pytest.raises(SlopeError, match="exponent"):
        ((-2) ** Value(2)).backward()


@pytest.mark.parametrize("base", [-2.0, -0.5, -3.0])
@pytest.mark.parametrize("exponent", [-3, -2, -1, 0, 1, 2, 3, 4, 5.0])
def test_powers_of_negative_bases_by_whole_exponents_have_all_derivatives(base, exponent):
    check_forward(TABLE["power"], (base, exponent))
    v = Value(base)
    (v**exponent).backward()
    expected = [exponent * base ** (exponent - 1), exponent * (exponent - 1) * base ** (exponent - 2)]
    assert [v.grad, grad(grad(lambda x: x**exponent))(base)] == pytest.approx(expected, rel=1e-14)


def test_a_negative_base_with_a_broken_exponent_has_no_value():
    with pytest.raises(DomainError, match="power needs a positive base"):
        Value(-2.0) ** 0.5


def test_every_public_operation_is_an_attribute_of_the_package():
    python_names = {"abs": "absolute", "sum": "sum"}
    assert [] == [n for n in OPERATIONS if getattr(autograd, python_names.get(n, n), None) is not TABLE[n]]
