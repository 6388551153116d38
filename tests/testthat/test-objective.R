# Losses for boosted trees: loss_objective() and loss_eval_metric(), with the engines of Python.

features <- function() {
  set.seed(4)
  x <- matrix(rnorm(320), 80)
  signal <- x[, 1] + sin(2 * x[, 2])
  y <- signal + 0.3 * rnorm(80)
  list(
    x = x, real = y, binary = as.numeric(y > 0),
    classes = as.numeric(cut(y, c(-Inf, -0.5, 0.8, Inf))) - 1,
    counts = rpois(80, exp(signal / 2)), weight = runif(80, 0.2, 3)
  )
}

# Data of an engine of R, as far as an objective looks at it.
r_data <- function(label, weight = NULL) {
  fields <- list(label = label, weight = weight)
  structure(list(get_field = function(x) fields[[x]]), class = "lgb.Dataset")
}

test_that("trees of xgboost are those of its own objectives", {
  skip_if_no_python()
  skip_if_no_module("xgboost")
  xgboost <- reticulate::import("xgboost")
  f <- features()
  cases <- list(
    list(loss_mean_squared_error, "reg:squarederror", "real"),
    list(loss_binary_crossentropy, "binary:logistic", "binary"),
    list(loss_sparse_categorical_crossentropy(), "multi:softprob", "classes", num_class = 3L),
    list(loss_poisson, "count:poisson", "counts", max_delta_step = 0.7)
  )
  for (case in cases) {
    for (weight in list(NULL, f$weight)) {
      data <- xgboost$DMatrix(f$x, f[[case[[3]]]], weight = weight)
      data$set_base_margin(matrix(0, 80, case$num_class %||% 1L))
      params <- c(list(max_depth = 3L, nthread = 1L, min_child_weight = 2), case[-(1:3)])
      theirs <- xgboost$train(c(params, objective = case[[2]]), data, 5L)
      objective <- loss_objective(case[[1]], hessian = "engine")
      ours <- xgboost$train(params, data, 5L, obj = objective)
      margins <- ours$predict(data, output_margin = TRUE)
      expect_equal(margins, theirs$predict(data, output_margin = TRUE), tolerance = 1e-5)
      predicted <- theirs$predict(data)
      ours <- objective$inverse_link(margins)
      expect_equal(as.vector(ours), as.vector(predicted), tolerance = 1e-4)
      # as an engine of R calls it
      found <- objective(margins, data)
      again <- attr(objective, "python")(margins, data)
      expect_named(found, c("grad", "hess"))
      expect_equal(lapply(unname(found), as.vector), lapply(again, as.vector))
    }
  }
})

test_that("trees of LightGBM are those of its own objectives", {
  skip_if_no_python()
  skip_if_no_module("lightgbm")
  lightgbm <- reticulate::import("lightgbm")
  f <- features()
  cases <- list(
    list(loss_mean_squared_error, "l2", "real"),
    list(loss_binary_crossentropy, "binary", "binary"),
    list(loss_sparse_categorical_crossentropy, "multiclass", "classes", num_class = 3L),
    list(loss_huber(delta = 0.5), "huber", "real", alpha = 0.5)
  )
  for (case in cases) {
    for (weight in list(NULL, f$weight)) {
      params <- c(
        list(verbosity = -1L, num_threads = 1L, boost_from_average = FALSE, min_data_in_leaf = 5L),
        case[-(1:3)]
      )
      train <- function(objective) {
        data <- lightgbm$Dataset(f$x, as.array(f[[case[[3]]]]), weight = weight)
        params$objective <- reticulate::r_to_py(objective)
        lightgbm$train(params, data, 5L)$predict(f$x, raw_score = TRUE)
      }
      expected <- train(case[[2]])
      found <- train(loss_objective(case[[1]], "lightgbm", hessian = "engine"))
      expect_equal(found, expected, tolerance = 1e-5)
    }
  }
})

test_that("early stopping takes the same loss", {
  skip_if_no_python()
  skip_if_no_module("xgboost")
  xgboost <- reticulate::import("xgboost")
  f <- features()
  train <- xgboost$DMatrix(f$x[1:40, ], f$real[1:40])
  valid <- xgboost$DMatrix(f$x[41:80, ], f$real[41:80])
  fit <- xgboost$train(
    list(eta = 1, nthread = 1L, disable_default_eval_metric = 1L), train, 60L,
    obj = loss_objective(loss_huber), custom_metric = loss_eval_metric(loss_huber),
    evals = list(reticulate::tuple(valid, "valid")), early_stopping_rounds = 5L,
    verbose_eval = FALSE
  )
  expect_lt(fit$best_iteration, 59)
})

test_that("engines of R get lists in the shape of their margins", {
  skip_if_no_python()
  m <- c(-1, 0.5, 3)
  y <- c(0, 1, 1)
  p <- plogis(m)
  data <- r_data(y, 1:3)
  found <- loss_objective("binary_crossentropy", "lightgbm")(m, data)
  expect_equal(found, list(grad = 1:3 * (p - y), hess = 1:3 * p * (1 - p)))
  metric <- loss_eval_metric("binary_crossentropy", "lightgbm", name = "entropy")
  value <- weighted.mean(-dbinom(y, 1, p, log = TRUE), 1:3)
  expect_equal(metric(m, data), list(name = "entropy", value = value, higher_better = FALSE))

  m <- matrix(c(1, 0, 2, -1, 0.5, 0), 2)
  q <- exp(m) / rowSums(exp(m))
  softmax <- loss_objective(loss_categorical_crossentropy, "lightgbm")
  found <- softmax(m, r_data(c(2, 0)))
  expect_equal(found, list(grad = q - one_hot(c(2, 0), 3), hess = q * (1 - q)))
  flat <- softmax(as.vector(m), r_data(c(2, 0))) # class by class
  expect_equal(flat, lapply(found, as.vector))
  expect_equal(softmax$inverse_link(m), q)
})

test_that("trees of xgboost of R are those of its own objectives", {
  skip_if_no_python()
  skip_if_not_installed("xgboost", "3.1.0") # where arguments are called as here
  f <- features()
  xgb <- function(name) getExportedValue("xgboost", name)
  cases <- list(
    list(loss_mean_squared_error, "reg:squarederror", "real"),
    list(loss_binary_crossentropy, "binary:logistic", "binary"),
    list(loss_categorical_crossentropy, "multi:softprob", "classes", num_class = 3)
  )
  for (case in cases) {
    for (weight in list(NULL, f$weight)) {
      margin <- matrix(0, 80, case$num_class %||% 1)
      label <- f[[case[[3]]]]
      data <- xgb("xgb.DMatrix")(f$x, label = label, weight = weight, base_margin = margin)
      params <- c(list(max_depth = 3, nthread = 1), case[-(1:3)])
      own <- xgb("xgb.train")(c(params, objective = case[[2]]), data, nrounds = 5)
      objective <- loss_objective(case[[1]], hessian = "engine")
      metric <- loss_eval_metric(case[[1]], name = "loss")
      ours <- xgb("xgb.train")(
        params, data,
        nrounds = 5, objective = objective, custom_metric = metric, evals = list(train = data),
        early_stopping_rounds = 2, maximize = FALSE, verbose = 0
      )
      margins <- predict(ours, data, outputmargin = TRUE)
      expect_equal(margins, predict(own, data, outputmargin = TRUE), tolerance = 1e-5)
      predicted <- as.vector(objective$inverse_link(margins))
      expect_equal(predicted, as.vector(predict(own, data)), tolerance = 1e-5)
      expect_equal(metric(margins, data)$value, attr(ours, "evaluation_log")$train_loss[[5]])
    }
  }
})

test_that("trees of LightGBM of R are those of its own objectives", {
  skip_if_no_python()
  skip_if_not_installed("lightgbm")
  f <- features()
  lgb <- function(name) getExportedValue("lightgbm", name)
  cases <- list(
    list(loss_mean_squared_error, "regression", "real"),
    list(loss_binary_crossentropy, "binary", "binary"),
    list(loss_categorical_crossentropy, "multiclass", "classes", num_class = 3)
  )
  for (case in cases) {
    for (weight in list(NULL, f$weight)) {
      data <- function() lgb("lgb.Dataset")(f$x, label = f[[case[[3]]]], weight = weight)
      params <- c(
        list(verbosity = -1, num_threads = 1, boost_from_average = FALSE, min_data_in_leaf = 5),
        case[-(1:3)]
      )
      own <- lgb("lgb.train")(c(params, objective = case[[2]]), data(), nrounds = 5)
      objective <- loss_objective(case[[1]], "lightgbm", hessian = "engine")
      metric <- loss_eval_metric(case[[1]], "lightgbm", name = "loss")
      ours <- lgb("lgb.train")(
        params, train <- data(),
        nrounds = 5, obj = objective, eval = metric, valids = list(train = train), verbose = -1
      )
      margins <- predict(ours, f$x, type = "raw")
      expect_equal(margins, predict(own, f$x, type = "raw"), tolerance = 1e-5)
      predicted <- as.vector(objective$inverse_link(margins))
      expect_equal(predicted, as.vector(predict(own, f$x)), tolerance = 1e-5)
      watched <- ours$record_evals$train$loss$eval
      expect_equal(metric(margins, train)$value, watched[[5]], tolerance = 1e-5)
    }
  }
})

test_that("they print, and their errors are those of lossbridge", {
  skip_if_no_python()
  objective <- loss_objective(loss_poisson)
  printed <- "<lossbridge objective poisson for xgboost, link log>"
  expect_output(print(objective), printed, fixed = TRUE)
  refused <- "lossbridge_input_error"
  expect_error(loss_objective(loss_dice), "sum over rows.*not dice", class = refused)
  expect_error(objective(1, 2), "`dtrain` must be data of xgboost or LightGBM, not a number")
  expect_error(objective(c(0, 0), r_data(c(1, NA))), "numbers of at least 0, not NaN")
  expect_error(objective(c(0, 0), r_data(c(1, -1))), "numbers of at least 0, not -1")
  expect_error(loss_objective("mse", "catboost"), "`engine` must be")
  expect_error(loss_objective("log_cosh", hessian = "engine"), '"exact" for log_cosh')
  softmax <- loss_objective("sparse_categorical_crossentropy")
  expect_error(softmax(c(0, 0), r_data(c(0, 1))), "at least 2 classes")
})
