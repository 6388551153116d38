# The one way from R to Python: `call_loss()` and `call_metric()` are the bodies of all wrappers.

#' The Python module `lossbridge`
#' @noRd
py_module <- function(call = caller_env()) {
  if (the$ready) {
    return(the$module)
  }
  the$loading <- TRUE
  on.exit(the$loading <- FALSE)
  tryCatch(
    {
      if (is.null(the$module)) the$module <- import_core()
      version <- the$module$`__version__`
    },
    error = function(e) {
      # a module whose loading was delayed does not say why it failed
      the$module <- NULL
      tryCatch(import_core(), error = function(why) e <<- why)
      abort_no_python(e, call)
    }
  )
  the$ready <- TRUE
  check_version(version)
  set_option_semantics(call)
  the$module
}

#' A Python function, looked up once per session
#'
#' @param name Its name in the module, as in "loss_hinge", "losses.hinge".
#' @noRd
py_function <- function(name, call = caller_env()) {
  found <- the$functions[[name]]
  if (is.null(found)) {
    found <- py_module(call)
    for (part in strsplit(name, ".", fixed = TRUE)[[1]]) {
      found <- found[[part]]
    }
    the$functions[[name]] <- found
  }
  found
}

#' The Python function of a loss that gives per-sample values, looked up once per session
#'
#' It leaves its result unconverted: reticulate would look twice at what a tensor is.
#' `convertible()` makes of the tensor one whose own methods give R objects.
#' @noRd
py_values <- function(loss, call) {
  found <- the$values[[loss]]
  if (is.null(found)) {
    py_module(call)
    found <- import_core(convert = FALSE)$losses[[loss]]
    the$values[[loss]] <- found
  }
  found
}

convertible <- function(object) {
  assign("convert", TRUE, envir = object)
  object
}

#' Make an R function one that goes to Python as the function `losses.<loss>`
#'
#' A bare R closure handed to compile() would be called back from Python at every training step. The
#' class lets `r_to_py()` hand over the Python function instead.
#'
#' @param loss The name of the loss in Python.
#' @param fn The R function.
#' @param formula The loss in one line, for print(): t is true, p is predicted.
#' @noRd
loss_function <- function(loss, fn, formula) {
  structure(
    fn,
    class = c("lossbridge_loss", "function"), loss = loss, formula = formula, original = fn
  )
}

#' The function of a loss, by its name in Python
#' @noRd
loss_named <- function(loss) {
  get(paste0("loss_", loss), envir = asNamespace("lossbridge"))
}

#' The body of a `loss_*()` function
#'
#' @param loss The name of the loss in Python.
#' @param ... The loss's own arguments, all of them: the defaults written in R are the ones in
#'   force.
#' @param labels Whether `y_true` holds classes, so that a factor has a meaning.
#' @param frame The frame of the `loss_*()` function; the other arguments are taken from there.
#' @noRd
call_loss <- function(loss, ..., labels = FALSE, frame = parent.frame()) {
  check_no_dots(frame)
  dtype <- frame$dtype
  own <- list(..., ignore_nan = frame$ignore_nan)
  check_no_na(c(own, reduction = frame$reduction, name = frame$name, dtype = dtype), frame)
  if (!has_data(frame)) {
    fn <- py_function(paste0("loss_", loss), frame)
    shared <- list(reduction = frame$reduction, name = frame$name, dtype = dtype)
    object <- call_python(fn, c(own, shared), frame)
    functions <- Filter(is_r_function, own)
    return(new_loss_object(object, loss, labels, class_names(frame$class_weight), functions))
  }
  missing <- may_miss(loss, frame$ignore_nan, frame)
  y_true <- as_input(frame$y_true, "y_true", labels, frame, loss, missing)
  y_pred <- as_input(frame$y_pred, "y_pred", FALSE, frame)
  if (is.object(y_pred)) warn_copied(sys.function(sys.parent()), paste0("loss_", loss), y_pred)
  reduced <- !eval(quote(missing(reduction)), frame)
  if (!reduced && is.null(dtype)) {
    values <- py_values(loss, frame)
    result <- from_python(values(y_true, y_pred, ..., ignore_nan = own$ignore_nan), frame)
    result <- convertible(result)
  } else {
    fn <- py_function(paste0("loss_", loss), frame)
    shared <- c(if (reduced) list(reduction = frame$reduction), list(dtype = dtype))
    result <- call_python(fn, c(list(y_true, y_pred), own, shared), frame)
  }
  as_result(result, c(list(y_true, y_pred), own))
}

#' Whether labels of a loss may be missing; `NA` for a loss of which none can
#'
#' Python says of which losses none can, once per session.
#' @noRd
may_miss <- function(loss, ignore_nan, call = caller_env()) {
  if (is.null(the$never_missing)) {
    the$never_missing <- as.character(py_function("boundary.never_missing", call)())
  }
  if (loss %in% the$never_missing) NA else isTRUE(ignore_nan)
}

#' The body of a `metric_*()` function
#'
#' @param fn The name of the function in `lossbridge.losses`, or else in `lossbridge.metrics`;
#'   `NULL` for a metric that takes no data.
#' @param class The name of the class in `lossbridge.metrics`; `NULL` for the mean of `fn`.
#' @inheritParams call_loss
#' @noRd
call_metric <- function(fn, class, ..., labels = FALSE, frame = caller_env()) {
  check_no_dots(frame)
  own <- list(..., ignore_nan = frame$ignore_nan)
  check_no_na(c(own, list(name = frame$name, dtype = frame$dtype)), frame)
  if (!is.null(fn) && has_data(frame)) {
    data <- list(
      as_input(frame$y_true, "y_true", labels, frame, fn, isTRUE(frame$ignore_nan)),
      as_input(frame$y_pred, "y_pred", FALSE, frame)
    )
    if (is.object(data[[2]])) {
      warn_copied(sys.function(sys.parent()), paste0("metric_", fn), data[[2]])
    }
    module <- if (fn == "cosine_proximity") "metrics." else "losses."
    result <- call_python(py_function(paste0(module, fn), frame), c(data, own), frame)
    return(as_result(result, c(data, own)))
  }
  own <- c(own, list(name = frame$name, dtype = frame$dtype))
  if (is.null(class)) {
    own <- c(list(py_function(paste0("losses.", fn), frame)), own)
    class <- "LossMetric"
  }
  object <- call_python(py_function(paste0("metrics.", class), frame), own, frame)
  new_metric_object(object, labels, fn)
}

#' Call Python, and make its errors errors of R, of the user's call
#' @noRd
call_python <- function(fn, arguments, call) {
  force(fn) # their own errors are not Python's
  force(arguments)
  from_python(do.call(fn, arguments, quote = TRUE), call)
}

#' The result of a call of Python that is written out, and whose arguments are known to be fine
#' @noRd
from_python <- function(result, call) {
  tryCatch(result, error = function(e) abort_python(e, call))
}

#' A tensor as numbers of R, unless something that went in is Python's already
#' @noRd
as_result <- function(tensor, arguments) {
  of_python <- vapply(arguments, inherits, logical(1), "python.builtin.object")
  if (any(of_python) || !has_values(tensor)) {
    return(tensor)
  }
  values <- tensor_values(tensor)
  if (length(dim(values)) == 1) as.vector(values) else values
}

has_data <- function(frame) {
  no_true <- eval(quote(missing(y_true)), frame)
  no_pred <- eval(quote(missing(y_pred)), frame)
  if (no_true != no_pred) {
    hint <- "Give both {.arg y_true} and {.arg y_pred} for values, or neither for an object."
    by_name <- if (no_pred) by_name_hint(frame, frame$y_true)
    abort_missing(if (no_true) "y_true" else "y_pred", frame, by_name %||% hint)
  }
  if (!no_true && is_argument(frame$y_true) && is_argument(frame$y_pred)) {
    check_by_name(frame)
  }
  !no_true
}

#' Refuse arguments of a loss in the place of data, as far as no data is like them
#' @noRd
check_by_name <- function(frame) {
  odd <- c(y_true = is.character(frame$y_true), y_pred = !is.numeric(frame$y_pred))
  place <- names(odd)[odd]
  hint <- if (any(odd)) by_name_hint(frame, frame$y_true, frame$y_pred)
  if (!is.null(hint)) {
    place <- place[[1]]
    abort(
      c("{.arg {place}} must be numbers, not {.obj_type_friendly {frame[[place]]}}.", i = hint),
      frame,
      "lossbridge_input_error",
      argument = place
    )
  }
}

#' How to write arguments of a loss that came first, as in Keras and tfaddons, where data does here
#'
#' @param frame The frame of the `loss_*()` function.
#' @param ... What came.
#' @return `NULL` if it may be data, or it is not known what is meant.
#' @noRd
by_name_hint <- function(frame, ...) {
  number <- Find(function(i) identical(sys.frame(i), frame), seq_len(sys.nframe()))
  fn <- sys.call(number)[[1]]
  named <- as.list(sys.call(number))[-1]
  named <- named[nzchar(names(named) %||% character(length(named)))]
  left <- formals(sys.function(number))
  data <- c("y_true", "y_pred", "ref_labels", "ref_embeddings", "...")
  left <- left[setdiff(names(left), c(data, "reduction", "dtype", "ignore_nan", names(named)))]
  given <- list()
  for (value in list(...)) {
    name <- if (is_argument(value)) names(Filter(function(x) is_like(value, x), left))
    if (identical(value, "sum") || identical(value, "none")) name <- "reduction"
    if (length(name) == 0) {
      return(NULL)
    }
    given[[name[[1]]]] <- value
    left <- left[setdiff(names(left), name[[1]])]
  }
  code <- as.call(c(fn, named[setdiff(names(named), c("y_true", "y_pred"))], given))
  if (is.name(fn)) paste0("Name the arguments: {.code ", deparse1(code), "}.")
}

#' Whether a value may be an argument of a loss, one number, flag or string
#' @noRd
is_argument <- function(x) {
  is.atomic(x) && length(x) == 1 && is.null(dim(x)) && !is.object(x)
}

#' Whether a value is of the kind of a default; NULL may be any number
#' @noRd
is_like <- function(value, default) {
  mode(value) == mode(default) || is.numeric(value) && is.null(default)
}

#' Refuse the call of a loss or metric object that lacks one of its arrays
#' @noRd
check_data <- function(frame) {
  if (eval(quote(missing(y_true)), frame)) abort_missing("y_true", frame)
  if (eval(quote(missing(y_pred)), frame)) abort_missing("y_pred", frame)
}

abort_missing <- function(argument, call, hint = NULL) {
  abort(
    c("{.arg {argument}} is missing.", i = hint), call,
    "lossbridge_input_error",
    argument = argument
  )
}

check_no_dots <- function(frame) {
  if (!exists("...", frame, inherits = FALSE) || eval(quote(...length()), frame) == 0) {
    return(invisible())
  }
  names <- eval(quote(...names()), frame) %||% ""
  names <- names[!is.na(names) & nzchar(names)]
  if (length(names) == 0) {
    abort(
      "Arguments after {.arg ...} must be named.", frame,
      "lossbridge_input_error",
      argument = "..."
    )
  }
  abort(
    "There is no argument {.arg {names}}.", frame,
    "lossbridge_input_error",
    argument = names
  )
}

check_no_na <- function(arguments, call) {
  for (argument in names(arguments)) {
    value <- arguments[[argument]]
    if (is.atomic(value) && anyNA(value)) {
      abort(
        "{.arg {argument}} must not be {.val {NA}}.", call,
        "lossbridge_input_error",
        argument = argument
      )
    }
  }
}

# -- errors --------------------------------------------------------------------

#' An error of class `lossbridge_error`
#' @noRd
abort <- function(message, call, class = NULL, ..., .envir = parent.frame()) {
  cli::cli_abort(message, class = c(class, "lossbridge_error"), call = call, ..., .envir = .envir)
}

abort_python <- function(error, call) {
  exception <- python_exception(error)
  # Keras, in whose layers an error may have passed through, leaves only the message of it.
  if (inherits(exception, "lossbridge.checks.InputError") && nzchar(as_r(exception$expected))) {
    # Else it would be the last one still when an error comes from R.
    if (!identical(exception, error)) reticulate::py_clear_last_error()
    argument <- as_r(exception$argument)
    expected <- in_r_words(as_r(exception$expected))
    received <- in_r_words(as_r(exception$received))
    if (identical(argument, "axis")) received <- axis_in_r_words(received)
    hint <- in_r_words(as_r(exception$hint))
    abort(
      c("{.arg {argument}} must {expected}, not {received}.", i = if (nzchar(hint)) "{hint}"),
      call,
      "lossbridge_input_error",
      argument = argument
    )
  }
  message <- sub("\n+$", "", conditionMessage(error))
  hint <- if (grepl("NumPy binary version|_ARRAY_API|using NumPy 1", message)) {
    "{.run lossbridge::lossbridge_sitrep()} says which NumPy fits."
  }
  abort(c("Python could not do this.", x = "{message}", i = hint), call)
}

abort_no_python <- function(error, call) {
  reason <- strsplit(conditionMessage(error), "\n", fixed = TRUE)[[1]][[1]]
  reason <- sub(" Type one of:$", "", reason) # what to type in a shell
  abort(
    c(
      "lossbridge needs Python with TensorFlow, which could not be loaded.",
      x = "{reason}",
      i = "{.run lossbridge::lossbridge_sitrep()} says what was found.",
      i = "{.run lossbridge::install_lossbridge()} makes a new environment with all that is needed."
    ),
    call,
    "lossbridge_no_python",
    reason = reason
  )
}

#' The Python exception behind an R error, or NULL
#' @noRd
python_exception <- function(error) {
  if (inherits(error, "python.builtin.object")) {
    return(error)
  }
  # Before 1.29, reticulate raised a plain error of R, and kept the exception here; since then, an
  # error that is no exception itself is R's own, whatever Python raised last.
  if (utils::packageVersion("reticulate") < "1.29") {
    attr(reticulate::py_last_error(), "exception")
  }
}

as_r <- function(x) {
  if (inherits(x, "python.builtin.object")) reticulate::py_to_r(x) else x
}

#' Python's words for values in R's
#' @noRd
in_r_words <- function(x) {
  words <- c(None = "NULL", True = "TRUE", False = "FALSE", nan = "NaN", inf = "Inf")
  for (word in names(words)) {
    x <- gsub(paste0("\\b", word, "\\b"), words[[word]], x, perl = TRUE)
  }
  x <- gsub("(?<![[:alnum:]])'([^']*)'", "\"\\1\"", x, perl = TRUE)
  x <- gsub("\\b([0-9]+)\\.0\\b", "\\1", x, perl = TRUE)
  x <- gsub("\\[([-+.e0-9]+(, [-+.e0-9]+)+)\\]", "c(\\1)", x, perl = TRUE) # a list of numbers
  x <- sub("^\\[([^][]+, [^][]+)\\]$", "c(\\1)", x, perl = TRUE) # nothing but a list
  gsub(",)", ")", x, fixed = TRUE)
}

#' Axes, as they came to Python, as R counts them
#' @noRd
axis_in_r_words <- function(x) {
  if (!grepl("^(c\\()?-?[0-9]+(, -?[0-9]+)*\\)?$", x)) {
    return(x)
  }
  counted <- gregexpr("(?<![-0-9])[0-9]+", x, perl = TRUE)
  regmatches(x, counted) <- lapply(regmatches(x, counted), function(n) as.integer(n) + 1L)
  x
}

check_version <- function(python) {
  r <- as.character(utils::packageVersion("lossbridge"))
  if (!identical(python, r)) {
    cli::cli_warn(c(
      "Python has lossbridge {python} loaded, and R {r}.",
      i = "Restart R, and use lossbridge in R before importing it in Python."
    ))
  }
}
