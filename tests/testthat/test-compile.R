for (library in c("keras", "tf_keras")) {
  test_that(paste("a loss is handed to", library, "as the Python function"), {
    skip_if_no_python()
    skip_if_no_module(library)
    keras <- reticulate::import(library)
    model <- model_of(keras)
    hinge <- py_module()$losses$hinge
    model$compile(optimizer = "sgd", loss = loss_hinge)
    expect_true(identical_in_python(model$loss, hinge))
    model$compile(optimizer = "sgd", loss = list(loss_hinge))
      losses <- model$loss # a list of R from some version of reticulate on
    loss <- if (is.list(losses)) losses[[1]] else reticulate::py_get_item(losses, 0L)
    expect_true(identical_in_python(loss, hinge))
    model$compile(optimizer = "sgd", loss = loss_huber(delta = 2))
    expect_equal(as_r(model$loss$delta), 2)
  })

  test_that(paste("nothing calls back into R while", library, "trains"), {
    skip_if_no_python()
    skip_if_no_module(library)
    keras <- reticulate::import(library)
    train <- function(...) {
      model <- model_of(keras)
      model$compile(optimizer = "sgd", ..., run_eagerly = TRUE)
      # the first fit imports modules, and reticulate tells R of each
      model$fit(x, y, epochs = 1L, batch_size = 4L, verbose = 0L)
      count_callbacks(model$fit(x, y, epochs = 2L, batch_size = 4L, verbose = 0L))
    }
    expect_equal(train(loss = loss_hinge, metrics = list(metric_hinge, metric_squared_hinge)), 0)
    expect_equal(train(loss = loss_hinge()), 0)
    # the count does count: a bare R function is called in each of 4 steps
    callback <- function(y_true, y_pred) loss_hinge(y_true, y_pred)
    expect_gte(train(loss = callback), 4)
  })

  test_that(paste(library, "trains several outputs with a named list of losses"), {
    skip_if_no_python()
    skip_if_no_module(library)
    keras <- reticulate::import(library)
    input <- keras$Input(shape = reticulate::tuple(2L))
    outputs <- reticulate::dict(
      a = keras$layers$Dense(1L, name = "a")(input), b = keras$layers$Dense(1L, name = "b")(input)
    )
    model <- keras$Model(input, outputs)
    model$compile(optimizer = "sgd", loss = list(a = loss_hinge, b = loss_huber()))
    history <- model$fit(x, reticulate::dict(a = y, b = y), epochs = 1L, verbose = 0L)
    expect_true(is.finite(history$history$loss))
  })

  test_that(paste("a saved model of", library, "keeps its loss"), {
    skip_if_no_python()
    skip_if_no_module(library)
    keras <- reticulate::import(library)
    file <- withr::local_tempfile(fileext = ".keras")
    model <- model_of(keras)
    model$compile(optimizer = "sgd", loss = loss_huber(delta = 2))
    model$fit(x, y, epochs = 1L, verbose = 0L)
    model$save(file)
    again <- keras$models$load_model(file)
    expect_equal(as_r(again$loss$delta), 2)
    expect_equal(again$evaluate(x, y, verbose = 0L), model$evaluate(x, y, verbose = 0L))
  })
}

test_that("training gives the loss that R computes", {
  skip_if_no_python()
  keras <- reticulate::import("keras")
  model <- model_of(keras)
  model$compile(optimizer = "sgd", loss = loss_squared_hinge, metrics = list(metric_hinge()))
  result <- model$evaluate(x, y, verbose = 0L)
  p <- as.array(model(x))
  expect_equal(result[[1]], mean(as.numeric(loss_squared_hinge(y, p))), tolerance = 1e-5)
  expect_equal(result[[2]], mean(as.numeric(loss_hinge(y, p))), tolerance = 1e-5)
})

test_that("a model saved with a loss is read in a new session", {
  skip_if_no_python()
  skip_on_cran() # another R with TensorFlow takes some seconds
  keras <- reticulate::import("keras")
  file <- withr::local_tempfile(fileext = ".keras")
  model <- model_of(keras)
  model$compile(optimizer = "sgd", loss = loss_hinge, metrics = list(metric_hinge))
  model$fit(x, y, epochs = 1L, verbose = 0L)
  model$save(file)
  skip_if_not(nzchar(system.file("python", package = "lossbridge")))
  output <- new_session(c(
    "library(lossbridge)",
    "keras <- reticulate::import('keras')", # and no loss of lossbridge is used
    sprintf("model <- keras$models$load_model('%s')", file),
    "print(model$loss)"
  ))
  expect_true(any(grepl("function hinge", output)))
})

test_that("bare metrics take a plain vector, as bare losses do", {
  skip_if_no_python()
  shapes <- list(vector = as.array(as.vector(y)), column = y)
  bare <- list(
    metric_hinge, metric_squared_hinge, metric_binary_crossentropy, metric_poisson,
    metric_binary_focal_crossentropy, metric_kl_divergence, metric_mean_squared_error, metric_huber,
    metric_cosine_proximity, metric_cosine_similarity, metric_root_mean_squared_error
  )
  for (library in c("keras", "tf_keras")) {
    skip_if_no_module(library)
    keras <- reticulate::import(library)
    taken <- if (library == "keras") bare else bare[1:9] # the others are objects of Keras 3
    for (eager in c(FALSE, TRUE)) {
      seen <- lapply(shapes, function(y) {
        keras$utils$set_random_seed(1L)
        model <- model_of(keras)
        model$compile(optimizer = "sgd", loss = loss_hinge, metrics = taken, run_eagerly = eager)
        model$fit(x, y, batch_size = 3L, verbose = 0L)
        model$evaluate(x, y, verbose = 0L)
      })
      expect_length(seen$vector, length(taken) + 1L)
      expect_equal(seen$vector, seen$column, info = library)
    }
  }
})

test_that("bare metrics are native in Python, have their names, and are saved", {
  skip_if_no_python()
  vector <- as.array(as.vector(y))
  for (library in c("keras", "tf_keras")) {
    skip_if_no_module(library)
    keras <- reticulate::import(library)
    bare <- list(metric_hinge, metric_cosine_proximity)
    if (library == "keras") bare <- c(bare, list(metric_cosine_similarity))
    for (extension in c(".keras", ".h5")) {
      model <- model_of(keras)
      model$compile(optimizer = "sgd", loss = loss_hinge, metrics = bare, run_eagerly = TRUE)
      model$fit(x, vector, verbose = 0L) # the first fit imports modules
      expect_equal(count_callbacks(history <- model$fit(x, vector, verbose = 0L)), 0)
      expect_true(all(c("hinge", "cosine_proximity") %in% names(history$history)))
      file <- withr::local_tempfile(fileext = extension)
      suppressWarnings(model$save(file))
      again <- keras$models$load_model(file)
      expect_equal(
        again$evaluate(x, vector, verbose = 0L),
        model$evaluate(x, vector, verbose = 0L)
      )
    }
  }
})

test_that("a bare metric is there for each output", {
  skip_if_no_python()
  keras <- reticulate::import("keras")
  input <- keras$Input(shape = reticulate::tuple(2L))
  outputs <- list(keras$layers$Dense(1L)(input), keras$layers$Dense(1L)(input))
  model <- keras$Model(input, outputs)
  metrics <- list(list(metric_cosine_similarity), list(metric_cosine_similarity))
  model$compile(optimizer = "sgd", loss = list(loss_hinge, loss_hinge), metrics = metrics)
  result <- model$evaluate(x, list(y, -y), verbose = 0L)
  predicted <- model(x)
  at <- length(result) - 1:0
  expected <- c(
    mean(metric_cosine_proximity(y, as.array(predicted[[1]]))),
    mean(metric_cosine_proximity(-y, as.array(predicted[[2]])))
  )
  expect_equal(unlist(result[at]), expected, tolerance = 1e-5)
})

# What takes the custom objects of a Keras away, and what brings them back.
custom_objects <- function(library) {
  code <- reticulate::py_run_string(local = TRUE, convert = FALSE, code = sprintf("
def objects():
    import %s as keras
    known = keras.saving.get_custom_objects()
    kept = dict(known)
    def clear(): known.clear()
    def restore(): known.update(kept)
    return {'clear': clear, 'restore': restore}
", library))
  objects <- reticulate::py_call(code$get("objects"))
  list(
    clear = function() reticulate::py_call(objects$get("clear")),
    restore = function() reticulate::py_call(objects$get("restore"))
  )
}

# The loss of a model that was saved and loaded, each with custom objects or without.
loss_of_saved <- function(keras, known, loss, extension, saving, loading) {
  model <- model_of(keras)
  model$compile(optimizer = "sgd", loss = loss)
  file <- withr::local_tempfile(fileext = extension)
  withr::defer(known$restore())
  if (saving == "cleared") known$clear()
  suppressWarnings(model$save(file))
  known$restore()
  if (loading == "cleared") known$clear()
  keras$models$load_model(file)$loss
}

for (library in c("keras", "tf_keras")) {
  test_that(paste("a saved model of", library, "has our loss after custom objects were cleared"), {
    skip_if_no_python()
    skip_if_no_module(library)
    keras <- reticulate::import(library)
    known <- custom_objects(library)
    state <- c("kept", "cleared")
    cases <- expand.grid(
      extension = c(".keras", ".h5"), saving = state, loading = state, stringsAsFactors = FALSE
    )
    # cleared, tf_keras does not find its own optimizers in .h5 files
    if (library == "tf_keras") cases <- subset(cases, extension == ".keras" | loading == "kept")
    for (case in split(cases, seq_len(nrow(cases)))) {
      for (loss in list(loss_hinge, loss_huber(delta = 2))) {
        again <- loss_of_saved(keras, known, loss, case$extension, case$saving, case$loading)
        expect_match(as_r(again$`__module__`), "^lossbridge", info = toString(case))
      }
    }
  })
}

test_that("a model saved after custom objects were cleared is read in a new session", {
  skip_if_no_python()
  skip_on_cran()
  file <- withr::local_tempfile(fileext = ".keras")
  lines <- function(...) {
    c(
      "library(lossbridge)",
      "keras <- reticulate::import('keras')",
      ...,
      "cat(format(reticulate::py_str(model$loss)), '\n')"
    )
  }
  written <- new_session(lines(
    "input <- keras$Input(shape = reticulate::tuple(2L))",
    "model <- keras$Model(input, keras$layers$Dense(1L)(input))",
    "model$compile(optimizer = 'sgd', loss = loss_huber)",
    "reticulate::py_run_string('import keras; keras.saving.get_custom_objects().clear()')",
    sprintf("model$save('%s')", file)
  ))
  read <- new_session(lines(sprintf("model <- keras$models$load_model('%s')", file)))
  expect_match(utils::tail(written, 1), "function huber")
  expect_match(utils::tail(read, 1), "function huber")
})
