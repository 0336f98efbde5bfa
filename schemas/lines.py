"""Lines of Python that read or write records of one schema: what is executed, or compiled with the hot modules (docs/decisions/0014).

Annotated, because a compiler makes more of what it knows; to the interpreter annotations cost nothing. Names and symbols of the schema
come in as ``repr``, never as code.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from schemas.varint import SHORT, number

FIRST = """\
from collections.abc import Mapping
from typing import Any, Final
from schemas.varint import SHORT, Unsure, number, read_number
"""
"""What the lines of each function expect before them."""


class Uncovered(Exception):
    """The schema has a type for which no lines can be made here."""


def writing(schema: Any, name: str = "made") -> str:
    """A function of (prefix, data) that gives the bytes of a record.

    :param schema: as fastavro has parsed it
    :param name: of the function; what it keeps beside itself is named after it
    :raises Uncovered: a type, recursive or too rare, for which there are no lines
    """
    lines = _Writing(name)
    lines.value(schema, "data")
    return lines.function("prefix: bytes, data: Mapping[str, Any]", "bytes", "b''.join(out)", "out = [prefix]; n = 0")


def reading(schema: Any, name: str = "made") -> str:
    """A function of (value, at) that gives the data of the record that begins there and ends where the value ends; as :func:`writing`."""
    lines = _Reading(name)
    made = lines.value(schema)
    lines.add("if at != len(value): raise Unsure")
    return lines.function("value: bytes, at: int", "dict[str, Any]", made, "n = 0")


class _Lines:
    """A function in the making."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._constants: list[str] = []
        self._lines: list[str] = []
        self._types: dict[str, Any] = {}
        self._within: list[str] = []
        self._names, self._depth = count(), 1

    def function(self, takes: str, gives: str, made: str, first: str) -> str:
        """All of it."""
        head = f"def {self._name}({takes}) -> {gives}:"
        return "\n".join((*self._constants, head, f" {first}", *self._lines, f" return {made}", ""))

    def add(self, *lines: str) -> None:
        """Lines at the present depth."""
        self._lines += [" " * self._depth + line for line in lines]

    @contextmanager
    def under(self, head: str) -> Iterator[None]:
        """What is added within stands under this line."""
        self.add(head)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self) -> str:
        """A variable of its own, which keeps one type."""
        return f"v{next(self._names)}"

    def constant(self, kind: str, value: Any) -> str:
        """The name under which the function knows ``value``."""
        name = f"K{next(self._names)}_{self._name}"
        self._constants.append(f"{name}: Final[{kind}] = {value!r}")
        return name

    @contextmanager
    def kind(self, schema: Any) -> Iterator[tuple[str, Any]]:
        """Kind of a type and its whole form, where it may stand for the name of one."""
        whole: Any = self._types.get(schema, schema) if isinstance(schema, str) else schema
        kind = "union" if isinstance(whole, list) else whole if isinstance(whole, str) else whole["type"]
        named = whole["name"] if isinstance(whole, dict) and "name" in whole else ""
        if not isinstance(kind, str) or not hasattr(self, f"_{kind}") or named in self._within:
            raise Uncovered
        if named:
            self._types[named] = whole
            self._within.append(named)
        yield kind, whole
        if named:
            self._within.pop()


class _Writing(_Lines):
    def value(self, schema: Any, name: str) -> None:
        """Lines that write the variable ``name``."""
        with self.kind(schema) as (kind, whole):
            getattr(self, f"_{kind}")(whole, name)

    def _record(self, schema: Any, name: str) -> None:
        fields = len(schema["fields"])
        with self.under(f"if len({name}) != {fields}:"):  # some were left to their defaults, or are unknown
            defaults = {field["name"]: field["default"] for field in schema["fields"] if "default" in field}
            known = self.constant("dict[str, Any]", defaults)
            self.add(f"{name} = {{**{known}, **{name}}}", f"if len({name}) != {fields}: raise Unsure")
        for field in schema["fields"]:
            found = self.name()
            self.add(f"{found}: Any = {name}[{field['name']!r}]")
            self.value(field["type"], found)

    def _string(self, _: Any, name: str) -> None:
        text, raw = self.name(), self.name()
        self.add(f"{text}: str = {name}", f"{raw} = {text}.encode()")  # nothing else that Avro knows has that
        self._sized(raw)

    def _bytes(self, _: Any, name: str) -> None:
        raw = self.name()
        self.add(f"if type({name}) is not bytes: raise Unsure", f"{raw}: bytes = {name}")
        self._sized(raw)

    def _sized(self, raw: str) -> None:
        self.add(f"n = len({raw})")
        self._number()
        self.add(f"out.append({raw})")

    def _number(self, least: str = "") -> None:
        self.add(f"out.append(SHORT[n] if {least}n < {len(SHORT)} else number(n))")

    def _long(self, _: Any, name: str, bits: int = 63) -> None:
        self.add(f"if type({name}) is not int: raise Unsure", f"n = {name}", f"if not {_fits('n', bits)}: raise Unsure")
        self._number("0 <= ")

    def _int(self, schema: Any, name: str) -> None:
        self._long(schema, name, 31)

    def _boolean(self, _: Any, name: str) -> None:
        self.add(f"if type({name}) is not bool: raise Unsure", f"out.append(b'\\1' if {name} else b'\\0')")

    def _enum(self, schema: Any, name: str) -> None:
        symbols = self.constant("dict[str, bytes]", {symbol: number(at) for at, symbol in enumerate(schema["symbols"])})
        self.add(f"out.append({symbols}[{name}])")

    def _array(self, schema: Any, name: str) -> None:
        items, item = self.name(), self.name()
        self._block(name, "list", f"{items}: list[Any] = {name}", f"for {item} in {items}:", (schema["items"], item))

    def _map(self, schema: Any, name: str) -> None:
        items, key, item = self.name(), self.name(), self.name()
        loop = f"for {key}, {item} in {items}.items():"
        self._block(name, "dict", f"{items}: dict[Any, Any] = {name}", loop, ("string", key), (schema["values"], item))

    def _block(self, name: str, kind: str, known: str, loop: str, *parts: tuple[Any, str]) -> None:
        self.add(f"if type({name}) is not {kind}: raise Unsure", known)
        with self.under(f"if {name}:"):
            self.add(f"n = len({name})")
            self._number()
            with self.under(loop):
                for schema, part in parts:
                    self.value(schema, part)
        self.add("out.append(b'\\0')")

    def _union(self, schema: Any, name: str) -> None:
        place, other = _nullable(schema)
        with self.under(f"if {name} is None:"):
            self.add(f"out.append({number(place)!r})")
        with self.under("else:"):
            self.add(f"out.append({number(1 - place)!r})")
            self.value(other, name)


class _Reading(_Lines):
    def value(self, schema: Any) -> str:
        """Lines that read a value; the variable or expression that has it."""
        with self.kind(schema) as (kind, whole):
            made: str = getattr(self, f"_{kind}")(whole)
            return made

    def _record(self, schema: Any) -> str:
        if not schema["fields"]:
            raise Uncovered  # of no bytes: an array's size could claim any number of them
        fields = [f"{field['name']!r}: {self.value(field['type'])}" for field in schema["fields"]]
        return "{" + ", ".join(fields) + "}"

    def _string(self, _: Any) -> str:
        return self._sized(".decode()")

    def _bytes(self, _: Any) -> str:
        return self._sized("")

    def _sized(self, then: str) -> str:
        name = self.name()
        self.add("n = value[at]")
        with self.under("if n & 129:"):  # negative, or of more than one byte
            self.add("n, at = read_number(value, at)", "if n < 0: raise Unsure")
        with self.under("else:"):
            self.add("n >>= 1; at += 1")
        self.add(f"{name} = value[at:at + n]{then}; at += n")
        return name

    def _long(self, _: Any, bits: int = 63) -> str:
        name = self.name()
        self.add(f"{name} = value[at]")
        with self.under(f"if {name} < 128:"):
            self.add(f"{name} = ({name} >> 1) ^ -({name} & 1); at += 1")
        with self.under("else:"):
            self.add(f"{name}, at = read_number(value, at)", f"if not {_fits(name, bits)}: raise Unsure")
        return name

    def _int(self, schema: Any) -> str:
        return self._long(schema, 31)

    def _boolean(self, _: Any) -> str:
        name = self.name()
        self.add("n = value[at]; at += 1", "if n > 1: raise Unsure", f"{name} = n == 1")
        return name

    def _enum(self, schema: Any) -> str:
        place, name = self._long(schema), self.name()
        symbols = self.constant("tuple[str, ...]", tuple(schema["symbols"]))
        self.add(f"if {place} < 0: raise Unsure", f"{name} = {symbols}[{place}]")
        return name

    def _array(self, schema: Any) -> str:
        name = self.name()
        self.add(f"{name}: list[Any] = []")
        self._block(lambda: self.add(f"{name}.append({self.value(schema['items'])})"))
        return name

    def _map(self, schema: Any) -> str:
        name = self.name()
        self.add(f"{name}: dict[str, Any] = {{}}")

        def entry() -> None:
            key = self._string("string")
            self.add(f"{name}[{key}] = {self.value(schema['values'])}")

        self._block(entry)
        return name

    def _block(self, item: Callable[[], None]) -> None:
        size = self._long("long")
        with self.under(f"if {size}:"):
            self.add(f"if {size} < 0: raise Unsure")
            with self.under(f"for {self.name()} in range({size}):"):
                item()
            self.add("if value[at]: raise Unsure", "at += 1")  # a second block

    def _union(self, schema: Any) -> str:
        place, other = _nullable(schema)
        name = self.name()
        self.add("n = value[at]; at += 1", f"{name}: Any = None")
        with self.under(f"if n == {2 * (1 - place)}:"):
            self.add(f"{name} = {self.value(other)}")
        self.add(f"elif n != {2 * place}: raise Unsure")
        return name


def _fits(name: str, bits: int) -> str:
    """Whether a number has no more bits than these beside its sign; without literals that are too long for a machine word."""
    return f"-1 <= {name} >> {bits} <= 0"


def _nullable(schema: Any) -> tuple[int, Any]:
    """Where the null stands in a union of two, and the other type."""
    if len(schema) != 2 or "null" not in schema:
        raise Uncovered
    place = schema.index("null")
    return place, schema[1 - place]
