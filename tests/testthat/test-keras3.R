# With the R package keras3, where it is installed.
model_of_keras3 <- function() {
  input <- keras3::keras_input(shape = 2L)
  keras3::keras_model(input, keras3::layer_dense(input, 1L))
}

skip_if_no_keras3 <- function() {
  skip_if_no_python()
  skip_if_not_installed("keras3")
}

test_that("keras3 takes a loss as the Python function", {
  skip_if_no_keras3()
  model <- model_of_keras3()
  hinge <- py_module()$losses$hinge
  keras3::compile(model, optimizer = "sgd", loss = loss_hinge)
  expect_true(identical_in_python(model$loss, hinge))
  keras3::compile(model, optimizer = "sgd", loss = list(loss_hinge))
  expect_true(identical_in_python(model$loss[[1]], hinge))
  keras3::compile(model, optimizer = "sgd", loss = loss_huber(delta = 2))
  expect_equal(as_r(model$loss$delta), 2)
})

test_that("nothing calls back into R while keras3 trains", {
  skip_if_no_keras3()
  train <- function(...) {
    model <- model_of_keras3()
    keras3::compile(model, optimizer = "sgd", ..., run_eagerly = TRUE)
    keras3::fit(model, x, y, epochs = 1L, verbose = 0L) # imports modules, which R is told of
    count_callbacks(keras3::fit(model, x, y, epochs = 2L, batch_size = 4L, verbose = 0L))
  }
  expect_equal(train(loss = "hinge"), 0) # what keras3 itself needs
  expect_equal(train(loss = loss_hinge, metrics = list(metric_hinge, metric_huber())), 0)
  expect_equal(train(loss = loss_huber(delta = 2), metrics = metric_hinge), 0)
})

test_that("keras3 knows the names of losses that Keras 3 lacks", {
  skip_if_no_keras3()
  for (name in c("hinge", "logcosh", "kullback_leibler_divergence", "huber_loss")) {
    model <- model_of_keras3()
    keras3::compile(model, optimizer = "sgd", loss = name, metrics = list("logcosh"))
    result <- keras3::evaluate(model, x, y, verbose = 0L)
    loss <- call_python(py_function("boundary.named_loss"), list(name), NULL)
    expected <- mean(as.numeric(loss(y, model(x))))
    expect_equal(result$loss, expected, tolerance = 1e-5, info = name)
  }
})

test_that("keras3 trains several outputs, by a list or by names", {
  skip_if_no_keras3()
  input <- keras3::keras_input(shape = 2L)
  outputs <- list(
    a = keras3::layer_dense(input, 1L, name = "a"), b = keras3::layer_dense(input, 1L, name = "b")
  )
  model <- keras3::keras_model(input, outputs)
  keras3::compile(model,
    optimizer = "sgd", loss = list(b = loss_huber(delta = 2), a = loss_hinge),
    metrics = list(a = metric_hinge, b = list(metric_huber))
  )
  result <- keras3::evaluate(model, x, list(a = y, b = y), verbose = 0L)
  predicted <- model(x)
  hinge <- mean(as.numeric(loss_hinge(y, predicted$a)))
  huber <- as.numeric(loss_huber(delta = 2)(y, predicted$b))
  expect_equal(result$loss, hinge + huber, tolerance = 1e-5)
  expect_equal(result$a_hinge, hinge, tolerance = 1e-5)

  model <- keras3::keras_model(input, unname(outputs))
  keras3::compile(model, optimizer = "sgd", loss = list(loss_hinge, loss_huber(delta = 2)))
  result <- keras3::evaluate(model, x, list(y, y), verbose = 0L)
  expect_equal(result$loss, hinge + huber, tolerance = 1e-5)
})

test_that("a loss within a loss of one's own is called with tensors", {
  skip_if_no_keras3()
  model <- model_of_keras3()
  own <- function(y_true, y_pred) 2 * loss_hinge(y_true, y_pred)
  keras3::compile(model, optimizer = "sgd", loss = own)
  result <- keras3::evaluate(model, x, y, verbose = 0L)
  expect_equal(result$loss, 2 * mean(as.numeric(loss_hinge(y, model(x)))), tolerance = 1e-5)
})

test_that("lossbridge may be attached before or after keras3", {
  skip_if_no_keras3()
  skip_on_cran() # other Rs with TensorFlow take some seconds
  code <- c(
    "input <- keras_input(shape = 2L)",
    "model <- keras_model(input, layer_dense(input, 1L))",
    "compile(model, optimizer = 'sgd', loss = lossbridge::loss_hinge)",
    "fit(model, matrix(1, 4, 2), matrix(1, 4), epochs = 1L, verbose = 0L)",
    "cat(environmentName(environment(loss_hinge)), model$loss$`__module__`)"
  )
  last <- function(...) utils::tail(new_session(c(..., code)), 1)
  module <- "lossbridge.losses._hinge"
  expect_equal(last("library(keras3)", "library(lossbridge)"), paste("lossbridge", module))
  expect_equal(last("library(lossbridge)", "library(keras3)"), paste("keras3", module))
})

test_that("a model that keras3 saved is read in a new session, and in Python", {
  skip_if_no_keras3()
  skip_on_cran()
  file <- withr::local_tempfile(fileext = ".keras")
  model <- model_of_keras3()
  keras3::compile(model,
    optimizer = "sgd", loss = loss_huber(delta = 2), metrics = list(metric_hinge)
  )
  keras3::fit(model, x, y, epochs = 1L, verbose = 0L)
  keras3::save_model(model, file)
  again <- keras3::load_model(file)
  expect_equal(as_r(again$loss$delta), 2)
  evaluate <- function(model) keras3::evaluate(model, x, y, verbose = 0L)
  expect_equal(evaluate(again), evaluate(model))

  load <- sprintf("model <- load_model('%s')", file)
  output <- new_session(c("library(keras3)", "library(lossbridge)", load, "cat(model$loss$delta)"))
  expect_equal(utils::tail(output, 1), "2")

  skip_if_not(nzchar(system.file("python", package = "lossbridge")))
  withr::local_envvar(PYTHONPATH = system.file("python", package = "lossbridge"))
  script <- withr::local_tempfile(fileext = ".py", lines = c(
    "import keras, lossbridge",
    sprintf("print(keras.models.load_model(%s).loss.delta)", dQuote(file, FALSE))
  ))
  output <- system2(reticulate::py_exe(), shQuote(script), stdout = TRUE, stderr = FALSE)
  expect_equal(utils::tail(output, 1), "2.0")
})

test_that("keras3's functions stand for the losses of lossbridge", {
  skip_if_no_keras3()
  withr::local_pdf(NULL)
  names <- intersect(names_of("loss_"), getNamespaceExports("keras3"))
  expect_gt(length(names), 20)
  for (name in names) {
    found <- exported_by_keras(getExportedValue("keras3", name))
    expect_equal(found[["name"]], name)
    expect_identical(own_loss(getExportedValue("keras3", name), NULL), exported(name))
  }
  t <- c(-1, 1, 1)
  p <- c(0.5, 0.25, 3)
  expect_equal(loss_gradient(keras3::loss_hinge, t, p), c(1, -1, 0) / 3)
  expect_equal(
    loss_gradient(keras3::loss_hinge(), cbind(t), cbind(p)), cbind(c(1, -1, 0) / 3),
    tolerance = 1e-6
  )
  compiled <- loss_compiled(keras3::loss_hinge)
  expect_equal(compiled$gradient(cbind(t), cbind(p)), cbind(c(1, -1, 0)))
  losses <- list(keras3::loss_hinge, mine = keras3::loss_huber(delta = 2))
  compared <- lossbridge_compare(t, p, losses)
  expect_equal(compared$loss, c("hinge", "mine"))
  expect_equal(plot(loss_hinge, keras3::loss_huber), plot(loss_hinge, loss_huber))
  expect_equal(plot(keras3::loss_huber(delta = 2)), plot(loss_huber(delta = 2)))
})

test_that("it is told, once, that keras3 masks the losses", {
  skip_if_no_keras3()
  skip_on_cran()
  messages <- function(...) {
    new_session(c(
      "said <- character()",
      "withCallingHandlers({", ..., "}, packageStartupMessage = function(m) {",
      "  said <<- c(said, conditionMessage(m))", "})",
      "cat(sum(grepl('lossbridge::loss_hinge', said)))"
    ))
  }
  after <- messages("library(lossbridge)", "library(keras3)")
  expect_equal(after, "1")
  expect_equal(messages("library(keras3)", "library(lossbridge)"), "0")
  twice <- c("library(keras3)", "detach('package:keras3')", "library(keras3)")
  again <- messages("library(lossbridge)", twice)
  expect_equal(again, "1")
})

test_that("models that keras3 saved come back with the loss, whatever was cleared", {
  skip_if_no_keras3()
  losses <- list(
    loss_hinge, loss_huber, loss_huber(delta = 2), loss_logcosh, loss_tversky(alpha = 0.3),
    loss_pinball(tau = 0.1)
  )
  evaluate <- function(model) keras3::evaluate(model, x, y, verbose = 0L)
  for (cleared in c(FALSE, TRUE)) {
    for (extension in c(".keras", ".h5")) {
      for (loss in losses) {
        model <- model_of_keras3()
        keras3::compile(model, optimizer = "sgd", loss = loss, metrics = list(metric_hinge))
        keras3::fit(model, x, y, epochs = 1L, verbose = 0L)
        file <- withr::local_tempfile(fileext = extension)
        keras3::save_model(model, file)
        before <- if (cleared) keras3::set_custom_objects(clear = TRUE)
        again <- keras3::load_model(file)
        if (cleared) keras3::set_custom_objects(before)
        module <- as_r(again$loss$`__module__`)
        expect_match(module, "^lossbridge", info = format(loss))
        expect_equal(evaluate(again), evaluate(model), info = format(loss))
      }
    }
  }
})

test_that("every loss has its values in keras3, and comes back with the model", {
  skip_if_no_keras3()
  skip_on_cran()
  file <- withr::local_tempfile(fileext = ".keras")
  cases <- loss_cases()
  real <- c("expectile", "pinball", "quantile_huber", "robust")
  positive <- c("gamma_deviance", "poisson_deviance", "tweedie_deviance")
  cases[real] <- cases["mean_squared_error"]
  cases[positive] <- list(list(cases$poisson[[1]], cases$poisson[[2]], NULL))
  aliases <- c("cosine_proximity", "kullback_leibler_divergence", "logcosh")
  expect_setequal(
    paste0("loss_", c(names(cases), aliases)), setdiff(names_of("loss_"), no_losses)
  )
  for (i in seq_along(cases)) {
    name <- names(cases)[[i]]
    t <- cases[[i]][[1]]
    p <- cases[[i]][[2]]
    arguments <- cases[[i]][-(1:3)]
    if (NROW(t) != NROW(p)) next # Keras has one batch size for both
    loss <- exported(paste0("loss_", name))
    given <- do.call(loss, arguments)
    input <- keras3::keras_input(shape = dim(p)[-1])
    model <- keras3::keras_model(input, keras3::layer_activation(input, "linear"))
    if (!length(arguments)) {
      keras3::compile(model, loss = loss)
      expect_true(identical_in_python(model$loss, py_module()$losses[[name]]), info = name)
    }
    keras3::compile(model, loss = given)
    keras3::save_model(model, file, overwrite = TRUE)
    again <- keras3::load_model(file)
    expect_match(as_r(again$loss$`__module__`), "^lossbridge", info = name)
    for (model in list(model, again)) {
      found <- keras3::evaluate(model, p, t, batch_size = NROW(p), verbose = 0L)
      expect_equal(found, list(loss = given(t, p)), tolerance = 1e-5, info = format(given))
    }
  }
})

test_that("keras3 takes the metrics of tfaddons, and stops by them", {
  skip_if_no_keras3()
  input <- keras3::keras_input(shape = 2L)
  output <- keras3::layer_dense(input, 3L, activation = "softmax")
  model <- keras3::keras_model(input, output)
  rows <- to_categorical(rep(0:2, length.out = nrow(x)))
  metrics <- list(
    metric_cohen_kappa(num_classes = 3), metric_mcc(num_classes = 3, name = "mcc"), metric_rsquare,
    metric_fbetascore(average = "macro"), metrics_f1score(average = "micro")
  )
  names <- c("cohen_kappa", "mcc", "r_square", "fbeta_score", "f1_score")
  stops <- lapply(names, function(name) {
    keras3::callback_early_stopping(paste0("val_", name), mode = "auto")
  })
  keras3::compile(model, optimizer = "sgd", loss = loss_hinge, metrics = metrics)
  keras3::fit(model, x, rows,
    epochs = 1L, verbose = 0L, validation_data = list(x, rows), callbacks = stops
  )
  for (stop in stops) expect_true(as.logical(stop$monitor_op(2, 1)))
  result <- keras3::evaluate(model, x, rows, verbose = 0L)
  expect_setequal(names(result), c("loss", names))
  predicted <- predict(model, x, verbose = 0L)
  kappa <- metric_cohen_kappa(num_classes = 3)
  expect_equal(result$cohen_kappa, as.numeric(kappa(rows, predicted)), tolerance = 1e-5)
})

test_that("losses are custom objects of keras3", {
  skip_if_no_keras3()
  file <- withr::local_tempfile(fileext = ".keras")
  for (loss in list(loss_huber, loss_huber(delta = 2))) {
    model <- model_of_keras3()
    keras3::compile(model, optimizer = "sgd", loss = loss)
    keras3::save_model(model, file, overwrite = TRUE)
    custom <- list(
      list(loss_huber), list(huber = loss_huber), list(loss_huber, metric_hinge)
    )
    for (objects in custom) {
      again <- keras3::load_model(file, custom_objects = objects)
      expect_match(as_r(again$loss$`__module__`), "^lossbridge")
      keras3::with_custom_object_scope(objects, again <- keras3::load_model(file))
      expect_match(as_r(again$loss$`__module__`), "^lossbridge")
    }
  }
})

test_that("objects that were saved by saveRDS() are compiled by keras3 in a new session", {
  skip_if_no_keras3()
  skip_on_cran()
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(list(loss_huber(delta = 2), metric_huber(delta = 3)), file)
  output <- new_session(c(
    "library(keras3)", "library(lossbridge)",
    sprintf("saved <- readRDS('%s')", file),
    "input <- keras_input(shape = 2L)",
    "model <- keras_model(input, layer_dense(input, 1L))",
    "compile(model, optimizer = 'sgd', loss = saved[[1]], metrics = list(saved[[2]]))",
    "result <- evaluate(model, matrix(1, 4, 2), matrix(9, 4), verbose = 0L)",
    "cat(is.finite(result$huber), model$loss$delta)"
  ))
  expect_equal(utils::tail(output, 1), "TRUE 2")
})

test_that("bare metrics take a plain vector in keras3", {
  skip_if_no_keras3()
  metrics <- list(
    metric_hinge, metric_squared_hinge, metric_binary_crossentropy, metric_cosine_proximity,
    metric_cosine_similarity, metric_root_mean_squared_error
  )
  model <- model_of_keras3()
  seen <- lapply(list(as.vector(y), y), function(y) {
    still <- keras3::optimizer_sgd(0)
    keras3::compile(model, optimizer = still, loss = loss_hinge, metrics = metrics)
    keras3::fit(model, x, y, epochs = 1L, verbose = 0L)
    keras3::evaluate(model, x, y, verbose = 0L)
  })
  expect_length(seen[[1]], length(metrics) + 1L)
  expect_equal(seen[[1]], seen[[2]])
})

test_that("changed losses go to keras3 as objects, or warn", {
  skip_if_no_keras3()
  model <- model_of_keras3()
  changed <- loss_huber
  rlang::fn_fmls(changed)$delta <- 3
  losses <- list(changed)
  if (rlang::is_installed("purrr")) {
    losses <- c(losses, list(purrr::partial(loss_huber, delta = 3)))
  }
  for (loss in losses) {
    keras3::compile(model, optimizer = "sgd", loss = loss)
    expect_equal(as_r(model$loss$delta), 3)
  }
  copied <- loss_huber
  formals(copied)$delta <- 3
  keras3::compile(model, optimizer = "sgd", loss = copied)
  expect_warning(
    keras3::fit(model, x, y, epochs = 1L, verbose = 0L), "loss_huber\\(delta = 3\\)",
    class = "lossbridge_warning"
  )
})

test_that("loss_gradient() takes functions of keras3's operations, and weights", {
  skip_if_no_keras3()
  own <- function(y_true, y_pred) {
    keras3::op_mean(keras3::op_square(y_true - y_pred), axis = -1)
  }
  p <- rbind(c(1, 2), c(3, 4))
  expect_equal(loss_gradient(own, p * 0, p), p)
  expect_equal(loss_gradient(own, p * 0, p, c(2, 0)), p * c(2, 0))
})

test_that("missing labels are left out in fit(), whether doubles or integers", {
  skip_if_no_keras3()
  x <- as.matrix(datasets::airquality[3:4]) / 100
  y <- as.matrix(datasets::airquality[1:2])
  weights_after <- function(labels) {
    keras3::set_random_seed(1L)
    input <- keras3::keras_input(shape = 2L)
    model <- keras3::keras_model(input, keras3::layer_dense(input, 2L))
    keras3::compile(model,
      optimizer = "sgd", loss = loss_log_cosh(ignore_nan = TRUE),
      metrics = list(metric_mean_absolute_error(ignore_nan = TRUE))
    )
    history <- keras3::fit(model, x, labels, batch_size = nrow(x), epochs = 2L, verbose = 0L)
    expect_true(all(is.finite(unlist(history$metrics))))
    unlist(keras3::get_weights(model))
  }
  doubles <- y
  storage.mode(doubles) <- "double"
  expect_true(is.integer(y) && anyNA(y))
  expect_equal(weights_after(y), weights_after(doubles))
})

test_that("classes of which some are missing train by rows of NaN", {
  skip_if_no_keras3()
  x <- as.matrix(iris[1:4])
  species <- iris$Species
  species[c(1, 60, 120)] <- NA
  weights <- class_weights(species[!is.na(species)])
  weights_after <- function(rows) {
    keras3::set_random_seed(1L)
    input <- keras3::keras_input(shape = 4L)
    model <- keras3::keras_model(input, keras3::layer_dense(input, 3L, activation = "softmax"))
    loss <- loss_categorical_crossentropy(ignore_nan = TRUE, class_weight = weights)
    keras3::compile(model, optimizer = "sgd", loss = loss)
    labels <- to_categorical(species, ignore_nan = TRUE)[rows, ]
    keras3::fit(model, x[rows, ], labels, batch_size = 150L, epochs = 2L, verbose = 0L)
    unlist(keras3::get_weights(model))
  }
  observed <- which(!is.na(species))
  expect_equal(weights_after(1:150), weights_after(observed), tolerance = 1e-5)
})

test_that("class_weights() are those of fit(), in the order of the levels", {
  skip_if_no_keras3()
  species <- iris$Species[c(1:50, 51:60, 101:120)]
  x <- as.matrix(iris[c(1:50, 51:60, 101:120), 1:4])
  weights_after <- function(loss, ...) {
    keras3::set_random_seed(1L)
    input <- keras3::keras_input(shape = 4L)
    model <- keras3::keras_model(input, keras3::layer_dense(input, 3L, activation = "softmax"))
    keras3::compile(model, optimizer = "sgd", loss = loss)
    labels <- as.integer(species) - 1L
    keras3::fit(model, x, labels, batch_size = 80L, epochs = 2L, verbose = 0L, ...)
    unlist(keras3::get_weights(model))
  }
  weights <- class_weights(species)
  in_loss <- weights_after(loss_sparse_categorical_crossentropy(class_weight = weights))
  in_fit <- weights_after(
    loss_sparse_categorical_crossentropy(),
    class_weight = as.list(weights)
  )
  expect_equal(in_loss, in_fit, tolerance = 1e-5)
})
