# Losses of probabilities.

#' Binary cross-entropy
#'
#' @description
#' The mean over `axis` of the negative log-likelihood of yes/no labels:
#' \deqn{\ell = -\frac{1}{n} \sum_{i=1}^{n} \left(t_i \log p_i + (1 - t_i) \log(1 - p_i)\right)}{
#' -mean(t log(p) + (1 - t) log(1 - p))}
#' Probabilities are clipped to \eqn{[10^{-7}, 1 - 10^{-7}]}{[1e-7, 1 - 1e-7]}.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Labels \eqn{t}, numbers from 0 to 1, of shape `[batch, d0, .. dN]`. Left out
#'   together with `y_pred`, a loss object is made.
#' @param y_pred Probabilities \eqn{p}, or logits if `from_logits`, of the same shape.
#' @param from_logits Whether `y_pred` holds logits rather than probabilities.
#' @param label_smoothing \eqn{s} from 0 to 1: labels become \eqn{t (1 - s) + s / 2}.
#' @param axis The axis, or axes, that the mean is taken over, counted from 1; -1 is the last.
#' @param pos_weight What the term of label 1 is multiplied by, at least 0: a number, or a vector
#'   with one
#'   for each output on the last axis. No mean divides by it. `NULL` for 1.
#' @return With data, the per-sample values, an array of the shape of `y_pred` without `axis`,
#'   or their reduced value if `reduction` is given. Without data, a loss object; see
#'   [lossbridge_loss].
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Good, I. J. (1952). Rational decisions. \emph{Journal of the Royal Statistical Society B} 14(1),
#' 107-114.
#'
#' @examplesIf lossbridge_available()
#' y_true <- rbind(c(0, 1), c(0, 0))
#' y_pred <- rbind(c(0.6, 0.4), c(0.4, 0.6))
#' loss_binary_crossentropy(y_true, y_pred)
#' loss_binary_crossentropy(y_true, qlogis(y_pred), from_logits = TRUE)
#' @family probabilistic losses
#' @export
loss_binary_crossentropy <- loss_function("binary_crossentropy", function(
    y_true, y_pred, from_logits = FALSE, label_smoothing = 0, axis = -1L, pos_weight = NULL, ...,
    reduction = "sum_over_batch_size", name = "binary_crossentropy", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss(
    "binary_crossentropy",
    from_logits = from_logits, label_smoothing = label_smoothing,
    axis = as_axis(axis, several = TRUE),
    pos_weight = pos_weight
  )
}, formula = "-mean(t log(p) + (1 - t) log(1 - p))")

#' Categorical cross-entropy
#'
#' @description
#' The negative log-likelihood of classes along `axis`:
#' \deqn{\ell = -\sum_c t_c \log \frac{p_c}{\sum_k p_k}}{-sum(t log(p / sum(p)))}
#' Probabilities that sum to 1 are clipped to \eqn{[10^{-7}, 1 - 10^{-7}]}{[1e-7, 1 - 1e-7]}.
#'
#' @inheritParams loss_binary_crossentropy
#' @param y_true One-hot labels or probabilities \eqn{t} along `axis`, of shape `[batch, d0, ..
#'   dN]`; see [to_categorical()]. Left out together with `y_pred`, a loss object is made.
#' @param label_smoothing \eqn{s} from 0 to 1: labels become \eqn{t (1 - s) + s / K} for \eqn{K}
#'   classes.
#' @param axis The axis of the classes, counted from 1; -1 is the last.
#' @param class_weight Weights \eqn{w} of the classes, at least 0: a vector with one for each
#'   class, or a
#'   list by class, `list("0" = 2)` say, in which a class that is not there weighs 1. See
#'   [class_weights()]. Each term is multiplied by its own: the value of a one-hot label by the
#'   weight of its
#'   class, that of probabilities as in PyTorch. The reduction `"mean_with_sample_weight"` divides
#'   by the weights of the true
#'   classes, too. `NULL` for none.
#' @inherit loss_binary_crossentropy return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Good, I. J. (1952). Rational decisions. \emph{Journal of the Royal Statistical Society B} 14(1),
#' 107-114.
#'
#' @examplesIf lossbridge_available()
#' species <- to_categorical(iris$Species[c(1, 51, 101)])
#' p <- rbind(c(0.9, 0.05, 0.05), c(0.1, 0.8, 0.1), c(0.2, 0.2, 0.6))
#' loss_categorical_crossentropy(species, p)
#' @family probabilistic losses
#' @export
loss_categorical_crossentropy <- loss_function("categorical_crossentropy", function(
    y_true, y_pred, from_logits = FALSE, label_smoothing = 0, axis = -1L, class_weight = NULL, ...,
    reduction = "sum_over_batch_size", name = "categorical_crossentropy", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss(
    "categorical_crossentropy",
    from_logits = from_logits, label_smoothing = label_smoothing, axis = as_axis(axis),
    class_weight = as_class_weight(class_weight)
  )
}, formula = "-sum(t log(p / sum(p)))")

#' Sparse categorical cross-entropy
#'
#' @description
#' Categorical cross-entropy of labels that are whole numbers, or a factor:
#' \deqn{\ell = -\log \frac{p_t}{\sum_k p_k}}{-log(p[t] / sum(p))}
#'
#' @inheritParams loss_categorical_crossentropy
#' @param y_true Class labels \eqn{t} from 0 to \eqn{K - 1}, of the shape of `y_pred` without `axis`
#'   (or with 1 there), or a factor, whose first level is class 0. Labels that are missing are an
#'   error. Left out together with `y_pred`, a loss object is made.
#' @param y_pred Probabilities \eqn{p}, or logits if `from_logits`, with \eqn{K} classes along
#'   `axis`.
#' @param ignore_class A label, counted from 0 as in `y_true`, whose entries are left out: they
#'   score 0, and a mean is taken over the others. `NULL` for none.
#' @param class_weight Weights \eqn{w} of the classes, at least 0: a vector with one for each
#'   class, or a
#'   list by class, `list("0" = 2)` say, in which a class that is not there weighs 1. If it has
#'   names and
#'   `y_true` is a factor, the names are its levels; else it is in the order of the classes. See
#'   [class_weights()]. The value is multiplied by the weight of its label; with `label_smoothing`
#'   each
#'   term by its own. The reduction `"mean_with_sample_weight"` divides by the weights of the true
#'   classes, too. `NULL` for none.
#' @inherit loss_binary_crossentropy return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Good, I. J. (1952). Rational decisions. \emph{Journal of the Royal Statistical Society B} 14(1),
#' 107-114.
#'
#' @examplesIf lossbridge_available()
#' p <- rbind(c(0.9, 0.05, 0.05), c(0.1, 0.8, 0.1), c(0.2, 0.2, 0.6))
#' loss_sparse_categorical_crossentropy(c(0, 1, 2), p)
#' loss_sparse_categorical_crossentropy(iris$Species[c(1, 51, 101)], p)
#' @family probabilistic losses
#' @export
loss_sparse_categorical_crossentropy <- loss_function("sparse_categorical_crossentropy", function(
    y_true, y_pred, from_logits = FALSE, ignore_class = NULL, axis = -1L, label_smoothing = 0,
    class_weight = NULL, ..., reduction = "sum_over_batch_size",
    name = "sparse_categorical_crossentropy",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss(
    "sparse_categorical_crossentropy",
    from_logits = from_logits, ignore_class = ignore_class, axis = as_axis(axis),
    label_smoothing = label_smoothing, class_weight = as_class_weight(class_weight), labels = TRUE
  )
}, formula = "-log(p[t] / sum(p))")

#' Kullback-Leibler divergence
#'
#' @description
#' The information lost where \eqn{p} stands for \eqn{t}, in nats, over the last axis:
#' \deqn{\ell = \sum_c t_c \log \frac{t_c}{p_c}}{sum(t log(t / p))} Both are clipped to
#' \eqn{[10^{-7}, 1]}{[1e-7, 1]}. `loss_kullback_leibler_divergence()` is the name of R keras 2.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true True probabilities \eqn{t} along the last axis, of shape `[batch, d0, .. dN]`. Left
#'   out together with `y_pred`, a loss object is made.
#' @param y_pred Predicted probabilities \eqn{p}, of the same shape.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Kullback, S. and Leibler, R. A. (1951). On information and sufficiency. \emph{The Annals of
#' Mathematical Statistics} 22(1), 79-86.
#'
#' @examplesIf lossbridge_available()
#' loss_kl_divergence(rbind(c(0.5, 0.5)), rbind(c(0.25, 0.75)))
#' @family probabilistic losses
#' @export
loss_kl_divergence <- loss_function("kl_divergence", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "kl_divergence",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("kl_divergence")
}, formula = "sum(t log(t / p))")

#' @rdname loss_kl_divergence
#' @export
loss_kullback_leibler_divergence <- loss_kl_divergence

#' Poisson loss
#'
#' @description
#' The negative log-likelihood of counts with expectations \eqn{p}, without the term
#' \eqn{\log t!}{log t!}, the mean over the last axis:
#' \deqn{\ell = \frac{1}{n} \sum_{i=1}^{n} \left(p_i - t_i \log(p_i + 10^{-7})\right)}{
#' mean(p - t log(p + 1e-7))}
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Counts \eqn{t}, at least 0, of shape `[batch, d0, .. dN]`. Left out together with
#'   `y_pred`, a loss object is made.
#' @param y_pred Expected counts \eqn{p}, at least 0, of the same shape.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' McCullagh, P. and Nelder, J. A. (1983). \emph{Generalized Linear Models}. Chapman and Hall.
#'
#' @examplesIf lossbridge_available()
#' loss_poisson(rbind(c(2, 0)), rbind(c(1, 3)))
#' @family probabilistic losses
#' @export
loss_poisson <- loss_function("poisson", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "poisson", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss("poisson")
}, formula = "mean(p - t log(p + 1e-7))")

#' Poisson deviance
#'
#' @description
#' The deviance of counts, and of any true value whose variance is proportional to its mean; the
#' mean over the last axis of
#' \deqn{2 (t \log(t / p) - t + p)}{2 (t log(t / p) - t + p)}
#' For counts of unequal exposure give the rates, counts divided by their exposure, with the
#' exposure as `sample_weight` of the loss object: their deviance is then that of [glm()] with an
#' offset.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true True values \eqn{t}, at least 0, of shape `[batch, d0, .. dN]`. Left out together
#'   with `y_pred`, a loss object is made.
#' @param y_pred Means \eqn{p}, above 0, or their logarithms if `log_link`, of the same shape. Means
#'   are raised to \eqn{10^{-7}}{1e-7}.
#' @param log_link Whether `y_pred` holds logarithms of the means.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Nelder, J. A. and Wedderburn, R. W. M. (1972). Generalized linear models. \emph{Journal of the
#' Royal Statistical Society A} 135(3), 370-384.
#'
#' @examplesIf lossbridge_available()
#' loss_poisson_deviance(rbind(c(2, 0)), rbind(c(1, 3)))
#'
#' # claims of drivers, by exposure: the deviance of glm()
#' data <- MASS::Insurance
#' model <- glm(Claims ~ District + offset(log(Holders)), poisson, data)
#' rate <- cbind(data$Claims / data$Holders)
#' total <- loss_poisson_deviance(reduction = "sum")
#' total(rate, cbind(fitted(model) / data$Holders), sample_weight = data$Holders)
#' deviance(model)
#' @family probabilistic losses
#' @export
loss_poisson_deviance <- loss_function("poisson_deviance", function(
    y_true, y_pred, log_link = FALSE, ..., reduction = "sum_over_batch_size",
    name = "poisson_deviance", dtype = NULL, ignore_nan = FALSE) {
  call_loss("poisson_deviance", log_link = log_link)
}, formula = "mean(2 (t log(t / p) - t + p))")

#' Gamma deviance
#'
#' @description
#' The deviance of amounts whose standard deviation is proportional to their mean, the mean over the
#' last axis:
#' \deqn{2 (t / p - 1 - \log(t / p))}{2 (t / p - 1 - log(t / p))}
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true True values \eqn{t}, above 0, of shape `[batch, d0, .. dN]`, raised to
#'   \eqn{10^{-7}}{1e-7}. Left out together with `y_pred`, a loss object is made.
#' @param y_pred Means \eqn{p}, above 0, or their logarithms if `log_link`, of the same shape. Means
#'   are raised to \eqn{10^{-7}}{1e-7}.
#' @param log_link Whether `y_pred` holds logarithms of the means.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Nelder, J. A. and Wedderburn, R. W. M. (1972). Generalized linear models. \emph{Journal of the
#' Royal Statistical Society A} 135(3), 370-384.
#'
#' @examplesIf lossbridge_available()
#' loss_gamma_deviance(rbind(c(2, 1)), rbind(c(1, 1)))
#' @family probabilistic losses
#' @export
loss_gamma_deviance <- loss_function("gamma_deviance", function(
    y_true, y_pred, log_link = FALSE, ..., reduction = "sum_over_batch_size",
    name = "gamma_deviance", dtype = NULL, ignore_nan = FALSE) {
  call_loss("gamma_deviance", log_link = log_link)
}, formula = "mean(2 (t / p - 1 - log(t / p)))")

#' Tweedie deviance
#'
#' @description
#' The deviance of true values whose variance is proportional to the power \eqn{k} of their mean;
#' the mean over the last axis of
#' \deqn{2 \left( \frac{t^{2-k}}{(1-k)(2-k)} - \frac{t p^{1-k}}{1-k} + \frac{p^{2-k}}{2-k} \right)}{
#' 2 (t^(2 - k) / ((1 - k) (2 - k)) - t p^(1 - k) / (1 - k) + p^(2 - k) / (2 - k))}
#' Between 1 and 2 they are sums of amounts, many of them 0, such as claims; 0, 1, 2 and 3 are the
#' normal, Poisson, gamma and inverse Gaussian distribution.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true True values \eqn{t}, of shape `[batch, d0, .. dN]`: of any sign for power 0, at
#'   least 0 below power 2, else above 0, raised to \eqn{10^{-7}}{1e-7}. Left out together with
#'   `y_pred`, a loss object is made.
#' @param y_pred Means \eqn{p}, above 0, or their logarithms if `log_link`, of the same shape. Means
#'   are raised to \eqn{10^{-7}}{1e-7}, but for power 0.
#' @param log_link Whether `y_pred` holds logarithms of the means.
#' @param power \eqn{k}, 0 or at least 1.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Jorgensen, B. (1987). Exponential dispersion models. \emph{Journal of the Royal Statistical
#' Society B} 49(2), 127-162.
#'
#' @examplesIf lossbridge_available()
#' loss_tweedie_deviance(rbind(c(4, 0)), rbind(c(1, 1)))
#' @family probabilistic losses
#' @export
loss_tweedie_deviance <- loss_function("tweedie_deviance", function(
    y_true, y_pred, power = 1.5, log_link = FALSE, ..., reduction = "sum_over_batch_size",
    name = "tweedie_deviance", dtype = NULL, ignore_nan = FALSE) {
  call_loss("tweedie_deviance", power = power, log_link = log_link)
}, formula = "mean(2 (t^b / (a b) - t p^a / a + p^b / b)), a = 1 - power, b = 2 - power")

#' Generalized cross-entropy
#'
#' @description
#' Between cross-entropy (\eqn{q \to 0}{q near 0}) and the mean absolute error (\eqn{q
#' \to 1}{q near 1}), and so more robust to wrong labels than the former:
#' \deqn{\ell = \frac{1 - p_t^q}{q}}{(1 - p[t]^q) / q}
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Class labels \eqn{t} from 0 to \eqn{K - 1}, of the shape of `y_pred` without its
#'   last axis, or a factor, whose first level is class 0. Left out together with `y_pred`, a loss
#'   object is made.
#' @param y_pred Probabilities \eqn{p} with \eqn{K} classes along the last axis.
#' @param q A number between 0 and 1.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Zhang, Z. and Sabuncu, M. R. (2018). Generalized cross entropy loss for training deep
#' neural networks with noisy labels. \emph{Advances in Neural Information Processing Systems} 31.
#'
#' @examplesIf lossbridge_available()
#' loss_categorical_generalized_cross_entropy(1, rbind(c(0.19, 0.81)))
#' @family probabilistic losses
#' @export
loss_categorical_generalized_cross_entropy <- loss_function(
  "categorical_generalized_cross_entropy",
  function(
      y_true, y_pred, q = 0.5, ..., reduction = "sum_over_batch_size",
      name = "categorical_generalized_cross_entropy", dtype = NULL, ignore_nan = FALSE) {
    call_loss("categorical_generalized_cross_entropy", q = q, labels = TRUE)
  },
  formula = "(1 - p[t]^q) / q"
)

#' Sparsemax loss
#'
#' @description
#' Of logits \eqn{z}, whose sparsemax \eqn{p = \max(z - \tau, 0)}{p = max(z - tau, 0)} are the
#' nearest probabilities, some of them exactly 0:
#' \deqn{\ell = \sum_c \frac{(t_c - p_c)^2}{2} + t_c \max(\tau - z_c, 0)}{
#' sum((t - p)^2 / 2 + t max(tau - z, 0))}
#' The gradient is \eqn{p - t}. Logits may be infinite.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Probabilities \eqn{t} of the classes, such as one-hot labels, of shape
#'   `[batch, d0, .. dN, classes]`. Left out together with `y_pred`, a loss object is made.
#' @param y_pred Logits \eqn{z}, of the same shape.
#' @param from_logits Must be `TRUE`.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Martins, A. F. T. and Astudillo, R. F. (2016). From softmax to sparsemax: a sparse model of
#' attention and multi-label classification. \emph{Proceedings of the International Conference on
#' Machine Learning}, 1614-1623.
#'
#' @examplesIf lossbridge_available()
#' loss_sparsemax(rbind(c(1, 0, 0), c(0, 1, 0)), rbind(c(1.5, 0.5, 0), c(1.5, 0.5, 0)))
#' @family probabilistic losses
#' @export
loss_sparsemax <- loss_function("sparsemax", function(
    y_true, y_pred, from_logits = TRUE, ..., reduction = "sum_over_batch_size",
    name = "sparsemax", dtype = NULL, ignore_nan = FALSE) {
  call_loss("sparsemax", from_logits = from_logits)
}, formula = "sum((t - p)^2 / 2 + t max(tau - z, 0)), p = max(z - tau, 0)")

#' Weighted kappa loss
#'
#' @description
#' \eqn{\log(1 - \kappa + \epsilon)}{log(1 - kappa + epsilon)} for Cohen's kappa with weights of
#' the classes:
#' \deqn{1 - \kappa = \frac{n \sum_i w(t_i, p_i)}{\sum_i \sum_j w(t_i, p_j)}, \quad
#' w(t, p) = \sum_c \sum_k t_c p_k (c - k)^2}{
#' 1 - kappa = n sum_i(w(t_i, p_i)) / sum_ij(w(t_i, p_j)), w(t, p) = sum_ck(t_c p_k (c - k)^2)}
#' the mean square of the distance of the true and the predicted class, over what it would be if
#' they had nothing to do with each other. It is for classes in an order.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true One-hot labels \eqn{t} along the last axis, of shape `[batch, d0, .. dN]`. A row of
#'   zeros is left out, and one that adds up to 2 counts as two. Left out together with `y_pred`, a
#'   loss object is made.
#' @param y_pred Probabilities \eqn{p}, of the same shape.
#' @param num_classes The number of classes; `NULL` for what the last axis has.
#' @param weightage `"quadratic"`, or `"linear"` for the distance in place of its square.
#' @param epsilon What is added, for a finite logarithm, above 0.
#' @return With data one number; without, a loss object, see [lossbridge_loss].
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @section Samples of a batch:
#' A kappa belongs to a batch: one number comes out, whatever the reduction. A sample weight weighs
#' the sample in all sums. Under several replicas the batch is what the replica has. Of a batch
#' whose true and predicted class are one and the same the value is
#' \eqn{\log \epsilon}{log(epsilon)}; of one without samples it is 0.
#'
#' @references
#' de la Torre, J., Puig, D. and Valls, A. (2018). Weighted kappa loss function for multi-class
#' classification of ordinal data in deep learning. \emph{Pattern Recognition Letters} 105, 144-154.
#'
#' @examplesIf lossbridge_available()
#' loss_weighted_kappa(diag(2), rbind(c(0.75, 0.25), c(0.25, 0.75)))
#' loss_weighted_kappa(num_classes = 2)
#' @family probabilistic losses
#' @export
loss_weighted_kappa <- loss_function("weighted_kappa", function(
    y_true, y_pred, num_classes = NULL, weightage = "quadratic", epsilon = 1e-6, ...,
    reduction = "sum_over_batch_size", name = "weighted_kappa", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss(
    "weighted_kappa",
    num_classes = num_classes, weightage = weightage, epsilon = epsilon
  )
}, formula = "log(1 - kappa + epsilon), kappa weighted by the distance of the classes")
