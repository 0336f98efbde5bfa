"""Avro readers and writers made for one schema each, as lines of Python: what fastavro does, at two to three times its speed.

fastavro looks at the schema again for every field of every record, and at a nullable field twice. Here the schema is looked at once, and
what is left is a straight run of lines. They cover the plain case only: exact types, arrays and maps of one block.
Whatever else comes makes them raise, and ``codec.py`` then asks fastavro, whose word is the last on what is valid.
``tests/unit/schemas/test_compiled.py`` holds the two against each other, byte by byte.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any, NoReturn

Write = Callable[[bytes, Mapping[str, Any]], bytes]
"""(prefix, data) to bytes."""
Read = Callable[[bytes, int], dict[str, Any]]
"""(value, where the record begins) to data; the record must end where the value ends."""


class Unsure(Exception):
    """Not the plain case: ask fastavro."""


class _Uncovered(Exception):
    """The schema has a type for which no lines can be made here."""


def unsure(*_: Any) -> NoReturn:
    """What never knows: for schemas that are not covered."""
    raise Unsure


def writer(schema: Any) -> Write:
    """What writes records of a schema that fastavro has parsed; :func:`unsure` where it has a type that is not covered."""
    lines = _Writing()
    try:
        lines.value(schema, "data")
    except _Uncovered:
        return unsure
    write: Write = lines.compiled("made(prefix, data)", "b''.join(out)", "out = [prefix]; add = out.append")
    return write


def reader(schema: Any) -> Read:
    """What reads records of a schema that fastavro has parsed; :func:`unsure` where it has a type that is not covered."""
    lines = _Reading()
    try:
        made = lines.value(schema)
    except _Uncovered:
        return unsure
    lines.add("if at != len(value): raise Unsure")
    read: Read = lines.compiled("made(value, at)", made)
    return read


class _Lines:
    """A function in the making. Names and symbols of the schema come in as constants or as ``repr``, never as code."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._known: dict[str, Any] = {"Unsure": Unsure, "SHORT": _SHORT, "number": _number, "read_number": _read_number}
        self._types: dict[str, Any] = {}
        self._within: list[str] = []
        self._names, self._depth = count(), 1

    def compiled(self, head: str, made: str, first: str = "pass") -> Any:
        """The function."""
        exec("\n".join((f"def {head}:", f" {first}", *self._lines, f" return {made}")), self._known)  # noqa: S102
        return self._known["made"]

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
        """A variable of its own."""
        return f"v{next(self._names)}"

    def constant(self, value: Any) -> str:
        """The name under which the function knows ``value``."""
        name = f"K{next(self._names)}"
        self._known[name] = value
        return name

    @contextmanager
    def kind(self, schema: Any) -> Iterator[tuple[str, Any]]:
        """Kind of a type and its whole form, where it may stand for the name of one."""
        whole: Any = self._types.get(schema, schema) if isinstance(schema, str) else schema
        kind = "union" if isinstance(whole, list) else whole if isinstance(whole, str) else whole["type"]
        named = whole["name"] if isinstance(whole, dict) and "name" in whole else ""
        if not isinstance(kind, str) or not hasattr(self, f"_{kind}") or named in self._within:
            raise _Uncovered
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
            defaults = self.constant({field["name"]: field["default"] for field in schema["fields"] if "default" in field})
            self.add(f"{name} = {{**{defaults}, **{name}}}", f"if len({name}) != {fields}: raise Unsure")
        for field in schema["fields"]:
            found = self.name()
            self.add(f"{found} = {name}[{field['name']!r}]")
            self.value(field["type"], found)

    def _string(self, _: Any, name: str) -> None:
        raw = self.name()
        self.add(f"{raw} = {name}.encode()")  # nothing else that Avro knows has that
        self._sized(raw)

    def _bytes(self, _: Any, name: str) -> None:
        self.add(f"if type({name}) is not bytes: raise Unsure")
        self._sized(name)

    def _sized(self, raw: str) -> None:
        self.add(f"n = len({raw})", f"add(SHORT[n] if n < {len(_SHORT)} else number(n))", f"add({raw})")

    def _long(self, _: Any, name: str, bits: int = 63) -> None:
        limit = 1 << bits
        self.add(f"if type({name}) is not int or not {-limit} <= {name} < {limit}: raise Unsure", f"add(number({name}))")

    def _int(self, schema: Any, name: str) -> None:
        self._long(schema, name, 31)

    def _boolean(self, _: Any, name: str) -> None:
        self.add(f"if type({name}) is not bool: raise Unsure", f"add(b'\\1' if {name} else b'\\0')")

    def _enum(self, schema: Any, name: str) -> None:
        symbols = self.constant({symbol: _number(at) for at, symbol in enumerate(schema["symbols"])})
        self.add(f"add({symbols}[{name}])")

    def _array(self, schema: Any, name: str) -> None:
        item = self.name()
        self._block(name, list, f"for {item} in {name}:", (schema["items"], item))

    def _map(self, schema: Any, name: str) -> None:
        key, item = self.name(), self.name()
        self._block(name, dict, f"for {key}, {item} in {name}.items():", ("string", key), (schema["values"], item))

    def _block(self, name: str, kind: type, loop: str, *parts: tuple[Any, str]) -> None:
        self.add(f"if type({name}) is not {kind.__name__}: raise Unsure")
        with self.under(f"if {name}:"):
            self.add(f"add(number(len({name})))")
            with self.under(loop):
                for schema, part in parts:
                    self.value(schema, part)
        self.add("add(b'\\0')")

    def _union(self, schema: Any, name: str) -> None:
        place, other = _nullable(schema)
        with self.under(f"if {name} is None:"):
            self.add(f"add({_number(place)!r})")
        with self.under("else:"):
            self.add(f"add({_number(1 - place)!r})")
            self.value(other, name)


class _Reading(_Lines):
    def value(self, schema: Any) -> str:
        """Lines that read a value; the variable or expression that has it."""
        with self.kind(schema) as (kind, whole):
            made: str = getattr(self, f"_{kind}")(whole)
            return made

    def _record(self, schema: Any) -> str:
        if not schema["fields"]:
            raise _Uncovered  # of no bytes: an array's size could claim any number of them
        fields = [f"{field['name']!r}: {self.value(field['type'])}" for field in schema["fields"]]
        return "{" + ", ".join(fields) + "}"

    def _string(self, schema: Any) -> str:
        name = self._bytes(schema)
        self.add(f"{name} = {name}.decode()")
        return name

    def _bytes(self, _: Any) -> str:
        name = self.name()
        self.add("n = value[at]")
        with self.under("if n & 129:"):  # negative, or of more than one byte
            self.add("n, at = read_number(value, at)", "if n < 0: raise Unsure")
        with self.under("else:"):
            self.add("n >>= 1; at += 1")
        self.add(f"{name} = value[at:at + n]; at += n")
        return name

    def _long(self, _: Any, bits: int = 63) -> str:
        name = self.name()
        self.add(f"{name} = value[at]")
        with self.under(f"if {name} < 128:"):
            self.add(f"{name} = ({name} >> 1) ^ -({name} & 1); at += 1")
        with self.under("else:"):
            self.add(f"{name}, at = read_number(value, at)", f"if not {-1 << bits} <= {name} < {1 << bits}: raise Unsure")
        return name

    def _int(self, schema: Any) -> str:
        return self._long(schema, 31)

    def _boolean(self, _: Any) -> str:
        name = self.name()
        self.add(f"{name} = (False, True)[value[at]]; at += 1")
        return name

    def _enum(self, schema: Any) -> str:
        name = self._long(schema)
        self.add(f"if {name} < 0: raise Unsure", f"{name} = {self.constant(tuple(schema['symbols']))}[{name}]")
        return name

    def _array(self, schema: Any) -> str:
        name = self.name()
        self.add(f"{name} = []")
        self._block(lambda: self.add(f"{name}.append({self.value(schema['items'])})"))
        return name

    def _map(self, schema: Any) -> str:
        name = self.name()
        self.add(f"{name} = {{}}")

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
        self.add(f"{name} = value[at]; at += 1")
        with self.under(f"if {name} == {2 * (1 - place)}:"):
            self.add(f"{name} = {self.value(other)}")
        with self.under(f"elif {name} == {2 * place}:"):
            self.add(f"{name} = None")
        with self.under("else:"):
            self.add("raise Unsure")
        return name


def _nullable(schema: Any) -> tuple[int, Any]:
    """Where the null stands in a union of two, and the other type."""
    if len(schema) != 2 or "null" not in schema:
        raise _Uncovered
    place = schema.index("null")
    return place, schema[1 - place]


@lru_cache(8192)  # a few times of the clock stand in thousands of records
def _number(number: int) -> bytes:
    """Zigzag, then seven bits a byte, the lowest first."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _read_number(value: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = value[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return (number >> 1) ^ -(number & 1), at
        shift += 7
        if shift > 63:
            raise Unsure


_SHORT = tuple(map(_number, range(4096)))
