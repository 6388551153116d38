"""Opaque to the type checker: the real annotations are partial and often wrong."""

from typing import Any

def __getattr__(name: str) -> Any: ...
