# R's arguments are Python's, in Python's order, with Python's defaults. Documented exceptions:
# - R takes what comes after `...` by name only: Python's place of it says nothing.
# - dice, tversky: all arguments are by name only in R, as in keras3.
by_name <- c("reduction", "name", "dtype")

python_signature <- function(fn) {
  inspect <- reticulate::import("inspect", convert = FALSE)
  parameters <- reticulate::iterate(inspect$signature(fn)$parameters$values(), simplify = FALSE)
  names <- vapply(parameters, function(p) reticulate::py_to_r(p$name), character(1))
  # the default of `reduction` is a str of a class of its own, which tells it from one that is given
  plain <- function(x) if (inherits(x, "python.builtin.str")) reticulate::py_str(x) else x
  defaults <- lapply(parameters, function(p) plain(reticulate::py_to_r(p$default)))
  rlang::set_names(defaults, names)
}

r_signature <- function(fn) {
  arguments <- as.list(formals(unclass(fn)))
  arguments <- arguments[names(arguments) != "..."]
  lapply(arguments, function(a) if (rlang::is_missing(a)) NULL else eval(a))
}

test_that("the arguments and defaults of the losses are those of Python", {
  skip_if_no_python()
  for (name in setdiff(names_of("loss_"), no_losses)) {
    r <- r_signature(exported(name))
    python <- python_signature(py_function(name))
    expect_setequal(names(r), names(python))
    python <- python[names(r)] # the order is next
    for (argument in names(r)) {
      expect_equal(r[[argument]], python[[argument]], info = paste(name, argument))
    }
  }
})

test_that("the arguments of the losses have Python's order", {
  skip_if_no_python()
  for (name in setdiff(names_of("loss_"), c(no_losses, "loss_dice", "loss_tversky"))) {
    r <- setdiff(names(r_signature(exported(name))), by_name)
    python <- setdiff(names(python_signature(py_function(name))), by_name)
    expect_equal(r, python, info = name)
  }
})

test_that("R has every loss and alias of Python", {
  skip_if_no_python()
  python <- grep("^loss_", names(py_module()), value = TRUE)
  expect_setequal(setdiff(names_of("loss_"), no_losses), python)
})

test_that("every loss name of both generations of R keras is there", {
  # R keras 2.15, and R keras3 1.5.1
  keras2 <- c(
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error", "squared_hinge", "hinge", "categorical_hinge", "logcosh",
    "huber", "categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy",
    "kullback_leibler_divergence", "kl_divergence", "poisson", "cosine_proximity",
    "cosine_similarity"
  )
  keras3 <- c(
    "log_cosh", "binary_focal_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "dice", "tversky", "ctc", "circle"
  )
  expect_setequal(setdiff(paste0("loss_", c(keras2, keras3)), names_of("loss_")), character())
})

test_that("every loss metric is there", {
  metrics <- c(
    "mean_squared_error", "root_mean_squared_error", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "hinge", "squared_hinge",
    "categorical_hinge", "poisson", "cosine_similarity", "cosine_proximity",
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy",
    "kl_divergence",
    "kullback_leibler_divergence", "logcosh_error", "log_cosh_error", "log_cosh", "huber",
    "binary_focal_crossentropy", "categorical_focal_crossentropy",
    "cohen_kappa", "mcc", "hamming_distance", "rsquare", "fbetascore", # of tfaddons
    "loss" # of any
  )
  expect_setequal(names_of("metric_"), paste0("metric_", metrics))
})
