# Training from R in two processes that could be two machines: the same loss and weights as in one.
# After `make setup`: . scripts/env.sh && Rscript examples/distributed/two_workers.R
#
# Without TF_CONFIG in its environment, the script trains in this process, then starts itself twice
# as the workers of a cluster on this machine. On real machines each is started by hand or by a
# scheduler, with the addresses of all in TF_CONFIG.
#
# The model is one of tf_keras: Keras 3 has no fit() over several workers on TensorFlow.

is_worker <- nzchar(Sys.getenv("TF_CONFIG"))

# Before TensorFlow is used for anything else: the workers have to find each other.
tf <- reticulate::import("tensorflow")
strategy <- if (is_worker) {
  tf$distribute$MultiWorkerMirroredStrategy()
} else {
  tf$distribute$get_strategy()
}

library(lossbridge)
tf_keras <- reticulate::import("tf_keras")

set.seed(1)
x <- matrix(rnorm(256 * 4), 256)
y <- x %*% c(1, -2, 0.5, 0) + rt(256, df = 2)
weight <- runif(256, 0, 2)

train <- function() {
  tf_keras$utils$set_random_seed(1L)
  with(strategy$scope(), {
    model <- tf_keras$Sequential(list(tf_keras$layers$InputLayer(4L), tf_keras$layers$Dense(1L)))
    model$compile(
      optimizer = tf_keras$optimizers$SGD(0.5),
      loss = loss_huber(delta = 1, reduction = "mean_with_sample_weight")
    )
  })
  # Each batch of 64 is divided among the workers. As it is in Python: in R the policy is a number.
  python <- reticulate::import("tensorflow", convert = FALSE)
  options <- tf$data$Options()
  options$experimental_distribute$auto_shard_policy <- python$data$experimental$AutoShardPolicy$DATA
  samples <- reticulate::tuple(x, y, as.array(weight))
  data <- tf$data$Dataset$from_tensor_slices(samples)$batch(64L)$with_options(options)
  model$fit(data, epochs = 5L, shuffle = FALSE, verbose = 0L)
  as.numeric(model$get_weights()[[1]])
}

#' Two R processes of one cluster on this machine, and what each has trained
start_workers <- function() {
  socket <- reticulate::import("socket")
  sockets <- list(socket$socket(), socket$socket())
  for (s in sockets) s$bind(reticulate::tuple("127.0.0.1", 0L)) # a port that is free
  addresses <- vapply(sockets, function(s) sprintf("127.0.0.1:%d", s$getsockname()[[2]]), "")
  for (s in sockets) s$close()

  script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
  files <- tempfile(c("first-", "second-"))
  config <- '{"cluster": {"worker": ["%s", "%s"]}, "task": {"type": "worker", "index": %d}}'
  for (i in 1:2) {
    Sys.setenv(TF_CONFIG = sprintf(config, addresses[[1]], addresses[[2]], i - 1L))
    # the second is waited for, and ends when the first does
    system2(file.path(R.home("bin"), "Rscript"), shQuote(c(script, files[[i]])), wait = i == 2)
  }
  Sys.unsetenv("TF_CONFIG")
  waited <- Sys.time()
  while (!all(file.exists(files)) && Sys.time() - waited < 60) Sys.sleep(0.2)
  lapply(files, readRDS)
}

if (is_worker) {
  file <- commandArgs(TRUE)[[1]]
  saveRDS(train(), paste0(file, ".part"))
  invisible(file.rename(paste0(file, ".part"), file)) # all of it, or nothing
} else {
  one <- train()
  workers <- start_workers()
  print(rbind("one process" = one, "worker 0" = workers[[1]], "worker 1" = workers[[2]]))
  stopifnot(all.equal(one, workers[[1]], tolerance = 1e-5), identical(workers[[1]], workers[[2]]))
  cat("The same, to rounding.\n")
}
