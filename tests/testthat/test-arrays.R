received <- function(...) as_r(reticulate::r_to_py(as_input(...)))

test_that("data arrives as an array of its shape", {
  skip_if_no_python()
  shape <- function(x) unlist(as_r(reticulate::r_to_py(as_input(x, "x"))$shape))
  expect_equal(shape(numeric(0)), NULL %||% 0L)
  expect_equal(shape(3), 1L)
  expect_equal(shape(1:4), 4L)
  expect_equal(shape(matrix(1)), c(1L, 1L))
  expect_equal(shape(matrix(0, 0, 3)), c(0L, 3L))
  expect_equal(shape(array(0, c(2, 3, 4))), c(2L, 3L, 4L))
  expect_equal(shape(data.frame(a = 1:3, b = c(TRUE, FALSE, TRUE))), c(3L, 2L))
  expect_equal(shape(stats::ts(1:5)), 5L)
  expect_equal(shape(table(c(1, 1, 2))), 2L)
})

test_that("values arrive as they are", {
  skip_if_no_python()
  m <- matrix(c(1, 2.5, NA, Inf, -Inf, 0), 2)
  expect_equal(received(m, "x"), ifelse(is.na(m), NaN, m))
  expect_equal(received(data.frame(a = 1:2, b = c(0.5, NA)), "x"), cbind(1:2, c(0.5, NaN)))
  expect_identical(received(c(TRUE, FALSE), "x"), as.array(c(1, 0)))
  expect_identical(received(c(TRUE, FALSE), "x", labels = TRUE), as.array(c(TRUE, FALSE)))
  expect_identical(received(2:1, "x", labels = TRUE), as.array(2:1))
  a <- array(1:24 + 0, c(2, 3, 4))
  expect_equal(received(a, "x"), a)
})

test_that("every kind of input gives the same loss", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  np <- reticulate::import("numpy", convert = FALSE)
  expected <- c(1.1, 1.5)
  integers <- y_true
  storage.mode(integers) <- "integer"
  kinds <- list(
    y_true, integers, y_true == 1, as.data.frame(y_true), tf$constant(y_true), np$array(y_true)
  )
  for (kind in kinds) {
    expect_equal(as.numeric(loss_hinge(kind, y_pred)), expected, tolerance = 1e-6)
  }
  for (kind in list(as.data.frame(y_pred), tf$constant(y_pred), np$array(y_pred))) {
    expect_equal(as.numeric(loss_hinge(y_true, kind)), expected, tolerance = 1e-6)
  }
})

test_that("integers count as doubles", {
  skip_if_no_python()
  # beyond the 24 bits of a float32: 123456790 - 123456788 = 2
  squared <- loss_mean_squared_error(cbind(123456790L), cbind(123456788L))
  expect_identical(as.numeric(squared), 4)
  cases <- loss_cases()
  for (i in seq_along(cases)) {
    case <- cases[[i]]
    fn <- exported(paste0("loss_", names(cases)[[i]]))
    doubles <- round(case[[2]] * 3)
    integers <- doubles
    storage.mode(integers) <- "integer"
    arguments <- c(case[1], list(doubles), case[-(1:3)])
    expected <- do.call(fn, arguments)
    arguments[[2]] <- integers
    expect_identical(as.numeric(do.call(fn, arguments)), as.numeric(expected))
    if (length(case) > 3) next
    gradient <- function(p) loss_gradient(fn, case[[1]], p)
    expect_identical(gradient(integers), gradient(doubles))
  }
  flags <- rbind(c(TRUE, FALSE), c(FALSE, FALSE))
  expect_identical(
    as.numeric(loss_binary_crossentropy(y_true, flags)),
    as.numeric(loss_binary_crossentropy(y_true, flags + 0))
  )
  exact <- loss_mean_squared_error(dtype = "float64")
  expect_identical(as.numeric(exact(cbind(123456790L), cbind(123456788L))), 4)
})

test_that("a vector of any length is one sample axis", {
  skip_if_no_python()
  expect_equal(as.numeric(loss_mean_squared_error(1, 3)), 4)
  expect_equal(as.numeric(loss_mean_squared_error(c(1, 2), c(3, 2))), 2)
  expect_identical(loss_mean_squared_error(matrix(0, 0, 2), matrix(0, 0, 2)), numeric(0))
})

test_that("a factor stands for its codes where classes are meant", {
  skip_if_no_python()
  p <- probabilities(3)
  species <- iris$Species[c(1, 101, 51)]
  for (loss in list(
    loss_sparse_categorical_crossentropy, loss_sparse_categorical_focal_crossentropy,
    loss_categorical_generalized_cross_entropy, loss_circle, loss_triplet_semihard
  )) {
    expect_equal(as.numeric(loss(species, p)), as.numeric(loss(c(0, 2, 1), p)))
    expect_equal(as.numeric(loss()(species, p)), as.numeric(loss()(c(0, 2, 1), p)))
  }
})

test_that("NA never becomes a number", {
  skip_if_no_python()
  expect_equal(as.numeric(loss_hinge(c(1, NA), c(1, 1))), NaN)
  expect_snapshot(print_conditions({
    loss_hinge(c(1L, NA, 0L), c(1, 1, 1))
    loss_hinge(c(TRUE, NA), c(1, 1))
    loss_hinge(rbind(c(0L, 1L), c(NA, NA)), y_pred)
    loss_hinge(y_true, NA)
    loss_sparse_categorical_crossentropy(c(0, NA), probabilities(2))
    loss_sparse_categorical_crossentropy(factor(c("a", NA)), probabilities(2))
    loss_hinge(data.frame(a = c(1L, NA), b = 1:2), y_pred)
    loss_hinge()(c(0L, NA), c(1, 1))
    loss_hinge()(c(0, 1), c(1, 1), sample_weight = c(NA, 1L))
    metric_hinge()$update_state(c(0L, NA), c(1, 1))
  }))
})

test_that("what is no array of numbers is refused", {
  skip_if_no_python()
  expect_snapshot(print_conditions({
    loss_hinge(iris$Species, 1:150)
    loss_hinge(1:2, c("a", "b"))
    loss_hinge(list(1, 2), c(1, 2))
    loss_hinge(NULL, c(1, 2))
    loss_hinge(1i, 1)
    loss_hinge(Sys.Date(), 1)
    loss_hinge(mean, 1)
    loss_hinge(iris[1:3, 4:5], y_pred)
    loss_hinge(structure(1, class = "integer64"), 1)
  }))
})

test_that("a matrix of the Matrix package is refused with a hint", {
  skip_if_no_python()
  skip_if_not_installed("Matrix")
  expect_error(loss_hinge(Matrix::Diagonal(2), y_pred), "as.matrix", class = "lossbridge_error")
})

test_that("axes count from 1", {
  expect_identical(as_axis(1), 0L)
  expect_identical(as_axis(3L), 2L)
  expect_identical(as_axis(-1), -1L)
  expect_identical(as_axis(c(1, -1), several = TRUE), list(0L, -1L))
  expect_null(as_axis(NULL, several = TRUE, all = TRUE))
  expect_error(as_axis(NULL, several = TRUE), "one or more whole numbers")
  expect_identical(from_axis(list(0L, -1L)), c(1L, -1L))
})

test_that("a positive axis is the negative one from the other end", {
  skip_if_no_python()
  set.seed(2)
  t <- array(stats::runif(24), c(2, 3, 4))
  p <- array(stats::runif(24, 0.1, 0.9), c(2, 3, 4))
  for (axis in 1:3) {
    for (loss in list(
      loss_cosine_similarity, loss_binary_crossentropy, loss_categorical_crossentropy,
      loss_binary_focal_crossentropy, loss_categorical_focal_crossentropy, loss_dice, loss_tversky
    )) {
      values <- loss(t, p, axis = axis)
      expect_equal(dim(values), c(2L, 3L, 4L)[-axis])
      expect_equal(as.array(values), as.array(loss(t, p, axis = axis - 4)))
    }
  }
  values <- loss_dice(t, p, axis = c(1, 3))
  expect_identical(length(values), 3L)
  expect_null(dim(values))
})

test_that("several axes are one mean, or one vector", {
  skip_if_no_python()
  set.seed(2)
  t <- array(stats::runif(24), 2:4)
  p <- array(stats::runif(24, 0.1, 0.9), 2:4)
  last_two <- function(x) matrix(x, 2)
  functions <- list(
    loss_binary_crossentropy, loss_binary_focal_crossentropy, loss_cosine_similarity,
    metric_binary_crossentropy, metric_binary_focal_crossentropy, metric_cosine_proximity
  )
  for (f in functions) {
    expected <- as.vector(f(last_two(t), last_two(p)))
    expect_equal(as.vector(f(t, p, axis = c(2, 3))), expected)
    expect_equal(as.vector(f(t, p, axis = c(-1, -2))), expected)
    first_two <- as.vector(f(aperm(t, c(3, 1, 2)), aperm(p, c(3, 1, 2)), axis = 2:3))
    expect_equal(as.vector(f(t, p, axis = c(1, 2))), first_two)
  }
  expect_equal(
    loss_cosine_similarity(axis = 2:3)(t, p), mean(loss_cosine_similarity(t, p, axis = 2:3)),
    tolerance = 1e-6
  )
  expect_equal(
    metric_cosine_similarity(axis = 2:3)(t, p), -mean(loss_cosine_similarity(t, p, axis = 2:3)),
    tolerance = 1e-6
  )
  expect_equal(summary(loss_binary_crossentropy(axis = c(1, -1)))$arguments$axis, c(1L, -1L))
  expect_error(loss_binary_crossentropy(t, p, axis = c(1, 1)), "axis", class = "lossbridge_error")
})
