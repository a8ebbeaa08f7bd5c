"""Dictionaries that keep repeated names, as request headers, queries and forms have them."""

from typing import (
    Any,
    Callable,
    Dict,
    Generic,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Tuple,
    TypeVar,
    Union,
)

Value = TypeVar("Value")


class MultiDict(Generic[Value]):
    """Several values per name; reading one gives the first."""

    def __init__(self, pairs: Iterable[Tuple[str, Value]] = ()) -> None:
        self._pairs = list(pairs)

    def _key(self, name: str) -> str:
        return name

    def __getitem__(self, name: str) -> Value:
        values = self.getlist(name)
        if not values:
            raise KeyError(name)
        return values[0]

    def get(self, name: str, default: Any = None, type: Optional[Callable[[Any], Any]] = None) -> Any:
        """The first value, converted by `type`; `default` when there is none or it cannot be converted."""
        values = self.getlist(name)
        if not values:
            return default
        if type is None:
            return values[0]
        try:
            return type(values[0])
        except ValueError:
            return default

    def getlist(self, name: str) -> List[Value]:
        key = self._key(name)
        return [value for each, value in self._pairs if self._key(each) == key]

    def items(self, multi: bool = False) -> Iterator[Tuple[str, Value]]:
        if multi:
            return iter(list(self._pairs))
        return iter([(name, self[name]) for name in self.keys()])

    def keys(self) -> List[str]:
        seen: Dict[str, str] = {}
        for name, _ in self._pairs:
            seen.setdefault(self._key(name), name)
        return list(seen.values())

    def values(self) -> List[Value]:
        return [self[name] for name in self.keys()]

    def lists(self) -> List[Tuple[str, List[Value]]]:
        return [(name, self.getlist(name)) for name in self.keys()]

    def to_dict(self, flat: bool = True) -> Dict[str, Any]:
        return {name: self[name] if flat else self.getlist(name) for name in self.keys()}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.getlist(name))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def __repr__(self) -> str:
        return "{}({!r})".format(type(self).__name__, self._pairs)


class Headers(MultiDict[str]):
    """Names compare without case; iterating gives `(name, value)` pairs; can be changed."""

    def _key(self, name: str) -> str:
        return name.lower()

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._pairs))

    def __len__(self) -> int:
        return len(self._pairs)

    def items(self, multi: bool = True) -> Iterator[Tuple[str, str]]:
        return iter(list(self._pairs))

    def add(self, name: str, value: str) -> None:
        if "\n" in value or "\r" in value:
            raise ValueError("a header must be one line, got {!r}".format(value))
        self._pairs.append((name, value))

    def extend(self, headers: Union[Mapping[str, str], Iterable[Tuple[str, str]]]) -> None:
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            self.add(name, value)

    def update(self, headers: Union[Mapping[str, str], Iterable[Tuple[str, str]]]) -> None:
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            self.set(name, value)

    def set(self, name: str, value: str) -> None:
        self.remove(name)
        self.add(name, value)

    def remove(self, name: str) -> None:
        key = self._key(name)
        self._pairs = [pair for pair in self._pairs if self._key(pair[0]) != key]

    __setitem__ = set

    def __delitem__(self, name: str) -> None:
        self.remove(name)

    def setdefault(self, name: str, value: str) -> str:
        if name not in self:
            self.add(name, value)
        return self[name]
