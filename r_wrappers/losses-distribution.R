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
#' \deqn{\ell = \log s + \frac{\nu + 1}{2} \log(1 + z^2 / \nu) + c(\nu), \quad z = (t - m) /
#' s}{log(s) + (df + 1) / 2 log(1 + z^2 / df) + c(df), z = (t - m) / s}
#' where \eqn{c(\nu)}{c(df)} is what makes it that of [loss_gaussian_nll()] with many degrees of
#' freedom: \eqn{\log \Gamma(\nu / 2) - \log \Gamma((\nu + 1) / 2) + \log(\nu / 2) / 2}{lgamma(df /
#' 2) - lgamma((df + 1) / 2) + log(df / 2) / 2}.
#'
#' @details
#' With `full = TRUE` and `scale = "log"` it is `raw - dt((t - m) / exp(raw), df, log = TRUE)`, see
#' [stats::dt()]. With few degrees of freedom what is far away costs little. \eqn{s} and
#' \eqn{\nu}{df} are raised to 1e-10 and lowered to 1e20, \eqn{z} to 1e9 on either side; beyond, the
#' derivative is that at the end, so that training comes back from there. Where its terms cancel,
#' the value is right to some units in the last place of the largest, else in its own.
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
#' Lange, K. L., Little, R. J. A. and Taylor, J. M. G. (1989). Robust statistical modeling using the
#' t distribution. \emph{Journal of the American Statistical Association} 84.
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
#' where \eqn{c(a) = \log \Gamma(a) - a \log a + a - \log(2 \pi) / 2}{c(a) = lgamma(a) - a log(a) +
#' a - log(2 pi) / 2}.
#'
#' @details
#' In [stats::dgamma()] `shape` is \eqn{a}, `rate` is \eqn{a / \mu}{a / mu} and `scale` is
#' \eqn{\mu / a}{mu / a}: with `full = TRUE` and `scale = "log"` the loss is
#' `-dgamma(t, shape = exp(raw), rate = exp(raw - m), log = TRUE)`, of \eqn{m = \log \mu}{m =
#' log(mu)}. The argument `scale` here is none of these: it says how the shape is made of its raw
#' value. The standard deviation is \eqn{\mu / \sqrt a}{mu / sqrt(a)}; the dispersion of a `glm()`
#' of family `Gamma` is \eqn{1 / a}. \eqn{t} is raised to 1e-30, \eqn{a} to 1e-10 and lowered to
#' 1e20, \eqn{t / \mu}{t / mu} is kept between 1e-18 and 1e18; beyond, the derivative is that at the
#' end, so that training comes back from there. Where its terms cancel, the value is right to some
#' units in the last place of the largest, else in its own.
#'
#' @inheritParams loss_lognormal_nll
#' @param y_pred What is predicted, along the last axis: the logarithm of the mean and the raw
#'   shape, of shape `[batch, d0, .. dN, 2]`.
#' @param scale What the shape is of the raw one: `"log"` for its exponential, the raw shape being
#'   the logarithm of the shape; `"softplus"` for `log(1 + exp(raw))`; `"identity"` for itself.
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

#' Negative log-likelihood of a negative binomial distribution
#'
#' @description
#' Of counts with the mean \eqn{\mu}{mu} and the variance \eqn{\mu + \mu^2 / r}{mu + mu^2 / r}, less
#' what that of a Poisson distribution is at its best:
#' \deqn{\ell = \log \frac{\Gamma(r)}{\Gamma(t + r)} - r \log \frac{r}{r + \mu} - t \log
#' \frac{\mu}{r + \mu} + t \log t - t}{lgamma(r) - lgamma(t + r) - r log(r / (r + mu)) - t log(mu /
#' (r + mu)) + t log(t) - t}
#'
#' @details
#' \eqn{r} is `size` of [stats::dnbinom()], there also called dispersion, and `theta` of
#' `MASS::glm.nb()`; other books call \eqn{1 / r} the dispersion. With `full = TRUE` and
#' `scale = "log"` it is `-dnbinom(t, size = exp(raw), mu = exp(m), log = TRUE)`, of
#' \eqn{m = \log \mu}{m = log(mu)}. As \eqn{r} grows it becomes half of [loss_poisson_deviance()].
#' It is never below 0. \eqn{\mu}{mu} and \eqn{r} are raised to 1e-10 and lowered to 1e20; beyond,
#' the derivative is that at the end, so that training comes back from there. \eqn{t} is lowered to
#' 1e20; below 1e-10 it is 0. Close to the size at which the derivative by the raw size is 0 that
#' derivative is right to some units in the last place of the two numbers that it is the difference
#' of.
#'
#' @inheritParams loss_gaussian_nll
#' @param y_true Counts \eqn{t \ge 0}{t >= 0}, of shape `[batch, d0, .. dN]` or
#'   `[batch, d0, .. dN, 1]`: a vector or one column where `y_pred` is a matrix. Left out together
#'   with `y_pred`, a loss object is made.
#' @param y_pred What is predicted, along the last axis: the logarithm of the mean and the raw size,
#'   of shape `[batch, d0, .. dN, 2]`.
#' @param scale What the size is of the raw one: `"log"` for its exponential, the raw size being the
#'   logarithm of the size; `"softplus"` for `log(1 + exp(raw))`; `"identity"` for itself.
#' @param full Whether to add \eqn{\log(t!) - t \log t + t}{log(t!) - t log(t) + t}, which depends
#'   on no prediction and makes it minus the logarithm of the probability.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Lawless, J. F. (1987). Negative binomial and mixed Poisson regression. \emph{Canadian Journal of
#' Statistics} 15.
#'
#' Loader, C. (2000). Fast and accurate computation of binomial probabilities.
#'
#' @examplesIf lossbridge_available()
#' loss_negative_binomial_nll(c(0, 3), cbind(log(c(1, 2)), log(c(0.5, 4))), full = TRUE)
#' -dnbinom(c(0, 3), size = c(0.5, 4), mu = c(1, 2), log = TRUE)
#' @family distribution losses
#' @export
loss_negative_binomial_nll <- loss_function("negative_binomial_nll", function(
    y_true, y_pred, scale = "log", full = FALSE, ..., reduction = "sum_over_batch_size",
    name = "negative_binomial_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("negative_binomial_nll", scale = scale, full = full)
}, formula = "lgamma(r) - lgamma(t + r) + r log(1 + mu / r) + t log(t (r + mu) / mu) - t")

#' Negative log-likelihood of a Poisson distribution with more zeros
#'
#' @description
#' Of counts of a Poisson distribution with the mean \eqn{\mu}{mu}, in place of which there is a 0
#' with the probability \eqn{\pi}{pi}:
#' \deqn{\ell = -\log(1 - \pi) + \mu - t + t \log(t / \mu), \quad \ell_0 = -\log(\pi + (1 - \pi)
#' e^{-\mu})}{-log(1 - pi) + mu - t + t log(t / mu); of 0, -log(pi + (1 - pi) exp(-mu))}
#'
#' @details
#' With `full = TRUE` it is minus the logarithm of `pi * (t == 0) + (1 - pi) * dpois(t, mu)`.
#' \eqn{\mu}{mu} is raised to 1e-10 and lowered to 1e20; beyond, the derivative is that at the end,
#' so that training comes back from there. \eqn{t} is lowered to 1e20; below 1e-10 it is 0.
#'
#' @inheritParams loss_negative_binomial_nll
#' @param y_pred What is predicted, along the last axis: the logarithm of the mean \eqn{\mu}{mu} and
#'   the logit of \eqn{\pi}{pi}, of shape `[batch, d0, .. dN, 2]`.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Lambert, D. (1992). Zero-inflated Poisson regression, with an application to defects in
#' manufacturing. \emph{Technometrics} 34.
#'
#' @examplesIf lossbridge_available()
#' loss_zero_inflated_poisson_nll(c(0, 3), cbind(log(c(1, 2)), qlogis(c(0.2, 0.4))), full = TRUE)
#' -log(c(0.2 + 0.8 * dpois(0, 1), 0.6 * dpois(3, 2)))
#' @family distribution losses
#' @export
loss_zero_inflated_poisson_nll <- loss_function("zero_inflated_poisson_nll", function(
    y_true, y_pred, full = FALSE, ..., reduction = "sum_over_batch_size",
    name = "zero_inflated_poisson_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("zero_inflated_poisson_nll", full = full)
}, formula = "-log(1 - pi) + mu - t + t log(t / mu); of 0, -log(pi + (1 - pi) exp(-mu))")

#' Negative log-likelihood of a negative binomial distribution with more zeros
#'
#' @description
#' Of counts of a negative binomial distribution, in place of which there is a 0 with the
#' probability \eqn{\pi}{pi}, with \eqn{\ell}{l} of [loss_negative_binomial_nll()]:
#' \deqn{-\log(1 - \pi) + \ell, \quad -\log(\pi + (1 - \pi) e^{-\ell})}{-log(1 - pi) + l; of 0,
#' -log(pi + (1 - pi) exp(-l))}
#' of counts above 0 and of 0.
#'
#' @details
#' With `full = TRUE` and `scale = "log"` it is minus the logarithm of
#' `pi * (t == 0) + (1 - pi) * dnbinom(t, size = exp(raw), mu = exp(m))`, of
#' \eqn{m = \log \mu}{m = log(mu)}. \eqn{\mu}{mu} and the size are raised to 1e-10 and lowered to
#' 1e20; beyond, the derivative is that at the end, so that training comes back from there. \eqn{t}
#' is lowered to 1e20; below 1e-10 it is 0. Close to the size at which the derivative by the raw
#' size is 0 that derivative is right to some units in the last place of the two numbers that it is
#' the difference of.
#'
#' @inheritParams loss_negative_binomial_nll
#' @param y_pred What is predicted, along the last axis: the logarithm of the mean, the raw size,
#'   which is `size` of [stats::dnbinom()], and the logit of \eqn{\pi}{pi}, of shape `[batch, d0, ..
#'   dN, 3]`.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Greene, W. H. (1994). Accounting for excess zeros and sample selection in Poisson and negative
#' binomial regression models. \emph{NYU Working Paper} EC-94-10.
#'
#' @examplesIf lossbridge_available()
#' y_pred <- cbind(log(c(1, 2)), log(c(0.5, 4)), qlogis(c(0.2, 0.4)))
#' loss_zero_inflated_negative_binomial_nll(c(0, 3), y_pred, full = TRUE)
#' -log(c(0.2 + 0.8 * dnbinom(0, size = 0.5, mu = 1), 0.6 * dnbinom(3, size = 4, mu = 2)))
#' @family distribution losses
#' @export
loss_zero_inflated_negative_binomial_nll <- loss_function(
  "zero_inflated_negative_binomial_nll", function(
      y_true, y_pred, scale = "log", full = FALSE, ..., reduction = "sum_over_batch_size",
      name = "zero_inflated_negative_binomial_nll", dtype = NULL, ignore_nan = FALSE) {
    call_loss("zero_inflated_negative_binomial_nll", scale = scale, full = full)
  },
  formula = "-log(1 - pi) + l; of 0, -log(pi + (1 - pi) exp(-l)); l of loss_negative_binomial_nll"
)

#' Continuous ranked probability score of a normal distribution
#'
#' @description
#' Of a mean \eqn{m} and a standard deviation \eqn{s}, with the distribution function
#' \eqn{\Phi}{pnorm()} and the density \eqn{\varphi}{dnorm()} of the standard normal distribution:
#' \deqn{\ell = s (z (2 \Phi(z) - 1) + 2 \varphi(z) - 1 / \sqrt \pi), \quad z = (t - m) / s}{s (z (2
#' pnorm(z) - 1) + 2 dnorm(z) - 1 / sqrt(pi)), z = (t - m) / s}
#'
#' @details
#' It is in the units of \eqn{t}, and grows like the absolute error, which it is for \eqn{s = 0}:
#' what is far away counts less than in [loss_gaussian_nll()]. \eqn{s} is raised to 1e-10 and
#' lowered to 1e20; beyond, the derivative is that at the end, so that training comes back from
#' there.
#'
#' @inheritParams loss_gaussian_nll
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and
#' estimation. \emph{Journal of the American Statistical Association} 102.
#'
#' @examplesIf lossbridge_available()
#' loss_gaussian_crps(c(1, 1), cbind(mean = c(1, 3), raw = c(0, log(2))))
#' @family distribution losses
#' @export
loss_gaussian_crps <- loss_function("gaussian_crps", function(
    y_true, y_pred, scale = "log", ..., reduction = "sum_over_batch_size",
    name = "gaussian_crps", dtype = NULL, ignore_nan = FALSE) {
  call_loss("gaussian_crps", scale = scale)
}, formula = "s (z (2 pnorm(z) - 1) + 2 dnorm(z) - 1 / sqrt(pi)), z = (t - m) / s")

#' Continuous ranked probability score of an ensemble
#'
#' @description
#' Of \eqn{K} predictions \eqn{x_i} that are equally probable:
#' \deqn{\ell = \frac{1}{K} \sum_i |x_i - t| - \frac{1}{2 K^2} \sum_{i, j} |x_i - x_j|}{mean(|x -
#' t|) - sum(|x_i - x_j|) / (2 K^2)}
#'
#' @details
#' Of one member it is the absolute error. Pairs are not formed: the members are sorted. By members
#' that are equal the difference has the derivative 0. `fair = TRUE` takes at least two members.
#'
#' @inheritParams loss_gaussian_nll
#' @param y_pred The members, along the last axis, of shape `[batch, d0, .. dN, K]`.
#' @param fair Whether the sum over pairs is divided by \eqn{2 K (K - 1)}{2 K (K - 1)} in place of
#'   \eqn{2 K^2}{2 K^2}: of members that are drawn from a distribution, the mean is then the score
#'   of that distribution.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and
#' estimation. \emph{Journal of the American Statistical Association} 102.
#'
#' Ferro, C. A. T. (2014). Fair scores for ensemble forecasts. \emph{Quarterly Journal of the Royal
#' Meteorological Society} 140.
#'
#' @examplesIf lossbridge_available()
#' loss_ensemble_crps(c(1, 4), rbind(c(0, 2, 3), c(1, 3, 8)))
#' @family distribution losses
#' @export
loss_ensemble_crps <- loss_function("ensemble_crps", function(
    y_true, y_pred, fair = FALSE, ..., reduction = "sum_over_batch_size",
    name = "ensemble_crps", dtype = NULL, ignore_nan = FALSE) {
  call_loss("ensemble_crps", fair = fair)
}, formula = "mean(|x - t|) - sum(|x_i - x_j|) / (2 K^2)")

#' Negative log-likelihood of a mixture of normal distributions
#'
#' @description
#' Of \eqn{K} components with shares \eqn{\pi_k}{pi_k}, means \eqn{m_k} and standard deviations
#' \eqn{s_k}:
#' \deqn{\ell = -\log \sum_k \pi_k e^{-z_k^2 / 2} / s_k, \quad z_k = (t - m_k) / s_k}{-log(sum(pi_k
#' exp(-z_k^2 / 2) / s_k)), z_k = (t - m_k) / s_k}
#'
#' @details
#' With `full = TRUE` and `scale = "log"` it is minus the logarithm of
#' `sum(shares * dnorm(t, means, exp(raw)))`. Of one component it is [loss_gaussian_nll()]. Each
#' \eqn{s_k} is raised to 1e-10 and lowered to 1e20, each \eqn{z_k} to 1e9 on either side; beyond,
#' the derivative is that at the end, so that training comes back from there. Of components that are
#' nearly the same, the derivatives by the logits are differences of \eqn{\log s_k}{log(s_k)}: by
#' softplus they are right to some units in its last place.
#'
#' @inheritParams loss_gaussian_nll
#' @param y_pred What is predicted, along the last axis, of any number of components: first all
#'   logits, whose softmax are the shares, then all means, then all raw scales, of shape
#'   `[batch, d0, .. dN, 3 K]`.
#' @inherit loss_gaussian_nll return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Bishop, C. M. (1994). Mixture density networks. \emph{Technical Report NCRG/94/004}, Aston
#' University.
#'
#' @examplesIf lossbridge_available()
#' y_pred <- rbind(c(qlogis(0.3), 0, 1, 5, log(0.5), log(2)))
#' loss_gaussian_mixture_nll(2, y_pred, full = TRUE)
#' -log(0.3 * dnorm(2, 1, 0.5) + 0.7 * dnorm(2, 5, 2))
#' @family distribution losses
#' @export
loss_gaussian_mixture_nll <- loss_function("gaussian_mixture_nll", function(
    y_true, y_pred, scale = "log", full = FALSE, ..., reduction = "sum_over_batch_size",
    name = "gaussian_mixture_nll", dtype = NULL, ignore_nan = FALSE) {
  call_loss("gaussian_mixture_nll", scale = scale, full = full)
}, formula = "-log(sum(pi_k exp(-z_k^2 / 2) / s_k)), z_k = (t - m_k) / s_k")
