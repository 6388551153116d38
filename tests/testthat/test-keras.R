# R's values beside those of the installed Keras on the same data. Exceptions, with their reason:
# - categorical_generalized_cross_entropy, ctc, circle: other data than a matrix of numbers, or one
#   that Keras takes only as tensors of its own dtype; tests/python compares them.
# - asymmetric, pinball, sparse_categorical_focal_crossentropy, the likelihoods and scores, the
#   losses of addons, class_weight and pos_weight are no losses and arguments of Keras.
# - tf_keras has no dice, tversky; Keras swaps tversky's alpha and beta.
# - Keras 3 (3.15.1) takes axis = -1 only for sparse_categorical_crossentropy on TensorFlow.
peers <- function(library) {
  cases <- loss_cases()
  others <- c("categorical_generalized_cross_entropy", "ctc", "circle")
  ours <- c(
    "asymmetric", "pinball", "sparse_categorical_focal_crossentropy", "contrastive",
    "triplet_semihard", "triplet_hard", "lifted_struct", "supervised_contrastive", "ntxent",
    "sigmoid_focal_crossentropy", "sparsemax", "npairs", "npairs_multilabel", "giou",
    "weighted_kappa"
  )
  cases <- cases[!names(cases) %in% c(others, ours) & !grepl("_(nll|crps)$", names(cases))]
  weighted <- function(case) any(c("class_weight", "pos_weight") %in% names(case))
  cases <- cases[!vapply(cases, weighted, logical(1))]
  other_axis <- vapply(cases, function(case) "axis" %in% names(case), logical(1))
  cases <- cases[!(other_axis & names(cases) == "sparse_categorical_crossentropy")]
  cases <- cases[names(cases) != "tversky"]
  if (library == "tf_keras") cases <- cases[!names(cases) == "dice"]
  cases
}

for (library in c("keras", "tf_keras")) {
  test_that(paste("each loss is that of", library), {
    skip_if_no_python()
    skip_if_no_module(library)
    losses <- reticulate::import(library, convert = FALSE)$losses
    semantics <- c(keras = "keras3", tf_keras = "keras2")[[library]]
    tf <- reticulate::import("tensorflow", convert = FALSE)
    cases <- peers(library)
    for (i in seq_along(cases)) {
      name <- names(cases)[[i]]
      case <- cases[[i]]
      python <- case[-(1:3)]
      if ("axis" %in% names(python)) python$axis <- as.integer(python$axis) - 1L
      fn <- losses[[name]]
      peer <- do.call(fn, c(list(tf$constant(case[[1]]), tf$constant(case[[2]])), python))
      ours <- with_semantics(semantics, do.call(exported(paste0("loss_", name)), case[-3]))
      expect_equal(as.numeric(ours), as.numeric(peer), tolerance = 1e-5, info = paste(name, i))
    }
  })
}
