"""Draws the amounts of a story, what nobody is told included, so that they are whole and not negative.

They are made the other way round than they are asked for: first what comes out, then what it came from.
"""

import random
from fractions import Fraction

Amounts = dict[str, Fraction]


def small(rng: random.Random) -> int:
    """Of packs, friends, days."""
    return rng.randint(2, 12) if rng.random() < 0.85 else rng.randint(2, 30)


def some(rng: random.Random) -> int:
    """Of things that a person has."""
    chance = rng.random()
    if chance < 0.38:
        return rng.randint(2, 12)
    if chance < 0.8:
        return rng.randint(5, 60)
    if chance < 0.97:
        return rng.randint(20, 160)
    return rng.randint(100, 2_500)


def many(rng: random.Random) -> int:
    """Of what a town, a shop or a school has."""
    return rng.randint(12, 400) if rng.random() < 0.8 else rng.randint(100, 12_000)


def measured(rng: random.Random) -> Fraction:
    """A length or weight, often with decimals."""
    chance = rng.random()
    if chance < 0.35:
        return Fraction(rng.randint(2, 60))
    if chance < 0.5:
        return Fraction(rng.randint(5, 47), 4)
    if chance < 0.85:
        return Fraction(rng.randint(3, 250), 10)
    return Fraction(rng.randint(20, 2_500), 100)


def price(rng: random.Random) -> Fraction:
    """Whole dollars mostly."""
    return Fraction(rng.randint(2, 25)) if rng.random() < 0.75 else Fraction(rng.randint(5, 500) * 5, 100)


def amounts(**values: int | Fraction) -> Amounts:
    return {name: Fraction(value) for name, value in values.items()}


# Wholes and parts


def pair(rng: random.Random) -> Amounts:
    """a + b = t; a is d more than b."""
    b, d = some(rng), some(rng)
    a = b + d
    return amounts(a=a, b=b, d=d, t=a + b)


def pair_of_many(rng: random.Random) -> Amounts:
    b, d = many(rng), many(rng)
    a = b + d
    return amounts(a=a, b=b, d=d, t=a + b)


def measured_pair(rng: random.Random) -> Amounts:
    b, d = measured(rng), measured(rng)
    return amounts(a=b + d, b=b, d=d, t=b + b + d)


def triple(rng: random.Random) -> Amounts:
    """Three parts, and a is the largest: ab, ac, bc, t are sums; d = a - b, e = a - c."""
    b, c = some(rng), some(rng)
    d = some(rng)
    if d <= c - b:
        d = c - b + rng.randint(1, 9)
    a = b + d
    ab, bc = a + b, b + c
    return amounts(a=a, b=b, c=c, d=d, e=a - c, ab=ab, ac=a + c, bc=bc, t=ab + c, f=abs(ab - c))


def few_triple(rng: random.Random) -> Amounts:
    """As `triple`, in a kitchen: none of them is more than 24."""
    while max((values := triple(rng)).values()) > 24:
        pass
    return values


def part_of_two(rng: random.Random) -> Amounts:
    """a + b = t, of which c are spoilt or gone and e are left."""
    e, c = some(rng), some(rng)
    t = e + c
    a = rng.randint(2, t - 2)
    return amounts(a=a, b=t - a, c=c, e=e, t=t)


# Two sorts of things, or two people, each with its own changes


def two_that_shrink(rng: random.Random) -> Amounts:
    """a and b; c of the first go and f are left, e of the second and g are left; l went, h are left."""
    c, f, e, g = some(rng), some(rng), some(rng), some(rng)
    return amounts(a=c + f, b=e + g, c=c, e=e, f=f, g=g, t=c + f + e + g, l=c + e, h=f + g)


def shrink_and_grow(rng: random.Random) -> Amounts:
    """a and b; c of the first go and f are left, e of the second come and g are there; h in all."""
    c, f, b, e = some(rng), some(rng), some(rng), some(rng)
    g = b + e
    return amounts(a=c + f, b=b, c=c, e=e, f=f, g=g, t=c + f + b, h=f + g)


def two_that_grow(rng: random.Random) -> Amounts:
    """a and b; with c more the first are f, with e more the second are g, which are fewer by d; h in all."""
    g, d, c, e = some(rng) + 2, some(rng), some(rng), some(rng)
    f = g + d
    c, e = min(c, f - 2), min(e, g - 2)
    return amounts(a=f - c, b=g - e, c=c, e=e, f=f, g=g, d=d, h=f + g, k=c + e)


def come_and_go(rng: random.Random) -> Amounts:
    """a at first; b come, c go, e are there; d = b - c more came than went."""
    c, d, rest = some(rng), some(rng), some(rng)
    b = c + d
    a = rest + c
    return amounts(a=a, b=b, c=c, d=d, e=rest + b)


# Comparisons


def ages(rng: random.Random) -> Amounts:
    """a and b, d apart, t together: years."""
    b, d = rng.randint(2, 50), rng.randint(2, 35)
    return amounts(a=b + d, b=b, d=d, t=b + d + b)


def chain(rng: random.Random) -> Amounts:
    """b = a + d, and c = b + e: differences in a row; t = a + b, u3 = a + b + c."""
    a, d, e = some(rng), small(rng), small(rng)
    b = a + d
    c = b + e
    return amounts(a=a, b=b, c=c, d=d, e=e, de=c - a, t=a + b, u3=a + b + c)


def chain_down_up(rng: random.Random) -> Amounts:
    """b = a - d, c = b + e."""
    b, d, e = some(rng), small(rng), small(rng)
    a, c = b + d, b + e
    return amounts(a=a, b=b, c=c, d=d, e=e, t=a + b, u3=a + b + c)


def multiple(rng: random.Random) -> Amounts:
    """b = a * m; d = b - a, t = a + b; c further."""
    a, m, c = some(rng), rng.randint(2, 9), small(rng)
    b = sum([a] * m)
    return amounts(a=a, m=m, b=b, d=b - a, t=a + b, c=c, bc=b + c, bl=b - c if b > c else 0)


def few_multiple(rng: random.Random) -> Amounts:
    """As `multiple`, of ages and lengths: what is compared with is 20 at most."""
    while (values := multiple(rng))["a"] > 20:
        pass
    return values


# Groups


def groups(rng: random.Random) -> Amounts:
    """n groups of c are t."""
    n, c = (small(rng), small(rng)) if rng.random() < 0.7 else (rng.randint(2, 40), rng.randint(2, 60))
    return amounts(n=n, c=c, t=sum([c] * n))


def groups_and_more(rng: random.Random) -> Amounts:
    """n groups of c are g; with b more they are t."""
    n, c, b = small(rng), small(rng), some(rng)
    g = sum([c] * n)
    return amounts(n=n, c=c, g=g, b=b, t=g + b)


def groups_but_some(rng: random.Random) -> Amounts:
    """n groups of c are t; of them b go, e are left."""
    n, c = small(rng) + 1, small(rng) + 1
    t = sum([c] * n)
    b = rng.randint(2, t - 2)
    return amounts(n=n, c=c, t=t, b=b, e=t - b)


def fewer_groups(rng: random.Random) -> Amounts:
    """Of k groups b go; the other n, of c each, are t; all were u."""
    n, b, c = small(rng), rng.randint(2, 12), small(rng)
    return amounts(k=n + b, n=n, b=b, c=c, t=sum([c] * n), used=sum([c] * b), all=sum([c] * (n + b)))


def more_groups(rng: random.Random) -> Amounts:
    """a and b groups, k together, of c each: ga, gb, t."""
    a, b, c = small(rng), small(rng), small(rng)
    if a < b:
        a, b = b, a
    a += a == b
    ga, gb = sum([c] * a), sum([c] * b)
    return amounts(a=a, b=b, k=a + b, c=c, ga=ga, gb=gb, t=ga + gb, d=ga - gb)


def two_sorts_of_groups(rng: random.Random) -> Amounts:
    """a groups of b are gx, and c groups of e are gy: the first are more."""
    a, b, c, e = small(rng), small(rng), small(rng), small(rng)
    x, y = sum([b] * a), sum([e] * c)
    if x < y:
        a, b, c, e, x, y = c, e, a, b, y, x
    if x == y:
        a, x = a + 1, x + b
    return amounts(a=a, b=b, c=c, e=e, gx=x, gy=y, t=x + y, d=x - y, k=a + c)


def rest_in_groups(rng: random.Random) -> Amounts:
    """Of a, b go; the rest e are n groups of c."""
    n, c, b = small(rng), small(rng), some(rng)
    e = sum([c] * n)
    return amounts(a=e + b, b=b, e=e, n=n, c=c)


def sum_in_groups(rng: random.Random) -> Amounts:
    """a and b are t, which are n groups of c."""
    n, c = small(rng), small(rng) + 1
    t = sum([c] * n)
    a = rng.randint(2, t - 2)
    return amounts(a=a, b=t - a, t=t, n=n, c=c)


def regrouped(rng: random.Random) -> Amounts:
    """a groups of b are t, and so are n groups of c."""
    n, factor, b = rng.randint(2, 6), rng.randint(2, 5), rng.randint(2, 9)
    c = b * factor
    a = n * factor
    if rng.random() < 0.5:
        a, b, n, c = n, c, a, b
    return amounts(a=a, b=b, t=sum([b] * a), n=n, c=c)


def nested(rng: random.Random) -> Amounts:
    """a of b of c."""
    a, b, c = rng.randint(2, 12), rng.randint(2, 12), rng.randint(2, 12)
    ab = sum([b] * a)
    return amounts(a=a, b=b, c=c, ab=ab, bc=sum([c] * b), t=sum([c] * ab))


def shared_with_rest(rng: random.Random) -> Amounts:
    """t are n times c, and e are over."""
    n, c, e = small(rng), small(rng), rng.randint(2, 20)
    g = sum([c] * n)
    return amounts(t=g + e, n=n, c=c, g=g, e=e)


# Money and rates


def purchase(rng: random.Random) -> Amounts:
    """n for c each cost t; paid with m, change e."""
    n, c = small(rng), price(rng)
    t = sum([c] * n, Fraction(0))
    m = next((bill for bill in (10, 20, 50, 100, 200, 500, 1000, 5000) if bill > t and rng.random() < 0.7), None)
    m = m or int(t) + rng.randint(1, 60)
    return amounts(n=n, c=c, t=t, m=m, e=m - t)


def two_prices(rng: random.Random) -> Amounts:
    """a and b, together t, a dearer by d; paid with m, change e."""
    b, d = price(rng), price(rng)
    a = b + d
    t = a + b
    m = int(t) + rng.choice([1, 2, 3, 5, 8, 10, 14, 20, 35])
    return amounts(a=a, b=b, d=d, t=t, m=m, e=m - t, ea=m - a, eb=m - b)


def two_purchases(rng: random.Random) -> Amounts:
    """a at b and c at e are t; paid with m, change f."""
    values = two_sorts_of_groups(rng)
    m = values["t"] + rng.randint(1, 40)
    return {**values, "m": m, "f": m - values["t"]}


def budget(rng: random.Random) -> Amounts:
    """Of a, b is spent; for the rest e one can buy n at c."""
    return rest_in_groups(rng)


def discount(rng: random.Random) -> Amounts:
    """c less d is s; n of them cost t."""
    s, d, n = rng.randint(2, 40), rng.randint(2, 20), small(rng)
    return amounts(c=s + d, d=d, s=s, n=n, t=sum([s] * n), full=sum([s + d] * n), saved=sum([d] * n))


def trip(rng: random.Random) -> Amounts:
    """n hours at c are t; then b more at another speed."""
    n, c = rng.randint(2, 12), rng.randint(2, 80)
    t = sum([c] * n)
    k, f = rng.randint(2, 9), rng.randint(2, 70)
    u = sum([f] * k)
    return amounts(n=n, c=c, t=t, k=k, f=f, w=u, all=t + u, h=n + k)


def proportion(rng: random.Random) -> Amounts:
    """a in b, at the same rate t in c; r = a / b."""
    rate, b, c = rng.randint(2, 15), rng.randint(2, 12), rng.randint(2, 20)
    c += c == b
    return amounts(a=sum([rate] * b), b=b, c=c, t=sum([rate] * c), rate=rate)


def saving(rng: random.Random) -> Amounts:
    """a is wanted, b is there, e is missing: n times c."""
    values = rest_in_groups(rng)
    return {**values, "have": values["b"]}


# Shares of a whole


_FRACTIONS = ((1, 2), (1, 3), (1, 4), (3, 4), (2, 3), (1, 5), (2, 5), (1, 10), (3, 5))


def fraction_of(rng: random.Random) -> Amounts:
    """f of a is b, and e is left; c further."""
    over, under = rng.choice(_FRACTIONS)
    unit = rng.randint(2, 20)
    a, b = sum([unit] * under), sum([unit] * over)
    c = rng.randint(1, max(1, a - b - 1))
    return amounts(f=Fraction(over, under), a=a, b=b, e=a - b, c=c, g=abs(a - b - c), bc=b + c)


def half_of(rng: random.Random) -> Amounts:
    """h = 1/2 of a is b; t = a + b."""
    b = some(rng)
    return amounts(h=Fraction(1, 2), a=b + b, b=b, t=b + b + b)


def percent_of(rng: random.Random) -> Amounts:
    """k per cent of a is b, and e is left, or more f."""
    k = rng.choice([5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 90])
    a = Fraction(rng.randint(1, 30) * 20)
    b = a * k / 100
    return amounts(k=k, a=a, b=b, e=a - b, f=a + b)


# Units


def converted(rng: random.Random) -> Amounts:
    """n and c in other units: days of n weeks, inches of n feet, minutes of n hours."""
    n, c = small(rng), small(rng)
    days = sum([n] * 7)
    week = sum([c] * 7)
    return amounts(
        n=n, c=c, days=days, inches=sum([n] * 12), minutes=sum([n] * 60), three=c + c + c, week=week, sold=week,
        weeks=sum([week] * n),
    )  # fmt: skip


def dozens(rng: random.Random) -> Amounts:
    """a, some dozens, less c are e; a for b each cost t."""
    k, b = rng.randint(2, 12), rng.randint(2, 9)
    a = sum([12] * k)
    c = rng.randint(2, a - 2)
    return amounts(a=a, b=b, c=c, e=a - c, f=a + c, t=sum([b] * a))


def times_a_day(rng: random.Random) -> Amounts:
    """m times c a day are g; in n days t."""
    m, c, n = rng.randint(2, 3), rng.randint(2, 15), rng.randint(2, 14)
    g = sum([c] * m)
    return amounts(m=m, c=c, g=g, n=n, t=sum([g] * n))


def there_and_back(rng: random.Random) -> Amounts:
    """a there and back is b; n times it is t."""
    a, n = rng.randint(2, 60), rng.randint(2, 12)
    b = a + a
    return amounts(a=a, b=b, n=n, t=sum([b] * n), half=sum([a] * n))
