test_that("the losses of tfaddons give the numbers of their documentation, and of hand", {
  skip_if_no_python()
  expect_equal(loss_npairs()(c(0, 0, 1), matrix(0, 3, 3)), log(3), tolerance = 1e-6)
  expect_equal(
    loss_npairs(factor(c("a", "a", "b")), matrix(0, 3, 3)), rep(log(3), 3),
    tolerance = 1e-6
  )
  several <- rbind(c(1, 0), c(1, 1), c(0, 1))
  expect_equal(loss_npairs_multilabel()(several, matrix(0, 3, 3)), log(3), tolerance = 1e-6)
  boxes <- rbind(c(4, 3, 7, 5), c(5, 6, 10, 7))
  others <- rbind(c(3, 4, 6, 8), c(14, 14, 15, 15))
  expect_equal(loss_giou()(boxes, others), 1.5041667, tolerance = 1e-6)
  predicted <- rbind(c(0.75, 0.25), c(0.25, 0.75))
  kappa <- loss_weighted_kappa(num_classes = 2)
  expect_equal(kappa(diag(2), predicted), log(0.5 + 1e-6), tolerance = 1e-5)
  expect_equal(
    kappa(diag(2)[c(1, 2, 1), ], predicted[c(1, 2, 2), ], c(1, 1, 0)), log(0.5 + 1e-6),
    tolerance = 1e-5
  )
  expect_error(loss_weighted_kappa(weightage = "cubic"), class = "lossbridge_input_error")
  expect_error(
    loss_weighted_kappa(diag(2), predicted, num_classes = 3), "of shape \\(batch, 3\\)",
    class = "lossbridge_input_error"
  )
})

test_that("nothing takes the losses of tfaddons for others", {
  skip_if_no_python()
  similarities <- matrix(c(2, 1, 0, 1, 2, 0.5, 0, 0.5, 2), 3)
  for (loss in list(loss_npairs, loss_npairs_multilabel(), loss_giou(), loss_weighted_kappa)) {
    expect_error(plot(loss), "There is no picture of")
    expect_error(loss_objective(loss), "a sum over rows", class = "lossbridge_input_error")
  }
  error <- expect_error(metric_loss(loss_weighted_kappa()), class = "lossbridge_input_error")
  expect_match(conditionMessage(error), "whose values have a mean.*metric_cohen_kappa")
  npairs <- metric_loss(loss_npairs)
  npairs$update_state(c(0, 0, 1), similarities)
  expect_equal(
    as.numeric(npairs$result()), mean(loss_npairs(c(0, 0, 1), similarities)),
    tolerance = 1e-6
  )
  hessian <- loss_hessian(loss_npairs(), factor(c("a", "a", "b")), similarities)
  shares <- exp(similarities) / rowSums(exp(similarities))
  expect_equal(hessian, shares * (1 - shares) / 3, tolerance = 1e-5)
})

test_that("metrics of tfaddons go to Python unquoted, as the objects that they make", {
  skip_if_no_python()
  metrics <- list(
    R2Score = metric_rsquare, FBetaScore = metric_fbetascore, F1Score = metrics_f1score
  )
  for (class in names(metrics)) {
    object <- reticulate::r_to_py(metrics[[class]])
    expect_equal(as_r(object$`__class__`$`__name__`), class)
  }
  for (metric in c(metric_cohen_kappa, metric_mcc)) {
    expect_error(reticulate::r_to_py(metric), "num_classes")
  }
  expect_output(print(metric_rsquare), "<metric function> R2Score(name, dtype)", fixed = TRUE)
})

test_that("arguments of tfaddons' metrics and losses are refused in R's words", {
  skip_if_no_python()
  averages <- 'one of NULL, "micro", "macro", "weighted"'
  wrong <- list(
    list(metric_cohen_kappa, list(2, weightage = "cubic"), "weightage",
      'one of NULL, "linear", "quadratic", not "cubic"'),
    list(metric_cohen_kappa, list(2, sparse_labels = NULL), "sparse_labels",
      "TRUE or FALSE, not NULL"),
    list(metric_cohen_kappa, list(2, regression = "a"), "regression", "TRUE or FALSE, not \"a\""),
    list(metric_cohen_kappa, list(Inf), "num_classes", "a whole number of at least 2, not Inf"),
    list(metric_mcc, list(1), "num_classes", "a whole number of at least 2, not 1"),
    list(metric_mcc, list(2, name = 1), "name", "a string or NULL, not 1"),
    list(metric_mcc, list(2, dtype = "int32"), "dtype", 'a float dtype, not "int32"'),
    list(metric_rsquare, list(dtype = "foo"), "dtype", 'a float dtype, not "foo"'),
    list(metric_rsquare, list(name = TRUE), "name", "a string or NULL, not TRUE"),
    list(metric_fbetascore, list("a"), "num_classes", 'a whole number of at least 1, not "a"'),
    list(metric_fbetascore, list(average = "foo"), "average", paste0(averages, ', not "foo"')),
    list(metric_fbetascore, list(average = TRUE), "average", paste0(averages, ", not TRUE")),
    list(metric_fbetascore, list(beta = -1), "beta", "a number above 0, not -1"),
    list(metric_fbetascore, list(beta = Inf), "beta", "a finite number above 0, not Inf"),
    list(metric_fbetascore, list(beta = NULL), "beta", "a number above 0, not NULL"),
    list(metrics_f1score, list(average = "foo"), "average", paste0(averages, ', not "foo"')),
    list(metrics_f1score, list(threshold = 2), "threshold", "a number between 0 and 1, not 2"),
    list(metrics_f1score, list(threshold = 0), "threshold", "a number above 0, not 0"),
    list(loss_student_t_nll, list(df = Inf), "df", "a finite number above 0, not Inf"),
    list(loss_triplet_semihard, list(c(0, 0, 1), diag(3), distance_metric = "foo"),
      "distance_metric", 'one of "L2", "squared-L2", "angular", or a function, not "foo"'),
    list(loss_giou, list(name = 1), "name", "a string or NULL, not 1")
  )
  for (call in wrong) {
    error <- expect_error(do.call(call[[1]], call[[2]]), class = "lossbridge_input_error")
    expect_identical(error$argument, call[[3]])
    message <- gsub("\\s+", " ", conditionMessage(error)) # as it was before it was wrapped
    expect_match(message, paste0("` must be ", call[[4]], "."), fixed = TRUE)
  }
  missing <- list(
    function() metric_cohen_kappa(2, sparse_labels = NA), function() metric_fbetascore(beta = NaN),
    function() metrics_f1score(threshold = NA), function() loss_weighted_kappa(num_classes = NA)
  )
  for (f in missing) expect_error(f(), "must not be NA", class = "lossbridge_input_error")
  of_integers <- metric_fbetascore(beta = 1L, threshold = 1L)
  expect_identical(of_integers$get_config()$beta, 1)
})

test_that("hints of tfaddons' losses and metrics can be followed", {
  skip_if_no_python()
  missing <- list(
    function() loss_npairs()(c(0, NA, 1), diag(3)),
    function() metric_cohen_kappa(3, sparse_labels = TRUE)(c(0, NA, 1), c(0, 1, 1)),
    function() metric_hamming_distance(c(1, NA), c(1, 2))
  )
  for (f in missing) {
    message <- conditionMessage(expect_error(f(), class = "lossbridge_input_error"))
    expect_match(message, "Remove these samples")
    expect_no_match(message, "ignore_nan")
  }
  expect_error(loss_npairs()(c(0, 0, 1), matrix(0, 3, 2)), "x they are x times its transpose")
})

test_that("a distance may be a function of R", {
  skip_if_no_python()
  tf <- reticulate::import("tensorflow", convert = FALSE)
  cityblock <- function(x) {
    tf$reduce_sum(tf$abs(tf$subtract(tf$expand_dims(x, 1L), tf$expand_dims(x, 0L))), -1L)
  }
  loss <- loss_triplet_semihard(distance_metric = cityblock)
  expect_equal(loss(c(0, 0, 1), cbind(c(0, 1, 1.5))), 1)
  expect_match(format(loss), "distance_metric = <function>", fixed = TRUE)
})

test_that("a loss with a function of R may be saved by saveRDS()", {
  skip_if_no_python()
  manhattan <- function(x) as.matrix(stats::dist(as.array(x), "manhattan"))
  loss <- loss_triplet_hard(margin = 2, distance_metric = manhattan)
  file <- withr::local_tempfile()
  saveRDS(loss, file)
  again <- readRDS(file)
  # by hand: the mean of 1 - 1.5 + 2, 1 - 0.5 + 2 and 0
  expect_equal(again(c(0, 0, 1), cbind(c(0, 1, 1.5))), 4 / 3, tolerance = 1e-6)
  again$distance_metric <- "L2"
  expect_match(format(again), 'margin = 2, soft = FALSE, distance_metric = "L2"', fixed = TRUE)
})

test_that("sparsemax takes from_logits, which is TRUE", {
  skip_if_no_python()
  y <- rbind(c(1, 0))
  z <- rbind(c(0.75, 0.5))
  expect_equal(loss_sparsemax(y, z, from_logits = TRUE), 0.75^2 / 4)
  expect_true(loss_sparsemax(from_logits = TRUE)$from_logits)
  for (f in list(
    function() loss_sparsemax(y, z, from_logits = FALSE),
    function() loss_sparsemax(from_logits = FALSE)
  )) {
    message <- conditionMessage(expect_error(f(), class = "lossbridge_input_error"))
    expect_match(message, "must be TRUE for this loss, not FALSE.", fixed = TRUE)
    expect_match(message, "what goes into the activation sparsemax", fixed = TRUE)
  }
})

test_that("the views of examples may be two arrays", {
  skip_if_no_python()
  first <- rbind(c(1, 0), c(0, 2), c(-3, 4))
  second <- rbind(c(1, 1), c(0, 1), c(2, 4))
  of_numbers <- loss_ntxent(rep(1:3, 2), rbind(first, second))
  expected <- (of_numbers[1:3] + of_numbers[4:6]) / 2
  expect_equal(loss_ntxent(first, second), expected, tolerance = 1e-6)
  expect_equal(loss_ntxent(second, as.data.frame(first)), expected, tolerance = 1e-6)
  loss <- loss_ntxent(reduction = "none")
  expect_equal(loss(as.data.frame(second), first), expected, tolerance = 1e-6)
  expect_error(loss_ntxent(first, second[, 1]), "embeddings of shape")
  expect_error(loss_ntxent(first[, c(1, 2, 2)], second), "or floats of shape \\(3, 2\\)")
})

test_that("the metrics of tfaddons give the numbers of scikit-learn", {
  skip_if_no_python()
  y <- c(4, 4, 3, 4, 2, 4, 1, 1)
  p <- c(4, 4, 3, 4, 4, 2, 1, 1)
  of <- function(metric) {
    metric$update_state(y, p)
    as.numeric(metric$result())
  }
  # cohen_kappa_score and matthews_corrcoef of scikit-learn 1.9.1
  expect_equal(of(metric_cohen_kappa(5, sparse_labels = TRUE)), 0.6190476, tolerance = 1e-6)
  expect_equal(of(metric_mcc(5)), 0.6190476, tolerance = 1e-6)
  expect_equal(metric_hamming_distance(y, p), 0.25)
  expect_error(metric_hamming_distance(1:3, 1:2), class = "lossbridge_error")
  expect_equal(metric_hamming_distance(factor(c("a", "b")), factor(c("a", "c"))), 0.5)
  expect_equal(metric_hamming_distance(factor(c("a", "b")), c("b", "b")), 0.5)
  expect_equal(metric_rsquare()(c(1, 2, 3), c(1, 2, 4)), 0.5, tolerance = 1e-6)
  r2 <- metric_rsquare()
  r2$update_state(cbind(c(1, 2, 3)), cbind(c(1, 2, 4)))
  expect_equal(as.numeric(r2$result()), 0.5, tolerance = 1e-6)
  for (f in list(metric_fbetascore(2, "macro"), metrics_f1score(2, "macro"))) {
    f$update_state(diag(2), diag(2))
    expect_equal(as.numeric(f$result()), 1, tolerance = 1e-6)
  }
})

test_that("arguments by place, as tfaddons and Keras take them, are told to be named", {
  skip_if_no_python()
  hint <- function(code) {
    error <- expect_error(code, class = "lossbridge_input_error")
    message <- gsub("\n *", " ", cli::ansi_strip(conditionMessage(error)))
    named <- regmatches(message, regexec("Name the arguments: `([^`]*)`.", message, fixed = FALSE))
    expect_s3_class(eval(parse(text = named[[1]][[2]])), "lossbridge_loss_object")
    named[[1]][[2]]
  }
  expect_equal(hint(loss_giou("iou")), 'loss_giou(mode = "iou")')
  expect_equal(hint(loss_weighted_kappa(5)), "loss_weighted_kappa(num_classes = 5)")
  both <- 'loss_weighted_kappa(num_classes = 5, weightage = "linear")'
  expect_equal(hint(loss_weighted_kappa(5, "linear")), both)
  expect_equal(hint(loss_weighted_kappa(num_classes = 5, "linear")), both)
  expect_equal(hint(loss_npairs("n")), 'loss_npairs(name = "n")')
  expect_equal(hint(loss_triplet_hard(0.5, TRUE)), "loss_triplet_hard(margin = 0.5, soft = TRUE)")
  expect_equal(hint(loss_contrastive(2, "sum")), 'loss_contrastive(margin = 2, reduction = "sum")')
  expect_equal(hint(loss_huber(2)), "loss_huber(delta = 2)")
  # one number may be data
  expect_error(loss_mean_squared_error(1), "Give both `y_true` and `y_pred`")
  expect_equal(loss_mean_squared_error(1, TRUE), 0)
})

test_that("metrics of classes take factors as true and as predicted classes", {
  skip_if_no_python()
  true <- factor(c("a", "b", "c", "c"))
  predicted <- factor(c("a", "b", "b", "c"))
  for (metric in list(metric_cohen_kappa, metric_mcc)) {
    of_labels <- metric(3)(c(0, 1, 2, 2), c(0, 1, 1, 2))
    expect_equal(metric(3)(true, predicted), of_labels)
    expect_equal(metric(3)(true, c(0, 1, 1, 2)), of_labels)
    expect_error(metric(3)(true, factor(c("a", "b", "b", "b"))), "must have the levels of `y_true`")
  }
})

test_that("a metric of Keras prints before and after it has seen data", {
  skip_if_no_python()
  metric <- metrics_f1score()
  expect_output(print(metric), "result so far: none", fixed = TRUE)
  metric$update_state(diag(2), diag(2))
  expect_output(print(metric), "result so far: 0.9[0-9]*, 0.9")
})

test_that("the hint for classes of the n-pairs loss works", {
  skip_if_no_python()
  true <- factor(c("a", "a", "b"))
  expect_error(loss_npairs_multilabel(true, diag(3)), "Use `to_categorical\\(y_true\\)`, with a")
  expect_length(loss_npairs_multilabel(to_categorical(true), diag(3)), 3)
})
