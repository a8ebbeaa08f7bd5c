"""Declarations and inputs for inference_schema, as expressions, so that any interpreter can try them."""

import random
from typing import Any, Dict, Iterator, List, Tuple

Case = Tuple[str, str, List[str]]
"""Which packages it takes, the declared type, and what `run` is called with."""

STANDARD: List[Tuple[str, List[str]]] = [
    ("S(1)", ["2", "True", "'x'", "1.5", "None", "[1]", "{'parameters': 1, 'input_string': 'a'}"]),
    ("S(1.5)", ["1", "True", "'1'", "2.5", "float('inf')"]),
    ("S(True)", ["1", "False"]),
    ("S('x')", ["1", "None", "''", "'\\u00fc'"]),
    ("S(b'a')", ["'YWI='", "'YWI'", "b'zz'", "5"]),
    ("S([])", ["[1, 'a']", "{}"]),
    ("S([1])", ["['a']", "'x'", "(1,)"]),
    ("S((1,))", ["[1]", "(1,)", "{}"]),
    ("S([1, 'a'])", ["[2]"]),
    ("S([[1, 2], [3, 'a']])", ["[[]]"]),
    ("S([[1], ['a']])", ["[]"]),
    ("S([{'a': 1}, {'b': [1, 'x']}])", ["[]"]),
    ("S([None, 1])", ["[]"]),
    ("S({'a': 1, 'b': [1.5]})", ["{'b': 2}", "[1]", "{}"]),
    ("S({'a': {'b': [1, 1.5]}})", ["{}"]),
    ("S({})", ["{'a': 1}"]),
    ("S({1: 2})", ["{'1': 2}"]),
    ("S({'a': None})", ["{}"]),
    ("S(range(3))", ["[1]"]),
    ("S({'d': D.date(2020, 1, 2), 'b': b'a', 't': D.time(1, 2)})", ["{'d': '2020-01-02'}"]),
    ("S(D.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=D.timezone(D.timedelta(hours=2))))", []),
    ("S(D.timezone.utc)", []),
    (
        "S(D.datetime(2020, 1, 2))",
        ["'2021-02-03'", "'2021-02-03 04:05:06.000007 +0200'", "D.datetime(2021, 1, 1)"],
    ),
    ("S(D.datetime(2020, 1, 2))", ["'2021-02-03T04:05:06'", "5", "None"]),
    ("S(D.time(1, 2, 3))", ["'04:05:06.5 +0100'", "'04:05'", "None"]),
    ("S(D.date(2020, 1, 2))", ["D.date(2021, 1, 1)"]),
    ("S({'a': S(1)})", ["{'a': 5, 'b': 6}", "{'a': 'x'}", "{}", "{'a': None}"]),
    ("S({'a': S({'b': S(1)})})", ["{'a': {'b': 'x'}}", "{'a': {'b': 1}}"]),
    ("S([S(1), S('x')])", ["[1]", "[1, 'x']"]),
    ("S({'a': [S(1)]})", ["{'a': ['x']}"]),
    ("S(None)", ["None"]),
    ("S(1j)", ["1"]),
    ("S({1, 2})", ["[1]"]),
    ("S(object)", []),
    ("S({'s': {1, 2}})", []),
    ("5", []),
]

NUMPY: List[Tuple[str, List[str]]] = [
    (
        "N(np.array([1, 2]))",
        ["[1, 2]", "[]", "[[1]]", "'x'", "{'a': 1}", "5", "None", "(1, 2)", "[1.7]", "['5']"],
    ),
    ("N(np.array([1, 2]))", ["['x']", "[None]", "np.array([1.5])", "[2**70]", "[True]", "[[1], [2, 3]]"]),
    (
        "N(np.array([[1.0, 2.0]]))",
        ["[[1, 2], [3, 4]]", "[[1, 2, 3]]", "[1]", "[]", "[['NaN', '1.5']]", "[[None, 1]]"],
    ),
    ("N(np.array([[[1, 2], [1, 2]]]))", ["[[[1, 2], [3, 4]]]", "[[[1], [1], [1]]]"]),
    ("N(np.zeros((2, 0, 3)))", ["[[], []]"]),
    ("N(np.array([[1, 2]]), enforce_shape=False)", ["[[1, 2, 3]]", "[1]"]),
    ("N(np.array([[1, 2]]), enforce_column_type=False)", ["[[1.5, 2]]", "[['a', 1]]", "[[1]]"]),
    ("N(np.array([1.5], dtype='f2'))", ["[0.1]"]),
    ("N(np.array([1.5], dtype='f4'))", ["[0.1]"]),
    ("N(np.array([True]))", ["[0, 2, 'x']"]),
    ("N(np.array([1], dtype='u1'))", ["[255]", "[300]", "[-1]"]),
    ("N(np.array(['ab', 'c']))", ["['abcdef', 1]"]),
    ("N(np.array([b'ab']))", ["['xyz']"]),
    ("N(np.array([b'ab'], dtype='V2'))", []),
    ("N(np.array(['2020-01-02'], dtype='M8[D]'))", ["['2021-05-06', '2021-05-06T12:00:00']", "['x']"]),
    ("N(np.array(['2020-01-02T03:04:05.123'], dtype='M8[ms]'))", ["['2021-05-06T01:02:03.004']"]),
    (
        "N(np.array([3], dtype='m8[D]'))",
        ["['3 days']", "['3']", "[4]", "['x y z']", "['1 day']", "['2 weeks']", "[[]]"],
    ),
    (
        "N(np.array([3], dtype='m8[s]'))",
        ["['3 days', '4 seconds', '1000 milliseconds', '2 hours']", "['1 s']"],
    ),
    ("N(np.array([3], dtype='m8[ns]'))", ["['1 minutes', '5 nanoseconds']"]),
    (
        "N(np.array([(1, 'a')], dtype=[('x', 'i4'), ('y', 'U5')]))",
        ["[{'y': 'b', 'x': 2}]", "[[2, 'b']]", "[(2, 'b')]"],
    ),
    (
        "N(np.array([(1, 'a')], dtype=[('x', 'i4'), ('y', 'U5')]))",
        ["[{'x': 2}]", "[5]", "[{'x': 1, 'y': 'b', 'z': 1}]"],
    ),
    (
        "N(np.array([(1, [1, 2])], dtype=[('x', 'i4'), ('y', 'f8', (2,))]))",
        ["[{'x': 1, 'y': [3, 4]}]", "[[1, [3, 4]]]"],
    ),
    (
        "N(np.array([('2020-01-02', 3)], dtype=[('d', 'M8[D]'), ('t', 'm8[D]')]))",
        ["[{'d': '2021-01-01', 't': '4 days'}]"],
    ),
    (
        "N(np.array([(1, (2, 3.5))], dtype=[('x', 'i4'), ('y', [('a', 'i4'), ('b', 'f8')])]))",
        ["[[1, [2, 3]]]"],
    ),
    ("N(np.array([{'a': 1}, None, 'x'], dtype=object))", ["[{'a': 1}, None, 'x']"]),
    ("N(np.array([1 + 2j]))", []),
    ("N(np.array([1.0, np.nan, np.inf]))", ["[1]"]),
    ("N([1])", []),
    ("S({'a': N(np.array([1])), 'b': 1})", ["{'a': [1, 2], 'b': 'any'}", "{'b': 1}", "{'a': None}", "[1]"]),
    ("S([N(np.array([1]))])", ["[[1], [2]]", "{}", "[]"]),
    ("S((N(np.array([1])),))", ["[[1], [2]]"]),
    ("S({'a': {'b': N(np.array([1]))}})", ["{'a': {'b': [1]}}"]),
    ("S(np.float64(1.5))", ["1.5"]),
    ("S([np.int64(1)])", []),
]

_AB = "DF([{'a': 1, 'b': 'x'}])"

PANDAS: List[Tuple[str, List[str]]] = [
    (
        "P(%s)" % _AB,
        ["[{'a': 2, 'b': 'y'}]", "[{'b': 'y', 'a': 2}]", "[{'a': 2}]", "[{'a': 2, 'b': 'y', 'c': 1}]"],
    ),
    (
        "P(%s)" % _AB,
        ["[{'a': 2, 'c': 'y'}]", "[]", "{}", "{'a': [1], 'b': ['x']}", "{'a': {'0': 1}, 'b': {'0': 'x'}}"],
    ),
    (
        "P(%s)" % _AB,
        [
            "[[2, 'y']]",
            "[{'a': '7', 'b': 5}]",
            "[{'a': 'x', 'b': 5}]",
            "[{'a': None, 'b': 5}]",
            "[{'a': 'x'}]",
        ],
    ),
    (
        "P(%s)" % _AB,
        [
            "'x'",
            "5",
            "None",
            "DF([{'z': 1}])",
            "[1, 2]",
            "[None, {'a': 1, 'b': 'x'}]",
            "[{'a': 1, 'b': 'x'}, {'a': 2}]",
        ],
    ),
    (
        "P(%s)" % _AB,
        ["[{'a': D.date(2020, 1, 2), 'b': 'x'}]", "[{'a': 1, 'b': '\\u00fc'}, {'b': 'y', 'a': 3}]"],
    ),
    (
        "P(%s, enforce_column_type=False)" % _AB,
        ["[{'a': 1.5, 'b': None}]", "[{'a': True, 'b': [1]}, {'a': 2, 'b': {}}]"],
    ),
    ("P(%s, enforce_shape=False)" % _AB, ["[{'a': 2}]", "[1, 2]", "[]"]),
    ("P(%s, apply_column_names=True)" % _AB, ["[[2, 'y']]", "[{'q': 2, 'r': 'y'}]", "[{'a': 1}]"]),
    (
        "P(%s, orient='split')" % _AB,
        ["{'columns': ['a', 'b'], 'data': [[1, 'x']]}", "{'columns': ['a'], 'data': [[1]], 'z': 1}"],
    ),
    (
        "P(%s, orient='split')" % _AB,
        ["{'columns': ['a', 'b'], 'index': ['r', 's'], 'data': [[1, 'x'], [2, 'y']]}", "[1]"],
    ),
    ("P(%s, orient='columns')" % _AB, ["{'a': {'0': 1, '1': 2}, 'b': {'0': 'x', '1': 'y'}}"]),
    (
        "P(%s, orient='index')" % _AB,
        ["{'0': {'a': 1, 'b': 'x'}}", "{'r': {'a': 1, 'b': 'x'}, 's': {'a': 2, 'b': 'y'}}"],
    ),
    ("P(%s, orient='values')" % _AB, ["[[1, 'x'], [2, 'y']]"]),
    ("P(%s, orient='x')" % _AB, []),
    (
        "P(DF({'d': pd.to_datetime(['2020-01-02'])}))",
        ["[{'d': '2021-05-06'}]", "[{'d': 1600000000000}]", "[{'d': 'xx'}]"],
    ),
    ("P(DF({'d': pd.to_datetime(['2020-01-02'])}), orient='columns')", ["{'d': {'0': '2021-05-06'}}"]),
    ("P(DF({'d': pd.to_datetime(['2020-01-02'])}), orient='index')", []),
    ("P(DF({'d': pd.to_datetime(['2020-01-02'])}), orient='table')", []),
    ("P(DF({'created_at': ['2020-01-02'], 'n': [1]}))", ["[{'created_at': '2021-05-06', 'n': 2}]"]),
    ("P(DF({'created_at': ['2020-01-02']}), enforce_column_type=False)", ["[{'created_at': '2021-05-06'}]"]),
    ("P(DF({'modified': [5]}), enforce_column_type=False)", ["[{'modified': 1600000000000}]"]),
    (
        "P(DF({'t': pd.to_timedelta(['3 days'])}))",
        ["[{'t': 'P3DT0H0M0S'}]", "[{'t': '3 days'}]", "[{'t': 5}]"],
    ),
    ("P(DF({'c': pd.Categorical(['x', 'y'])}))", ["[{'c': 'x'}, {'c': 'z'}]"]),
    (
        "P(DF({'f': [1.5]}))",
        ["[{'f': 1}, {'f': None}]", "[{'f': 2**63}, {'f': 1e400}]", "[{'f': 0.30000000000000004}]"],
    ),
    (
        "P(DF({'f': [1.5]}))",
        ["[{'f': 1.7976931348623157e308}, {'f': 5e-324}]", "[{'f': 123456789.123456789}]", "[{'f': True}]"],
    ),
    (
        "P(DF({'f': [1]}))",
        ["[{'f': 2**63}]", "[{'f': 2**64}]", "[{'f': 9007199254740993}]", "[{'f': float('nan')}]"],
    ),
    (
        "P(DF({'f': ['x']}))",
        ["[{'f': 'x'}, {'f': None}, {'f': 5}, {'f': [1]}, {'f': {'a': 1}}, {'f': True}]"],
    ),
    ("P(DF({'f': [True]}))", ["[{'f': 1}, {'f': 'x'}]", "[{'f': True}, {'f': False}]"]),
    ("P(DF([[1, 2]]))", ["[{'0': 1, '1': 2}]", "[[1, 2]]"]),
    ("P(DF({'1': [1], '2': [1]}))", ["[{'1': 1, '2': 2}]"]),
    ("P(DF({'a': [1], '2020': [1]}))", ["[{'a': 1, '2020': 2}]"]),
    ("P(DF({'a': [1, 'x'], 'b': [[1, 'y'], [2]]}))", ["[{'a': 1, 'b': 2}]"]),
    ("P(DF({'a': [1.0, None]}, dtype='float32'))", ["[{'a': 0.1}]"]),
    ("P(DF([]))", ["[]"]),
    ("P(DF(columns=['a']))", ["[{'a': 1}]"]),
    ("P(5)", []),
    ("S({'a': P(DF([{'q': 1}])), 'b': 1})", ["{'a': [{'q': '5'}], 'b': 'any'}"]),
]


def cases() -> Iterator[Case]:
    """What is declared by hand; the packages are none, `numpy` or `pandas`."""
    for needs, written in (("", STANDARD), ("numpy", NUMPY), ("pandas", PANDAS)):
        for declared, inputs in written:
            yield needs, declared, inputs


def random_cases(seed: int, count: int) -> Iterator[Case]:
    """Declarations for arrays and frames, each with inputs that mostly fit and sometimes do not."""
    dice = Dice(seed)
    for number in range(count):
        make = _array_case if number % 3 == 0 else _frame_case
        yield make(dice)


class Dice(random.Random):
    """Chooses alike under every Python: only `random()` itself is promised to stay as it is."""

    def one_of(self, choices: Any) -> Any:
        return choices[int(self.random() * len(choices))]

    def up_to(self, most: int) -> int:
        return int(self.random() * (most + 1))


VALUES: Dict[str, List[str]] = {
    "int": ["0", "-7", "12345678901", "2**53 + 1", "-2**63"],
    "float": ["0.1", "1e-9", "5.1", "-273.15", "1e22", "0.1 + 0.2", "123456.789012345678", "3.0"],
    "str": ["'x'", "''", "'\\u00fc'", "'12'", "'2020-01-02'", "'NaN'"],
    "bool": ["True", "False"],
    "odd": ["None", "[1]", "{'k': 1}", "2**63", "float('nan')", "float('inf')"],
}
NAMES = [
    "a",
    "b",
    "age",
    "bmi",
    "c d",
    "\\u00fc",
    "7",
    "2019",
    "1.5",
    "date",
    "created_at",
    "my_time",
    "timestamp_x",
    "",
]


def _array_case(dice: Dice) -> Case:
    dtype = dice.one_of(["i8", "f8", "f4", "i2", "U3", "?", "O"])
    shape = [1 + dice.up_to(2) for _ in range(1 + dice.up_to(2))]
    declared = "N(np.ones({!r}).astype({!r}))".format(tuple(shape), dtype)
    return "numpy", declared, [_nested(dice, [dice.up_to(3), *shape[1:]]) for _ in range(3)]


def _nested(dice: Dice, shape: List[int]) -> str:
    if not shape:
        return _value(dice, dice.one_of(["int", "float", "str", "bool"]), 0.02)
    size = shape[0] if dice.random() > 0.05 else shape[0] + 1
    return "[" + ", ".join(_nested(dice, shape[1:]) for _ in range(size)) + "]"


def _frame_case(dice: Dice) -> Case:
    names = sorted({dice.one_of(NAMES) for _ in range(1 + dice.up_to(4))})
    kinds = {name: dice.one_of(["int", "float", "float", "str", "bool"]) for name in names}
    orient = dice.one_of(["records"] * 6 + ["split", "columns", "index", "values"])
    flags = dice.one_of(
        ["", "", "", ", enforce_column_type=False", ", enforce_shape=False", ", apply_column_names=True"]
    )
    sample = "DF([{}])".format(_record(dice, kinds, 0.0))
    declared = "P({}, orient={!r}{})".format(sample, orient, flags)
    return "pandas", declared, [_table(dice, kinds, orient) for _ in range(3)]


def _table(dice: Dice, kinds: Dict[str, str], orient: str) -> str:
    odd = dice.one_of([0.0, 0.0, 0.1])
    count = dice.up_to(4)
    if orient == "records":
        return "[" + ", ".join(_record(dice, kinds, odd) for _ in range(count)) + "]"
    rows = [[_value(dice, kind, odd) for kind in kinds.values()] for _ in range(count)]
    return "as_{}({!r}, [{}])".format(
        orient, list(kinds), ", ".join("[{}]".format(", ".join(row)) for row in rows)
    )


def _record(dice: Dice, kinds: Dict[str, str], odd: float) -> str:
    names = list(kinds)
    if dice.random() < odd:
        names.append(names.pop(0))
    if dice.random() < odd:
        names.pop()
    return "{" + ", ".join("'{}': {}".format(name, _value(dice, kinds[name], odd)) for name in names) + "}"


def _value(dice: Dice, kind: str, odd: float) -> str:
    chosen = dice.one_of(list(VALUES)) if dice.random() < odd else kind
    return str(dice.one_of(VALUES[chosen]))
