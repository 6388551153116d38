# Bad calls of every loss: each is refused with an error that names the argument, or gives a
# documented value; none changes what it was given.

# What a call gives: the class and argument of its error, or its value.
outcome <- function(f, ...) {
  tryCatch(list(value = f(...)), error = function(e) list(error = e))
}

expect_refused <- function(what, f, ..., argument) {
  result <- suppressWarnings(outcome(f, ...))
  refused <- inherits(result$error, "lossbridge_error")
  # R itself names an argument that no function has
  unused <- grepl("unused argument", conditionMessage(result$error %||% simpleError("")))
  message <- if (is.null(result$error)) "was accepted" else conditionMessage(result$error)
  named <- any(vapply(argument, grepl, NA, x = message, fixed = TRUE))
  expect(
    (refused || unused) && named,
    sprintf("%s: %s", what, message)
  )
}

`%||%` <- function(x, y) if (is.null(x)) y else x

# One case for each loss.
cases <- function() {
  all <- loss_cases()
  all[!duplicated(names(all))]
}

test_that("data that are no arrays of numbers are refused", {
  skip_if_no_python()
  bad <- list(
    text = "a", texts = c("a", "b"), `text matrix` = matrix("a", 5, 3),
    list = list(1, 2), `function` = mean, environment = globalenv(), symbol = quote(x),
    `data frame of text` = data.frame(a = letters[1:5]), complex = matrix(1i, 5, 3),
    raw = as.raw(1:5), `NULL` = NULL, formula = y ~ x
  )
  for (name in names(cases())) {
    case <- cases()[[name]]
    f <- exported(paste0("loss_", name))
    for (what in names(bad)) {
      expect_refused(
        paste(name, "y_pred", what), f, case[[1]], bad[[what]],
        argument = "y_pred"
      )
      expect_refused(
        paste(name, "y_true", what), f, bad[[what]], case[[2]],
        argument = "y_true"
      )
    }
  }
})

test_that("shapes that do not fit are refused, never recycled", {
  skip_if_no_python()
  for (name in names(cases())) {
    case <- cases()[[name]]
    f <- exported(paste0("loss_", name))
    both <- c("y_true", "y_pred")
    y_pred <- case[[2]]
    more <- if (is.matrix(y_pred)) rbind(y_pred, y_pred[1, ]) else array(0, c(2, dim(y_pred)[-1]))
    expect_refused(paste(name, "a row more"), f, case[[1]], more, argument = both)
    expect_refused(paste(name, "one number"), f, case[[1]], 0.5, argument = c(both, "axis"))
    expect_refused(
      paste(name, "an axis more"), f, array(1, c(5, 3, 2, 2)), y_pred,
      argument = both
    )
    if (is.matrix(case[[1]]) && nrow(case[[1]]) == 5) {
      expect_refused(paste(name, "turned"), f, t(case[[1]]), y_pred, argument = both)
      column <- case[[1]][, 1, drop = FALSE]
      row <- case[[1]][1, , drop = FALSE]
      expect_refused(paste(name, "one column"), f, column, y_pred, argument = both)
      expect_refused(paste(name, "one row"), f, row, y_pred, argument = both)
      expect_refused(paste(name, "a vector"), f, case[[1]][, 1], y_pred, argument = both)
    }
  }
})

test_that("labels that are no classes are refused", {
  skip_if_no_python()
  p <- probabilities()
  for (f in c(loss_sparse_categorical_crossentropy, loss_categorical_generalized_cross_entropy)) {
    bad <- list(-1, 3, 0.5, NA, NaN, Inf, -Inf, 1e30, 2^31, NA_integer_, -1L, 3L, NA_real_)
    for (label in bad) {
      labels <- c(0, 2, 1, 1)
      labels <- if (is.integer(label)) as.integer(labels) else labels
      expect_refused(paste("label", label), f, c(labels, label), p, argument = "y_true")
    }
    expect_refused("levels with NA", f, factor(c("a", "b", NA, "a", "b")), p, argument = "y_true")
    expect_refused("logical NA", f, c(TRUE, FALSE, NA, TRUE, TRUE), p, argument = "y_true")
  }
})

test_that("a missing number makes its row missing, and an integer NA never becomes a number", {
  skip_if_no_python()
  t <- matrix(as.double(1:6), 3)
  p <- t / 2
  t[2, 1] <- NA
  expect_equal(is.na(as.numeric(loss_mean_squared_error(t, p))), c(FALSE, TRUE, FALSE))
  integers <- matrix(c(1L, NA, 3:6), 3)
  logicals <- matrix(c(TRUE, NA, TRUE, FALSE, TRUE, TRUE), 3)
  for (bad in list(integers, logicals)) {
    result <- outcome(loss_mean_squared_error, bad, p)
    expect_true(
      inherits(result$error, "lossbridge_error") ||
        identical(is.na(as.numeric(result$value)), c(FALSE, TRUE, FALSE))
    )
  }
})

test_that("arguments out of their range or of another kind are refused", {
  skip_if_no_python()
  no_numbers <- list("a", NA, NaN, Inf, -Inf, TRUE, c(1, 2), list(), 1i, -1)
  no_flags <- list("yes", NA, NULL, 2, c(TRUE, FALSE), list())
  no_axes <- list(0, 7, -7, 1.5, "last", NA, NaN, Inf, TRUE, 0L, 2^31, list())
  wrong <- list(
    delta = no_numbers, gamma = no_numbers, margin = no_numbers, beta = no_numbers,
    temperature = c(no_numbers, 0), soft = no_flags, distance_metric = list("l2", NA, 1, TRUE),
    q = c(no_numbers, 0, 1, 2), label_smoothing = c(no_numbers, 1.1),
    alpha = list("a", NA, NaN, Inf, -1, TRUE, 1i),
    from_logits = no_flags, apply_class_balancing = no_flags, remove_diagonal = no_flags,
    ignore_nan = no_flags,
    ignore_class = list("a", NA, 0.5, TRUE, Inf, c(1, 2)), axis = no_axes
  )
  for (name in names(cases())) {
    case <- cases()[[name]]
    f <- exported(paste0("loss_", name))
    for (argument in intersect(names(formals(f)), names(wrong))) {
      for (value in wrong[[argument]]) {
        what <- paste(name, argument, paste(deparse(value), collapse = ""))
        arguments <- c(list(case[[1]], case[[2]]), stats::setNames(list(value), argument))
        expect_refused(
          what, function() do.call(f, arguments),
          argument = argument
        )
      }
    }
    for (reduction in list("average", "SUM", 1, TRUE, NA, c("sum", "none"), list())) {
      expect_refused(
        paste(name, "reduction", deparse(reduction)), f,
        reduction = reduction, argument = "reduction"
      )
    }
    expect_refused(
      paste(name, "unknown"), f, case[[1]], case[[2]],
      no_such = 1, argument = "no_such"
    )
  }
})

test_that("weights that fit no sample are refused", {
  skip_if_no_python()
  case <- cases()$mean_squared_error
  loss <- loss_mean_squared_error()
  bad <- list(
    1:4, 1:6, numeric(), "a", c("a", "b"), list(1, 2), matrix(1, 5, 3), matrix(1, 3, 5), mean,
    array(1, c(5, 1, 2)), c(1, 2)
  )
  for (weight in bad) {
    expect_refused(
      paste("weights", paste(deparse(weight), collapse = "")), loss, case[[1]], case[[2]],
      sample_weight = weight, argument = "sample_weight"
    )
  }
})

test_that("labels for to_categorical that are none are refused", {
  skip_if_no_python()
  bad <- list(
    "a", c("a", "b"), -1, 0.5, NA, NaN, Inf, c(0, NA), NA_integer_, 1i, mean, list("a"), NULL,
    factor(c("a", NA)), 1e30, quote(x)
  )
  for (y in bad) {
    result <- suppressWarnings(outcome(to_categorical, y))
    expect(
      inherits(result$error, "lossbridge_error"),
      paste("to_categorical", paste(deparse(y), collapse = ""), "was not refused")
    )
  }
  for (k in list(0, -1, 1.5, "a", NA, NaN, Inf, TRUE, 1, c(3, 4), list())) {
    expect_refused(
      paste("num_classes", deparse(k)), to_categorical, c(0, 1, 2), k,
      argument = c("num_classes", "y")
    )
  }
})

test_that("nothing that is handed in is changed", {
  skip_if_no_python()
  for (name in names(cases())) {
    case <- cases()[[name]]
    copy <- lapply(case[1:2], function(x) x + 0)
    f <- exported(paste0("loss_", name))
    do.call(f, unname(case[1:2]))
    f()(case[[1]], case[[2]])
    expect_identical(case[1:2], copy)
  }
})
