"""Response processing of QTI as a function from a response to a score: a small interpreter, exact and without guesses.

Rules:
- a rule or operator that is not in OPERATORS makes the item "not auto-scorable", even where it would never be reached;
- numbers are fractions, so a comparison is right to the last digit; NULL passes through operators as QTI says;
- the same response always gives the same score: nothing random, no clock, no other variable than those declared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

from itembank.exchange.qti_dialects import shown
from itembank.exchange.qti_values import NULL, Declared, Value, atom, check_children, fault, number, unordered
from itembank.exchange.xml_source import parse

SCORE = "SCORE"
MAX_RULES = 2_000
"""Elements; the longest of the 1EdTech examples has about a hundred."""
MAX_NUMBER = 10**40
"""Greatest numerator or denominator: rules that square a score again and again end here."""
Scope = dict[str, Value]
Expression = Callable[[Scope], Value]
Rule = Callable[[Scope], None]
TRUE: Value = (True,)
FALSE: Value = (False,)

_MATCH_CORRECT = b"""<responseProcessing><responseCondition>
<responseIf><match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>
<responseElse>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue></responseElse>
</responseCondition></responseProcessing>"""
_MAP_RESPONSE = b"""<responseProcessing><responseCondition>
<responseIf><isNull><variable identifier="RESPONSE"/></isNull>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue></responseIf>
<responseElse><setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue></responseElse>
</responseCondition></responseProcessing>"""
TEMPLATES = {"match_correct": _MATCH_CORRECT, "map_response": _MAP_RESPONSE}
"""The templates of the specification by the last part of their address."""


class _Exit(Exception):
    """exitResponse was reached."""


class _Odd(ValueError):
    """An operator met values it has no meaning for."""


class Processing:
    """Rules that give the outcome SCORE, made once and run for many responses; `at`: where the item names them."""

    def __init__(self, rules: Element, declarations: Mapping[str, Declared], where: str, at: Element) -> None:
        self.rules, self.where, self.declarations, self.at = rules, where, declarations, at
        self.size = sum(1 for _ in rules.iter())
        if self.size > MAX_RULES:
            raise fault(rules, where, f"response processing of more than {MAX_RULES} elements")
        self._initial = {name: _initial(one) for name, one in declarations.items()}
        self._run = self._sequence(rules)

    def score(self, name: str, response: Value) -> Fraction:
        """The score of a response to the variable of this name; ContentError when the rules give no number."""
        scope = {**self._initial, name: response}
        try:
            self._run(scope)
        except _Exit:
            pass
        except _Odd as error:
            raise fault(self.at, self.where, f"response processing {error}") from error
        found = scope[SCORE]
        if len(found) != 1 or not isinstance(found[0], Fraction):
            raise fault(self.at, self.where, "response processing gives no number as SCORE")
        return found[0]

    def constant(self, element: Element) -> Value | None:
        """The value of an expression that looks at no variable, None for one that does."""
        if any(one.tag in ("variable", "mapResponse") for one in element.iter()):
            return None
        try:
            return self._expression(element)(dict(self._initial))
        except _Odd as error:
            raise fault(element, self.where, f"response processing {error}") from error

    def _sequence(self, parent: Element) -> Rule:
        rules = [self._rule(child) for child in parent]

        def run(scope: Scope) -> None:
            for rule in rules:
                rule(scope)

        return run

    def _rule(self, element: Element) -> Rule:
        if element.tag == "responseCondition":
            return self._condition(element)
        if element.tag == "setOutcomeValue":
            return self._assignment(element)
        if element.tag == "responseProcessingFragment":
            return self._sequence(element)
        if element.tag == "exitResponse":
            return _leave
        raise self._unknown(element)

    def _condition(self, element: Element) -> Rule:
        branches: list[tuple[Expression, Rule]] = []
        for child in element:
            if child.tag not in ("responseIf", "responseElseIf", "responseElse"):
                raise self._unknown(child)
            asks = child.tag != "responseElse"
            if asks and not len(child):
                raise fault(child, self.where, f"{child.tag} asks nothing")
            test = self._expression(child[0]) if asks else _always
            rules = [self._rule(one) for one in (child[1:] if asks else child)]
            branches.append((test, _all_of(rules)))

        def run(scope: Scope) -> None:
            for test, rule in branches:
                if test(scope) == TRUE:
                    return rule(scope)
            return None

        return run

    def _assignment(self, element: Element) -> Rule:
        name, (value,) = element.get("identifier", ""), self._operands(element, 1)
        if name not in self.declarations:
            raise fault(element, self.where, f"sets the outcome {name[:40]!r}, which is not declared")

        def run(scope: Scope) -> None:
            scope[name] = value(scope)

        return run

    def _operands(self, element: Element, count: int | None = None) -> list[Expression]:
        if count is not None and len(element) != count:
            raise fault(element, self.where, f"{shown(element.tag)} has {len(element)} operands instead of {count}")
        return [self._expression(child) for child in element]

    def _expression(self, element: Element) -> Expression:
        if element.tag in _LEAVES:
            check_children(element, self.where)
            return _LEAVES[element.tag](element, self.declarations, self.where)
        if element.tag in _TWO:
            return _strict(_TWO[element.tag], self._operands(element, 2))
        if element.tag in _MANY and len(element):
            return _strict(_MANY[element.tag], self._operands(element))
        if element.tag in _LOGIC:
            return _logic(element.tag == "or", self._operands(element))
        if element.tag == "equal":
            return _strict(_equality(element, self.where), self._operands(element, 2))
        if element.tag == "stringMatch":
            return _strict(_same_text(element, self.where), self._operands(element, 2))
        if element.tag == "index":
            return _strict(_index(element, self.where), self._operands(element, 1))
        if element.tag in _ONE:
            (operand,) = self._operands(element, 1)
            found = _ONE[element.tag]
            return lambda scope: found(operand(scope))
        if element.tag == "contains":
            if any(_ordered(one, self.declarations) for one in element.iter()):
                raise fault(element, self.where, "needs review, not auto-scorable: operator contains of an order")
            return _strict(_contains, self._operands(element, 2))
        if element.tag in ("multiple", "ordered"):
            operands = self._operands(element)
            ordered = element.tag == "ordered"
            return lambda scope: (tuple if ordered else unordered)([one for part in operands for one in part(scope)])
        raise self._unknown(element)

    def _unknown(self, element: Element) -> Exception:
        return fault(element, self.where, f"needs review, not auto-scorable: operator {shown(element.tag)}")


def template(name: str) -> Element | None:
    """The rules of a standard template by its address: only the last part counts, with or without ".xml"."""
    known = TEMPLATES.get(name.strip().rstrip("/").rpartition("/")[2].removesuffix(".xml"))
    return None if known is None else parse(known, "template")


def _initial(one: Declared) -> Value:
    """An outcome without default starts at 0 when it is a number (QTI 2.2, 2.4.1 outcomeDeclaration), else at NULL."""
    return one.initial or ((Fraction(),) if one.base in ("integer", "float") and one.cardinality == "single" else NULL)


def _leave(_: Scope) -> None:
    raise _Exit


def _always(_: Scope) -> Value:
    return TRUE


def _all_of(rules: Sequence[Rule]) -> Rule:
    def run(scope: Scope) -> None:
        for rule in rules:
            rule(scope)

    return run


def _variable(element: Element, known: Mapping[str, Declared], where: str) -> Expression:
    name = _known(element, known, where).identifier
    return lambda scope: scope[name]


def _correct(element: Element, known: Mapping[str, Declared], where: str) -> Expression:
    value = _known(element, known, where).correct
    return lambda _: value


def _base_value(element: Element, _: Mapping[str, Declared], where: str) -> Expression:
    value = (atom(element.get("baseType", ""), element.text or "", element, where),)
    return lambda _: value


def _mapped(element: Element, known: Mapping[str, Declared], where: str) -> Expression:
    variable = _known(element, known, where)
    mapping, name = variable.mapping, variable.identifier
    if mapping is None:
        raise fault(element, where, f"maps {name[:40]}, which has no mapping")
    return lambda scope: (mapping.score(scope[name]),)


def _null(*_: object) -> Expression:
    return lambda _: NULL


def _known(element: Element, known: Mapping[str, Declared], where: str) -> Declared:
    name = element.get("identifier", "")
    if name not in known:
        raise fault(element, where, f"scores by the variable {name[:40]!r}, which is not declared")
    return known[name]


def _strict(operator: Callable[..., Value], operands: Sequence[Expression]) -> Expression:
    """An operator that is NULL as soon as one operand is."""

    def run(scope: Scope) -> Value:
        values = [operand(scope) for operand in operands]
        return operator(*values) if all(values) else NULL

    return run


def _logic(either: bool, operands: Sequence[Expression]) -> Expression:
    """`or` (either) and `and`: decided by one operand even where another is NULL."""
    decisive, other = (TRUE, FALSE) if either else (FALSE, TRUE)

    def run(scope: Scope) -> Value:
        values = [operand(scope) for operand in operands]
        if decisive in values:
            return decisive
        return other if all(value == other for value in values) else NULL

    return run


def _ordered(element: Element, known: Mapping[str, Declared]) -> bool:
    """Whether an expression is an ordered container."""
    variable = known.get(element.get("identifier", "")) if element.tag in ("variable", "correct") else None
    return element.tag == "ordered" or (variable is not None and variable.cardinality == "ordered")


def _truth(answer: bool) -> Value:
    return TRUE if answer else FALSE


def _numbers(value: Value) -> list[Fraction]:
    found = [one for one in value if isinstance(one, Fraction)]
    if len(found) != len(value):
        raise _Odd("calculates with what is not a number")
    if any(max(abs(one.numerator), one.denominator) > MAX_NUMBER for one in found):
        raise _Odd("calculates with numbers that grow without end")
    return found


def _number(value: Value) -> Fraction:
    found = _numbers(value)
    if len(found) != 1:
        raise _Odd("compares a container as a number")
    return found[0]


def _equality(element: Element, where: str) -> Callable[[Value, Value], Value]:
    low, high = tolerance(element, where)
    mode = element.get("toleranceMode", "exact")
    with_low = element.get("includeLowerBound", "true") in ("true", "1")
    with_high = element.get("includeUpperBound", "true") in ("true", "1")

    def equal(first: Value, second: Value) -> Value:
        x, y = _number(first), _number(second)
        if mode == "exact":
            return _truth(x == y)
        least, most = (x * (1 - low / 100), x * (1 + high / 100)) if mode == "relative" else (x - low, x + high)
        return _truth((least < y or (with_low and least == y)) and (y < most or (with_high and y == most)))

    return equal


def tolerance(element: Element, where: str) -> tuple[Fraction, Fraction]:
    """How far below and above the first operand of `equal` the second may lie; percent when the mode is relative."""
    mode, words = element.get("toleranceMode", "exact"), element.get("tolerance", "").split()
    if mode == "exact":
        return Fraction(), Fraction()
    if mode not in ("absolute", "relative") or len(words) not in (1, 2):
        raise fault(element, where, "equal has a tolerance that is not understood")
    low, high = number(words[0], element, where), number(words[-1], element, where)
    if low < 0 or high < 0:
        raise fault(element, where, "equal has a negative tolerance")
    return low, high


def _same_text(element: Element, where: str) -> Callable[[Value, Value], Value]:
    if element.get("substring", "false") not in ("false", "0"):
        raise fault(element, where, "needs review, not auto-scorable: operator stringMatch of a part")
    exact = element.get("caseSensitive") in ("true", "1")
    return lambda a, b: _truth(a == b if exact else str(a[0]).casefold() == str(b[0]).casefold())


def _index(element: Element, where: str) -> Callable[[Value], Value]:
    n = number(element.get("n", ""), element, where, whole=True)
    return lambda value: (value[int(n) - 1],) if 1 <= n <= len(value) else NULL


def _contains(container: Value, part: Value) -> Value:
    return _truth(not Counter(part) - Counter(container))


def _member(one: Value, container: Value) -> Value:
    return _truth(len(one) == 1 and one[0] in container)


def _quotient(first: Value, second: Value) -> Value:
    return (_number(first) / _number(second),) if _number(second) else NULL


def _sum(*values: Value) -> Value:
    return (sum((one for value in values for one in _numbers(value)), Fraction()),)


def _product(*values: Value) -> Value:
    found = Fraction(1)
    for value in values:
        for one in _numbers(value):
            found *= one
    return (found,)


_LEAVES: dict[str, Callable[[Element, Mapping[str, Declared], str], Expression]] = {
    "variable": _variable,
    "correct": _correct,
    "baseValue": _base_value,
    "mapResponse": _mapped,
    "null": _null,
}
_TWO: dict[str, Callable[[Value, Value], Value]] = {
    "match": lambda a, b: _truth(a == b),
    "gt": lambda a, b: _truth(_number(a) > _number(b)),
    "gte": lambda a, b: _truth(_number(a) >= _number(b)),
    "lt": lambda a, b: _truth(_number(a) < _number(b)),
    "lte": lambda a, b: _truth(_number(a) <= _number(b)),
    "subtract": lambda a, b: (_number(a) - _number(b),),
    "divide": _quotient,
    "member": _member,
}
_MANY: dict[str, Callable[..., Value]] = {
    "sum": _sum,
    "product": _product,
    "min": lambda *values: (min(one for value in values for one in _numbers(value)),),
    "max": lambda *values: (max(one for value in values for one in _numbers(value)),),
}
_LOGIC = ("and", "or")
_ONE: dict[str, Callable[[Value], Value]] = {
    "not": lambda value: value and _truth(value == FALSE),
    "isNull": lambda value: _truth(not value),
    "containerSize": lambda value: (Fraction(len(value)),),
}
