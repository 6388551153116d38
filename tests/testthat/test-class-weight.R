# A factor whose classes are of 3, 1 and 2 samples.
species <- factor(c("b", "a", "a", "c", "a", "c"), levels = c("a", "b", "c"))
shares <- rbind(
  c(0.2, 0.5, 0.3), c(0.7, 0.1, 0.2), c(0.4, 0.4, 0.2), c(0.1, 0.1, 0.8), c(0.5, 0.3, 0.2),
  c(0.3, 0.3, 0.4)
)
w <- c(a = 0.5, b = 2, c = 3)

test_that("class_weights() is n / (K n_k), named by level", {
  skip_if_no_python()
  expect_equal(unclass(class_weights(species)), c(a = 2 / 3, b = 2, c = 1))
  expect_equal(unclass(class_weights(c(0, 0, 0, 1))), c("0" = 2 / 3, "1" = 2))
  with_unused <- factor(c("a", "a", "c"), levels = c("a", "b", "c"))
  expect_equal(unclass(class_weights(with_unused)), c(a = 0.75, b = 1, c = 1.5))
  counted <- class_weights(matrix(c(0L, 0L, 1L, 0L), 2), num_classes = 3)
  expect_equal(unclass(counted), c("0" = 2 / 3, "1" = 2, "2" = 1))
})

test_that("class_weights() names classes by their numbers for fit()", {
  skip_if_no_python()
  balanced <- class_weights(species)
  expect_equal(as.list(balanced), list("0" = 2 / 3, "1" = 2, "2" = 1))
  of_python <- reticulate::r_to_py(balanced)
  expect_s3_class(of_python, "python.builtin.dict")
  expect_equal(reticulate::py_str(of_python), "{0: 0.6666666666666666, 1: 2.0, 2: 1.0}")
  # what as_class_weight() of keras3 1.5.1 and of R keras 2.15 make of it
  expect_match(
    reticulate::py_str(reticulate::dict(as.list(balanced))),
    "^\\{0(\\.0)?: 0.6666666666666666, 1(\\.0)?: 2.0, 2(\\.0)?: 1.0\\}$"
  )
})

test_that("a value is multiplied by the weight of its class", {
  skip_if_no_python()
  plain <- loss_sparse_categorical_crossentropy(species, shares)
  expected <- plain * w[as.integer(species)]
  for (weights in list(w, rev(w), as.list(rev(w)), unname(w), list("0" = 0.5, "1" = 2, "2" = 3))) {
    expect_equal(
      loss_sparse_categorical_crossentropy(species, shares, class_weight = weights),
      unname(expected),
      tolerance = 1e-6
    )
  }
  hot <- to_categorical(species)
  for (loss in c(
    loss_categorical_crossentropy, loss_categorical_focal_crossentropy, loss_categorical_hinge
  )) {
    expect_equal(
      loss(hot, shares, class_weight = w), loss(hot, shares) * unname(w[as.integer(species)]),
      tolerance = 1e-6
    )
  }
  focal <- loss_sparse_categorical_focal_crossentropy
  expect_equal(
    focal(species, shares, class_weight = rev(w)),
    focal(species, shares) * unname(w[as.integer(species)]),
    tolerance = 1e-6
  )
})

test_that("an object keeps the weights", {
  skip_if_no_python()
  how <- "mean_with_sample_weight"
  loss <- loss_sparse_categorical_crossentropy(class_weight = w, reduction = how)
  plain <- loss_sparse_categorical_crossentropy(species, shares)
  of_class <- unname(w[as.integer(species)])
  expect_equal(loss(species, shares), sum(plain * of_class) / sum(of_class), tolerance = 1e-6)
  expect_equal(summary(loss)$arguments$class_weight, unname(w))
  expect_null(loss_sparse_categorical_crossentropy()$get_config()$class_weight)
  balanced <- loss_sparse_categorical_crossentropy(class_weight = class_weights(species))
  expect_equal(
    balanced(species, shares), mean(plain * c(2 / 3, 2, 1)[as.integer(species)]),
    tolerance = 1e-6
  )
})

test_that("pos_weight multiplies the term of label 1", {
  skip_if_no_python()
  t <- rbind(c(0, 1), c(1, 1))
  p <- rbind(c(0.2, 0.6), c(0.3, 0.9))
  terms <- -(t * log(p) * rep(c(2, 3), each = 2) + (1 - t) * log(1 - p))
  found <- loss_binary_crossentropy(t, p, pos_weight = c(2, 3))
  expect_equal(as.vector(found), rowMeans(terms), tolerance = 1e-6)
  terms <- -(t * log(p) * 2 * (1 - p)^2 + (1 - t) * log(1 - p) * p^2)
  found <- loss_binary_focal_crossentropy(t, p, pos_weight = 2)
  expect_equal(as.vector(found), rowMeans(terms), tolerance = 1e-6)
})

test_that("weights that do not fit are refused", {
  skip_if_no_python()
  loss <- loss_sparse_categorical_crossentropy
  expect_snapshot(error = TRUE, {
    loss(species, shares, class_weight = c(1, 2))
    loss(species, shares, class_weight = c(a = 1, b = 2, d = 3))
    loss(species, shares, class_weight = c(a = 1, a = 2, b = 3, c = 4))
    loss(species, shares, class_weight = c(1, NA, 2))
    loss(species, shares, class_weight = c(1, -1, 2))
    loss(species, shares, class_weight = "balanced")
    loss(species, shares, class_weight = list("3" = 2))
    loss(class_weight = rev(w))(species, shares)
    loss(class_weight = c(a = 1, b = 2, d = 3))(species, shares)
    loss_binary_crossentropy(diag(2), diag(2), pos_weight = c(1, 2, 3))
    class_weights(c(0, NA))
    class_weights(c("a", "b"))
    class_weights(numeric())
    class_weights(diag(2))
    class_weights(0:1, method = "equal")
  })
})

test_that("a class of weight 0 is left out, even if its prediction is NaN", {
  skip_if_no_python()
  shares <- rbind(c(0.2, 0.5, 0.3), NaN, c(0.1, 0.1, 0.8))
  for (loss in c(loss_sparse_categorical_crossentropy, loss_categorical_crossentropy)) {
    y_true <- c(1, 0, 2)
    if (identical(loss, loss_categorical_crossentropy)) y_true <- to_categorical(y_true, 3)
    loss <- loss(class_weight = c(0, 1, 2), reduction = "sum", dtype = "float64")
    expect_equal(as.numeric(loss(y_true, shares)), -log(0.5) - 2 * log(0.8))
    expect_equal(loss_gradient(loss, y_true, shares)[2, ], c(0, 0, 0))
  }
})

test_that("weights of classes are printed as numbers", {
  skip_if_no_python()
  expect_output(print(class_weights(species)), "0.6666667 2.0000000 1.0000000")
})
