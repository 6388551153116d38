# Labels that were not observed: NA of any type, where ignore_nan is TRUE.
y <- cbind(c(1, NA, 3), c(NA, NA, 2))
p <- cbind(c(2, 5, 5), c(7, 5, 0))

test_that("the mean is over what was observed, whatever the type of NA", {
  skip_if_no_python()
  expected <- c(1, 0, 4)
  as_integer <- y
  storage.mode(as_integer) <- "integer"
  of_nan <- replace(y, is.na(y), NaN)
  for (labels in list(y, as_integer, as.data.frame(y), as.data.frame(as_integer), of_nan)) {
    expect_equal(loss_mean_squared_error(labels, p, ignore_nan = TRUE), expected)
    loss <- loss_mean_squared_error(ignore_nan = TRUE)
    expect_equal(loss(labels, p), 2.5)
    expect_equal(loss_gradient(loss, labels, p), cbind(c(1, 0, 1), c(0, 0, -1)))
    compiled <- loss_compiled(loss)
    expect_equal(compiled$value(labels, p), 2.5)
    metric <- metric_mean_squared_error(ignore_nan = TRUE)
    expect_equal(metric(labels, p), 2.5)
  }
  logicals <- cbind(c(TRUE, NA, FALSE))
  of_numbers <- cbind(c(1, NA, 0))
  margin <- cbind(c(0.5, 2, 0.25))
  expect_equal(loss_hinge(logicals, margin, ignore_nan = TRUE), c(0.5, 0, 1.25))
  expect_equal(metric_hinge(of_numbers, margin, ignore_nan = TRUE), c(0.5, 0, 1.25))
})

test_that("a missing level of a factor is a missing label", {
  skip_if_no_python()
  f <- factor(c("a", NA, "b"))
  q <- rbind(c(0.2, 0.8), c(0.5, 0.5), c(0.3, 0.7))
  expected <- c(-log(0.2), 0, -log(0.7))
  expect_equal(
    loss_sparse_categorical_crossentropy(f, q, ignore_nan = TRUE), expected,
    tolerance = 1e-6
  )
  rows <- to_categorical(f, ignore_nan = TRUE)
  expect_equal(rows, rbind(c(a = 1, b = 0), NaN, c(0, 1)))
  of_rows <- loss_categorical_crossentropy(rows, q, ignore_nan = TRUE)
  expect_equal(of_rows, expected, tolerance = 1e-6)
  object <- loss_sparse_categorical_crossentropy(ignore_nan = TRUE)
  expect_equal(object(f, q), mean(expected[-2]), tolerance = 1e-6)
})

test_that("Python's NaN and R's NA give the same, in every loss", {
  skip_if_no_python()
  all <- loss_cases()
  none <- Filter(function(name) is.na(may_miss(name, TRUE)), unique(names(all)))
  expect_true(all(c("ctc", "circle", "ntxent") %in% none))
  for (name in setdiff(names(all), none)) {
    case <- all[[name]]
    f <- exported(paste0("loss_", name))
    labels <- case[[1]]
    labels[1] <- NA
    of_python <- reticulate::np_array(as.array(replace(labels, 1, NaN)), "float64")
    of_r <- f(labels, case[[2]], ignore_nan = TRUE)
    expect_equal(of_r, as.numeric(f(of_python, case[[2]], ignore_nan = TRUE)), info = name)
    expect_false(anyNA(of_r))
  }
})

test_that("without it an error names the argument, where it helps", {
  skip_if_no_python()
  expect_snapshot(error = TRUE, {
    loss_hinge(c(1L, NA), c(0.5, 0.5))
    loss_sparse_categorical_crossentropy(factor(c("a", NA)), diag(2))
    to_categorical(c(0L, NA))
    loss_circle(c(1L, NA), diag(2))
    loss_circle(ignore_nan = TRUE)
    loss_ctc(ignore_nan = TRUE)
    loss_hinge(ignore_nan = NA)
    to_categorical(c(0, NA), dtype = "int32", ignore_nan = TRUE)
  })
})

test_that("an object says that it leaves missing labels out", {
  skip_if_no_python()
  loss <- loss_huber(delta = 2, ignore_nan = TRUE)
  expect_true(loss$ignore_nan)
  expect_identical(summary(loss)$arguments, list(delta = 2, ignore_nan = TRUE))
  expect_output(print(loss), "ignore_nan = TRUE", fixed = TRUE)
  expect_false("ignore_nan" %in% names(summary(loss_huber())$arguments))
  again <- unserialize(serialize(loss, NULL))
  expect_equal(again(cbind(c(1, NA)), cbind(c(2, 2))), 0.5)
})

test_that("a model trains on what was observed", {
  skip_if_no_python()
  keras <- reticulate::import("keras")
  x <- as.matrix(datasets::airquality[3:4]) / 100
  y <- as.matrix(datasets::airquality[1:2]) # integers, of which 44 are missing
  expect_true(is.integer(y) && sum(is.na(y)) == 44)
  weights_after <- function(labels) {
    keras$utils$set_random_seed(1L)
    model <- keras$Sequential(list(keras$layers$Dense(2L)))
    model$compile("sgd", loss_log_cosh(ignore_nan = TRUE))
    model$fit(x, labels, batch_size = nrow(x), epochs = 2L, verbose = 0L)
    unlist(model$get_weights())
  }
  of_doubles <- y
  storage.mode(of_doubles) <- "double"
  weights <- weights_after(of_doubles)
  expect_true(all(is.finite(weights)))
  expect_equal(weights_after(y), weights)
})
