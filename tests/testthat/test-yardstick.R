# Losses as metrics of yardstick: loss_metric(). Skipped where yardstick is not installed.

skip_if_no_yardstick <- function() {
  skip_if_no_python()
  skip_if_not_installed("yardstick", "1.2.0")
}

test_that("a loss of numbers is a numeric metric", {
  skip_if_no_yardstick()
  data <- data.frame(
    y = c(1, 2, 9, 4, NA), p = c(1, 3, 4, 4.5, 0), w = c(1, 2, 1, 3, 1),
    g = c("a", "a", "b", "b", "b")
  )
  huber <- loss_metric(loss_huber(delta = 2))
  expect_s3_class(huber, "numeric_metric")
  expect_equal(attr(huber, "direction"), "minimize")
  e <- c(0, 0.5, 8, 0.125) # e^2 / 2, or 2 |e| - 2
  found <- huber(data, truth = y, estimate = p)
  expect_equal(found$.metric, "huber")
  expect_equal(found$.estimator, "standard")
  expect_equal(found$.estimate, mean(e))
  expect_equal(huber(data, y, p, case_weights = w)$.estimate, weighted.mean(e, c(1, 2, 1, 3)))
  expect_identical(huber(data, y, p, na_rm = FALSE)$.estimate, NA_real_)
  grouped <- getExportedValue("dplyr", "group_by")(data, g)
  expect_equal(huber(grouped, y, p)$.estimate, c(mean(e[1:2]), mean(e[3:4])))
  mse <- loss_metric("mean_squared_error")
  set <- yardstick::metric_set(huber, mse, mae = yardstick::mae)
  found <- set(data, truth = y, estimate = p)
  expect_equal(found$.estimate[2], mean((data$y - data$p)^2, na.rm = TRUE))
})

test_that("a loss of probabilities is a class probability metric, as that of yardstick", {
  skip_if_no_yardstick()
  p <- probabilities(6, 3)
  data <- data.frame(a = p[, 1], b = p[, 2], c = p[, 3], w = 1:6)
  data$y <- factor(c("a", "c", "b", "c", "a", "b"))
  theirs <- yardstick::mn_log_loss(data, y, a, b, c, case_weights = w)
  for (loss in list(loss_categorical_crossentropy, loss_sparse_categorical_crossentropy())) {
    ours <- loss_metric(loss)
    expect_s3_class(ours, "prob_metric")
    found <- ours(data, y, a, b, c, case_weights = w)
    expect_equal(found$.estimate, theirs$.estimate, tolerance = 1e-6)
    expect_equal(found$.estimator, "multiclass")
  }
  set <- yardstick::metric_set(ours, yardstick::mn_log_loss)
  found <- set(data, truth = y, a, b, c)
  expect_equal(found$.estimate[1], found$.estimate[2], tolerance = 1e-6)

  two <- data.frame(y = factor(c("no", "yes", "yes")), p = c(0.2, 0.9, 0.4))
  for (loss in list(loss_binary_crossentropy, loss_categorical_crossentropy)) {
    ours <- loss_metric(loss)
    for (level in c("first", "second")) {
      theirs <- yardstick::mn_log_loss(two, y, p, event_level = level)
      found <- ours(two, y, p, event_level = level)
      expect_equal(found$.estimate, theirs$.estimate, tolerance = 1e-6)
      expect_equal(found$.estimator, "binary")
    }
  }
  expect_error(loss_metric(loss_binary_crossentropy)(data, y, a, b, c), "of 2 classes")
  expect_error(ours(data, y, a, b), "3 levels, and 2 columns")
})

test_that("a loss of several quantiles is a quantile metric, half the interval score", {
  skip_if_no_yardstick()
  skip_if_not_installed("yardstick", "1.4.0") # the first with quantile metrics
  quantiles <- function(...) getExportedValue("hardhat", "quantile_pred")(...)
  p <- matrix(c(1, 2, 5, 0, 2, 4, 6, 1, 3, 5, 9, NA), 4)
  data <- tibble::tibble(y = c(1, 3, 9, 2), w = 1:4, p = quantiles(p, c(0.1, 0.5, 0.9)))
  pinball <- loss_metric(loss_pinball(tau = c(0.1, 0.5, 0.9)))
  expect_s3_class(pinball, "quantile_metric")
  wis <- yardstick::weighted_interval_score
  theirs <- function(...) wis(..., quantile_estimate_nas = "propagate")$.estimate / 2
  expect_equal(pinball(data, y, p)$.estimate, theirs(data, y, p))
  weighted <- pinball(data, y, p, case_weights = w)
  expect_equal(weighted$.estimate, theirs(data, y, p, case_weights = w))
  expect_identical(pinball(data, y, p, na_rm = FALSE)$.estimate, NA_real_)
  found <- yardstick::metric_set(pinball, wis)(data[1:3, ], truth = y, estimate = p)
  expect_equal(found$.estimate[1], found$.estimate[2] / 2)
  reversed <- loss_metric(loss_pinball(tau = c(0.9, 0.5, 0.1)))
  expect_equal(reversed(data, y, p), pinball(data, y, p))

  other <- loss_metric(loss_pinball(tau = c(0.1, 0.9)))
  expect_error(other(data, y, p), "the quantiles 0.1 and 0.9.*not 0.1, 0.5, and 0.9")
  expect_error(pinball(data, y, w), "must be a column of .*quantile_pred.*not an integer vector")
})

test_that("columns of another kind are refused", {
  skip_if_no_yardstick()
  data <- data.frame(y = factor(c("a", "b")), z = c("a", "b"), p = c(0.2, 0.4))
  expect_error(loss_metric(loss_huber)(data, y, p), "`truth` must be numbers, not a <factor>")
  expect_error(loss_metric(loss_binary_crossentropy)(data, z, p), "`truth` must be a factor")
})

test_that("a loss that is not a sum over rows is refused", {
  skip_if_no_yardstick()
  expect_error(loss_metric(loss_dice), "sum over rows", class = "lossbridge_input_error")
  expect_error(
    loss_metric(loss_gaussian_nll),
    "not of the parameters of a distribution.*loss_gaussian_nll\\(\\)",
    class = "lossbridge_error"
  )
})
