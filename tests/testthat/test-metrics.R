test_that("the numbers of the Keras documentation come out", {
  skip_if_no_python()
  result <- function(metric, ...) {
    metric$update_state(y_true, y_pred, ...)
    as.numeric(metric$result())
  }
  expect_equal(result(metric_hinge()), 1.3, tolerance = 1e-6)
  expect_equal(result(metric_hinge(), sample_weight = c(1, 0)), 1.1, tolerance = 1e-6)
  expect_equal(result(metric_squared_hinge()), 1.86, tolerance = 1e-6)
  expect_equal(result(metric_squared_hinge(), c(1, 0)), 1.46, tolerance = 1e-6)
  expect_equal(result(metric_categorical_hinge()), 1.4, tolerance = 1e-6)
  expect_equal(result(metric_categorical_hinge(), c(1, 0)), 1.2, tolerance = 1e-6)
})

test_that("a metric is streaming", {
  skip_if_no_python()
  metric <- metric_mean_absolute_error(dtype = "float64")
  metric$update_state(c(1, 2), c(1, 4))
  metric$update_state(c(1, 2), c(2, 2))
  expect_equal(as.numeric(metric$result()), (1 + 0.5) / 2)
  metric$reset_state()
  expect_equal(as.numeric(metric(c(0, 0), c(1, 3))), 2)
})

test_that("with data a metric gives the values of its function", {
  skip_if_no_python()
  for (case in split(loss_cases(), names(loss_cases()))) {
    name <- paste0("metric_", names(case)[[1]])
    if (!name %in% names_of("metric_")) next
    fn <- exported(name)
    if (!"y_true" %in% names(formals(fn))) next
    for (one in case) {
      expect_equal(as.numeric(do.call(fn, one[-3])), one[[3]], tolerance = 1e-5, info = name)
    }
  }
})

test_that("each metric is the mean of its values", {
  skip_if_no_python()
  cases <- loss_cases()
  for (i in which(!duplicated(names(cases)))) {
    name <- paste0("metric_", names(cases)[[i]])
    if (!name %in% names_of("metric_")) next
    case <- cases[[i]]
    metric <- do.call(exported(name), case[-(1:3)])
    metric$update_state(case[[1]], case[[2]])
    sign <- if (name == "metric_cosine_similarity") -1 else 1
    expect_equal(as.numeric(metric$result()), sign * mean(case[[3]]), tolerance = 1e-5, info = name)
  }
})

test_that("metrics without a function of their own", {
  skip_if_no_python()
  rmse <- metric_root_mean_squared_error()
  expect_equal(as.numeric(rmse(y_true, y_pred)), sqrt(mean((y_true - y_pred)^2)), tolerance = 1e-6)
  expect_equal(rmse$name, "root_mean_squared_error")
  log_cosh <- metric_logcosh_error()
  value <- as.numeric(log_cosh(y_true, y_pred))
  expect_equal(value, mean(log(cosh(y_true - y_pred))), tolerance = 1e-6)
  expect_equal(log_cosh$name, "logcosh")
  cosine <- metric_cosine_similarity(axis = 1)
  expect_equal(as.numeric(cosine(cbind(c(1, 0)), cbind(c(1, 0)))), 1, tolerance = 1e-6)
})

test_that("name and dtype are those asked for", {
  skip_if_no_python()
  metric <- metric_hinge(name = "mine", dtype = "float64")
  expect_equal(metric$name, "mine")
  expect_equal(metric$dtype, "float64")
})

test_that("any loss is a metric, with the arguments of its object", {
  skip_if_no_python()
  t <- cbind(c(1, 2))
  p <- cbind(c(0, 4))
  m <- metric_loss(loss_pinball(tau = 0.75, reduction = "sum"))
  m$update_state(t, p)
  m$update_state(t[2, , drop = FALSE], p[2, , drop = FALSE], sample_weight = 2)
  expect_equal(as.numeric(m$result()), (0.75 + 0.5 + 2 * 0.5) / 4)
  labels <- metric_loss(loss_sparse_categorical_focal_crossentropy)
  expect_s3_class(labels, "lossbridge_metric_object")
  expect_gt(as.numeric(labels(factor(c("a", "b")), rbind(c(0.2, 0.8), c(0.5, 0.5)))), 0)
  expect_equal(metric_loss("gaussian_nll", name = "fit")$name, "fit")
  expect_error(metric_loss(mean), "`loss` must be a loss function or", class = "lossbridge_error")
})

test_that("metric_cosine_proximity() is that of R keras 2", {
  skip_if_no_python()
  t <- rbind(c(3, 4), c(1, 0))
  p <- rbind(c(6, 8), c(-1, 0))
  expect_equal(as.vector(metric_cosine_proximity(t, p)), c(1, -1))
  m <- metric_cosine_proximity()
  expect_equal(as.numeric(m(t, p)), 0)
  expect_equal(m$name, "cosine_proximity")
})
