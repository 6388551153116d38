# Values that several tests start from.

skip_if_no_python <- function() {
  skip_if_not(lossbridge_available(), "Python with TensorFlow is not available")
}

skip_if_no_module <- function(module) {
  skip_if_not(
    reticulate::py_module_available(module),
    paste0("Python package ", module, " is not installed")
  )
}

# Keras' own documentation uses these two matrices.
y_true <- rbind(c(0, 1), c(0, 0))
y_pred <- rbind(c(0.6, 0.4), c(0.4, 0.6))

# The condition that an expression, or each one in braces, ends with, as text that does not depend
# on the version of testthat.
print_conditions <- function(code) {
  code <- substitute(code)
  expressions <- if (identical(code[[1]], quote(`{`))) as.list(code)[-1] else list(code)
  for (expression in expressions) {
    condition <- tryCatch(
      {
        eval(expression, parent.frame())
        simpleCondition("no condition")
      },
      error = identity,
      warning = identity
    )
    call <- rlang::format_error_call(conditionCall(condition))
    cat("> ", deparse1(expression), "\n", sep = "")
    cat("In ", call, ": ", conditionMessage(condition), "\n\n", sep = "")
  }
}

names_of <- function(prefix) {
  sort(grep(paste0("^", prefix), getNamespaceExports("lossbridge"), value = TRUE))
}

# Functions of losses that are none themselves.
no_losses <- c(
  "loss_compiled", "loss_eval_metric", "loss_gradient", "loss_hessian", "loss_metric",
  "loss_objective"
)

exported <- function(name) getExportedValue("lossbridge", name)

# Rows that sum to 1, with distinct dimensions.
probabilities <- function(n = 5, k = 3) {
  p <- matrix(stats::runif(n * k, 0.05, 1), n)
  p / rowSums(p)
}

one_hot <- function(labels, k) outer(labels, seq_len(k) - 1, "==") + 0

# For each loss: data, and its formula written once more, in R. Each gives one value per row.
loss_cases <- function() {
  set.seed(1)
  t <- matrix(stats::rnorm(15), 5)
  p <- matrix(stats::rnorm(15), 5)
  sign <- matrix(sample(c(-1, 1), 15, TRUE), 5)
  t_prob <- probabilities()
  p_prob <- probabilities()
  labels <- c(0, 2, 1, 1, 0)
  hot <- one_hot(labels, 3)
  yes <- matrix(sample(0:1, 15, TRUE), 5) + 0
  p_yes <- matrix(stats::runif(15, 0.05, 0.95), 5)
  picked <- p_prob[cbind(1:5, labels + 1)]
  e <- abs(t - p)
  huber <- function(delta) ifelse(e <= delta, e^2 / 2, delta * e - delta^2 / 2)
  low <- function(clip) pmax(p_yes - clip, 0)
  y <- t[, 1]
  heads <- p[, 1:2]
  counts <- c(0, 1, 4, 0, 30)
  softplus <- function(x) log1p(exp(x))
  minus_log <- function(density, ...) -density(y, ..., log = TRUE)
  q <- yes * p_yes + (1 - yes) * (1 - p_yes)
  # The distance of classes, of the true and predicted ones of each row, and of all rows.
  apart <- function(t, p) {
    w <- as.matrix(stats::dist(1:3))
    list(pairs = sum((t %*% w) * p), all = sum((t %*% w) %*% t(p)))
  }
  list(
    mean_squared_error = list(t, p, rowMeans((t - p)^2)),
    mean_absolute_error = list(t, p, rowMeans(e)),
    mean_absolute_percentage_error = list(t, p, 100 * rowMeans(e / abs(t))),
    mean_squared_logarithmic_error = list(
      abs(t), abs(p), rowMeans((log1p(abs(t)) - log1p(abs(p)))^2)
    ),
    huber = list(t, p, rowMeans(huber(1))),
    huber = list(t, p, rowMeans(huber(0.4)), delta = 0.4),
    log_cosh = list(t, p, rowMeans(log(cosh(p - t)))),
    cosine_similarity = list(t, p, -rowSums(t * p) / sqrt(rowSums(t^2) * rowSums(p^2))),
    cosine_similarity = list(
      t, p, -colSums(t * p) / sqrt(colSums(t^2) * colSums(p^2)),
      axis = 1
    ),
    hinge = list(sign, p, rowMeans(pmax(1 - sign * p, 0))),
    squared_hinge = list(sign, p, rowMeans(pmax(1 - sign * p, 0)^2)),
    categorical_hinge = list(
      hot, p, pmax(apply((1 - hot) * p, 1, max) - rowSums(hot * p) + 1, 0)
    ),
    binary_crossentropy = list(yes, p_yes, -rowMeans(log(q))),
    binary_crossentropy = list(yes, qlogis(p_yes), -rowMeans(log(q)), from_logits = TRUE),
    binary_crossentropy = list(yes, p_yes, -colMeans(log(q)), axis = 1L),
    categorical_crossentropy = list(hot, p_prob, -log(picked)),
    categorical_crossentropy = list(
      hot, p_prob, -rowSums((hot * 0.7 + 0.1) * log(p_prob)),
      label_smoothing = 0.3
    ),
    sparse_categorical_crossentropy = list(labels, p_prob, -log(picked)),
    sparse_categorical_crossentropy = list(
      labels, p_prob, ifelse(labels == 1, 0, -log(picked)),
      ignore_class = 1L
    ),
    sparse_categorical_crossentropy = list(labels, t(p_prob), -log(picked), axis = 1),
    kl_divergence = list(t_prob, p_prob, rowSums(t_prob * log(t_prob / p_prob))),
    poisson = list(abs(t), abs(p), rowMeans(abs(p) - abs(t) * log(abs(p) + 1e-7))),
    gaussian_nll = list(
      y, heads, minus_log(stats::dnorm, heads[, 1], exp(heads[, 2])),
      full = TRUE
    ),
    gaussian_nll = list(
      y, heads, minus_log(stats::dnorm, heads[, 1], softplus(heads[, 2])) - log(2 * pi) / 2,
      scale = "softplus"
    ),
    laplace_nll = list(
      y, heads, heads[, 2] + abs(y - heads[, 1]) / exp(heads[, 2]) + log(2),
      full = TRUE
    ),
    lognormal_nll = list(
      exp(y), heads, -stats::dlnorm(exp(y), heads[, 1], exp(heads[, 2]), log = TRUE),
      full = TRUE
    ),
    student_t_nll = list(
      y, p, p[, 2] - stats::dt((y - p[, 1]) / exp(p[, 2]), exp(p[, 3]), log = TRUE),
      full = TRUE
    ),
    student_t_nll = list(
      y, heads, log(softplus(heads[, 2])) - log(2 * pi) / 2 -
        stats::dt((y - heads[, 1]) / softplus(heads[, 2]), 2.5, log = TRUE),
      df = 2.5, scale = "softplus"
    ),
    gamma_nll = list(
      exp(y), heads, -stats::dgamma(
        exp(y),
        shape = exp(heads[, 2]), rate = exp(heads[, 2] - heads[, 1]), log = TRUE
      ),
      full = TRUE
    ),
    negative_binomial_nll = list(
      counts, heads,
      -stats::dnbinom(counts, size = exp(heads[, 2]), mu = exp(heads[, 1]), log = TRUE),
      full = TRUE
    ),
    zero_inflated_poisson_nll = list(
      counts, heads, -log(
        stats::plogis(heads[, 2]) * (counts == 0) +
          stats::plogis(-heads[, 2]) * stats::dpois(counts, exp(heads[, 1]))
      ),
      full = TRUE
    ),
    zero_inflated_negative_binomial_nll = list(
      counts, p, -log(
        stats::plogis(p[, 3]) * (counts == 0) +
          stats::plogis(-p[, 3]) * stats::dnbinom(counts, size = softplus(p[, 2]), mu = exp(p[, 1]))
      ),
      scale = "softplus", full = TRUE
    ),
    gaussian_crps = list(y, heads, vapply(seq_along(y), function(i) {
      # the integral that it stands for
      below <- function(x) stats::pnorm(x, heads[i, 1], exp(heads[i, 2]))^2
      above <- function(x) stats::pnorm(x, heads[i, 1], exp(heads[i, 2]), lower.tail = FALSE)^2
      stats::integrate(below, -Inf, y[i])$value + stats::integrate(above, y[i], Inf)$value
    }, 1)),
    ensemble_crps = list(y, p, vapply(seq_along(y), function(i) {
      mean(abs(p[i, ] - y[i])) - mean(abs(outer(p[i, ], p[i, ], `-`))) / 2
    }, 1)),
    ensemble_crps = list(y, p, vapply(seq_along(y), function(i) {
      mean(abs(p[i, ] - y[i])) - sum(abs(outer(p[i, ], p[i, ], `-`))) / 12
    }, 1), fair = TRUE),
    gaussian_mixture_nll = list(y, cbind(p, t), vapply(seq_along(y), function(i) {
      pred <- matrix(c(p[i, ], t[i, ]), 2) # two components in rows
      shares <- exp(pred[, 1]) / sum(exp(pred[, 1]))
      -log(sum(shares * stats::dnorm(y[i], pred[, 2], exp(pred[, 3]))))
    }, 1), full = TRUE),
    categorical_generalized_cross_entropy = list(labels, p_prob, (1 - sqrt(picked)) / 0.5),
    categorical_generalized_cross_entropy = list(
      labels, p_prob, (1 - picked^0.8) / 0.8,
      q = 0.8
    ),
    binary_focal_crossentropy = list(yes, p_yes, -rowMeans((1 - q)^2 * log(q))),
    binary_focal_crossentropy = list(
      yes, p_yes, -rowMeans((yes * 0.3 + (1 - yes) * 0.7) * (1 - q)^1.5 * log(q)),
      apply_class_balancing = TRUE, alpha = 0.3, gamma = 1.5
    ),
    asymmetric = list(
      yes, p_yes,
      -rowMeans(yes * (1 - p_yes) * log(p_yes) + (1 - yes) * low(0.05)^4 * log(1 - low(0.05)))
    ),
    asymmetric = list(
      yes, qlogis(p_yes),
      -rowMeans(yes * (1 - p_yes)^2 * log(p_yes) + (1 - yes) * low(0.3)^3 * log(1 - low(0.3))),
      gamma_pos = 2, gamma_neg = 3, clip = 0.3, from_logits = TRUE
    ),
    categorical_focal_crossentropy = list(
      hot, p_prob, -0.25 * (1 - picked)^2 * log(picked)
    ),
    categorical_focal_crossentropy = list(
      hot, p_prob, -c(0.2, 0.3, 0.5)[labels + 1] * (1 - picked)^2 * log(picked),
      alpha = c(0.2, 0.3, 0.5)
    ),
    sparse_categorical_focal_crossentropy = list(
      labels, p_prob, -0.25 * (1 - picked)^2 * log(picked)
    ),
    sparse_categorical_focal_crossentropy = list(
      labels, t(log(p_prob)),
      ifelse(labels == 1, 0, -c(0.2, 0.3, 0.5)[labels + 1] * (1 - picked)^1.5 * log(picked)),
      alpha = c(0.2, 0.3, 0.5), gamma = 1.5, from_logits = TRUE, ignore_class = 1, axis = 1
    ),
    dice = list(yes, p_yes, 1 - 2 * sum(yes * p_yes) / (sum(yes) + sum(p_yes))),
    dice = list(
      yes, p_yes, 1 - 2 * colSums(yes * p_yes) / (colSums(yes) + colSums(p_yes)),
      axis = 1
    ),
    tversky = list(
      yes, p_yes,
      1 - sum(yes * p_yes) /
        (sum(yes * p_yes) + 0.2 * sum((1 - yes) * p_yes) + 0.7 * sum(yes * (1 - p_yes))),
      alpha = 0.2, beta = 0.7
    ),
    # Two equal logits at each of two steps: the label 1 comes out of 3 of the 4 paths (1 0, 0 1, 1
    # 1).
    ctc = list(matrix(1), array(0, c(1, 2, 2)), -log(3 / 4)),
    # One pair of the same class at distance 0 and two of other classes at distance 1, gamma 1,
    # margin 0.4: softplus(log(exp(-0.16)) + log(exp(0.4 * -0.4))), and the third sample has no
    # positive pair.
    circle = list(
      c(0, 0, 1), rbind(c(1, 0), c(1, 0), c(0, 1)),
      c(log1p(exp(-0.32)), log1p(exp(-0.32)), 0),
      gamma = 1
    ),
    contrastive = list(
      yes, p_yes, rowMeans(yes * p_yes^2 + (1 - yes) * (2 - p_yes)^2),
      margin = 2
    ),
    # The samples 0 and 1 on a line, and the third at 1.5; two positive pairs of three samples.
    triplet_semihard = list(c(0, 0, 1), cbind(c(0, 1, 1.5)), c(0.5, 1.5, 0) * 3 / 2),
    triplet_semihard = list(
      c(0, 0, 1), cbind(c(0, 1, 1.5)), c(1 - 2.25 + 2, 1 - 0.25 + 2, 0) * 3 / 2,
      margin = 2, distance_metric = "squared-L2"
    ),
    triplet_hard = list(
      c(0, 0, 1), cbind(c(0, 1, 1.5)), c(log1p(exp(-0.5)), log1p(exp(0.5)), 0),
      soft = TRUE
    ),
    triplet_hard = list(
      c(0, 0, 1), cbind(c(0, 1, 1.5)), c(0.75, 2.75, 0),
      margin = 2, distance_metric = "squared-L2"
    ),
    lifted_struct = list(
      c(0, 0, 1), cbind(c(0, 1, 1.5)), c(1, 1, 0) * (2 + log(2 * cosh(0.5)))^2 / 2 * 3 / 2,
      margin = 2
    ),
    # The cosine of the pair of one class is 1, and those of the others are 0.
    supervised_contrastive = list(
      c(0, 0, 1), rbind(c(1, 0), c(3, 0), c(0, 1)), c(1, 1, 0) * log1p(exp(-2)),
      temperature = 0.5
    ),
    ntxent = list(
      c(0, 1, 0, 1), rbind(c(1, 0), c(0, 2), c(3, 0), c(0, 1)), rep(log1p(2 * exp(-1)), 4),
      temperature = 1
    ),
    sigmoid_focal_crossentropy = list(
      yes, qlogis(p_yes),
      -rowSums((yes * 0.3 + (1 - yes) * 0.7) * (1 - q)^1.5 * log(q)),
      alpha = 0.3, gamma = 1.5, from_logits = TRUE
    ),
    # Sparsemax gives 1 and 0: less than 1 apart, the second logit would have a share.
    sparsemax = list(rbind(c(1, 0), c(0, 1)), rbind(c(1.5, 0.5), c(1.5, 0.5)), c(0, 1)),
    npairs = list(
      c(0, 0, 1), rbind(c(2, 2, 0), c(2, 2, 0), c(0, 0, 2)),
      log(c(2, 2, 1) * exp(2) + c(1, 1, 2)) - 2
    ),
    # The second sample shares one class with the first and two with itself.
    npairs_multilabel = list(
      rbind(c(1, 0), c(1, 1)), rbind(c(2, 0), c(0, 2)), log(exp(2) + 1) - c(1, 4 / 3)
    ),
    # An overlap of 2 in a union of 16 within 20, and boxes of 5 and 1 within 90.
    giou = list(
      rbind(c(4, 3, 7, 5), c(5, 6, 10, 7)), rbind(c(3, 4, 6, 8), c(14, 14, 15, 15)),
      c(1 - 2 / 16 + 4 / 20, 1 + 84 / 90)
    ),
    giou = list(
      rbind(c(4, 3, 7, 5), c(5, 6, 10, 7)), rbind(c(3, 4, 6, 8), c(14, 14, 15, 15)),
      c(1 - 2 / 16, 1),
      mode = "iou"
    ),
    weighted_kappa = list(
      hot, p_prob, log(5 * apart(hot, p_prob)$pairs / apart(hot, p_prob)$all + 0.1),
      weightage = "linear", epsilon = 0.1
    )
  )
}
