#' Each loss in one line, by its Python name: t is true, p is predicted
#' @noRd
formulas <- c(
  mean_squared_error = "mean((t - p)^2)",
  mean_absolute_error = "mean(|t - p|)",
  mean_absolute_percentage_error = "100 mean(|t - p| / max(|t|, 1e-7))",
  mean_squared_logarithmic_error = "mean((log(1 + t) - log(1 + p))^2)",
  huber = "mean(e^2 / 2 if |e| <= delta, else delta |e| - delta^2 / 2), e = t - p",
  log_cosh = "mean(log(cosh(p - t)))",
  cosine_similarity = "-sum(t p) / (|t| |p|)",
  hinge = "mean(max(1 - t p, 0))",
  squared_hinge = "mean(max(1 - t p, 0)^2)",
  categorical_hinge = "max(max((1 - t) p) - sum(t p) + 1, 0)",
  binary_crossentropy = "-mean(t log(p) + (1 - t) log(1 - p))",
  categorical_crossentropy = "-sum(t log(p / sum(p)))",
  sparse_categorical_crossentropy = "-log(p[t] / sum(p))",
  kl_divergence = "sum(t log(t / p))",
  poisson = "mean(p - t log(p + 1e-7))",
  categorical_generalized_cross_entropy = "(1 - p[t]^q) / q",
  binary_focal_crossentropy = "-mean((1 - p_t)^gamma log(p_t)), p_t = t p + (1 - t) (1 - p)",
  categorical_focal_crossentropy = "-sum(alpha (1 - p)^gamma t log(p))",
  dice = "1 - 2 sum(t p) / (sum(t) + sum(p))",
  tversky = "1 - sum(t p) / (sum(t p) + alpha sum((1 - t) p) + beta sum(t (1 - p)))",
  ctc = "-log P(labels | logits), over all alignments",
  circle = "softplus(logsumexp(positive pairs) + logsumexp(negative pairs))"
)
