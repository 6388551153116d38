# Classes where a loss wants numbers: what the message says to do is done here, and has to work.

# The message of a call, and the value of the call that the code in its hint makes of `y_true`.
followed <- function(loss, y_true, y_pred) {
  error <- tryCatch(loss(y_true, y_pred), error = identity)
  expect_s3_class(error, "lossbridge_input_error")
  hint <- cli::ansi_strip(gsub("\n *", " ", conditionMessage(error)))
  expect_match(hint, "`[^`]*\\(y_true.*`|`y_true\\[\\[1\\]\\]`")
  code <- regmatches(hint, gregexpr("`[^`]+`", hint))[[1]]
  code <- gsub("`", "", code[nzchar(sub("`y_(true|pred)`", "", code))])
  expect_length(code, 1)
  list(code = code, value = loss(eval(parse(text = code), list(y_true = y_true)), y_pred))
}

two <- factor(c("no", "yes", "yes"))
three <- factor(c("a", "b", "c"))
column <- matrix(c(0.1, 0.4, 0.8))
columns <- function(k) matrix(seq_len(3 * k) / (4 * k), 3)

forms <- function(f) {
  list(f, as.character(f), data.frame(f), data.frame(f = as.character(f)))
}

test_that("the hint for two classes and one prediction is right for every loss", {
  skip_if_no_python()
  binary <- list(loss_binary_crossentropy, loss_binary_focal_crossentropy, loss_mean_squared_error)
  for (y_true in forms(two)) {
    for (loss in binary) {
      expect_equal(followed(loss, y_true, column)$value, loss(cbind(c(0, 1, 1)), column))
      expect_equal(followed(loss, y_true, column[, 1])$value, loss(c(0, 1, 1), column[, 1]))
      expect_equal(followed(loss(), y_true, column)$value, loss()(cbind(c(0, 1, 1)), column))
    }
    for (loss in list(loss_hinge, loss_squared_hinge, metric_hinge, metric_hinge())) {
      expect_equal(followed(loss, y_true, column)$value, loss(cbind(c(-1, 1, 1)), column))
    }
    gradient <- function(y_true, y_pred) loss_gradient(loss_hinge, y_true, y_pred)
    expect_equal(followed(gradient, y_true, column)$value, cbind(c(1, -1, -1)))
    compiled <- loss_compiled(loss_hinge)$gradient
    expect_equal(followed(compiled, y_true, column)$value, cbind(c(1, -1, -1)))
  }
  expect_equal(followed(loss_hinge, two, column)$code, "cbind(2 * as.integer(y_true) - 3)")
})

test_that("the hint for a prediction of each class is right", {
  skip_if_no_python()
  losses <- list(
    loss_categorical_crossentropy, loss_kl_divergence, loss_categorical_hinge, loss_dice,
    loss_binary_crossentropy, loss_hinge, metric_categorical_crossentropy
  )
  for (f in list(two, three)) {
    p <- columns(nlevels(f))
    rows <- unname(to_categorical(f))
    for (y_true in forms(f)) {
      for (loss in losses) expect_equal(followed(loss, y_true, p)$value, loss(rows, p))
    }
  }
})

test_that("losses and functions of labels take factors, and say how to make one", {
  skip_if_no_python()
  p <- columns(3)
  losses <- list(
    loss_sparse_categorical_crossentropy, loss_sparse_categorical_crossentropy(),
    loss_categorical_generalized_cross_entropy, metric_sparse_categorical_crossentropy,
    function(y_true, y_pred) loss_gradient(loss_sparse_categorical_crossentropy, y_true, y_pred),
    function(y_true, y_pred) to_categorical(y = y_true)
  )
  for (loss in losses) {
    expected <- loss(three, p)
    expect_equal(loss(data.frame(three), p), expected)
  }
  for (loss in losses[-length(losses)]) {
    for (y_true in forms(three)[c(2, 4)]) {
      expect_equal(followed(loss, y_true, p)$value, loss(three, p))
    }
  }
  compared <- lossbridge_compare(three, p, "sparse_categorical_crossentropy")
  compare <- function(y_true, y_pred) {
    lossbridge_compare(y_true, y_pred, "sparse_categorical_crossentropy")
  }
  expect_equal(followed(compare, as.character(three), p)$value, compared)
})

test_that("hints about classes", {
  skip_if_no_python()
  expect_snapshot(print_conditions({
    to_categorical(c("a", "b"))
    to_categorical(data.frame(a = "x"))
    to_categorical(data.frame(a = factor("x"), b = 1))
    loss_binary_crossentropy(two, column)
    loss_hinge(as.character(two), column[, 1])
    loss_binary_crossentropy(three, column)
    loss_categorical_crossentropy(data.frame(three), columns(3))
    loss_sparse_categorical_crossentropy(c("a", "b", "c"), columns(3))
    loss_binary_crossentropy(column, two)
    loss_hinge(column, c("a", "b"))
    loss_hinge()(two, column, sample_weight = two)
  }))
})

test_that("a last axis of 1 is given or dropped as the hint says", {
  skip_if_no_python()
  flat <- matrix(1, 2, 3)
  deep <- array(0.5, c(2, 3, 1))
  for (f in c(loss_hinge, loss_binary_crossentropy)) {
    expect_error(f(flat, deep), "Give `y_true` a last axis of\\s+size 1")
    expect_length(f(array(flat, c(2, 3, 1)), deep), 6)
    expect_length(f(flat, matrix(deep, 2)), 2)
    expect_error(f(deep, flat), "Give `y_pred` a last axis of\\s+size 1")
    expect_length(f(deep, array(flat, c(2, 3, 1))), 6)
  }
  # one number for the batch takes weights of samples
  expect_error(loss_dice()(flat, flat / 2, c(1, 2)), NA)
})
