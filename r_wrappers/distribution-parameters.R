#' Predicted distributions as a table
#'
#' @description
#' What a model predicts of each number, if it was trained with a loss of distributions, such as
#' [loss_gaussian_nll()]: the parameters of the distribution, its mean, its standard deviation and
#' its quantiles \eqn{F^{-1}(p)}, of the raw parameters that the last layer gives.
#'
#' @param y_pred What the model predicts: raw parameters along the last axis, as the loss takes
#'   them. A matrix with a row for each number, say.
#' @param loss The loss that the model was trained with: an object, whose arguments count, such as
#'   `loss_gaussian_nll(scale = "softplus")`, a function or a name.
#' @param probs Probabilities of the wanted quantiles, between 0 and 1.
#'
#' @return A data frame with a row for each distribution, in the units of the true values: the
#'   parameters by the names that [stats::dgamma()], [stats::dnbinom()] and the like give them, then
#'   `mean` and `sd`, and the quantiles, `q5` for a probability of 0.05. Where `y_pred` has more
#'   than two axes, the first columns, `axis1` and so on, say where each row was.
#'
#' @details
#' Raw parameters are clamped as in the loss, whose help says how. Quantiles that have no formula
#' are found by halving the distribution function; of counts with large means, where that has few
#' digits, by an expansion that is right to about seven. Of missing parameters they are `NA`. The
#' standard deviation of an ensemble divides by the number of members.
#'
#' @section Errors:
#' Of class `lossbridge_error`, for a loss that is of no distribution, and where `y_pred` does not
#' hold its parameters.
#'
#' @references
#' Rigby, R. A. and Stasinopoulos, D. M. (2005). Generalized additive models for location, scale and
#' shape. \emph{Journal of the Royal Statistical Society C} 54(3), 507-554.
#'
#' @examplesIf lossbridge_available()
#' y_pred <- cbind(c(1, 2), c(0, log(3)))
#' distribution_parameters(y_pred, loss_gaussian_nll)
#' qnorm(0.95, c(1, 2), c(1, 3))
#' @export
distribution_parameters <- function(y_pred, loss, probs = c(0.05, 0.5, 0.95)) {
  call <- environment()
  loss <- as_loss(loss, call)
  check_no_na(list(probs = probs), call)
  y_pred <- as_input(y_pred, "y_pred", FALSE, call)
  arguments <- list(y_pred, loss, probs = as.array(probs))
  columns <- call_python(py_function("distribution_parameters", call), arguments, call)
  columns <- lapply(columns, as.array)
  axes <- dim(columns[[1]])
  where <- if (length(axes) > 1) {
    stats::setNames(
      expand.grid(lapply(axes, seq_len), KEEP.OUT.ATTRS = FALSE), paste0("axis", seq_along(axes))
    )
  }
  table <- as.data.frame(lapply(columns, as.vector), optional = TRUE)
  if (is.null(where)) table else cbind(where, table)
}
