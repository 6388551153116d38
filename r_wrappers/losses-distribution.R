# Losses of predicted distributions, whose parameters are the columns of y_pred.

#' Negative log-likelihood of a normal distribution
#'
#' @description
#' Of a mean \eqn{m} and a standard deviation \eqn{s} that are both predicted:
#' \deqn{\ell = \log s + z^2 / 2, \quad z = (t - m) / s}{log(s) + z^2 / 2, z = (t - m) / s}
#'
#' @details
#' With `full = TRUE` and `scale = "log"` it is `-dnorm(t, m, exp(raw), log = TRUE)`. \eqn{s} is
#' raised to 1e-10 and lowered to 1e20, \eqn{z} to 1e9 on either side; beyond, the derivative is
#' that at the end, so that training comes back from there. The last layer of a model is a plain
#' dense one of two units.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true True values \eqn{t}, of shape `[batch, d0, .. dN]` or `[batch, d0, .. dN, 1]`: a
#'   vector or one column where `y_pred` is a matrix. Left out together with `y_pred`, a loss object
#'   is made.
#' @param y_pred What is predicted, along the last axis: the mean and the raw scale, of shape
#'   `[batch, d0, .. dN, 2]`.
#' @param scale What the scale is of the raw one: `"log"` for its exponential, the raw scale being
#'   the logarithm of the scale; `"softplus"` for `log(1 + exp(raw))`; `"identity"` for itself.
#' @param full Whether to add the terms that depend on no prediction, which make it minus the
#'   logarithm of the density.
#' @param ignore_nan Whether `NA` and `NaN` in `y_true` were not observed: the value of the sample
#'   is 0, and does not count in a mean.
#'
#' @return With data, the values, an array of shape `[batch, d0, .. dN]`, or their reduced value if
#'   `reduction` is given. Without data, a loss object, a function of
#'   `(y_true, y_pred, sample_weight = NULL)`; see [lossbridge_loss].
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Nix, D. A. and Weigend, A. S. (1994). Estimating the mean and variance of the target probability
#' distribution. \emph{Proceedings of the IEEE International Conference on Neural Networks}.
#'
#' @examplesIf lossbridge_available()
#' y_pred <- cbind(mean = c(1, 3), raw = c(0, log(2)))
#' loss_gaussian_nll(c(1, 1), y_pred, full = TRUE)
#' -dnorm(c(1, 1), c(1, 3), c(1, 2), log = TRUE)
#' @family distribution losses
#' @export
loss_gaussian_nll <- loss_function("gaussian_nll", function(
    y_true, y_pred, scale = "log", full = FALSE, ..., reduction = "sum_over_batch_size",
    name = "gaussian_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("gaussian_nll", scale = scale, full = full)
}, formula = "log(s) + z^2 / 2, z = (t - m) / s")

#' Negative log-likelihood of a Laplace distribution
#'
#' @description
#' Of a location \eqn{m}, the median, and a scale \eqn{s}, the mean distance from it:
#' \deqn{\ell = \log s + |z|, \quad z = (t - m) / s}{log(s) + |z|, z = (t - m) / s}
#'
#' @details
#' \eqn{s} is raised to 1e-10 and lowered to 1e20, \eqn{z} to 1e9 on either side; beyond, the
#' derivative is that at the end, so that training comes back from there. With a raw scale of 0 it
#' is the absolute error.
#'
#' @inheritParams loss_gaussian_nll
#' @param y_pred What is predicted, along the last axis: the location and the raw scale, of shape
#'   `[batch, d0, .. dN, 2]`.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Laplace, P. S. (1774). \emph{Memoire sur la probabilite des causes par les evenements}.
#'
#' @examplesIf lossbridge_available()
#' loss_laplace_nll(c(1, 1), cbind(c(1, 3), c(0, log(2))))
#' @family distribution losses
#' @export
loss_laplace_nll <- loss_function("laplace_nll", function(
    y_true, y_pred, scale = "log", full = FALSE, ..., reduction = "sum_over_batch_size",
    name = "laplace_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("laplace_nll", scale = scale, full = full)
}, formula = "log(s) + |z|, z = (t - m) / s")

#' Negative log-likelihood of a log-normal distribution
#'
#' @description
#' Of positive numbers, whose logarithm has the mean \eqn{m} and the standard deviation \eqn{s}:
#' \deqn{\ell = \log s + z^2 / 2, \quad z = (\log t - m) / s}{log(s) + z^2 / 2, z = (log(t) - m) /
#' s}
#'
#' @details
#' \eqn{m} and \eqn{s} are `meanlog` and `sdlog` of [stats::dlnorm()]: with `full = TRUE` and
#' `scale = "log"` it is `-dlnorm(t, m, exp(raw), log = TRUE)`. \eqn{t} is raised to 1e-30, \eqn{s}
#' to 1e-10 and lowered to 1e20, \eqn{z} to 1e9 on either side; beyond, the derivative is that at
#' the end, so that training comes back from there.
#'
#' @inheritParams loss_gaussian_nll
#' @param y_true True values \eqn{t > 0}, of shape `[batch, d0, .. dN]` or
#'   `[batch, d0, .. dN, 1]`: a vector or one column where `y_pred` is a matrix. Left out together
#'   with `y_pred`, a loss object is made.
#' @param y_pred What is predicted, along the last axis: the mean of \eqn{\log t}{log(t)} and the
#'   raw scale, of shape `[batch, d0, .. dN, 2]`.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Galton, F. (1879). The geometric mean, in vital and social statistics. \emph{Proceedings of the
#' Royal Society of London} 29.
#'
#' @examplesIf lossbridge_available()
#' loss_lognormal_nll(c(1, 2), cbind(c(0, 0.5), c(0, log(2))), full = TRUE)
#' -dlnorm(c(1, 2), c(0, 0.5), c(1, 2), log = TRUE)
#' @family distribution losses
#' @export
loss_lognormal_nll <- loss_function("lognormal_nll", function(
    y_true, y_pred, scale = "log", full = FALSE, ..., reduction = "sum_over_batch_size",
    name = "lognormal_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("lognormal_nll", scale = scale, full = full)
}, formula = "log(s) + z^2 / 2, z = (log(t) - m) / s")

#' Negative log-likelihood of Student's t
#'
#' @description
#' Of a location \eqn{m}, a scale \eqn{s} and degrees of freedom \eqn{\nu}{df}:
#' \deqn{\ell = \log s + \frac{\nu + 1}{2} \log(1 + z^2 / \nu) + c(\nu), \quad z = (t - m) / s}{log(s) +
#' (df + 1) / 2 log(1 + z^2 / df) + c(df), z = (t - m) / s}
#' where \eqn{c(\nu)}{c(df)} is what makes it that of [loss_gaussian_nll()] with many degrees of freedom:
#' \eqn{\log \Gamma(\nu / 2) - \log \Gamma((\nu + 1) / 2) + \log(\nu / 2) / 2}{lgamma(df / 2) -
#' lgamma((df + 1) / 2) + log(df / 2) / 2}.
#'
#' @details
#' With `full = TRUE` and `scale = "log"` it is `raw - dt((t - m) / exp(raw), df, log = TRUE)`, see
#' [stats::dt()]. With few degrees of freedom what is far away costs little. \eqn{s} and
#' \eqn{\nu}{df} are raised to 1e-10 and lowered to 1e20, \eqn{z} to 1e9 on either side; beyond, the
#' derivative is that at the end, so that training comes back from there. Where its terms cancel, the
#' value is right to some units in the last place of the largest, else in its own.
#'
#' @inheritParams loss_gaussian_nll
#' @param y_pred What is predicted, along the last axis: the location, the raw scale and, if `df` is
#'   not given, the raw degrees of freedom, of shape `[batch, d0, .. dN, 3]`, or with `df`
#'   `[batch, d0, .. dN, 2]`.
#' @param df The degrees of freedom, if they are not predicted.
#' @param scale What the scale, and the degrees of freedom, are of their raw value: `"log"` for its
#'   exponential, `"softplus"` for `log(1 + exp(raw))`, `"identity"` for itself.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Lange, K. L., Little, R. J. A. and Taylor, J. M. G. (1989). Robust statistical modeling using the t
#' distribution. \emph{Journal of the American Statistical Association} 84.
#'
#' @examplesIf lossbridge_available()
#' loss_student_t_nll(c(1, 3), cbind(c(1, 1), c(0, 0)), df = 4, full = TRUE)
#' -dt(c(0, 2), 4, log = TRUE)
#' @family distribution losses
#' @export
loss_student_t_nll <- loss_function("student_t_nll", function(
    y_true, y_pred, df = NULL, scale = "log", full = FALSE, ...,
    reduction = "sum_over_batch_size", name = "student_t_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("student_t_nll", df = df, scale = scale, full = full)
}, formula = "log(s) + (df + 1) / 2 log(1 + z^2 / df) + c(df), z = (t - m) / s")

#' Negative log-likelihood of a gamma distribution
#'
#' @description
#' Of positive numbers with the mean \eqn{\mu}{mu} and the shape \eqn{a}:
#' \deqn{\ell = a (t / \mu - 1 - \log(t / \mu)) + c(a)}{a (t / mu - 1 - log(t / mu)) + c(a)}
#' where \eqn{c(a) = \log \Gamma(a) - a \log a + a - \log(2 \pi) / 2}{c(a) = lgamma(a) - a log(a) + a -
#' log(2 pi) / 2}.
#'
#' @details
#' In [stats::dgamma()] `shape` is \eqn{a}, `rate` is \eqn{a / \mu}{a / mu} and `scale` is
#' \eqn{\mu / a}{mu / a}: with `full = TRUE` and `scale = "log"` the loss is
#' `-dgamma(t, shape = exp(raw), rate = exp(raw - m), log = TRUE)`, of \eqn{m = \log \mu}{m = log(mu)}.
#' The argument `scale` here is none of these: it says how the shape is made of its raw value. The
#' standard deviation is \eqn{\mu / \sqrt a}{mu / sqrt(a)}; the dispersion of a `glm()` of family `Gamma`
#' is \eqn{1 / a}. \eqn{t} is raised to 1e-30, \eqn{a} to 1e-10 and lowered to 1e20,
#' \eqn{t / \mu}{t / mu} is kept between 1e-18 and 1e18; beyond, the derivative is that at the end, so
#' that training comes back from there. Where its terms cancel, the value is right to some units in the
#' last place of the largest, else in its own.
#'
#' @inheritParams loss_lognormal_nll
#' @param y_pred What is predicted, along the last axis: the logarithm of the mean and the raw shape,
#'   of shape `[batch, d0, .. dN, 2]`.
#' @param scale What the shape is of the raw one: `"log"` for its exponential, the raw shape being the
#'   logarithm of the shape; `"softplus"` for `log(1 + exp(raw))`; `"identity"` for itself.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' McCullagh, P. and Nelder, J. A. (1983). \emph{Generalized linear models}. Chapman and Hall.
#'
#' @examplesIf lossbridge_available()
#' loss_gamma_nll(c(1, 2), cbind(log(c(1, 3)), log(c(2, 4))), full = TRUE)
#' -dgamma(c(1, 2), shape = c(2, 4), rate = c(2 / 1, 4 / 3), log = TRUE)
#' @family distribution losses
#' @export
loss_gamma_nll <- loss_function("gamma_nll", function(
    y_true, y_pred, scale = "log", full = FALSE, ..., reduction = "sum_over_batch_size",
    name = "gamma_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("gamma_nll", scale = scale, full = full)
}, formula = "a (t / mu - 1 - log(t / mu)) + c(a)")
