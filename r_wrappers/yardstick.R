#' A loss as a metric of yardstick
#'
#' @description
#' The weighted mean of a loss over rows, as a metric for `yardstick::metric_set()`, `tune` and
#' grouped data frames. Less is better.
#'
#' @details
#' A loss of probabilities, such as [loss_categorical_crossentropy()] or
#' [loss_binary_focal_crossentropy()], is a class probability metric: of a factor and a column for
#' each level, in their order, or of two levels and the column of the event. [loss_pinball()] and
#' [loss_quantile_huber()] of several `tau` are quantile metrics, of a column of
#' `hardhat::quantile_pred()` whose levels are these `tau`; a row that lacks one of its quantiles
#' counts as missing. Twice the pinball loss is `yardstick::weighted_interval_score()`. Every other
#' loss is a numeric metric. Its scale is that of predictions, so that `from_logits` does not apply.
#'
#' @inheritParams loss_gradient
#' @param direction What is better: `"minimize"`, `"maximize"` or `"zero"`.
#'
#' @return A function of class `numeric_metric`, `prob_metric` or, with yardstick from 1.4.0 on,
#'   `quantile_metric`: of a data frame, `truth`,
#'   `estimate` (or columns of probabilities), `na_rm = TRUE`, `case_weights = NULL`, and
#'   `event_level = "first"` for probabilities. It gives a tibble of `.metric`, `.estimator` and
#'   `.estimate`, with a row for each group.
#'
#' @section Errors:
#' Of class `lossbridge_error`, where the loss is not a sum over rows, where the columns are not
#' what it is of, and where their number or levels do not go with it; of yardstick for columns that
#' are not there.
#'
#' @references
#' Kuhn, M. and Silge, J. (2022). \emph{Tidy Modeling with R}.
#'
#' @examplesIf lossbridge_available() && requireNamespace("yardstick", quietly = TRUE)
#' huber <- loss_metric(loss_huber(delta = 2))
#' huber(data.frame(y = c(1, 2, 9), p = c(1, 3, 4)), truth = y, estimate = p)
#' @export
loss_metric <- function(loss, direction = "minimize") {
  call <- environment()
  rlang::check_installed("yardstick", "to make a metric of yardstick.")
  loss <- as_loss(loss, call)
  object <- call_python(py_function("eval_metric", call), list(loss, link = "identity"), call)
  name <- as_r(object$`__name__`)
  kind <- as_r(object$kind)
  if (kind == "parameters") {
    abort(
      c(
        "{.arg loss} must be of one number or of probabilities, to be a metric of yardstick, \\
         not of the parameters of a distribution.",
        i = "The loss itself gives its mean: {.code loss_{name}()(y_true, y_pred)}."
      ), call
    )
  }
  tau <- as_r(object$quantiles)
  if (!is.null(tau)) {
    kind <- "quantile"
    rlang::check_installed("yardstick", "to make a quantile metric.", version = "1.4.0")
  }
  value <- function(
      truth, estimate, case_weights = NULL, na_rm = TRUE, event_level = "first", ...) {
    if (kind == "quantile") estimate <- quantile_values(estimate, tau, call)
    data <- metric_data(kind, truth, as.matrix(estimate), event_level, call)
    metric_value(object, data$truth, data$estimate, case_weights, na_rm, call)
  }
  named <- function(found) {
    found$.metric <- name
    found
  }
  if (kind %in% c("numeric", "quantile")) {
    summarizer <- getExportedValue("yardstick", paste0(kind, "_metric_summarizer"))
    of_numbers <- function(data, truth, estimate, na_rm = TRUE, case_weights = NULL, ...) {
      named(summarizer(
        "lossbridge_loss", value, data,
        truth = !!rlang::enquo(truth), estimate = !!rlang::enquo(estimate),
        na_rm = na_rm, case_weights = !!rlang::enquo(case_weights)
      ))
    }
    return(getExportedValue("yardstick", paste0("new_", kind, "_metric"))(of_numbers, direction))
  }
  of_classes <- function(
      data, truth, ..., estimator = NULL, na_rm = TRUE, event_level = "first",
      case_weights = NULL) {
    named(yardstick::prob_metric_summarizer(
      "lossbridge_loss", value, data,
      truth = !!rlang::enquo(truth), ..., na_rm = na_rm, event_level = event_level,
      case_weights = !!rlang::enquo(case_weights)
    ))
  }
  yardstick::new_prob_metric(of_classes, direction)
}

#' The weighted mean over complete rows; `NA` where there are none, or others that must stay
#' @noRd
metric_value <- function(object, truth, estimate, case_weights, na_rm, call) {
  complete <- stats::complete.cases(truth, estimate)
  if (!is.null(case_weights)) {
    case_weights <- as.double(case_weights) # yardstick's are objects
    complete <- complete & !is.na(case_weights)
  }
  if (!any(complete) || (!all(complete) && !na_rm)) {
    return(NA_real_)
  }
  arguments <- list(as.array(truth[complete]), unname(estimate[complete, , drop = FALSE]))
  if (!is.null(case_weights)) arguments$sample_weight <- as.array(case_weights[complete])
  call_python(object, arguments, call)
}

#' What a loss of `kind` is of, for the columns that yardstick hands over
#'
#' Labels count from 0, for a loss of one class of two they are whether the event happened.
#' @noRd
metric_data <- function(kind, truth, estimate, event_level, call) {
  if (kind %in% c("numeric", "quantile")) {
    check_column(is.numeric(truth), truth, "truth", "numbers", call)
    check_column(is.numeric(estimate), estimate, "estimate", "numbers", call)
    return(list(truth = as.double(truth), estimate = estimate))
  }
  check_column(is.factor(truth), truth, "truth", "a factor", call)
  event_level <- rlang::arg_match0(event_level, c("first", "second"))
  levels <- nlevels(truth)
  columns <- ncol(estimate)
  one_column <- levels == 2 && columns == 1
  if (kind == "binary" && !one_column) {
    abort(
      "This loss is of 2 classes and the probability of one, not of {levels} level{?s} and \\
       {columns} column{?s}.", call
    )
  }
  if (columns != levels && !one_column) {
    abort("There are {levels} levels, and {columns} column{?s} of probabilities.", call)
  }
  event <- if (event_level == "first") 1 else 2
  codes <- as.double(truth)
  if (kind == "binary") {
    return(list(truth = as.double(codes == event), estimate = estimate))
  }
  if (one_column) estimate <- cbind(estimate, 1 - estimate)[, c(event, 3 - event), drop = FALSE]
  list(truth = codes - 1, estimate = estimate)
}

#' The quantiles in the order of `tau`; those of the column are sorted
#' @noRd
quantile_values <- function(estimate, tau, call) {
  of_levels <- "a column of {.fn hardhat::quantile_pred}"
  check_column(inherits(estimate, "quantile_pred"), estimate, "estimate", of_levels, call)
  levels <- getExportedValue("hardhat", "extract_quantile_levels")(estimate)
  if (!isTRUE(all.equal(levels, sort(tau)))) {
    abort(
      "{.arg estimate} must have the quantiles {.val {sort(tau)}}, the {.arg tau} of the loss, not \
       {.val {levels}}.", call
    )
  }
  as.matrix(estimate)[, rank(tau), drop = FALSE]
}

check_column <- function(fits, column, arg, expected, call) {
  if (!fits) {
    expected <- cli::format_inline(expected)
    abort("{.arg {arg}} must be {expected}, not {.obj_type_friendly {column}}.", call)
  }
}

#' @exportS3Method yardstick::finalize_estimator_internal
# nolint start: object_name_linter.
finalize_estimator_internal.lossbridge_loss <- function(metric_dispatcher, x, estimator, call) {
  # nolint end
  if (!is.factor(x)) "standard" else if (nlevels(x) == 2) "binary" else "multiclass"
}
