# The diagonal of the second derivative: loss_hessian().

test_that("it is the derivative of the gradient", {
  skip_if_no_python()
  set.seed(1)
  m <- matrix(rnorm(12), 4)
  y <- matrix(rbinom(12, 1, 0.5), 4)
  bce <- loss_binary_crossentropy(from_logits = TRUE, reduction = "sum", dtype = "float64")
  p <- plogis(m)
  expect_equal(loss_hessian(bce, y, m), p * (1 - p) / 3)
  expect_equal(loss_hessian(bce, y, m, 1:4), 1:4 * p * (1 - p) / 3)
  softmax <- loss_sparse_categorical_crossentropy(
    from_logits = TRUE, reduction = "sum", dtype = "float64"
  )
  q <- exp(m) / rowSums(exp(m))
  expect_equal(loss_hessian(softmax, factor(c("a", "c", "b", "c")), m), q * (1 - q))
  compiled <- loss_compiled(softmax)
  expect_equal(compiled$hessian(c(0, 2, 1, 2), m), q * (1 - q))
  both <- compiled$gradient_and_hessian(c(0, 2, 1, 2), m)
  expect_equal(both$gradient, q - one_hot(c(0, 2, 1, 2), 3))
  expect_equal(both$hessian, q * (1 - q))
})

test_that("it has the shape of the predictions", {
  skip_if_no_python()
  expect_equal(loss_hessian("huber", c(0, 0), c(0.5, 3)), c(0.5, 0))
  expect_equal(loss_hessian(loss_huber, cbind(c(0, 0)), cbind(c(0.5, 3))), cbind(c(1, 0)))
  expect_equal(dim(loss_hessian(loss_huber, array(0, 2:4), array(1, 2:4))), 2:4)
})

test_that("its errors are those of the loss", {
  skip_if_no_python()
  expect_error(
    loss_hessian(loss_hinge, cbind(1:3), cbind(c(1, 2))), "same shape",
    class = "lossbridge_input_error"
  )
  expect_error(
    loss_hessian(loss_hinge, cbind(c(1, NA)), cbind(c(1L, NA))), "must not have missing values",
    class = "lossbridge_input_error"
  )
  expect_error(loss_hessian(1, 1, 1), "must be a loss function, a loss object or a name")
})
