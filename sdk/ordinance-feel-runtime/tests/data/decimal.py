"""Writes decimal.txt: results of Python's `decimal`, by which the decimals of this crate are tested.

Run `python3 decimal.py > decimal.txt` in this folder. A line is an operation, its arguments and `=` with the result; `!` is
a result that can't be.
"""

import importlib
import random
import sys

sys.path = [path for path in sys.path if path not in ("", sys.path[0])]
decimal = importlib.import_module("decimal")
D = decimal.Decimal
CONTEXT = decimal.Context(
    prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, clamp=1,
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)
EXACT = decimal.Context(prec=40000, Emin=-999999, Emax=999999, traps=[decimal.InvalidOperation])
MODES = {
    "half-even": decimal.ROUND_HALF_EVEN, "floor": decimal.ROUND_FLOOR, "ceiling": decimal.ROUND_CEILING,
    "up": decimal.ROUND_UP, "down": decimal.ROUND_DOWN, "half-up": decimal.ROUND_HALF_UP,
    "half-down": decimal.ROUND_HALF_DOWN,
}
chance = random.Random(34)

EDGES = [
    "0", "1", "-1", "2", "3", "7", "10", "0.1", "-0.1", "0.5", "1.5", "2.5", "-2.5", "0.05", "99.995", "1.00", "100",
    "18446744073709551615", "18446744073709551616", "9999999999999999999999999999999999",
    "-9999999999999999999999999999999999", "1E33", "1E34", "1E-34", "1E6111", "9999999999999999999999999999999999E6111",
    "1E-6176", "9E-6176", "5000000000000000000000000000000001E-6176", "1.000000000000000000000000000000001",
    "0.9999999999999999999999999999999999", "3333333333333333333333333333333333", "6666666666666666666666666666666667E-10",
    "1E40", "1E-40", "4999999999999999999999999999999999.5", "340282366920938463463374607431768211455",
]


def number(exponents=(-40, 40)):
    kind = chance.random()
    if kind < 0.2:
        return CONTEXT.create_decimal(chance.choice(EDGES))
    digits = chance.choice([1, 2, 3, 5, 8, 15, 18, 19, 20, 21, 30, 33, 34])
    coefficient = chance.randrange(10 ** digits)
    if kind < 0.3:
        coefficient = 10 ** digits - 1
    exponent = chance.randint(*exponents) if kind > 0.6 else -chance.randint(0, 6)
    return CONTEXT.create_decimal(D((chance.randint(0, 1), tuple(map(int, str(coefficient))), exponent)))


def shown(value):
    value = CONTEXT.normalize(value)
    return "0" if value == 0 else str(value)


def result(function):
    try:
        return shown(function())
    except decimal.DecimalException:
        return "!"


def record(name, function, *arguments):
    print(name, *map(str, arguments), "=", result(function))


def modulo(a, b):
    if b == 0:
        raise decimal.DivisionByZero
    least = min(a.as_tuple().exponent, b.as_tuple().exponent)
    whole = lambda n: int(EXACT.scaleb(n, -least))
    return CONTEXT.plus(EXACT.scaleb(D(whole(a) % whole(b)), least))


def rounded(a, scale, mode):
    exact = EXACT.copy()
    exact.rounding = MODES[mode]
    if a == 0 or -a.as_tuple().exponent <= scale:
        return a
    return CONTEXT.plus(a.quantize(D((0, (1,), -scale)), context=exact))


def power(a, b):
    if b == 0 or a == 1:
        return D(1)
    if a == 0:
        if b < 0:
            raise decimal.DivisionByZero
        return D(0)
    precise = decimal.Context(prec=120, Emin=-999999, Emax=999999, traps=[decimal.InvalidOperation, decimal.Overflow])
    return CONTEXT.plus(precise.power(a, b))


def pairs(count):
    for a in EDGES[:24:3] + EDGES[17:]:
        for b in EDGES[::5]:
            yield CONTEXT.create_decimal(a), CONTEXT.create_decimal(b)
    for _ in range(count):
        a, b = number(), number()
        if chance.random() < 0.1:
            b = CONTEXT.plus(a + D((chance.randint(0, 1), (1,), a.as_tuple().exponent)))
        yield a, b


def main():
    for a, b in pairs(300):
        record("add", lambda: CONTEXT.add(a, b), a, b)
        record("multiply", lambda: CONTEXT.multiply(a, b), a, b)
        record("divide", lambda: CONTEXT.divide(a, b), a, b)
    for a, b in pairs(60):
        record("modulo", lambda: modulo(a, b), a, b)
        print("compare", a, b, "=", int(a.compare(b)))
    for _ in range(120):
        a, b = number((-6200, 6100)), number((-6200, 6100))
        record("multiply", lambda: CONTEXT.multiply(a, b), a, b)
        record("divide", lambda: CONTEXT.divide(a, b), a, b)
        record("add", lambda: CONTEXT.add(a, b), a, b)
    for _ in range(80):
        a, scale = number((-20, 10)), chance.randint(-5, 12)
        for mode in MODES:
            record(mode, lambda: rounded(a, scale, mode), a, scale)
    for half in ["0.5", "1.5", "2.5", "-0.5", "-1.5", "0.25", "0.125", "999.5"]:
        for mode in MODES:
            record(mode, lambda: rounded(D(half), 0, mode), half, 0)
            record(mode, lambda: rounded(D(half), 1, mode), half, 1)
    for _ in range(150):
        a = number().copy_abs()
        record("sqrt", lambda: CONTEXT.sqrt(a), a)
        if a != 0:
            record("log", lambda: CONTEXT.ln(a), a)
        b = number((-36, -1))
        record("exp", lambda: CONTEXT.exp(b), b)
    for near in ["1.000000000000000000000000000000001", "0.9999999999999999999999999999999999", "0.99", "9.99"]:
        record("log", lambda: CONTEXT.ln(D(near)), near)
    for large in ["14149", "14150", "-14149", "-14220", "-14300", "100000", "-1E30", "1E-50"]:
        record("exp", lambda: CONTEXT.exp(D(large)), large)
    for _ in range(150):
        a = number((-8, 2))
        times = chance.randint(-9, 40)
        record("power", lambda: power(a, D(times)), a, times)
    for rate in ["1.05", "1.0425", "0.97", "1.000001", "-1.5", "2", "0.5"]:
        for times in ["2", "3", "10", "30", "100", "1000", "-1", "-7", "365"]:
            record("power", lambda: power(D(rate), D(times)), rate, times)
    for _ in range(100):
        a, b = number((-30, 2)).copy_abs(), number((-34, -1))
        if abs(b) < 1000:
            record("power", lambda: power(a, b), a, b)
    for _ in range(150):
        a = number((-60, 60))
        print("string", a, "=", "0" if a == 0 else format(a.normalize(EXACT), "f"))
    for text in ["123456789012345678901234567890123456789", "0.12345678901234567890123456789012345678", "00012.500",
                 "99999999999999999999999999999999995", "12345678901234567890123456789012345", "1e3", "-.5", "1E-7000",
                 "1E7000", "100000000000000000000000000000000000000000000000005", "1234567890123456789012345678901234500001",
                 "12345678901234567890123456789012335000000"]:
        record("parse", lambda: CONTEXT.create_decimal(text), text)


main()
