test_that("labels become rows", {
  skip_if_no_python()
  expect_equal(to_categorical(c(0, 2, 1)), one_hot(c(0, 2, 1), 3))
  expect_equal(to_categorical(0:1, num_classes = 4), one_hot(0:1, 4))
  expect_equal(to_categorical(x = c(1L, 0L)), one_hot(1:0, 2))
  expect_equal(to_categorical(c(FALSE, TRUE)), one_hot(0:1, 2))
  expect_equal(to_categorical(0), matrix(1))
  expect_equal(dim(to_categorical(numeric(0), 3)), c(0L, 3L))
  expect_error(to_categorical(integer(0)), "`num_classes` must be given where there are no labels")
})

test_that("a matrix gains an axis, and loses a last one of size 1", {
  skip_if_no_python()
  labels <- matrix(c(0, 1, 2, 2, 1, 0), 2)
  result <- to_categorical(labels)
  expect_equal(dim(result), c(2L, 3L, 3L))
  expect_equal(result[2, 3, ], c(1, 0, 0))
  expect_equal(to_categorical(matrix(c(0, 2, 1))), one_hot(c(0, 2, 1), 3))
})

test_that("a factor brings all its levels", {
  skip_if_no_python()
  rows <- to_categorical(factor(c("b", "a"), levels = c("a", "b", "unused")))
  expect_equal(rows, rbind(c(a = 0, b = 1, unused = 0), c(1, 0, 0)))
  expect_equal(dim(to_categorical(iris$Species)), c(150L, 3L))
  counts <- c(setosa = 50, versicolor = 50, virginica = 50)
  expect_equal(colSums(to_categorical(iris$Species)), counts)
})

test_that("a tensor gives a tensor", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  rows <- to_categorical(tf$constant(c(0L, 1L)), 3)
  expect_s3_class(rows, "tensorflow.python.types.core.Tensor")
  expect_equal(as.matrix(rows), one_hot(0:1, 3))
})

test_that("labels that count from 1 are warned of", {
  skip_if_no_python()
  expect_snapshot(print_conditions(to_categorical(1:3)))
  expect_silent(to_categorical(1:3, num_classes = 4))
})

test_that("what is no label is refused", {
  skip_if_no_python()
  expect_snapshot(print_conditions({
    to_categorical(c(0L, NA))
    to_categorical(c(0, NaN))
    to_categorical(factor(c("a", NA)))
    to_categorical(-1)
    to_categorical(0.5)
    to_categorical(c(0, 3), num_classes = 3)
    to_categorical(1:3, num_classes = 3)
    to_categorical("a")
    to_categorical()
    to_categorical(y = 0, x = 0)
    to_categorical(0, num_classes = NA)
    to_categorical(0, 2, classes = 3)
  }))
})
