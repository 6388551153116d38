# Of data simulated from each distribution, a small model trained from R finds the parameters.

# What is predicted for two groups, of which the second has other parameters.
predicted <- function(simulate, loss, heads, n = 2000) {
  keras <- reticulate::import("keras")
  keras$utils$set_random_seed(1L)
  group <- rep(0:1, each = n)
  y <- withr::with_seed(1, c(simulate[[1]](n), simulate[[2]](n)))
  model <- keras$Sequential(list(keras$layers$Dense(heads, kernel_initializer = "zeros")))
  model$compile(keras$optimizers$Adam(0.03), loss)
  model$fit(
    matrix(as.double(group)), matrix(as.double(y)),
    epochs = 200L, batch_size = 2L * as.integer(n), verbose = 0L
  )
  distribution_parameters(as.array(model(matrix(c(0, 1)))), loss)
}

expect_recovered <- function(found, ..., tolerance = 0.08) {
  expected <- list(...)
  for (name in names(expected)) {
    expect_equal(found[[name]], expected[[name]], tolerance = tolerance, info = name)
  }
}

test_that("location and scale are found", {
  skip_if_no_python()
  normal <- predicted(
    list(function(n) rnorm(n, 1, 0.5), function(n) rnorm(n, 2, 1.5)), loss_gaussian_nll(), 2L
  )
  expect_recovered(normal, mean = c(1, 2), sd = c(0.5, 1.5))
  by_score <- predicted(
    list(function(n) rnorm(n, 1, 0.5), function(n) rnorm(n, 2, 1.5)), loss_gaussian_crps(), 2L
  )
  expect_recovered(by_score, mean = c(1, 2), sd = c(0.5, 1.5))
  laplace <- function(n, m, s) m + s * rexp(n) * sample(c(-1, 1), n, TRUE)
  found <- predicted(
    list(function(n) laplace(n, 1, 0.5), function(n) laplace(n, 2, 1.5)),
    loss_laplace_nll(scale = "softplus"), 2L
  )
  expect_recovered(found, location = c(1, 2), scale = c(0.5, 1.5))
  found <- predicted(
    list(function(n) 1 + rt(n, 3), function(n) 2 + 2 * rt(n, 3)), loss_student_t_nll(df = 3), 2L
  )
  expect_recovered(found, location = c(1, 2), scale = c(1, 2))
})

test_that("parameters of positive numbers are found", {
  skip_if_no_python()
  found <- predicted(
    list(function(n) rlnorm(n, 0.5, 0.5), function(n) rlnorm(n, 1, 1)), loss_lognormal_nll(), 2L
  )
  expect_recovered(found, meanlog = c(0.5, 1), sdlog = c(0.5, 1))
  found <- predicted(
    list(function(n) rgamma(n, 2, 1), function(n) rgamma(n, 4, 0.5)), loss_gamma_nll(), 2L
  )
  expect_recovered(found, shape = c(2, 4), rate = c(1, 0.5))
})

test_that("parameters of counts are found", {
  skip_if_no_python()
  found <- predicted(
    list(function(n) rnbinom(n, size = 2, mu = 3), function(n) rnbinom(n, size = 4, mu = 6)),
    loss_negative_binomial_nll(), 2L
  )
  expect_recovered(found, mean = c(3, 6), size = c(2, 4), tolerance = 0.12)
  inflated <- function(zero, y) ifelse(runif(length(y)) < zero, 0, y)
  found <- predicted(
    list(function(n) inflated(0.3, rpois(n, 3)), function(n) inflated(0.5, rpois(n, 6))),
    loss_zero_inflated_poisson_nll(), 2L
  )
  expect_recovered(found, lambda = c(3, 6), zero = c(0.3, 0.5))
  found <- predicted(
    list(
      function(n) inflated(0.3, rnbinom(n, size = 4, mu = 6)),
      function(n) inflated(0.5, rnbinom(n, size = 8, mu = 9))
    ),
    loss_zero_inflated_negative_binomial_nll(), 3L
  )
  expect_recovered(found, zero = c(0.3, 0.5), mean = c(0.7 * 6, 0.5 * 9))
})

test_that("both peaks of a mixture are found", {
  skip_if_no_python()
  peaks <- function(n) ifelse(runif(n) < 0.3, rnorm(n, -2, 0.5), rnorm(n, 2, 1))
  keras <- reticulate::import("keras")
  keras$utils$set_random_seed(1L)
  y <- withr::with_seed(1, peaks(4000))
  loss <- loss_gaussian_mixture_nll()
  start <- keras$initializers$Constant(c(0, 0, -1, 1, 0, 0))
  model <- keras$Sequential(list(keras$layers$Dense(6L, bias_initializer = start)))
  model$compile(keras$optimizers$Adam(0.03), loss)
  x <- matrix(0, 4000, 1)
  model$fit(x, matrix(y), epochs = 200L, batch_size = 4000L, verbose = 0L)
  found <- distribution_parameters(as.array(model(matrix(0))), loss)
  expect_recovered(
    found,
    weight1 = 0.3, mean1 = -2, mean2 = 2, sd1 = 0.5, sd2 = 1, mean = 0.8
  )
})
