test_that("input that does not fit is refused", {
  skip_if_no_python()
  expect_snapshot(print_conditions({
    loss_hinge(y_true, rbind(y_pred, 1))
    loss_hinge(c(0, 1), matrix(c(0.5, 0.5)))
    loss_mean_squared_error(matrix(c(0, 1)), y_pred)
    loss_sparse_categorical_crossentropy(c(1, 2, 3), diag(3))
    loss_sparse_categorical_crossentropy(c(0.5, 1, 2), diag(3))
    loss_hinge(y_true)
    loss_hinge(y_pred = y_pred)
  }))
})

test_that("arguments out of their range are refused", {
  skip_if_no_python()
  expect_snapshot(print_conditions({
    loss_huber(y_true, y_pred, delta = -1)
    loss_huber(delta = "a")
    loss_huber(delta = c(1, 2))
    loss_binary_crossentropy(from_logits = NULL)
    loss_binary_crossentropy(y_true, y_pred, from_logits = NA)
    loss_binary_crossentropy(y_true, y_pred, label_smoothing = 2)
    loss_hinge(reduction = "average")
    loss_hinge(y_true, y_pred, reduction = "average")
    loss_hinge(reduction = NA)
    loss_hinge(y_true, y_pred, dtype = NA)
    metric_hinge(name = NA)
    loss_cosine_similarity(y_true, y_pred, axis = 0)
    loss_cosine_similarity(y_true, y_pred, axis = 1.5)
    loss_cosine_similarity(y_true, y_pred, axis = 3)
    loss_dice(y_true, y_pred, axis = c(0, 1))
    set_semantics("keras4")
  }))
})

test_that("unknown arguments are refused", {
  skip_if_no_python()
  expect_snapshot(print_conditions({
    loss_hinge(y_true, y_pred, delta = 2)
    loss_hinge(from_logit = TRUE)
    loss_huber(y_true, y_pred, 1, 2)
    metric_hinge(y_true, y_pred, axis = 1)
  }))
})

test_that("errors are of one class, and of the user's call", {
  skip_if_no_python()
  f <- function() loss_huber(y_true, y_pred, delta = -1)
  error <- expect_error(f(), class = "lossbridge_error")
  expect_s3_class(error, "lossbridge_input_error")
  expect_equal(error$argument, "delta")
  expect_equal(error$call[[1]], quote(loss_huber))
})

test_that("Python's words become R's", {
  expect_equal(in_r_words("one of 'sum', None"), "one of \"sum\", NULL")
  expect_equal(in_r_words("True or False"), "TRUE or FALSE")
  expect_equal(in_r_words("of shape (3,) with Nonesuch"), "of shape (3) with Nonesuch")
  expect_equal(in_r_words("-1.0 or 0.25, 10.05"), "-1 or 0.25, 10.05")
})

test_that("a version that does not fit is told", {
  expect_warning(check_version("0.0.1"), "0.0.1")
  expect_silent(check_version(as.character(packageVersion("lossbridge"))))
})
