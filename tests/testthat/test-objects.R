test_that("loss functions and objects print", {
  skip_if_no_python()
  expect_snapshot({
    loss_hinge
    loss_sparse_categorical_crossentropy
    loss_hinge()
    loss_huber(delta = 2, reduction = NULL, dtype = "float64")
    loss_tversky(alpha = 0.2, beta = 0.8, axis = c(1, -1), name = "mine")
    with_semantics("keras2", loss_binary_crossentropy(from_logits = TRUE, axis = 2))
    cat(format(loss_hinge), "\n")
    cat(format(loss_huber(delta = 2)), "\n")
    str(unclass(summary(loss_huber())))
    summary(loss_huber)
    metric_hinge
    metric_hinge()
    metric_sparse_categorical_crossentropy(axis = 1)
  })
})

test_that("a loss object is a function, and the Python object", {
  skip_if_no_python()
  loss <- loss_huber(delta = 2, name = "mine", reduction = "sum")
  expect_true(is.function(loss))
  expect_equal(names(formals(loss)), c("y_true", "y_pred", "sample_weight"))
  expect_equal(loss$name, "mine")
  expect_equal(loss$reduction, "sum")
  expect_equal(loss$delta, 2)
  expect_equal(loss$semantics, "keras3")
  expect_equal(loss$get_config()$delta, 2)
  again <- reticulate::py_call(py_module()$losses$Huber$from_config, loss$get_config())
  expect_equal(as_r(again$get_config()), loss$get_config())
  expect_s3_class(reticulate::r_to_py(loss), "keras.src.losses.loss.Loss")
  expect_equal(as.numeric(loss(y_true, y_pred)), as.numeric(loss(y_true, y_pred, NULL)))
})

test_that("weights are those of a loss", {
  skip_if_no_python()
  loss <- loss_mean_squared_error(reduction = "none", dtype = "float64")
  values <- as.numeric(loss_mean_squared_error(y_true, y_pred))
  expect_equal(as.numeric(loss(y_true, y_pred, 2)), 2 * values)
  expect_equal(as.numeric(loss(y_true, y_pred, c(0, 3))), c(0, 3) * values)
  expect_equal(as.numeric(loss(y_true, y_pred, matrix(c(0, 3)))), c(0, 3) * values)
  expect_equal(as.numeric(loss(y_true, y_pred, c(FALSE, TRUE))), c(0, 1) * values)
  # what has weight 0 does not leak
  expect_equal(as.numeric(loss(rbind(c(NaN, 1), c(0, 0)), y_pred, c(0, 1))), c(0, 1) * values)
})

test_that("reduction with data is honoured", {
  skip_if_no_python()
  values <- as.numeric(loss_mean_squared_error(y_true, y_pred))
  reduced <- function(r) as.numeric(loss_mean_squared_error(y_true, y_pred, reduction = r))
  expect_equal(reduced("sum"), sum(values))
  expect_equal(reduced("mean"), mean(values))
  expect_equal(reduced("sum_over_batch_size"), mean(values))
  expect_equal(reduced("auto"), mean(values))
  expect_equal(reduced("none"), values)
  expect_equal(reduced(NULL), values)
})

test_that("dtype is that of the result", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow")
  for (dtype in c("float16", "bfloat16", "float32", "float64")) {
    loss <- loss_hinge(y_true, tf$constant(y_pred), dtype = dtype)
    expect_equal(as_r(loss$dtype$name), dtype)
    # the tensorflow package's own methods, once that is loaded, do not end at a bfloat16
    if (dtype == "bfloat16" && isNamespaceLoaded("tensorflow")) next
    expect_equal(as.numeric(loss), c(1.1, 1.5), tolerance = 0.01)
    expect_equal(as_r(loss_hinge(dtype = dtype)(y_true, tf$constant(y_pred))$dtype$name), dtype)
  }
})

test_that("an object outlives its session", {
  skip_if_no_python()
  skip_on_cran() # another R with TensorFlow takes some seconds
  file <- withr::local_tempfile(fileext = ".rds")
  huber <- loss_huber(delta = 3)
  huber$delta <- 2
  tversky <- with_semantics("keras2", loss_tversky(axis = c(1, -1), name = "mine"))
  metric <- metric_huber(delta = 2)
  metric$update_state(1, 9)
  spread <- metric_root_mean_squared_error()
  saveRDS(list(huber, tversky, metric, spread), file)
  output <- new_session(c(
    sprintf("objects <- readRDS('%s')", file),
    "huber <- objects[[1]]",
    "cat(huber(cbind(0), cbind(4)), '\n')",
    "cat(huber$delta, inherits(reticulate::r_to_py(huber), 'python.builtin.object'), '\n')",
    "objects",
    "objects[[3]]$update_state(0, 4)",
    "cat(objects[[3]]$result()$numpy(), '\n')",
    "objects[[4]](0, 4)",
    "lossbridge::loss_gradient(huber, cbind(0), cbind(4))"
  ))
  expect_equal(output[1:2], c("6 ", "2 TRUE "))
  expect_true(any(grepl("\"mine\"", output)) && any(grepl("keras2", output)))
  expect_true(any(grepl("<metric> .*delta = 2", output)))
  expect_true(any(grepl("result so far: 0", output))) # without what it had seen
  expect_true("6 " %in% output[-1])
  expect_equal(utils::tail(output, 1), "[1,]    2")
})

test_that("an object shows what it has, and goes to Python as it is", {
  skip_if_no_python()
  huber <- loss_huber(delta = 2)
  expect_true(all(c("delta", "get_config") %in% names(huber)))
  expect_true("delta" %in% utils::.DollarNames(huber, "^del"))
  expect_equal(huber[["delta"]], 2)
  huber$delta <- 5
  expect_equal(huber$get_config()$delta, 5)
  expect_equal(as.numeric(huber(cbind(0), cbind(4))), 8)
  metric <- metric_hinge()
  metric$update_state(0, 1)
  id <- reticulate::import_builtins()$id
  expect_identical(id(metric), id(metric))
  expect_equal(as.numeric(reticulate::r_to_py(metric)$result()), as.numeric(metric$result()))
})

test_that("functions have the attributes of what they are in Python", {
  skip_if_no_python()
  expect_equal(loss_logcosh$`__name__`, "log_cosh")
  expect_equal(metric_hinge$`__name__`, "hinge")
  expect_equal(metric_cosine_similarity$name, "cosine_similarity")
  expect_error(loss_huber$delta, "delta")
})
