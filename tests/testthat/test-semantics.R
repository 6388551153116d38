# t = 1, p = 0 in float32: Keras 2 gives 15.425, Keras 3 16.118 (tf_keras 2.21, Keras 3.15.1)
bce <- function() as.numeric(loss_binary_crossentropy(matrix(1), matrix(0), dtype = "float32"))

test_that("the numbers are those of the generation asked for", {
  skip_if_no_python()
  expect_equal(get_semantics(), "keras3")
  expect_equal(bce(), 16.118, tolerance = 1e-4)
  expect_equal(with_semantics("keras2", bce()), 15.425, tolerance = 1e-4)
  expect_equal(get_semantics(), "keras3")
})

test_that("a loss object keeps the semantics it was made with", {
  skip_if_no_python()
  loss <- with_semantics("keras2", loss_binary_crossentropy(dtype = "float32"))
  expect_equal(loss$semantics, "keras2")
  expect_equal(as.numeric(loss(matrix(1), matrix(0))), 15.425, tolerance = 1e-4)
})

test_that("an error leaves the semantics as they were", {
  skip_if_no_python()
  expect_error(with_semantics("keras2", stop("no")), "no")
  expect_equal(get_semantics(), "keras3")
})

test_that("set_semantics() gives the ones before", {
  skip_if_no_python()
  expect_equal(set_semantics("keras2"), "keras3")
  expect_equal(set_semantics("keras3"), "keras2")
})

test_that("the option is what a session starts with", {
  skip_if_no_python()
  withr::local_options(lossbridge.semantics = "keras2")
  withr::defer(set_semantics("keras3"))
  set_option_semantics(environment())
  expect_equal(get_semantics(), "keras2")
})
