drawable <- c(
  "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
  "mean_squared_logarithmic_error", "huber", "log_cosh", "hinge", "squared_hinge",
  "categorical_hinge", "binary_crossentropy", "categorical_crossentropy",
  "sparse_categorical_crossentropy", "kl_divergence", "poisson",
  "categorical_generalized_cross_entropy", "binary_focal_crossentropy",
  "asymmetric", "gaussian_nll", "laplace_nll",
  "lognormal_nll", "student_t_nll", "gamma_nll", "negative_binomial_nll",
  "zero_inflated_poisson_nll", "zero_inflated_negative_binomial_nll",
  "gaussian_crps", "ensemble_crps", "gaussian_mixture_nll", "categorical_focal_crossentropy",
  "sparse_categorical_focal_crossentropy",
  "dice", "tversky"
)

test_that("each loss has a curve, as function and as object", {
  skip_if_no_python()
  for (name in drawable) {
    fn <- exported(paste0("loss_", name))
    by_function <- loss_curves(named_losses(list(fn)), NULL, NULL, environment())
    by_object <- loss_curves(named_losses(list(fn())), NULL, NULL, environment())
    expect_true(all(is.finite(by_function$value)), info = name)
    expect_equal(by_function, by_object, tolerance = 1e-5, info = name)
  }
})

test_that("the gradient is the slope of the value", {
  skip_if_no_python()
  for (loss in list(
    loss_huber(delta = 0.5), loss_binary_crossentropy, loss_categorical_crossentropy
  )) {
    data <- loss_curves(named_losses(list(loss)), 1, seq(0.2, 0.8, by = 1e-4), environment())
    middle <- seq(2, nrow(data) - 1)
    slope <- (data$value[middle + 1] - data$value[middle - 1]) / 2e-4
    expect_equal(slope, data$gradient[middle], tolerance = 1e-4)
  }
})

test_that("distributions have a picture of each parameter", {
  skip_if_no_python()
  withr::local_pdf(NULL)
  loss <- loss_gaussian_nll(scale = "identity")
  data <- plot(loss_gaussian_nll, "raw scale itself" = loss)
  expect_equal(unique(data$parameter), c("mean", "raw scale"))
  own <- data[data$loss == "gaussian_nll" & data$parameter == "raw scale", ]
  expect_equal(own$value, own$y_pred + exp(-2 * own$y_pred) / 2, tolerance = 1e-5)
  expect_equal(own$gradient, 1 - exp(-2 * own$y_pred), tolerance = 1e-5)
  itself <- data[data$loss == "raw scale itself" & data$parameter == "raw scale", ]
  expect_true(all(itself$y_pred > 0))
  expect_equal(itself$value, log(itself$y_pred) + 1 / (2 * itself$y_pred^2), tolerance = 1e-5)
  skip_if_not_installed("ggplot2")
  expect_silent(ggplot2::ggplot_build(ggplot2::autoplot(loss_gaussian_nll)))
})

test_that("several losses are drawn with the names given", {
  skip_if_no_python()
  withr::local_pdf(NULL)
  data <- plot(loss_huber, wide = loss_huber(delta = 2), loss_log_cosh(), main = "Losses")
  expect_equal(unique(data$loss), c("huber", "wide", "log_cosh"))
  expect_equal(data$value[data$loss == "wide" & data$y_pred == -3], 2 * 3 - 2)
})

test_that("autoplot() gives a ggplot", {
  skip_if_no_python()
  skip_if_not_installed("ggplot2")
  picture <- ggplot2::autoplot(loss_hinge, squared = loss_squared_hinge())
  expect_s3_class(picture, "ggplot")
  expect_equal(levels(picture$data$loss), c("hinge", "squared"))
  expect_silent(ggplot2::ggplot_build(picture))
})

test_that("what has no picture is refused", {
  skip_if_no_python()
  expect_snapshot(print_conditions(plot(loss_ctc)))
})
