"""Annotations of the running service: the models in them, and their places."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args

from pydantic import BaseModel

from conventions.findings import Violation
from conventions.service import Service


def models_in_annotation(kind: Any, *, known: tuple[type, ...] = ()) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    """Yield every model in an annotation, those in the fields of models included."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in known:
        yield kind
        for field in kind.model_fields.values():
            yield from models_in_annotation(field.annotation, known=(*known, kind))
    for part in get_args(kind):
        yield from models_in_annotation(part, known=known)


def is_subtype(kind: Any, expected: type | tuple[type, ...]) -> bool:  # noqa: ANN401 - any annotation
    """Return whether an annotation is a subclass of a class, type arguments aside."""
    kind = getattr(kind, "__origin__", kind)
    return isinstance(kind, type) and issubclass(kind, expected)


def field_violation(service: Service, model: type[BaseModel], name: str, problem: str) -> Violation:
    """Return a violation at the declaration of a field of a model."""
    owner = next(base for base in model.__mro__ if name in inspect.get_annotations(base))
    path, line = service.location_of(owner, name)
    return Violation(path=path, line=line, message=f"{owner.__name__}.{name} {problem}")


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function's parameters and `return`."""
    try:
        return inspect.get_annotations(function, eval_str=True)
    except Exception:  # noqa: BLE001 - a name for the type checker only
        return inspect.get_annotations(function)
