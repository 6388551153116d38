test_that("a tensor becomes what R has for it", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow")
  a <- array(1:24 + 0, c(2, 3, 4))
  x <- tf$constant(a)
  expect_equal(as.array(x), a)
  # the tensorflow package's own method, once that is loaded, fails at base's second argument
  if (!isNamespaceLoaded("tensorflow")) expect_equal(as.vector(x), as.vector(a))
  expect_equal(dim(x), c(2L, 3L, 4L))
  expect_equal(length(x), 24L)
  m <- matrix(c(1, 2, 3, 4, 5, 6), 2)
  expect_equal(as.matrix(tf$constant(m)), m)
  expect_equal(as.numeric(tf$constant(m)), as.vector(m))
  expect_identical(as.integer(tf$constant(m)), 1:6)
  expect_identical(as.logical(tf$constant(c(0, 1))), c(FALSE, TRUE))
  expect_equal(as.matrix(tf$constant(c(1, 2))), matrix(c(1, 2)))
  scalar <- tf$constant(2.5)
  expect_equal(as.numeric(scalar), 2.5)
  expect_equal(as.array(scalar), as.array(2.5))
  expect_equal(length(scalar), 1L)
  expect_equal(as.numeric(tf$Variable(c(1, 2))), c(1, 2))
  expect_match(format(scalar), "tf.Tensor(2.5", fixed = TRUE)
})

test_that("a tensor that does not convert becomes what R has for it", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  a <- array(1:24 + 0, c(2, 3, 4))
  x <- tf$constant(a)
  expect_equal(as.array(x), a)
  expect_equal(as.numeric(x), as.vector(a))
  expect_equal(dim(x), c(2L, 3L, 4L))
  # the tensorflow package's own method gives a number of Python
  expect_equal(as_r(length(x)), 24L)
})

test_that("what a loss gives for a tensor converts", {
  skip_if_no_python()
  tensor <- reticulate::import("tensorflow")$constant(y_pred)
  value <- loss_hinge(y_true, tensor)
  expect_equal(value$numpy(), array(c(1.1, 1.5)))
  expect_equal(length(value), 2L)
  expect_equal(loss_hinge()(y_true, tensor)$numpy(), 1.3, tolerance = 1e-6)
})

test_that("what a loss gives for data of R is numbers", {
  skip_if_no_python()
  value <- loss_hinge(y_true, y_pred)
  expect_identical(value, metric_hinge(y_true, y_pred))
  frame <- data.frame(x = c("a", "b"))
  frame$loss <- value
  expect_equal(frame[order(-frame$loss), "x"], c("b", "a"))
  expect_equal(as.vector(sqrt(value) + 1), sqrt(c(1.1, 1.5)) + 1)
  expect_equal(cumsum(value), c(1.1, 2.6))
  expect_equal(which.max(value), 2L)
  expect_equal(is.na(as.vector(loss_hinge(cbind(c(NA, 1)), cbind(1:2)))), c(TRUE, FALSE))
  for (number in list(
    loss_hinge()(y_true, y_pred), loss_hinge(y_true, y_pred, reduction = "mean"),
    metric_hinge()(y_true, y_pred)
  )) {
    expect_type(number, "double")
    expect_equal(number, 1.3, tolerance = 1e-6)
  }
})

test_that("a tensor is ordered, and tells what is missing", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow")
  value <- loss_mean_squared_error(cbind(c(3, NA, 1)), tf$constant(cbind(c(1, 1, 2))))
  skip_if(isNamespaceLoaded("tensorflow"), "R's tensorflow package has methods of its own")
  expect_equal(as.vector(is.na(value)), c(FALSE, TRUE, FALSE))
  expect_true(anyNA(value))
  expect_equal(order(value), c(3L, 1L, 2L))
  expect_equal(quantile(value, 0.5, names = FALSE, na.rm = TRUE), 2.5)
})

test_that("a tensor is indexed as an array of R", {
  skip_if_no_python()
  value <- loss_hinge(y_true, reticulate::import("tensorflow")$constant(y_pred))
  expect_equal(as.numeric(value[1]), 1.1)
  skip_if(isNamespaceLoaded("tensorflow"), "R's tensorflow package has methods of its own")
  expect_equal(value[[2]], 1.5)
  expect_equal(value[-1], 1.5)
  expect_error(value[[3]], "subscript out of bounds")
  expect_equal(as.vector(head(value, 1)), 1.1)
  expect_equal(as.vector(rev(value)), c(1.5, 1.1))
  expect_equal(evalq(median(value), list(value = value), globalenv()), 1.3)
  tf <- reticulate::import("tensorflow")
  expect_equal(tf$constant(y_pred)[2, ], y_pred[2, ])
  expect_equal(tf$constant(y_pred)[2, 1, drop = FALSE], y_pred[2, 1, drop = FALSE])
})

test_that("a tensor is summed up in R", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow")
  value <- loss_hinge(y_true, tf$constant(y_pred))
  # numbers, or the tensors that the methods of R's tensorflow package give
  expect_equal(as.numeric(mean(value)), 1.3)
  expect_equal(as.numeric(sum(value)), 2.6)
  expect_equal(as.numeric(max(value)), 1.5)
  skip_if(isNamespaceLoaded("tensorflow"), "R's tensorflow package has methods of its own")
  expect_identical(mean(value), mean(as.numeric(value)))
  expect_equal(range(value), c(1.1, 1.5))
  expect_equal(max(value, 2), 2)
  gap <- loss_mean_squared_error(cbind(c(NA, 1)), tf$constant(cbind(c(1, 3))))
  expect_true(is.na(sum(gap)))
  expect_equal(sum(gap, na.rm = TRUE), 4)
  expect_equal(mean(gap, na.rm = TRUE), 4)
})
