# Functions of the package that a user has changed: what compile() and loss_gradient() get of them.

changed_huber <- function() {
  loss <- loss_huber
  rlang::fn_fmls(loss)$delta <- 3
  loss
}

copied_huber <- function() {
  loss <- loss_huber
  formals(loss)$delta <- 3 # drops the class
  loss
}

# As purrr 1.0 makes it.
partial_of_purrr <- function(fn) {
  body <- bquote({
    f <- .(fn)
    f(delta = 3, ...)
  })
  structure(
    eval(call("function", formals(function(...) NULL), body)),
    class = c("purrr_function_partial", "function"), body = quote(f(delta = 3, ...))
  )
}

expect_huber_3 <- function(loss) {
  python <- reticulate::r_to_py(loss)
  expect_s3_class(python, "keras.src.losses.loss.Loss")
  expect_equal(as_r(python$delta), 3)
}

test_that("other defaults go to Python", {
  skip_if_no_python()
  expect_silent(expect_huber_3(changed_huber()))
  reduced <- loss_huber
  rlang::fn_fmls(reduced)$reduction <- "sum"
  expect_equal(as_r(reticulate::r_to_py(reduced)$reduction), "sum")
  metric <- metric_huber
  rlang::fn_fmls(metric)$delta <- 3
  expect_equal(as_r(reticulate::r_to_py(metric)$get_config())$delta, 3)
  expect_equal(changed_huber()(0, 4), loss_huber(0, 4, delta = 3))
})

test_that("filled-in arguments go to Python", {
  skip_if_no_python()
  expect_silent(expect_huber_3(partial_of_purrr(loss_huber)))
  metric <- reticulate::r_to_py(partial_of_purrr(metric_huber))
  expect_equal(as_r(metric$get_config())$delta, 3)
  other <- reticulate::r_to_py(partial_of_purrr(function(x, delta) as_r(x) + delta))
  expect_equal(as_r(reticulate::py_call(other, 1)), 4)
})

test_that("purrr's own partial functions go to Python", {
  skip_if_no_python()
  skip_if_not_installed("purrr")
  expect_huber_3(purrr::partial(loss_huber, delta = 3))
  expect_huber_3(purrr::partial(lossbridge::loss_huber, delta = 3))
  width <- 3
  expect_huber_3(purrr::partial(loss_huber, delta = width))
  metric <- reticulate::r_to_py(purrr::partial(metric_huber, delta = 3))
  expect_equal(as_r(metric$get_config())$delta, 3)
  other <- reticulate::r_to_py(purrr::partial(function(x, y) as_r(y) + x, 2))
  expect_equal(as_r(reticulate::py_call(other, 1)), 3)
})

test_that("the gradient of a changed loss is that of each sample", {
  skip_if_no_python()
  p <- cbind(c(1, 2, 5))
  own <- function(y_true, y_pred) loss_huber(y_true, y_pred, delta = 3)
  expected <- loss_gradient(own, p * 0, p)
  expect_equal(expected[, 1], c(1, 2, 3))
  losses <- list(changed_huber(), copied_huber(), partial_of_purrr(loss_huber))
  for (loss in losses) expect_equal(loss_gradient(loss, p * 0, p), expected)
  labels <- loss_sparse_categorical_crossentropy
  rlang::fn_fmls(labels)$ignore_class <- 1L
  gradient <- loss_gradient(labels, factor(c("a", "b")), rbind(c(0.5, 0.5), c(0.5, 0.5)))
  expect_equal(gradient[2, ], c(0, 0))
})

test_that("a changed loss is drawn with its arguments", {
  skip_if_no_python()
  curve <- function(loss) loss_curves(named_losses(list(loss)), NULL, NULL, environment())
  expect_equal(curve(changed_huber())$value, curve(loss_huber(delta = 3))$value)
  tversky <- loss_tversky
  rlang::fn_fmls(tversky)$alpha <- 0.9
  expect_equal(curve(tversky)$value, curve(loss_tversky(alpha = 0.9))$value)
})

test_that("a copy that has lost its class warns where a graph is built", {
  skip_if_no_python()
  model <- model_of(reticulate::import("keras"))
  model$compile(optimizer = "sgd", loss = copied_huber())
  expect_warning(
    model$fit(x, y, epochs = 1L, verbose = 0L), "loss_huber\\(delta = 3\\)",
    class = "lossbridge_warning"
  )
  metric <- metric_huber
  formals(metric)$delta <- 3
  model$compile(optimizer = "sgd", loss = "mse", metrics = list(metric))
  warnings <- capture_warnings(model$fit(x, y, epochs = 1L, verbose = 0L))
  expect_match(warnings, "metric_huber\\(delta = 3\\)", all = TRUE)
  own <- function(y_true, y_pred) loss_huber(y_true, y_pred, delta = 3)
  model$compile(optimizer = "sgd", loss = own, metrics = list(changed_huber()))
  expect_silent(model$fit(x, y, epochs = 1L, verbose = 0L))
  expect_silent(copied_huber()(0, 4))
})

test_that("a function with another body is one of R, and says so", {
  skip_if_no_python()
  twice <- loss_huber
  rlang::fn_body(twice) <- quote({
    as_r(y_true) + as_r(y_pred)
  })
  expect_warning(python <- reticulate::r_to_py(twice), class = "lossbridge_warning")
  expect_equal(as_r(reticulate::py_call(python, 1, 2)), 3)
  expect_snapshot(print_conditions(reticulate::r_to_py(twice)))
})
