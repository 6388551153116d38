test_that("lossbridge_compare() gives a row for each loss", {
  skip_if_no_python()
  y_true <- c(1, 2, 3)
  y_pred <- c(1.5, 2, 5)
  # by hand: errors 0.5, 0, 2
  losses <- list("mse", loss_mean_absolute_error, half = loss_huber(delta = 0.5))
  table <- lossbridge_compare(y_true, y_pred, losses)
  expect_equal(table$loss, c("mse", "mean_absolute_error", "half"))
  expect_equal(table$value, c(4.25 / 3, 2.5 / 3, (0.125 + 0 + 0.875) / 3), tolerance = 1e-6)
  expect_equal(table$max, c(4, 2, 0.875), tolerance = 1e-6)
  expect_equal(table$samples, c(3, 3, 3))
})

test_that("lossbridge_compare() takes weights, factors, and what fits the data", {
  skip_if_no_python()
  weighted <- lossbridge_compare(c(1, 2), c(2, 4), "mse", sample_weight = c(1, 0))
  expect_equal(weighted$value, 0.5)
  classes <- lossbridge_compare(
    factor(c("a", "b")), rbind(c(0.75, 0.25), c(0.5, 0.5)), "sparse_categorical_crossentropy"
  )
  expect_equal(classes$value, -mean(log(c(0.75, 0.5))), tolerance = 1e-6)
  expect_true("mean_squared_error" %in% lossbridge_compare(c(1, 2), c(2, 4))$loss)
  expect_error(lossbridge_compare(c(1, 2), c(2, 4), "no_such_loss"), class = "lossbridge_error")
})

test_that("parity_report() holds losses against the installed Keras", {
  skip_if_no_python()
  skip_if_not(reticulate::py_module_available("rich"), "the Python package rich is not installed")
  json <- withr::local_tempfile(fileext = ".json")
  report <- parity_report("huber(delta=2)", references = "keras3", dtypes = "float64", json = json)
  expect_true(report$ok)
  expect_true(all(report$rows$status == "pass"))
  expect_true(file.exists(json))
  expect_output(print(report), "all within tolerance")
  data <- list(y_true = c(1, 2, 3), y_pred = c(1, 2, 4))
  expect_true(parity_report("mse", "keras3", dtypes = "float64", data = data)$ok)
  expect_error(parity_report(references = "keras4"), class = "lossbridge_input_error")
  expect_error(parity_report("mse", data = 1), class = "lossbridge_input_error")
})

test_that("an argument that keras3 lacks is skipped, not out of tolerance", {
  skip_if_no_python()
  skip_if_not_installed("keras3")
  losses <- paste0("sparse_categorical_crossentropy", c("", "(label_smoothing=0.1)"))
  report <- parity_report(losses, references = "R keras3", dtypes = "float32", sizes = "5x4")
  expect_false("fail" %in% report$rows$status)
  expect_equal(report$summary$status, c("pass", "skip"))
  expect_match(report$summary$skipped[[2]], "takes no label_smoothing")
})

test_that("what keras3 does otherwise depends on the Keras under it", {
  skip_if_no_python()
  skip_if_not_installed("keras3")
  report <- parity_report(
    "tversky(alpha=0.2, beta=0.7)", "R keras3",
    dtypes = "float32", sizes = "5x4"
  )
  swaps <- numeric_version(reticulate::import("keras")$`__version__`) < "3.16"
  expect_equal("deviation" %in% report$rows$status, swaps)
  expect_false("fail" %in% report$rows$status)
})

test_that("the table of keras3 has the version of Keras", {
  skip_if_no_python()
  skip_if_not_installed("keras3")
  parity <- reticulate::import("lossbridge.parity", convert = FALSE)
  table <- r_keras3_table(function(name) parity[[name]], environment())
  expect_equal(
    reticulate::py_to_r(table$version), reticulate::import("keras")$`__version__`
  )
})
