test_that("each loss is its formula", {
  skip_if_no_python()
  cases <- loss_cases()
  for (i in seq_along(cases)) {
    name <- names(cases)[[i]]
    case <- cases[[i]]
    values <- do.call(exported(paste0("loss_", name)), case[-3])
    expect_equal(as.numeric(values), case[[3]], tolerance = 1e-5, info = paste(name, i))
  }
})

test_that("every loss says its formula", {
  for (name in setdiff(names_of("loss_"), no_losses)) {
    expect_match(attr(exported(name), "formula"), "[a-z]", info = name)
  }
})

test_that("a loss object is the mean, or the reduction asked for", {
  skip_if_no_python()
  cases <- loss_cases()
  for (i in which(!duplicated(names(cases)))) {
    name <- names(cases)[[i]]
    case <- cases[[i]]
    fn <- exported(paste0("loss_", name))
    arguments <- case[-(1:3)]
    expected <- case[[3]][case[[3]] != 0 | name != "circle"] # no value of a sample without pairs
    object <- do.call(fn, c(arguments, dtype = "float64"))
    value <- as.numeric(object(case[[1]], case[[2]]))
    expect_equal(value, mean(expected), tolerance = 1e-5, info = name)
    total <- do.call(fn, c(case[1:2], arguments, reduction = "sum"))
    expect_equal(as.numeric(total), sum(case[[3]]), tolerance = 1e-5, info = name)
    values <- do.call(fn, c(case[1:2], arguments, list(reduction = NULL)))
    expect_equal(as.numeric(values), case[[3]], tolerance = 1e-5, info = name)
  }
})

test_that("the numbers of the Keras documentation come out", {
  skip_if_no_python()
  value <- function(object, ...) as.numeric(object(y_true, y_pred, ...))
  expect_equal(value(loss_hinge()), 1.3, tolerance = 1e-6)
  expect_equal(value(loss_hinge(), sample_weight = c(1, 0)), 0.55, tolerance = 1e-6)
  expect_equal(value(loss_squared_hinge()), 1.86, tolerance = 1e-6)
  expect_equal(value(loss_categorical_hinge()), 1.4, tolerance = 1e-6)
  expect_equal(round(as.numeric(loss_binary_crossentropy(y_true, y_pred)), 3), c(0.916, 0.714))
})

test_that("both names of a loss are one function", {
  expect_identical(loss_logcosh, loss_log_cosh)
  expect_identical(loss_kullback_leibler_divergence, loss_kl_divergence)
  expect_identical(loss_cosine_proximity, loss_cosine_similarity)
})

test_that("the gradient is that of the formula", {
  skip_if_no_python()
  # d mean((t - p)^2) / dp over two columns is p - t
  expect_equal(loss_gradient(loss_mean_squared_error, y_true, y_pred), y_pred - y_true)
  mse <- loss_mean_squared_error(dtype = "float64")
  expect_equal(loss_gradient(mse, y_true, y_pred), (y_pred - y_true) / 2)
  expect_equal(loss_gradient("mse", c(1, 2), c(3, 5)), c(2, 3))
  # softmax cross-entropy: p - t
  p <- probabilities()
  gradient <- loss_gradient(
    loss_sparse_categorical_crossentropy(from_logits = TRUE, reduction = "none", dtype = "float64"),
    factor(c("a", "b", "c", "c", "a")), log(p)
  )
  expect_equal(gradient, p - one_hot(c(0, 1, 2, 2, 0), 3), tolerance = 1e-6)
  expect_snapshot(print_conditions(loss_gradient(1, 2, 3)))
  error <- expect_error(loss_gradient("nonesuch", 2, 3), class = "lossbridge_input_error")
  expect_equal(error$argument, "loss")
  expect_match(conditionMessage(error), "`loss` must be the name of a loss, not \"nonesuch\"")
})

test_that("a gradient is weighted as the loss", {
  skip_if_no_python()
  weight <- c(2, 0)
  slope <- y_pred - y_true
  expect_equal(loss_gradient(loss_mean_squared_error, y_true, y_pred, weight), weight * slope)
  expect_equal(loss_gradient(loss_mean_squared_error, y_true, y_pred, 3), 3 * slope)
  mse <- loss_mean_squared_error(dtype = "float64")
  expect_equal(loss_gradient(mse, y_true, y_pred, weight), weight * slope / 2)
  missing <- rbind(y_true[1, ], NaN)
  expect_equal(loss_gradient("mse", missing, y_pred, weight), weight * slope)
  expect_error(loss_gradient("mse", y_true, y_pred, 1:3), class = "lossbridge_input_error")
})

test_that("a function of one's own has a gradient", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow")
  squares <- function(y_true, y_pred) tf$square(tf$subtract(y_true, y_pred))
  expect_equal(loss_gradient(squares, y_true, y_pred), 2 * (y_pred - y_true))
  expect_equal(loss_gradient(squares, c(1, 2), c(3, 5), c(1, 0)), c(4, 0))
  twice <- function(y_true, y_pred) tf$multiply(2, loss_mean_squared_error(y_true, y_pred))
  expect_equal(loss_gradient(twice, y_true, y_pred), 2 * (y_pred - y_true))
  of_numbers <- function(y_true, y_pred) mean(as.numeric(y_pred))
  error <- expect_error(
    loss_gradient(of_numbers, y_true, y_pred), "a function that gives a tensor",
    class = "lossbridge_input_error"
  )
  expect_equal(error$argument, "loss")
})
