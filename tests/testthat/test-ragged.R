# Rows of unequal length, as TensorFlow has them: R has no array of that kind.

ragged <- function(...) {
  tf <- reticulate::import("tensorflow", convert = FALSE)
  tf$ragged$constant(lapply(list(...), as.list), dtype = "float64")
}

test_that("a loss takes ragged tensors", {
  skip_if_no_python()
  t <- ragged(c(0, 1, 3), 2)
  p <- ragged(c(1, 1, 1), 4)
  expect_equal(as.numeric(loss_mean_squared_error(t, p)), c(5 / 3, 4))
  expect_equal(as.numeric(loss_mean_squared_error(dtype = "float64")(t, p)), (5 / 3 + 4) / 2)
})

test_that("a gradient is as ragged as the predictions", {
  skip_if_no_python()
  t <- ragged(c(0, 1, 3), 2)
  p <- ragged(c(1, 1, 1), 4)
  found <- loss_gradient(loss_mean_squared_error, t, p)
  expect_equal(as.numeric(found$flat_values), c(2 / 3, 0, -4 / 3, 4))
  expect_equal(as.numeric(found$row_lengths()), c(3, 1))
})

test_that("row lengths that differ are an error of R", {
  skip_if_no_python()
  expect_error(
    loss_mean_squared_error(ragged(c(0, 1), 2), ragged(1, 2)), "row lengths",
    class = "lossbridge_error"
  )
  expect_error(
    loss_hessian(loss_mean_squared_error, ragged(c(0, 1), 2), ragged(c(0, 1), 2)), "dense tensor",
    class = "lossbridge_error"
  )
})
