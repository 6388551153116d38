# Several losses beside each other on the user's data, and lossbridge beside other Keras losses.

#' Compare several losses on your data
#'
#' @description
#' One row for each loss: its mean over the samples, and the spread of the values per sample.
#'
#' @param y_true True values, as the losses take them; a factor for losses of class labels.
#' @param y_pred Predictions, as the losses take them; one column may be a vector.
#' @param losses What to compare: names as in Python (`"mse"`, `"huber"`), a list of loss
#'   functions and
#'   loss objects ([loss_huber], `loss_huber(delta = 2)`), with names to label the rows by; `NULL`
#'   for every
#'   loss that the data is in the domain of.
#' @param sample_weight Weights of the samples; `NULL` for 1.
#'
#' @return A data frame with the columns `loss`, `value` (the mean, as a loss object has it),
#'   `min`, `median`
#'   and `max` of the per-sample values, `samples` (how many they are) and `semantics`.
#'
#' @section Errors:
#' Of class `lossbridge_error`, if a loss is unknown or the data does not fit it.
#'
#' @examplesIf lossbridge_available()
#' lossbridge_compare(
#'   quakes$mag, fitted(lm(mag ~ stations, quakes)),
#'   list("mse", "mae", "huber 0.1" = loss_huber(delta = 0.1))
#' )
#' @export
lossbridge_compare <- function(y_true, y_pred, losses = NULL, sample_weight = NULL) {
  call <- environment()
  if (is.function(losses)) losses <- list(losses)
  losses <- lapply(as.list(losses), own_loss, call)
  # A partly named list would lose its unnamed elements on the way to a Python dict.
  if (!is.null(names(losses))) {
    names(losses) <- ifelse(nzchar(names(losses)), names(losses), vapply(losses, label_of, ""))
  }
  arguments <- list(
    as_input(y_true, "y_true", is_classes(y_true), call),
    as_input(y_pred, "y_pred", FALSE, call),
    losses = if (length(losses) > 0) losses,
    sample_weight = as_weight(sample_weight, call)
  )
  rows_to_data_frame(call_python(py_function("compare", call), arguments, call))
}

#' Hold lossbridge against other Keras losses
#'
#' @description
#' Compares values and gradients of lossbridge with every other implementation of the losses that is
#' installed: Keras 3, tf_keras (under semantics `"keras2"`) and the R package keras3.
#' Differences that are
#' deliberate, because Keras has a bug there, are listed with their reason.
#'
#' @param losses Names of losses, in Python's spelling, with arguments where wanted
#'   (`"huber(delta=2)"`);
#'   `NULL` for all.
#' @param references Of `"keras3"`, `"tf_keras"` (the Python packages) and `"R keras3"`; `NULL`
#'   for all that
#'   are installed.
#' @param tolerance How large a difference may be, as a share of the size of the numbers; `NULL`
#'   for some
#'   roundings of each dtype.
#' @param seed The seed of the random inputs.
#' @param sizes Sizes of the random inputs, as `"5x4"`.
#' @param dtypes Of `"float64"`, `"float32"`, `"float16"` and `"bfloat16"`.
#' @param data `NULL` for random inputs; a list of `y_true` and `y_pred`; or the path of a .npz,
#'   .csv or
#'   .parquet file with columns `y_true` and `y_pred`.
#' @param json,html Files to write the report to; `NULL` for none.
#'
#' @return A list of class `lossbridge_parity`: `ok`, `verdict`, and the data frames `summary` (a
#'   row for each
#'   reference and loss), `rows` (each comparison) and `deviations`.
#'
#' @section Errors:
#' Of class `lossbridge_error`, for a loss or reference that is unknown.
#'
#' @examplesIf lossbridge_available() && interactive()
#' parity_report(losses = c("hinge", "huber(delta=2)"), dtypes = "float32")
#' @export
parity_report <- function(
    losses = NULL, references = NULL, tolerance = NULL, seed = 0L, sizes = c("5x4", "2x6x3"),
    dtypes = c("float64", "float32", "float16", "bfloat16"), data = NULL,
    json = NULL, html = NULL) {
  call <- environment()
  py <- function(name) py_function(paste0("parity.", name), call)
  arguments <- list(
    losses = as.list(losses), references = parity_references(references, py, call),
    tolerance = tolerance, seed = seed, sizes = as.list(sizes), dtypes = as.list(dtypes),
    json = json, html = html
  )
  if (is.null(losses)) arguments["losses"] <- list(NULL)
  if (is.character(data)) {
    arguments$data_file <- data
  } else if (!is.null(data)) {
    if (!is.list(data) || !all(c("y_true", "y_pred") %in% names(data))) {
      abort(
        "{.arg data} must be a path, or a list of {.field y_true} and {.field y_pred}.",
        call, "lossbridge_input_error",
        argument = "data"
      )
    }
    given <- list(
      as_input(data$y_true, "y_true", is_classes(data$y_true), call),
      as_input(data$y_pred, "y_pred", FALSE, call)
    )
    arguments$data_file <- call_python(py("data.Given"), given, call)
  }
  report <- call_python(py("parity_report"), arguments, call)
  report <- call_python(report$as_dict, list(), call)
  structure(
    list(
      ok = report$ok,
      verdict = report$verdict,
      summary = rows_to_data_frame(report$summary),
      rows = rows_to_data_frame(report$rows),
      deviations = rows_to_data_frame(report$deviations)
    ),
    class = "lossbridge_parity"
  )
}

#' @export
print.lossbridge_parity <- function(x, ...) {
  cat("<parity report> ", if (x$ok) "all within tolerance" else "out of tolerance", "\n", sep = "")
  cat("  ", x$verdict, "\n\n", sep = "")
  print(x$summary, row.names = FALSE)
  invisible(x)
}

#' What to compare with, by name; those of R become a table of functions that Python can call
#' @noRd
parity_references <- function(references, py, call) {
  choices <- c("keras3", "tf_keras", "R keras3")
  if (is.null(references)) {
    installed <- c(
      reticulate::py_module_available("keras"),
      reticulate::py_module_available("tf_keras"),
      rlang::is_installed("keras3")
    )
    references <- choices[installed]
  }
  unknown <- setdiff(references, choices)
  if (length(unknown) > 0) {
    abort(
      "{.arg references} must be of {.val {choices}}, not {.val {unknown}}.",
      call, "lossbridge_input_error",
      argument = "references"
    )
  }
  lapply(references, function(name) if (name == "R keras3") r_keras3_table(py, call) else name)
}

r_keras3_table <- function(py, call) {
  if (!rlang::is_installed("keras3")) {
    abort(
      "{.arg references} has {.val R keras3}, but the package {.pkg keras3} is not installed.", call
    )
  }
  keras3 <- getNamespaceExports("keras3")
  # circle takes only integer tensors there, and the generalized cross-entropy needs q
  shared <- sort(intersect(getNamespaceExports("lossbridge"), keras3))
  losses <- sub("^loss_", "", grep("^loss_", shared, value = TRUE))
  losses <- setdiff(losses, c("circle", "categorical_generalized_cross_entropy"))
  functions <- lapply(rlang::set_names(losses), function(loss) {
    fn <- getExportedValue("keras3", paste0("loss_", loss))
    function(y_true, y_pred, ...) {
      arguments <- list(...)
      # Python's axis counts from 0, R's from 1
      if (!is.null(arguments$axis)) arguments$axis <- from_axis(arguments$axis)
      do.call(fn, c(list(y_true, y_pred), arguments), quote = TRUE)
    }
  })
  taken <- lapply(rlang::set_names(losses), function(loss) {
    as.list(names(formals(getExportedValue("keras3", paste0("loss_", loss)))))
  })
  title <- paste("R keras3", utils::packageVersion("keras3"))
  table <- list(
    "R keras3", functions,
    title = title, arguments = taken,
    version = as_r(reticulate::import("keras", convert = FALSE)$`__version__`)
  )
  call_python(py("Table"), table, call)
}

is_classes <- function(x) is.factor(factor_of(x)) || is.character(x)

label_of <- function(loss) {
  attr(loss, "loss") %||% if (is.character(loss)) loss else class(loss)[[1]]
}

rows_to_data_frame <- function(rows) {
  rows <- lapply(rows, function(row) {
    row <- lapply(row, function(x) {
      if (is.null(x)) NA else if (length(x) == 1 && is.atomic(x)) x else toString(unlist(x))
    })
    as.data.frame(row, stringsAsFactors = FALSE)
  })
  do.call(rbind, rows) %||% data.frame()
}
