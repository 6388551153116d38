# Functions of the package that a user has changed: with other defaults, or arguments filled in.

#' What a function of the package goes to Python as
#'
#' With other defaults than those of the package, which rlang's `fn_fmls<-` sets and leaves the
#' class as it is, it is the object that has them.
#'
#' @param native The name of what it is in Python.
#' @noRd
as_native <- function(x, native) {
  original <- attr(x, "original")
  if (identical(formals(x), formals(original)) && has_body_of(x, original)) {
    return(py_function(native))
  }
  if (identical(names(formals(x)), names(formals(original))) && has_body_of(x, original)) {
    return(reticulate::r_to_py(x()))
  }
  warn_function_of_r(x)
  attributes(x) <- NULL
  reticulate::r_to_py(x)
}

has_body_of <- function(x, original) {
  identical(body(x), body(original), ignore.srcref = TRUE)
}

#' Functions of which `purrr::partial()` has filled in arguments
#'
#' `purrr::partial(loss_huber, delta = 3)` goes to Python as `loss_huber(delta = 3)`, others as
#' functions of R.
#'
#' @param x A function.
#' @param convert As in [reticulate::r_to_py()].
#' @return An object of Python.
#' @keywords internal
#' @exportS3Method reticulate::r_to_py
r_to_py.purrr_function_partial <- function(x, convert = FALSE) { # nolint: object_name_linter.
  if (is.null(partial_of(x))) NextMethod() else reticulate::r_to_py(x())
}

#' The function of the package that a partial function is made of, or NULL
#' @noRd
partial_of <- function(x) {
  if (!inherits(x, "purrr_function_partial")) {
    return(NULL)
  }
  named <- attr(x, "body")[[1]] # its first version keeps the function in an environment
  found <- if (is.symbol(named)) get0(as.character(named), environment(x), mode = "function")
  parts <- c(found, functions_in(body(x)))
  Find(function(f) inherits(f, c("lossbridge_loss", "lossbridge_metric")), parts)
}

functions_in <- function(code) {
  if (is.function(code)) list(code) else if (is.call(code)) unlist(lapply(code, functions_in))
}

#' A loss that gives per-sample values also where it goes to Python as an object
#' @noRd
per_sample <- function(loss) {
  base <- partial_of(loss) %||% if (inherits(loss, "lossbridge_loss")) loss
  if (is.null(base) || identical(formals(loss), formals(attr(base, "original")))) {
    return(loss)
  }
  structure(function(y_true, y_pred) loss(y_true, y_pred), loss = attr(base, "loss"))
}

#' Warn of a copy of a function of the package in a graph that is built
#'
#' `formals(loss)$delta <- 3` drops the class by which a function goes to Python as what it is
#' there.
#'
#' @param fn The function that was called.
#' @param original The name of that of the package.
#' @noRd
warn_copied <- function(fn, original, y_pred) {
  original <- get(original, envir = asNamespace("lossbridge"))
  in_graph <- inherits(y_pred, "tensorflow.python.types.core.Tensor") && !has_values(y_pred)
  if (in_graph && !inherits(fn, class(original)[[1]])) {
    attributes(fn) <- attributes(original)
    warn_function_of_r(fn)
  }
}

warn_function_of_r <- function(x) {
  defaults <- as.list(formals(attr(x, "original")))
  given <- as.list(formals(x))
  changed <- Filter(function(a) !identical(given[[a]], defaults[[a]]), names(given))
  loss <- attr(x, "loss")
  name <- if (is.null(loss)) paste0("metric_", attr(x, "metric")) else paste0("loss_", loss)
  code <- paste0(name, "(", arguments_text(given[changed]), ")")
  cli::cli_warn(
    c(
      "A changed {.fn {name}} is a function of R to Python.",
      x = "A model that is saved with it cannot be read, and eager steps call back into R.",
      i = if (length(changed) > 0) "Use {.code {code}}, which goes to Python as an object."
    ),
    class = "lossbridge_warning",
    call = NULL
  )
}
