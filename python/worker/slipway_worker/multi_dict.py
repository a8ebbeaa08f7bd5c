"""Dictionaries that keep repeated names, as request headers, queries and forms have them."""

from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, TypeVar, Union

Value = TypeVar("Value")
Convert = Optional[Callable[[Any], Any]]


class MultiDict(Dict[str, Any]):
    """Several values per name; reading one gives the first. A dict of lists below, as in Flask."""

    def __init__(self, pairs: Iterable[Tuple[str, Any]] = ()) -> None:
        super().__init__()
        for name, value in pairs:
            self._list(name, keep=True).append(value)

    def _list(self, name: str, keep: bool = False) -> List[Any]:
        found: Optional[List[Any]] = dict.get(self, name)
        if found is None:
            found = []
            if keep:
                dict.__setitem__(self, name, found)
        return found

    def __getitem__(self, name: str) -> Any:
        return dict.__getitem__(self, name)[0]

    def get(self, name: str, default: Any = None, type: Convert = None) -> Any:
        """The first value, converted by `type`; `default` when there is none or it cannot be converted."""
        values = self._list(name)
        return _converted(values[0], default, type) if values else default

    def getlist(self, name: str, type: Convert = None) -> List[Any]:
        """All values, converted by `type`, without those that cannot be converted."""
        values = self._list(name)
        if type is None:
            return list(values)
        nothing = object()
        converted = (_converted(value, nothing, type) for value in values)
        return [value for value in converted if value is not nothing]

    def items(self, multi: bool = False) -> Any:
        """Each name with its first value, or with each of its values in turn."""
        if multi:
            return iter([(name, value) for name, values in dict.items(self) for value in values])
        return iter([(name, values[0]) for name, values in dict.items(self)])

    def values(self) -> Any:
        return iter([values[0] for values in dict.values(self)])

    def lists(self) -> Iterator[Tuple[str, List[Any]]]:
        return iter([(name, list(values)) for name, values in dict.items(self)])

    def to_dict(self, flat: bool = True) -> Dict[str, Any]:
        return dict(self.items()) if flat else dict(self.lists())

    def __repr__(self) -> str:
        return "{}({!r})".format(type(self).__name__, list(self.items(multi=True)))


def _converted(value: Any, default: Any, convert: Convert) -> Any:
    if convert is None:
        return value
    try:
        return convert(value)
    except (TypeError, ValueError):
        return default


class Headers:
    """Names compare without case; iterating gives `(name, value)` pairs; can be changed."""

    def __init__(self, pairs: Iterable[Tuple[str, str]] = ()) -> None:
        self._pairs = list(pairs)

    def __getitem__(self, name: str) -> str:
        values = self.getlist(name)
        if not values:
            raise KeyError(name)
        return values[0]

    def get(self, name: str, default: Any = None, type: Convert = None) -> Any:
        """The first value, converted by `type`; `default` when there is none or it cannot be converted."""
        values = self.getlist(name)
        return _converted(values[0], default, type) if values else default

    def getlist(self, name: str) -> List[str]:
        key = name.lower()
        return [value for each, value in self._pairs if each.lower() == key]

    def keys(self) -> List[str]:
        return [name for name, _ in self._pairs]

    def values(self) -> List[str]:
        return [value for _, value in self._pairs]

    def to_dict(self) -> Dict[str, str]:
        return dict(reversed(self._pairs))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.getlist(name))

    def __repr__(self) -> str:
        return "{}({!r})".format(type(self).__name__, self._pairs)

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
        key = name.lower()
        self._pairs = [pair for pair in self._pairs if pair[0].lower() != key]

    __setitem__ = set

    def __delitem__(self, name: str) -> None:
        self.remove(name)

    def setdefault(self, name: str, value: str) -> str:
        if name not in self:
            self.add(name, value)
        return self[name]
