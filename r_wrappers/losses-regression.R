# Losses of real numbers: how far a prediction is from its target.

#' Mean squared error
#'
#' @description
#' The mean of the squared differences over the last axis:
#' \deqn{\ell = \frac{1}{n} \sum_{i=1}^{n} (t_i - p_i)^2}{mean((t - p)^2)}
#'
#' @param y_true True values \eqn{t}, of shape `[batch, d0, .. dN]`: a vector, matrix, array, data
#'   frame of numbers, tensor or NumPy array. Left out together with `y_pred`, a loss object is
#'   made.
#' @param y_pred Predictions \eqn{p}, of the same shape.
#' @param ... Not used; arguments after it must be named.
#' @param reduction How a loss object makes one number of the values of a batch:
#'   `"sum_over_batch_size"` or `"mean"` (their sum divided by their number), `"sum"`,
#'   `"mean_with_sample_weight"` (divided by the sum of the weights), `"none"` or `NULL` (not at
#'   all). `"auto"`, of Keras 2, is the first. With data, the values are reduced only if `reduction`
#'   is given.
#' @param name The name of the object, for logs.
#' @param dtype The dtype to compute in, such as `"float64"`. `NULL` for that of `y_pred` with data,
#'   and for Keras' floatx in an object. Integer labels are never cast to it.
#' @param ignore_nan Whether `NA` and `NaN` in `y_true` were not observed, and are left out: of a
#'   loss that is a mean or a sum of entries, the entry; of a loss of classes, directions or boxes,
#'   the sample. A sample with nothing observed has the value 0, and does not count in a mean. See
#'   [loss_mean_squared_error()], the section on missing labels.
#'
#' @return With data, the per-sample values, an array of shape `[batch, d0, .. dN-1]`, or their
#'   reduced value if `reduction` is given. Without data, a loss object, a function of
#'   `(y_true, y_pred, sample_weight = NULL)`; see [lossbridge_loss].
#'
#' @section Errors:
#' Of class `lossbridge_error`, naming the argument, what was expected and what
#' came: for shapes that do not match, arguments out of their range, missing values in integer,
#' logical or class labels, factors or text where numbers are needed, and unknown arguments. A
#' missing double is `NaN`, and stays one, unless `ignore_nan` is `TRUE`.
#'
#' @section Missing labels:
#' With `ignore_nan = TRUE` an `NA` of any type, also of a factor, is a label that was not observed.
#' In `fit()` labels come to the loss by way of Keras, where there is no missing logical, and no
#' factor: give it numbers, or `to_categorical(y, ignore_nan = TRUE)`.
#'
#' @references
#' Gauss, C. F. (1823). \emph{Theoria combinationis observationum erroribus minimis obnoxiae}.
#'
#' @examplesIf lossbridge_available()
#' y_true <- rbind(c(0, 1), c(0, 0))
#' y_pred <- rbind(c(1, 1), c(1, 0))
#' loss_mean_squared_error(y_true, y_pred)
#'
#' mse <- loss_mean_squared_error()
#' mse(y_true, y_pred)
#' mse(y_true, y_pred, sample_weight = c(0.7, 0.3))
#' @family regression losses
#' @export
loss_mean_squared_error <- loss_function("mean_squared_error", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "mean_squared_error",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("mean_squared_error")
}, formula = "mean((t - p)^2)")

#' Mean absolute error
#'
#' @description
#' The mean of the absolute differences over the last axis:
#' \deqn{\ell = \frac{1}{n} \sum_{i=1}^{n} |t_i - p_i|}{mean(|t - p|)}
#'
#' @inheritParams loss_mean_squared_error
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Laplace, P. S. (1774). Memoire sur la probabilite des causes par les evenements.
#'
#' @examplesIf lossbridge_available()
#' loss_mean_absolute_error(rbind(c(0, 1), c(0, 0)), rbind(c(1, 1), c(1, 0)))
#' @family regression losses
#' @export
loss_mean_absolute_error <- loss_function("mean_absolute_error", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "mean_absolute_error",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("mean_absolute_error")
}, formula = "mean(|t - p|)")

#' Mean absolute percentage error
#'
#' @description
#' The mean, over the last axis, of the differences relative to the true values, in percent:
#' \deqn{\ell = \frac{100}{n} \sum_{i=1}^{n} \frac{|t_i - p_i|}{\max(|t_i|, 10^{-7})}}{
#' 100 mean(|t - p| / max(|t|, 1e-7))}
#'
#' @inheritParams loss_mean_squared_error
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Armstrong, J. S. (1978). \emph{Long-Range Forecasting: From Crystal Ball to Computer}. Wiley.
#'
#' @examplesIf lossbridge_available()
#' loss_mean_absolute_percentage_error(rbind(c(2, 1), c(2, 3)), rbind(c(1, 1), c(1, 0)))
#' @family regression losses
#' @export
loss_mean_absolute_percentage_error <- loss_function("mean_absolute_percentage_error", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size",
    name = "mean_absolute_percentage_error", dtype = NULL, ignore_nan = FALSE) {
  call_loss("mean_absolute_percentage_error")
}, formula = "100 mean(|t - p| / max(|t|, 1e-7))")

#' Mean squared logarithmic error
#'
#' @description
#' The mean over the last axis of the squared differences of logarithms, with \eqn{t}
#' and \eqn{p} raised to \eqn{10^{-7}}{1e-7} where they are smaller:
#' \deqn{\ell = \frac{1}{n} \sum_{i=1}^{n} (\log(1 + t_i) - \log(1 + p_i))^2}{
#' mean((log(1 + t) - log(1 + p))^2)}
#'
#' @inheritParams loss_mean_squared_error
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Chollet, F. and others (2015). Keras. <https://keras.io>
#'
#' @examplesIf lossbridge_available()
#' loss_mean_squared_logarithmic_error(rbind(c(0, 1), c(0, 0)), rbind(c(1, 1), c(1, 0)))
#' @family regression losses
#' @export
loss_mean_squared_logarithmic_error <- loss_function("mean_squared_logarithmic_error", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size",
    name = "mean_squared_logarithmic_error", dtype = NULL, ignore_nan = FALSE) {
  call_loss("mean_squared_logarithmic_error")
}, formula = "mean((log(1 + t) - log(1 + p))^2)")

#' Huber loss
#'
#' @description
#' Quadratic for small errors and linear for large ones, the mean over the last axis of
#' \deqn{h(e) = \frac{1}{2} e^2 \textrm{ for } |e| \le \delta, \quad
#' \delta |e| - \frac{1}{2} \delta^2 \textrm{ beyond}, \quad e = t - p}{
#' e^2 / 2 for |e| <= delta, delta |e| - delta^2 / 2 beyond, with e = t - p}
#'
#' @inheritParams loss_mean_squared_error
#' @param delta Where the square turns into a line, in the units of `y_true`; at least 0.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Huber, P. J. (1964). Robust estimation of a location parameter. \emph{The Annals of Mathematical
#' Statistics} 35(1), 73-101.
#'
#' @examplesIf lossbridge_available()
#' loss_huber(rbind(c(0, 0)), rbind(c(1, 3)))
#' loss_huber(rbind(c(0, 0)), rbind(c(1, 3)), delta = 2)
#' @family regression losses
#' @export
loss_huber <- loss_function("huber", function(
    y_true, y_pred, delta = 1, ..., reduction = "sum_over_batch_size", name = "huber_loss",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("huber", delta = delta)
}, formula = "mean(e^2 / 2 if |e| <= delta, else delta |e| - delta^2 / 2), e = t - p")

#' Pinball loss
#'
#' @description
#' The loss of quantile regression, the mean over the last axis of
#' \deqn{h(e) = \max(\tau e, (\tau - 1) e), \quad e = t - p}{
#' max(tau e, (tau - 1) e), with e = t - p}
#' The prediction with the smallest mean loss is the quantile \eqn{\tau}{tau} of the true values. By
#' \eqn{p} the derivative is \eqn{-\tau}{-tau} below \eqn{t}, \eqn{1 - \tau}{1 - tau} above it, and
#' at \eqn{t} itself 0, as that of [loss_mean_absolute_error()].
#'
#' @inheritParams loss_mean_squared_error
#' @param tau The quantile, from 0 to 1: the weight of a prediction that is too low; one that is too
#'   high has `1 - tau`. Or one for each output, on the last axis: then `y_true` may be a vector or
#'   have one column, the same true value for all.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Koenker, R. and Bassett, G. (1978). Regression quantiles. \emph{Econometrica} 46(1), 33-50.
#'
#' @examplesIf lossbridge_available()
#' loss_pinball(rbind(c(1, 1)), rbind(c(0, 2)))
#' loss_pinball(rbind(c(1, 1)), rbind(c(0, 2)), tau = 0.75)
#'
#' # three quantiles of one value
#' loss_pinball(c(2, 5), rbind(c(1, 2, 4), c(1, 2, 4)), tau = c(0.1, 0.5, 0.9))
#' @family regression losses
#' @export
loss_pinball <- loss_function("pinball", function(
    y_true, y_pred, tau = 0.5, ..., reduction = "sum_over_batch_size", name = "pinball",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("pinball", tau = tau)
}, formula = "mean(max(tau e, (tau - 1) e)), e = t - p")

#' Expectile loss
#'
#' @description
#' Squared errors weighed by their side, the mean over the last axis of
#' \deqn{h(e) = |\tau - 1_{e < 0}| \, e^2, \quad e = t - p}{
#' abs(tau - (e < 0)) e^2, with e = t - p}
#' The prediction with the smallest mean loss is the expectile \eqn{\tau}{tau} of the true values:
#' to the mean what a quantile is to the median.
#'
#' @inheritParams loss_mean_squared_error
#' @param tau The expectile, from 0 to 1: the weight of a prediction that is too low; one that is
#'   too high has `1 - tau`. Or one for each output, on the last axis: then `y_true` may be a vector
#'   or have one column, the same true value for all.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Newey, W. K. and Powell, J. L. (1987). Asymmetric least squares estimation and testing.
#' \emph{Econometrica} 55(4), 819-847.
#'
#' @examplesIf lossbridge_available()
#' loss_expectile(rbind(c(1, 1)), rbind(c(0, 3)), tau = 0.75)
#' @family regression losses
#' @export
loss_expectile <- loss_function("expectile", function(
    y_true, y_pred, tau = 0.5, ..., reduction = "sum_over_batch_size", name = "expectile",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("expectile", tau = tau)
}, formula = "mean(|tau - 1(e < 0)| e^2), e = t - p")

#' Rounded pinball loss
#'
#' @description
#' The pinball loss with a square in place of its tip, the mean over the last axis of
#' \deqn{|\tau - 1_{e < 0}| \, h(e) / \delta, \quad e = t - p}{
#' abs(tau - (e < 0)) h(e) / delta, with e = t - p}
#' where \eqn{h} is Huber's loss, see [loss_huber()]. Beyond \eqn{\delta}{delta} its derivative is
#' that of [loss_pinball()], which it is for \eqn{\delta = 0}{delta = 0}.
#'
#' @inheritParams loss_mean_squared_error
#' @param tau The quantile, from 0 to 1: the weight of a prediction that is too low; one that is too
#'   high has `1 - tau`. Or one for each output, on the last axis: then `y_true` may be a vector or
#'   have one column, the same true value for all.
#' @param delta Where the square turns into a line, in the units of `y_true`; at least 0.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Dabney, W., Ostrovski, G., Silver, D. and Munos, R. (2018). Implicit quantile networks for
#' distributional reinforcement learning. \emph{ICML}.
#'
#' @examplesIf lossbridge_available()
#' loss_quantile_huber(rbind(c(0, 0)), rbind(c(0.5, -3)), tau = 0.75)
#' @family regression losses
#' @export
loss_quantile_huber <- loss_function("quantile_huber", function(
    y_true, y_pred, tau = 0.5, delta = 1, ..., reduction = "sum_over_batch_size",
    name = "quantile_huber", dtype = NULL, ignore_nan = FALSE) {
  call_loss("quantile_huber", tau = tau, delta = delta)
}, formula = "mean(|tau - 1(e < 0)| huber(e, delta) / delta), e = t - p")

#' Barron's general robust loss
#'
#' @description
#' A family of losses that count large errors the less the smaller \eqn{\alpha}{alpha}; the mean
#' over the last axis of
#' \deqn{\frac{b}{\alpha} \left( \left( \frac{e^2}{c^2 b} + 1 \right)^{\alpha / 2} - 1 \right),
#' \quad b = |\alpha - 2|, \quad e = t - p}{
#' b / alpha ((e^2 / (c^2 b) + 1)^(alpha / 2) - 1), with b = abs(alpha - 2) and e = t - p}
#' where \eqn{c} is `scale`. Its limits are continuous: 2 is half the squared error, 1 the
#' Charbonnier (pseudo-Huber) loss, 0 that of Cauchy, \eqn{\log(e^2 / (2 c^2) + 1)}{
#' log(e^2 / (2 c^2) + 1)}, -2 that of Geman and McClure, and `-Inf` that of Welsch.
#'
#' @inheritParams loss_mean_squared_error
#' @param alpha The shape: any number, or `-Inf`.
#' @param scale The error at which the square ends, in the units of `y_true`; above 0.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Barron, J. T. (2019). A general and adaptive robust loss function. \emph{CVPR}.
#'
#' @examplesIf lossbridge_available()
#' loss_robust(rbind(c(0, 0)), rbind(c(0, 2)))
#' loss_robust(rbind(c(0, 0)), rbind(c(0, 2)), alpha = -Inf)
#' @family regression losses
#' @export
loss_robust <- loss_function("robust", function(
    y_true, y_pred, alpha = 1, scale = 1, ..., reduction = "sum_over_batch_size", name = "robust",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("robust", alpha = alpha, scale = scale)
}, formula = "mean(b / alpha ((e^2 / (c^2 b) + 1)^(alpha / 2) - 1)), b = |alpha - 2|, c = scale")

#' Logarithm of the hyperbolic cosine
#'
#' @description
#' About \eqn{e^2 / 2} for small errors \eqn{e = p - t} and \eqn{|e| - \log 2}{|e| - log 2} for
#' large ones, the mean over the last axis:
#' \deqn{\ell = \frac{1}{n} \sum_{i=1}^{n} \log \cosh(p_i - t_i)}{mean(log(cosh(p - t)))}
#' It is finite up to the largest number of its dtype. `loss_logcosh()` is the name of R keras 2.
#'
#' @inheritParams loss_mean_squared_error
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Green, P. J. (1990). Bayesian reconstructions from emission tomography data using a modified EM
#' algorithm. \emph{IEEE Transactions on Medical Imaging} 9(1), 84-93.
#'
#' @examplesIf lossbridge_available()
#' loss_log_cosh(rbind(c(0, 1), c(0, 0)), rbind(c(1, 1), c(0, 0)))
#' @family regression losses
#' @export
loss_log_cosh <- loss_function("log_cosh", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "log_cosh", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss("log_cosh")
}, formula = "mean(log(cosh(p - t)))")

#' @rdname loss_log_cosh
#' @export
loss_logcosh <- loss_log_cosh

#' Cosine similarity
#'
#' @description
#' The negative cosine of the angle between two vectors along `axis`: -1 for the same
#' direction, 0 for orthogonal vectors, 1 for opposite ones:
#' \deqn{\ell = -\frac{\sum_i t_i p_i}{\|t\| \, \|p\|}}{-sum(t p) / (|t| |p|)}
#' A vector of zeros scores 0. `loss_cosine_proximity()` is the name of older versions of Keras.
#'
#' @inheritParams loss_mean_squared_error
#' @param axis The axis, or axes, of the vectors, counted from 1; -1 is the last.
#' @return With data, an array of the shape of `y_pred` without `axis`, or their reduced value
#'   if `reduction` is given. Without data, a loss object; see [lossbridge_loss].
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Salton, G., Wong, A. and Yang, C. S. (1975). A vector space model for automatic indexing.
#' \emph{Communications of the ACM} 18(11), 613-620.
#'
#' @examplesIf lossbridge_available()
#' loss_cosine_similarity(rbind(c(0, 1), c(1, 1)), rbind(c(1, 0), c(1, 1)))
#' @family regression losses
#' @export
loss_cosine_similarity <- loss_function("cosine_similarity", function(
    y_true, y_pred, axis = -1L, ..., reduction = "sum_over_batch_size",
    name = "cosine_similarity", dtype = NULL, ignore_nan = FALSE) {
  call_loss("cosine_similarity", axis = as_axis(axis, several = TRUE))
}, formula = "-sum(t p) / (|t| |p|)")

#' @rdname loss_cosine_similarity
#' @export
loss_cosine_proximity <- loss_cosine_similarity
