# Cross-entropies that weigh hard examples more.

#' Binary focal cross-entropy
#'
#' @description
#' Binary cross-entropy times a power of what is missing to certainty, the mean over `axis`:
#' \deqn{\ell = -\frac{1}{n} \sum_{i=1}^{n} (1 - q_i)^\gamma \log q_i, \quad
#' q = t p + (1 - t)(1 - p)}{-mean((1 - q)^gamma log(q)), q = t p + (1 - t) (1 - p)}
#'
#' @inheritParams loss_binary_crossentropy
#' @param apply_class_balancing Whether class 1 weighs `alpha` and class 0 weighs `1 - alpha`.
#' @param alpha The weight of class 1, from 0 to 1.
#' @param gamma The focusing exponent, at least 0; 0 gives [loss_binary_crossentropy()].
#' @inherit loss_binary_crossentropy return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Lin, T.-Y., Goyal, P., Girshick, R., He, K. and Dollar, P. (2017). Focal loss for dense object
#' detection. \emph{Proceedings of the IEEE International Conference on Computer Vision}, 2980-2988.
#'
#' @examplesIf lossbridge_available()
#' loss_binary_focal_crossentropy(rbind(c(0, 1)), rbind(c(0.1, 0.9)))
#' @family focal losses
#' @export
loss_binary_focal_crossentropy <- loss_function("binary_focal_crossentropy", function(
    y_true, y_pred, apply_class_balancing = FALSE, alpha = 0.25, gamma = 2,
    from_logits = FALSE, label_smoothing = 0, axis = -1L, pos_weight = NULL, ...,
    reduction = "sum_over_batch_size", name = "binary_focal_crossentropy", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss(
    "binary_focal_crossentropy",
    apply_class_balancing = apply_class_balancing, alpha = alpha, gamma = gamma,
    from_logits = from_logits, label_smoothing = label_smoothing,
    axis = as_axis(axis, several = TRUE),
    pos_weight = pos_weight
  )
}, formula = "-mean((1 - p_t)^gamma log(p_t)), p_t = t p + (1 - t) (1 - p)")

#' Asymmetric loss
#'
#' @description
#' For samples that each have a few of many labels, the mean over the last axis:
#' \deqn{\ell = -\frac{1}{n} \sum_{i=1}^{n} \left(t_i (1 - p_i)^{\gamma_+} \log p_i +
#' (1 - t_i) m_i^{\gamma_-} \log(1 - m_i)\right), \quad m = \max(p - c, 0)}{-mean(t (1 -
#' p)^gamma_pos
#' log(p) + (1 - t) m^gamma_neg log(1 - m)), m = max(p - clip, 0)}
#' What is absent weighs less the easier it is, and nothing where \eqn{p} is below \eqn{c}, which is
#' `clip`. Probabilities are clipped to \eqn{[10^{-7}, 1 - 10^{-7}]}{[1e-7, 1 - 1e-7]}.
#'
#' The paper's own program adds up the labels and samples, where this is the mean of the labels. By
#' default it also stops the gradient of the focusing weights \eqn{(1 - p)^{\gamma_+}}{(1 -
#' p)^gamma_pos}
#' and \eqn{m^{\gamma_-}}{m^gamma_neg}; here they take part in the gradient, which is the
#' derivative of
#' the value.
#'
#' @inheritParams loss_binary_crossentropy
#' @param gamma_pos The focusing exponent of the labels that are present, at least 0.
#' @param gamma_neg The focusing exponent of the labels that are absent, at least 0.
#' @param clip What the probability of an absent label is lowered by, from 0 to 1.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Ridnik, T., Ben-Baruch, E., Zamir, N., Noy, A., Friedman, I., Protter, M. and Zelnik-Manor, L.
#' (2021).
#' Asymmetric loss for multi-label classification. \emph{Proceedings of the IEEE/CVF International
#' Conference on Computer Vision}, 82-91.
#'
#' @examplesIf lossbridge_available()
#' loss_asymmetric(rbind(c(1, 0, 0)), rbind(c(0.9, 0.04, 0.55)))
#' @family focal losses
#' @export
loss_asymmetric <- loss_function("asymmetric", function(
    y_true, y_pred, gamma_pos = 1, gamma_neg = 4, clip = 0.05, from_logits = FALSE, ...,
    reduction = "sum_over_batch_size", name = "asymmetric", dtype = NULL, ignore_nan = FALSE) {
  call_loss(
    "asymmetric",
    gamma_pos = gamma_pos, gamma_neg = gamma_neg, clip = clip, from_logits = from_logits
  )
}, formula = paste0(
  "-mean(t (1 - p)^gamma_pos log(p) + (1 - t) m^gamma_neg log(1 - m)), m = max(p - clip, 0)"
))

#' Categorical focal cross-entropy
#'
#' @description
#' Categorical cross-entropy times a power of what is missing to certainty, along `axis`:
#' \deqn{\ell = -\sum_c \alpha (1 - p_c)^\gamma t_c \log p_c}{-sum(alpha (1 - p)^gamma t log(p))}
#'
#' @inheritParams loss_categorical_crossentropy
#' @param alpha The weight of all classes, or a vector with one weight for each class; at least 0.
#' @param gamma The focusing exponent, at least 0; 0 gives `alpha` times
#'   [loss_categorical_crossentropy()].
#' @inherit loss_binary_crossentropy return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Lin, T.-Y., Goyal, P., Girshick, R., He, K. and Dollar, P. (2017). Focal loss for dense object
#' detection. \emph{Proceedings of the IEEE International Conference on Computer Vision}, 2980-2988.
#'
#' @examplesIf lossbridge_available()
#' loss_categorical_focal_crossentropy(rbind(c(0, 1)), rbind(c(0.1, 0.9)))
#' loss_categorical_focal_crossentropy(rbind(c(0, 1)), rbind(c(0.1, 0.9)), alpha = c(0.2, 0.8))
#' @family focal losses
#' @export
loss_categorical_focal_crossentropy <- loss_function("categorical_focal_crossentropy", function(
    y_true, y_pred, alpha = 0.25, gamma = 2, from_logits = FALSE, label_smoothing = 0,
    axis = -1L, class_weight = NULL, ..., reduction = "sum_over_batch_size",
    name = "categorical_focal_crossentropy", dtype = NULL, ignore_nan = FALSE) {
  call_loss(
    "categorical_focal_crossentropy",
    alpha = alpha, gamma = gamma, from_logits = from_logits, label_smoothing = label_smoothing,
    axis = as_axis(axis), class_weight = as_class_weight(class_weight)
  )
}, formula = "-sum(alpha (1 - p)^gamma t log(p))")

#' Sparse categorical focal cross-entropy
#'
#' @description
#' Categorical focal cross-entropy of labels that are whole numbers, or a factor:
#' \deqn{\ell = -\alpha_t (1 - p_t)^\gamma \log p_t}{-alpha[t] (1 - p[t])^gamma log(p[t])}
#' It is that of the one-hot rows of the labels, see [loss_categorical_focal_crossentropy()], which
#' are
#' not made.
#'
#' @inheritParams loss_sparse_categorical_crossentropy
#' @param class_weight Weights \eqn{w} of the classes, at least 0: a vector with one for each
#'   class, or a
#'   list by class, `list("0" = 2)` say, in which a class that is not there weighs 1. If it has
#'   names and
#'   `y_true` is a factor, the names are its levels; else it is in the order of the classes. See
#'   [class_weights()]. The value is multiplied by the weight of its label. The reduction
#'   `"mean_with_sample_weight"` divides by these, too. `NULL` for none.
#' @param alpha The weight of all classes, or a vector with one weight for each class; at least 0.
#' @param gamma The focusing exponent, at least 0; 0 gives `alpha` times
#'   [loss_sparse_categorical_crossentropy()].
#' @inherit loss_binary_crossentropy return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Lin, T.-Y., Goyal, P., Girshick, R., He, K. and Dollar, P. (2017). Focal loss for dense object
#' detection. \emph{Proceedings of the IEEE International Conference on Computer Vision}, 2980-2988.
#'
#' @examplesIf lossbridge_available()
#' p <- rbind(c(0.9, 0.05, 0.05), c(0.1, 0.8, 0.1), c(0.2, 0.2, 0.6))
#' loss_sparse_categorical_focal_crossentropy(c(0, 1, 2), p)
#' species <- iris$Species[c(1, 51, 101)]
#' loss_sparse_categorical_focal_crossentropy(species, p, alpha = c(0.2, 0.3, 0.5))
#' @family focal losses
#' @export
loss_sparse_categorical_focal_crossentropy <- loss_function(
  "sparse_categorical_focal_crossentropy",
  function(
      y_true, y_pred, alpha = 0.25, gamma = 2, from_logits = FALSE, ignore_class = NULL,
      axis = -1L, class_weight = NULL, ..., reduction = "sum_over_batch_size",
      name = "sparse_categorical_focal_crossentropy", dtype = NULL, ignore_nan = FALSE) {
    call_loss(
      "sparse_categorical_focal_crossentropy",
      alpha = alpha, gamma = gamma, from_logits = from_logits, ignore_class = ignore_class,
      axis = as_axis(axis), class_weight = as_class_weight(class_weight), labels = TRUE
    )
  },
  formula = "-alpha[t] (1 - p[t])^gamma log(p[t])"
)

#' Sigmoid focal cross-entropy
#'
#' @description
#' Binary focal cross-entropy with balanced classes, the sum over the last axis, where
#' [loss_binary_focal_crossentropy()] has the mean:
#' \deqn{\ell = -\sum_{i=1}^{n} \alpha_i (1 - q_i)^\gamma \log q_i, \quad
#' q = t p + (1 - t)(1 - p)}{-sum(a (1 - q)^gamma log(q)), q = t p + (1 - t) (1 - p)}
#' with \eqn{\alpha_i = t \alpha + (1 - t)(1 - \alpha)}{a = t alpha + (1 - t) (1 - alpha)}.
#'
#' @inheritParams loss_binary_focal_crossentropy
#' @param alpha The weight of class 1, from 0 to 1; class 0 has `1 - alpha`. `NULL` for no weights.
#' @param gamma The focusing exponent, at least 0.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Lin, T.-Y., Goyal, P., Girshick, R., He, K. and Dollar, P. (2017). Focal loss for dense object
#' detection. \emph{Proceedings of the IEEE International Conference on Computer Vision}, 2980-2988.
#'
#' @examplesIf lossbridge_available()
#' loss_sigmoid_focal_crossentropy(rbind(c(0, 1)), rbind(c(0.1, 0.9)))
#' @family focal losses
#' @export
loss_sigmoid_focal_crossentropy <- loss_function("sigmoid_focal_crossentropy", function(
    y_true, y_pred, alpha = 0.25, gamma = 2, from_logits = FALSE, ...,
    reduction = "sum_over_batch_size", name = "sigmoid_focal_crossentropy", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss(
    "sigmoid_focal_crossentropy",
    alpha = alpha, gamma = gamma, from_logits = from_logits
  )
}, formula = "-sum(a_t (1 - p_t)^gamma log(p_t)), p_t = t p + (1 - t) (1 - p)")
