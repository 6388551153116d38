# Quantiles, deviances and the robust loss, held against R's own.

test_that("one true value stands for all quantiles", {
  skip_if_no_python()
  t <- c(2, 5, 1)
  p <- cbind(c(1, 2, 0), c(2, 2, 1), c(4, 9, 1))
  tau <- c(0.1, 0.5, 0.9)
  e <- t - p
  expected <- rowMeans(pmax(sweep(e, 2, tau, `*`), sweep(e, 2, tau - 1, `*`)))
  expect_equal(as.numeric(loss_pinball(t, p, tau = tau)), expected)
  expect_equal(as.numeric(loss_pinball(matrix(t), p, tau = tau)), expected)
  expect_equal(as.numeric(loss_pinball(cbind(t, t, t), p, tau = tau)), expected)
  expect_equal(loss_pinball(tau = tau, dtype = "float64")(t, p), mean(expected))
  # column-major, as R keeps matrices, of all sizes
  big <- matrix(seq_len(3e5) / 1e5, ncol = 3)
  one <- loss_pinball(big[, 1], big, tau = tau)
  e <- big[, 1] - big
  expect_equal(
    as.numeric(one),
    rowMeans(pmax(sweep(e, 2, tau, `*`), sweep(e, 2, tau - 1, `*`))),
    tolerance = 1e-6
  )
})

test_that("quantiles of several outputs need as many", {
  skip_if_no_python()
  expect_error(
    loss_pinball(c(1, 2), cbind(1:2, 2:3), tau = c(0.1, 0.5, 0.9)),
    "`tau` must be one number, or one for each of 2 outputs, not 3 numbers",
    class = "lossbridge_error"
  )
  expect_error(loss_pinball(c(1, 2), cbind(1:2, 2:3)), class = "lossbridge_error")
})

test_that("the quantile minimises the pinball loss, the expectile the expectile loss", {
  skip_if_no_python()
  x <- c(1, 2, 3, 10, 20)
  of <- function(loss, tau) {
    optimize(function(q) sum(loss(x, rep(q, 5), tau = tau)), c(0, 30), tol = 1e-8)$minimum
  }
  expect_equal(of(loss_pinball, 0.7), 10, tolerance = 1e-3)
  expect_equal(of(loss_expectile, 0.5), mean(x), tolerance = 1e-3)
})

test_that("deviances are those of glm() families", {
  skip_if_no_python()
  t <- c(0, 1, 3, 7)
  p <- c(0.5, 1, 2.5, 9)
  expect_equal(as.numeric(loss_poisson_deviance(t, p)), mean(poisson()$dev.resids(t, p, 1)))
  t <- t + 0.5
  expect_equal(as.numeric(loss_gamma_deviance(t, p)), mean(Gamma()$dev.resids(t, p, 1)))
  expect_equal(
    as.numeric(loss_tweedie_deviance(t, p, power = 3)),
    mean(inverse.gaussian()$dev.resids(t, p, 1))
  )
  expect_equal(as.numeric(loss_tweedie_deviance(t, p, power = 0)), mean((t - p)^2))
  expect_equal(
    loss_gamma_deviance(t, log(p), log_link = TRUE),
    loss_gamma_deviance(t, p)
  )
})

test_that("exposure goes in as a weight", {
  skip_if_no_python()
  skip_if_not_installed("MASS")
  data <- MASS::Insurance
  model <- glm(Claims ~ District + offset(log(Holders)), poisson, data)
  total <- loss_poisson_deviance(reduction = "sum", dtype = "float64")
  rate <- matrix(data$Claims / data$Holders)
  fitted_rate <- matrix(fitted(model) / data$Holders)
  expect_equal(total(rate, fitted_rate, sample_weight = data$Holders), deviance(model))
})

test_that("levels of a factor are no numbers, and become none by being one-hot", {
  skip_if_no_python()
  expect_error(
    loss_negative_binomial_nll(factor(c(1, 4)), cbind(c(0, 0), c(0, 0))),
    "as.numeric\\(as.character\\(y_true\\)\\)"
  )
})

test_that("the robust loss has its limits", {
  skip_if_no_python()
  t <- matrix(0, 4)
  p <- matrix(c(0, 0.5, 2, 30))
  expect_equal(as.numeric(loss_robust(t, p, alpha = 2)), as.numeric(p^2 / 2))
  expect_equal(as.numeric(loss_robust(t, p)), as.numeric(sqrt(p^2 + 1) - 1))
  expect_equal(as.numeric(loss_robust(t, p, alpha = 0)), as.numeric(log(p^2 / 2 + 1)))
  expect_equal(as.numeric(loss_robust(t, p, alpha = -Inf)), as.numeric(1 - exp(-p^2 / 2)))
  expect_error(loss_robust(t, p, alpha = Inf), "`alpha`", class = "lossbridge_error")
})

test_that("numbers below 0 are refused where there are none", {
  skip_if_no_python()
  p <- cbind(c(0, 0), c(0, 0))
  for (loss in c(loss_negative_binomial_nll, loss_gamma_nll)) {
    expect_error(
      loss(c(1, -2), p), "`y_true` must be numbers of at least 0, not -2",
      class = "lossbridge_error"
    )
  }
  expect_error(
    loss_poisson_deviance(cbind(c(1, -2)), cbind(c(1, 1))), "`y_true`",
    class = "lossbridge_error"
  )
})
