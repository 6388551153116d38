# Objects of both Keras where a loss of lossbridge is asked for; R's functions: test-keras3.R.
for (library in c("keras", "tf_keras")) {
  test_that(paste("an object of", library, "stands for the loss it is"), {
    skip_if_no_python()
    skip_if_no_module(library)
    withr::local_pdf(NULL)
    theirs <- reticulate::import(library)$losses
    ours <- function(...) {
      with_semantics(if (library == "keras") "keras3" else "keras2", loss_huber(...))
    }
    huber <- theirs$Huber(delta = 2)
    p <- cbind(c(1, 3, 5))
    for (weight in list(NULL, c(1, 0, 3))) {
      expect_equal(
        loss_gradient(huber, p * 0, p, weight), loss_gradient(ours(delta = 2), p * 0, p, weight)
      )
    }
    expected <- plot(ours(delta = 2), other = ours())
    expect_equal(plot(huber, other = theirs$Huber()), expected)
    compared <- lossbridge_compare(p * 0, p, list(huber, a = theirs$Huber()))
    expect_equal(compared$value, c(ours(delta = 2)(p * 0, p), ours()(p * 0, p)), tolerance = 1e-6)
    expect_equal(compared$loss, c("huber", "a"))
    sparse <- theirs$SparseCategoricalCrossentropy()
    labels <- factor(c("a", "b"))
    expect_equal(
      loss_gradient(sparse, labels, rbind(c(0.2, 0.8), c(0.2, 0.8))),
      rbind(c(-2, 0.5), c(0.5, -0.125)),
      tolerance = 1e-5
    )
    skip_if_not_installed("ggplot2")
    picture <- ggplot2::autoplot(huber, other = ours())
    expect_equal(levels(picture$data$loss), c("huber", "other"))
  })
}

test_that("a model's own loss is drawn", {
  skip_if_no_python()
  withr::local_pdf(NULL)
  model <- model_of(reticulate::import("keras"))
  model$compile(optimizer = "sgd", loss = loss_huber(delta = 2))
  expect_equal(plot(model$loss), plot(loss_huber(delta = 2)))
})

test_that("an object of a class of one's own stays what it is", {
  skip_if_no_python()
  own <- reticulate::py_run_string(local = TRUE, code = "
import keras
class Twice(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return 2 * y_pred[..., 0]
")$Twice()
  expect_equal(loss_gradient(own, cbind(0), cbind(1)), cbind(2))
  expect_error(plot(own), "There is no picture", class = "lossbridge_error")
})

test_that("what masks the losses is told", {
  expect_snapshot(cat(masked_by("keras3")))
})

test_that("a loss that only keras3 has is refused", {
  expect_snapshot(print_conditions(own_function(c(package = "keras3", name = "loss_new"), NULL)))
})
