# Losses of the R packages keras and keras3, which mask those of this package when they are attached
# after it: lossbridge's of the same name stand for them.

#' A loss of this package for one of R's keras or keras3; anything else as it is
#' @noRd
own_loss <- function(loss, call) {
  exported <- exported_by_keras(loss)
  if (!is.null(exported)) {
    return(own_function(exported, call))
  }
  if (!inherits(loss, keras_losses)) {
    return(loss)
  }
  object <- call_python(py_function("boundary.own_object", call), list(loss), call)
  name <- if (!is.null(object)) as_r(object$fn$`__name__`)
  if (is.null(name)) {
    return(loss)
  }
  new_loss_object(object, name, labels = identical(truth_of(name, call), "label"))
}

keras_losses <- c("keras.src.losses.loss.Loss", "tf_keras.src.losses.Loss")

own_function <- function(exported, call) {
  if (!exported[["name"]] %in% getNamespaceExports("lossbridge")) {
    theirs <- paste(exported, collapse = "::")
    abort(
      c(
        "{.arg loss} must be a loss of lossbridge, which has none like {.fn {theirs}}.",
        i = "Use {.code function(y_true, y_pred) {theirs}(y_true, y_pred)}."
      ),
      call, "lossbridge_input_error",
      argument = "loss"
    )
  }
  getExportedValue("lossbridge", exported[["name"]])
}

#' The package and name of a `loss_*()` function of keras or keras3, or NULL
#' @noRd
exported_by_keras <- function(loss) {
  package <- if (is.function(loss)) environmentName(topenv(environment(loss) %||% baseenv()))
  if (is.null(package) || !package %in% c("keras", "keras3")) {
    return(NULL)
  }
  names <- grep("^loss_", getNamespaceExports(package), value = TRUE)
  name <- Find(function(name) identical(getExportedValue(package, name), loss), names)
  if (!is.null(name)) c(package = package, name = name)
}

.onAttach <- function(libname, pkgname) {
  for (package in c("keras", "keras3")) {
    setHook(packageEvent(package, "attach"), function(package, ...) {
      if (!the$told && paste0("package:", pkgname) %in% search()) {
        packageStartupMessage(masked_by(package))
        the$told <- TRUE
      }
    })
  }
}

masked_by <- function(package) {
  paste0(
    "The loss_*() and metric_*() of lossbridge are masked by those of ", package, ".\n",
    "Write lossbridge::loss_hinge and so on, or attach lossbridge after ", package, "."
  )
}
