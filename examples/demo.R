# Nine small Keras models, trained from R on data that comes with R, each with a loss of lossbridge.
#
#   make demo                  sets up what is needed, then runs this
#   Rscript examples/demo.R    where lossbridge is installed
#
# At the end the losses of the test predictions are computed in R, in Python and by Keras, and
# must agree. The training curves go to demo-output/ in the working directory.

# A quiet TensorFlow; its plain kernels, whose numbers vary least between machines.
quiet <- c(TF_CPP_MIN_LOG_LEVEL = "3", TF_ENABLE_ONEDNN_OPTS = "0")
do.call(Sys.setenv, as.list(quiet[!nzchar(Sys.getenv(names(quiet)))]))

library(lossbridge)

started <- Sys.time()
seed <- 42L
epochs <- 25L
tolerance <- 1e-6

cat("\nStarting TensorFlow\n")
keras <- reticulate::import("keras")
python <- reticulate::import("lossbridge")

# -- data: what goes in, what is to be predicted, and which rows are for what ----------------------

#' Rows for training, validation and testing. Inputs are scaled by the mean and standard deviation
#' of the training rows, which are all that a model may know.
split_data <- function(x, y, train, validation, test) {
  centre <- colMeans(x[train, ])
  spread <- apply(x[train, ], 2, sd)
  x <- scale(x, centre, spread)
  part <- function(rows) list(x = x[rows, , drop = FALSE], y = y[rows, , drop = FALSE])
  list(train = part(train), validation = part(validation), test = part(test))
}

#' 60 % of n rows for training, 20 % for validation, 20 % for testing, at random
random_rows <- function(n) {
  set.seed(seed)
  use <- cut(sample(n) / n, c(0, 0.6, 0.8, 1), labels = c("train", "validation", "test"))
  split(seq_len(n), use)
}

# Three species of iris: a factor becomes one column per class.
iris_rows <- random_rows(nrow(iris))
iris_data <- split_data(
  as.matrix(iris[, 1:4]), to_categorical(iris$Species),
  iris_rows$train, iris_rows$validation, iris_rows$test
)

# Diabetes among Pima women: two classes. The hinge losses take labels -1 and 1, cross-entropy 0
# and 1. MASS has its own test set; 40 of the 200 training rows are kept for validation.
pima <- rbind(MASS::Pima.tr, MASS::Pima.te)
pima_x <- as.matrix(subset(pima, select = -type))
pima_y <- as.matrix(as.numeric(pima$type == "Yes"))
pima_data <- split_data(pima_x, pima_y, 1:160, 161:200, 201:532)
pima_signs <- split_data(pima_x, 2 * pima_y - 1, 1:160, 161:200, 201:532)

# Magnitudes of earthquakes near Fiji, from place, depth and the number of stations.
quakes_rows <- random_rows(nrow(quakes))
quakes_data <- split_data(
  as.matrix(transform(quakes, stations = log(stations), mag = NULL)), as.matrix(quakes$mag),
  quakes_rows$train, quakes_rows$validation, quakes_rows$test
)

# -- scores on the test rows -----------------------------------------------------------------------

highest_is_right <- function(y, pred) mean(max.col(pred, "first") == max.col(y, "first"))
sign_is_right <- function(y, pred) mean((pred > 0) == (y > 0))
half_is_right <- function(y, pred) mean((pred > 0.5) == (y > 0.5))
absolute_error <- function(y, pred) mean(abs(y - pred))
percent <- function(score) sprintf("%.1f %%", 100 * score)
magnitude <- function(score) sprintf("%.3f", score)

# `units` and `batch`: hidden layer and batches are smaller where there is less to learn from.
groups <- list(
  iris = list(
    units = 16L, batch = 32L,
    title = "iris: three species. Score: how many of %d are right (always the same species: %s)",
    baseline = max(colMeans(iris_data$test$y)), format = percent, n = nrow(iris_data$test$y)
  ),
  Pima = list(
    units = 4L, batch = 32L,
    title = "Pima: diabetes, yes or no. Score: how many of %d are right (always no: %s)",
    baseline = mean(pima_data$test$y == 0), format = percent, n = nrow(pima_data$test$y)
  ),
  quakes = list(
    units = 16L, batch = 64L,
    title = "quakes: magnitude. Score: mean absolute error of %d (always the mean: %s)",
    baseline = absolute_error(quakes_data$test$y, mean(quakes_data$train$y)),
    format = magnitude, n = nrow(quakes_data$test$y)
  )
)

# -- nine models -----------------------------------------------------------------------------------

#' @param loss What is handed to compile(): a loss function as it is, `loss_hinge`, or a loss
#'   object, `loss_hinge()`. Neither is called back in R while the model trains.
#' @param fn The same loss as a function, to compute values with in R.
#' @param keras_name The function's name in keras.losses, where it is not the name used in R.
task <- function(group, data, loss, activation, score, keras_name = NULL) {
  code <- deparse1(substitute(loss))
  name <- sub("()", "", code, fixed = TRUE)
  python_name <- sub("^loss_", "", name)
  list(
    group = group, data = data, code = code, name = name, loss = loss,
    fn = getExportedValue("lossbridge", name), python_name = python_name,
    keras_name = if (is.null(keras_name)) python_name else keras_name,
    activation = activation, score = score
  )
}

tasks <- list(
  task("iris", iris_data, loss_categorical_crossentropy, "softmax", highest_is_right),
  task("iris", iris_data, loss_categorical_hinge(), "linear", highest_is_right),
  task("iris", iris_data, loss_kullback_leibler_divergence, "softmax", highest_is_right,
    keras_name = "kl_divergence"
  ),
  task("Pima", pima_signs, loss_hinge, "linear", sign_is_right),
  task("Pima", pima_signs, loss_squared_hinge(), "linear", sign_is_right),
  task("Pima", pima_data, loss_binary_crossentropy(), "sigmoid", half_is_right),
  # Keras takes log(2) in single precision here: it differs from the others by 1.9e-9.
  task("quakes", quakes_data, loss_logcosh(), "linear", absolute_error, keras_name = "log_cosh"),
  task("quakes", quakes_data, loss_mean_squared_error, "linear", absolute_error),
  task("quakes", quakes_data, loss_mean_absolute_error, "linear", absolute_error)
)

build_model <- function(task) {
  train <- task$data$train
  # Magnitudes are far from 0: the model starts from their mean.
  start <- if (task$group == "quakes") mean(train$y) else 0
  layers <- keras$layers
  keras$Sequential(list(
    layers$Input(shape = list(ncol(train$x))),
    layers$Dense(groups[[task$group]]$units, activation = "relu"),
    layers$Dense(
      ncol(train$y),
      activation = task$activation,
      bias_initializer = keras$initializers$Constant(start)
    )
  ))
}

train_model <- function(task, on_epoch) {
  keras$utils$set_random_seed(seed)
  data <- task$data
  model <- build_model(task)
  model$compile(optimizer = keras$optimizers$Adam(0.02), loss = task$loss)
  history <- model$fit(
    data$train$x, data$train$y,
    validation_data = reticulate::tuple(data$validation$x, data$validation$y),
    epochs = epochs, batch_size = groups[[task$group]]$batch, verbose = 0L,
    callbacks = list(keras$callbacks$LambdaCallback(
      on_epoch_end = function(epoch, logs) on_epoch(epoch + 1, logs$loss)
    ))
  )$history
  y <- data$test$y
  pred <- as.array(model(data$test$x))
  list(
    train = unlist(history$loss), validation = unlist(history$val_loss),
    score = task$score(y, pred),
    values = list(
      r = as.numeric(task$fn(y, pred)),
      python = as.numeric(python$losses[[task$python_name]](y, pred)),
      keras = as.numeric(keras$losses[[task$keras_name]](y, pred))
    )
  )
}

# A bar in a terminal; elsewhere, in a log, the finished lines alone.
in_terminal <- cli::is_dynamic_tty()

train_all <- function(tasks) {
  here <- environment()
  doing <- ""
  loss <- NA
  bar <- NULL
  if (in_terminal) {
    options(cli.progress_show_after = 0)
    bar <- cli::cli_progress_bar(
      total = length(tasks) * epochs,
      format = paste0(
        "{cli::pb_bar} {doing}", if (cli::console_width() >= 100) " | loss {sprintf('%.4f', loss)}"
      ),
      auto_terminate = FALSE
    )
  }
  results <- list()
  for (i in seq_along(tasks)) {
    task <- tasks[[i]]
    on_epoch <- function(epoch, value) {
      here$doing <- sprintf("%d/%d %s %d/%d", i, length(tasks), task$python_name, epoch, epochs)
      here$loss <- value
      if (in_terminal) cli::cli_progress_update(id = bar, .envir = here)
    }
    begun <- Sys.time()
    result <- train_model(task, on_epoch)
    line <- sprintf(
      "[%d/%d] %-6s loss = %-34s %6.4f -> %6.4f %5.1f s",
      i, length(tasks), task$group, task$code, result$train[[1]], result$train[[epochs]],
      as.numeric(Sys.time() - begun, units = "secs")
    )
    if (in_terminal) {
      # cli would fold the spaces that line up the columns
      cli::cli_progress_output(gsub(" ", "\u00a0", line), id = bar, .envir = here)
    } else {
      cat(line, "\n", sep = "")
      flush(stdout())
    }
    results[[i]] <- result
  }
  if (in_terminal) cli::cli_progress_done(id = bar, .envir = here)
  results
}

# -- the table -------------------------------------------------------------------------------------

largest_difference <- function(values) {
  max(
    abs(values$r - values$python), abs(values$r - values$keras), abs(values$python - values$keras)
  )
}

print_table <- function(tasks, results) {
  cat(sprintf("%-34s%9s%10s%10s%9s%8s\n", "", "R", "Python", "Keras", "largest", "test"))
  cat(sprintf(
    "%-34s%9s%10s%10s%9s%8s\n", "loss", "value", "value", "value", "differ.", "score"
  ))
  before <- ""
  for (i in seq_along(tasks)) {
    group <- groups[[tasks[[i]]$group]]
    if (tasks[[i]]$group != before) {
      cat(sprintf(group$title, group$n, group$format(group$baseline)), "\n", sep = "")
      before <- tasks[[i]]$group
    }
    values <- results[[i]]$values
    difference <- largest_difference(values)
    cat(sprintf(
      "  %-32s%9.6f%10.6f%10.6f%9s%8s\n", tasks[[i]]$name,
      mean(values$r), mean(values$python), mean(values$keras),
      if (difference == 0) "0" else sprintf("%.1e", difference),
      group$format(results[[i]]$score)
    ))
  }
}

# -- the picture -----------------------------------------------------------------------------------

colours <- c(training = "#0072B2", validation = "#D55E00")

draw_curves <- function(tasks, results, file) {
  type <- if (capabilities("cairo")) "cairo" else getOption("bitmapType")
  grDevices::png(file, width = 1500, height = 1200, res = 130, type = type)
  on.exit(grDevices::dev.off())
  graphics::par(
    mfrow = c(3, 3), mar = c(3.4, 4.2, 3.2, 0.8), oma = c(0, 0, 2.6, 0), mgp = c(2, 0.6, 0),
    las = 1, bty = "l", tcl = -0.3, cex.main = 1.05
  )
  for (i in seq_along(tasks)) {
    result <- results[[i]]
    group <- groups[[tasks[[i]]$group]]
    curves <- cbind(result$train, result$validation)
    graphics::matplot(
      curves,
      type = "l", lty = 1, lwd = 2, col = colours, ylim = range(0, curves),
      xlab = "epoch", ylab = ""
    )
    graphics::title(ylab = "loss", line = 3)
    graphics::title(paste0(tasks[[i]]$group, ": ", tasks[[i]]$name), line = 1.6)
    what <- if (tasks[[i]]$group == "quakes") "mean absolute error %s" else "%s right"
    graphics::mtext(
      paste("on the test rows:", sprintf(what, group$format(result$score))),
      line = 0.4, cex = 0.65, col = "grey30"
    )
    if (i == 1) {
      graphics::legend("topright", names(colours), col = colours, lty = 1, lwd = 2, bty = "n")
    }
  }
  graphics::mtext(
    "Nine Keras models trained from R with the losses of lossbridge",
    outer = TRUE, line = 0.8, font = 2
  )
}

# -- all of it -------------------------------------------------------------------------------------

cat("Training", length(tasks), "models,", epochs, "epochs each; loss of the first and last epoch\n")
results <- train_all(tasks)

cat("\nThe losses of the test rows, from R, from Python and from Keras itself\n\n")
print_table(tasks, results)

dir.create("demo-output", showWarnings = FALSE)
picture <- file.path("demo-output", "training-curves.png")
draw_curves(tasks, results, picture)

cat("\nTraining curves: ", normalizePath(picture), "\n", sep = "")
cat(sprintf("Done in %.0f s.\n", as.numeric(Sys.time() - started, units = "secs")))

worst <- max(vapply(results, function(result) largest_difference(result$values), numeric(1)))
if (!is.finite(worst) || worst > tolerance) {
  stop("R, Python and Keras differ by ", format(worst), ", more than ", tolerance, call. = FALSE)
}
