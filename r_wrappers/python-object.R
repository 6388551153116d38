# Losses and metrics of Python as functions of R that outlive the session they were made in. The
# pointer to Python dies with it, so what makes the object anew is kept in R.
#
# They have not the class "python.builtin.object": reticulate would take their pointer, dead or
# alive, and not ask `r_to_py()`.

#' Keep an object of Python, and what makes it anew
#'
#' @param module Where its class is, "losses" or "metrics".
#' @param functions The arguments that are functions of R: in Python they are pointers.
#' @noRd
keep_object <- function(object, module, functions = list()) {
  kept <- new.env(parent = emptyenv())
  kept$functions <- functions
  kept$object <- object
  kept$class <- as_r(object$`__class__`$`__name__`)
  kept$path <- paste0(module, ".", kept$class)
  refresh_config(kept)
}

refresh_config <- function(kept) {
  kept$config <- as_r(kept$object$get_config())
  kept$config[names(kept$functions)] <- kept$functions
  kept
}

is_r_function <- function(x) is.function(x) && !inherits(x, "python.builtin.object")

#' The object of Python that is kept, made anew where its pointer comes from another session
#' @noRd
live_object <- function(kept, call = caller_env()) {
  pointer <- attr(kept$object, "py_object") %||% kept$object
  if (reticulate::py_is_null_xptr(pointer)) {
    from_config <- py_function(paste0(kept$path, ".from_config"), call)
    kept$object <- call_python(from_config, list(kept$config), call)
  }
  kept$object
}

#' A function that goes to Python as the object that is kept
#' @noRd
object_function <- function(fn, kept, class, ...) {
  structure(fn, class = c(class, "lossbridge_object", "function"), kept = kept, ...)
}

#' @rdname lossbridge_loss
#' @exportS3Method reticulate::r_to_py
r_to_py.lossbridge_object <- function(x, convert = FALSE) { # nolint: object_name_linter.
  live_object(attr(x, "kept"))
}

#' @export
`$.lossbridge_object` <- function(x, name) {
  live_object(attr(x, "kept"))[[name]]
}

#' @export
`[[.lossbridge_object` <- function(x, name) {
  live_object(attr(x, "kept"))[[name]]
}

#' @export
`$<-.lossbridge_object` <- function(x, name, value) { # nolint: object_name_linter.
  kept <- attr(x, "kept")
  reticulate::py_set_attr(live_object(kept), name, value)
  kept$functions[[name]] <- if (is_r_function(value)) value
  refresh_config(kept)
  x
}

#' @export
names.lossbridge_object <- function(x) {
  kept <- attr(x, "kept")
  # a loss has its arguments as attributes, but does not list them
  union(names(kept$config), reticulate::py_list_attributes(live_object(kept)))
}

#' @importFrom utils .DollarNames
#' @export
.DollarNames.lossbridge_object <- function(x, pattern = "") { # nolint: object_name_linter.
  grep(pattern, names(x), value = TRUE)
}
