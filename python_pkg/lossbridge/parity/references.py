"""What lossbridge is held against: one class per reference."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lossbridge import checks, generations, registry
from lossbridge._backend import keras, tf, tf_keras
from lossbridge.parity.data import Choice

Call = Callable[..., Any]


class Unsupported(ValueError):
    """A loss that a reference lacks, and what of it."""


class Reference:
    """Something that computes the losses of one Keras generation."""

    name: str
    """How it is chosen and shown: "keras3"."""
    title: str
    """With its version: "Keras 3.15.1"."""
    version: str | None = None
    """The version of Keras that it is of; None if that is not known."""
    semantics: generations.Name
    """The semantics that lossbridge is compared under."""
    reductions: tuple[str, ...]
    """The reductions that its objects have."""
    losses: Any = None
    """The module of the losses, where there is one: the examples of the deviations run on it."""
    metrics: Any = None
    """The module of the metrics."""
    utils: Any = None
    """What has `to_categorical`."""

    def function(self, choice: Choice) -> Call:
        """A function of `(y_true, y_pred)` that gives per-sample values, or Unsupported."""
        raise NotImplementedError

    def loss(self, choice: Choice, reduction: str, dtype: str) -> Call:
        """A function of `(y_true, y_pred, sample_weight)` that reduces, or Unsupported."""
        raise NotImplementedError


class Lossbridge(Reference):
    """lossbridge itself, through the same door as the references."""

    name = "lossbridge"

    def __init__(self, semantics: generations.Name) -> None:
        import lossbridge

        self.semantics, self.title = semantics, f"lossbridge {lossbridge.__version__}"
        self.losses, self.metrics, self.utils = lossbridge.losses, lossbridge.metrics, lossbridge

    def function(self, choice: Choice) -> Call:
        """The public function."""
        return _with(choice.spec.function, choice.arguments)

    def loss(self, choice: Choice, reduction: str, dtype: str) -> Call:
        """The object."""
        with generations.semantics(self.semantics):
            options = {"dtype": dtype} if self.semantics == "keras3" else {}
            cls = registry.CLASSES[choice.name]
            _check(cls, choice.arguments, "lossbridge")
            return cls(reduction=reduction, **options, **choice.arguments)


class _Keras(Reference):
    """The functions and classes of a module of losses."""

    # A dtype for its objects, where they take one: else they compute in Keras' floatx.
    takes_dtype = False

    def function(self, choice: Choice) -> Call:
        """The function of the loss's name, or of an alias."""
        found = self._find(choice, (choice.name, *choice.spec.aliases), inspect.isfunction)
        arguments = choice.arguments
        for name, parameter in list(inspect.signature(found).parameters.items())[2:]:
            if parameter.default is parameter.empty:  # what it should have had
                arguments = {name: choice.spec.parameters[name], **arguments}
        _check(found, arguments, self.title)
        return _with(found, arguments)

    def loss(self, choice: Choice, reduction: str, dtype: str) -> Call:
        """The object of the loss's class."""
        cls = self._find(choice, (registry.CLASSES[choice.name].__name__,), inspect.isclass)
        _check(cls, choice.arguments, self.title)
        options = {"dtype": dtype} if self.takes_dtype else {}
        return cls(reduction=reduction, **options, **choice.arguments)

    def _find(self, choice: Choice, names: tuple[str, ...], kind: Callable[[Any], bool]) -> Any:
        for name in names:
            found = getattr(self.losses, name, None)
            if kind(found):
                return found
        raise Unsupported(f"{self.title} has no {choice.name}")


class Keras3(_Keras):
    """The installed Keras 3."""

    name, semantics, takes_dtype = "keras3", "keras3", True
    reductions = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none")

    def __init__(self) -> None:
        self.version = keras.__version__
        self.title = f"Keras {self.version}"
        self.losses, self.metrics, self.utils = keras.losses, keras.metrics, keras.utils


class TfKeras(_Keras):
    """The installed tf_keras, which is Keras 2."""

    name, semantics = "tf_keras", "keras2"
    reductions = ("sum_over_batch_size", "sum", "none")

    def __init__(self) -> None:
        self.version = tf_keras.__version__
        self.title = f"tf_keras {self.version}"
        self.losses, self.metrics, self.utils = tf_keras.losses, tf_keras.metrics, tf_keras.utils


class Table(Reference):
    """Functions handed over by the caller: from R, say, or a formula of one's own.

    Args:
        name: How it is shown.
        functions: The name of a loss to a function of `(y_true, y_pred, **arguments)` that gives
            per-sample values. `y_pred` is a TensorFlow tensor; where the result is none, or does
            not depend on it, values are compared and gradients are not. `axis` counts from 0.
        objects: The name of a loss to a function of `(reduction=, **arguments)` that gives a
            function of `(y_true, y_pred, sample_weight)`, a Keras `Loss` for one.
        semantics: The numbers it is compared with.
        title: The name with a version.
        reductions: Those that `objects` take.
        version: The version of Keras that computes in it, where one does.
        arguments: The name of a loss to the arguments that it takes, where it does not take all.
    """

    def __init__(
        self,
        name: str,
        functions: Mapping[str, Call],
        objects: Mapping[str, Call] | None = None,
        semantics: generations.Name = "keras3",
        title: str | None = None,
        reductions: tuple[str, ...] = ("sum_over_batch_size", "sum", "none"),
        version: str | None = None,
        arguments: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.arguments = dict(arguments or {})
        self.name, self.title, self.semantics = name, title or name, semantics
        self.functions, self.objects = dict(functions), dict(objects or {})
        self.reductions, self.version = tuple(reductions), version
        for loss in (*self.functions, *self.objects):
            if loss not in registry.names():
                raise checks.InputError("functions", "named as losses are", repr(loss))

    def function(self, choice: Choice) -> Call:
        """The function of the loss's name, or of an alias."""
        return _with(self._find(self.functions, choice), choice.arguments)

    def loss(self, choice: Choice, reduction: str, dtype: str) -> Call:
        """What the factory of the loss's name makes."""
        factory = self._find(self.objects, choice)
        return factory(reduction=reduction, **choice.arguments)

    def _find(self, table: Mapping[str, Call], choice: Choice) -> Call:
        for name in (choice.name, *choice.spec.aliases):
            if name in table:
                taken = self.arguments.get(name, choice.arguments)
                for argument in choice.arguments:
                    if argument not in taken:
                        raise Unsupported(f"{name} of {self.title} takes no {argument}")
                return table[name]
        raise Unsupported(f"{self.title} has no {choice.name}")


def installed() -> dict[str, Callable[[], Reference]]:
    """The references that there are here, by name."""
    found: dict[str, Callable[[], Reference]] = {"keras3": Keras3}
    if tf_keras is not None:
        found["tf_keras"] = TfKeras
    return found


def references(names: Any = None) -> list[Reference]:
    """References by name; a `Reference` stands for itself, a dict of functions for a `Table`.

    Args:
        names: A list of "keras3", "tf_keras" and `Reference` objects, or a dict of names to tables
            of functions (see `Table`). None for all that are installed.

    Raises:
        InputError: For an unknown name, or one that is not installed.
    """
    known = installed()
    if names is None:
        names = list(known)
    if isinstance(names, Mapping):
        return [Table(name, functions) for name, functions in names.items()]
    names = [names] if isinstance(names, (str, Reference)) else list(names)
    found = []
    for name in names:
        if isinstance(name, Reference):
            found.append(name)
        elif name in known:
            found.append(known[name]())
        elif name == "tf_keras":
            raise checks.InputError(
                "references", "installed", repr(name), "Type: pip install tf_keras"
            )
        else:
            raise checks.InputError("references", f"one of {', '.join(known)}", repr(name))
    if not found:
        raise checks.InputError("references", "at least one reference", "none")
    return found


def _with(function: Call, arguments: dict[str, Any]) -> Call:
    def call(y_true: Any, y_pred: Any) -> Any:
        return tf.convert_to_tensor(function(y_true, y_pred, **arguments))

    return call


def _check(target: Any, arguments: dict[str, Any], title: str) -> None:
    known = inspect.signature(target).parameters
    for name in arguments:
        if name not in known:
            kind = "class" if inspect.isclass(target) else "function"
            raise Unsupported(f"the {kind} of {title} takes no {name}")
