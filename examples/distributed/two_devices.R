# One Keras model trained from R on one device and on two: the same loss, the same weights.
# After `make setup`: . scripts/env.sh && Rscript examples/distributed/two_devices.R
#
# MirroredStrategy keeps a copy of the model on each device and gives each a part of every batch.
# The devices are two halves of the CPU, which any machine has; MirroredStrategy() takes all GPUs.

library(lossbridge)
tf <- reticulate::import("tensorflow")
keras <- reticulate::import("keras")

# Before TensorFlow is used for anything else.
half <- tf$config$LogicalDeviceConfiguration()
cpu <- tf$config$list_physical_devices("CPU")[[1]]
tf$config$set_logical_device_configuration(cpu, list(half, half))

set.seed(1)
x <- matrix(rnorm(256 * 4), 256)
y <- x %*% c(1, -2, 0.5, 0) + rt(256, df = 2)
weight <- runif(256, 0, 2)

train <- function(devices) {
  keras$utils$set_random_seed(1L)
  strategy <- tf$distribute$MirroredStrategy(as.list(devices))
  with(strategy$scope(), {
    model <- keras$Sequential(list(keras$Input(list(4L)), keras$layers$Dense(1L)))
    model$compile(
      optimizer = keras$optimizers$SGD(0.5),
      loss = loss_huber(delta = 1, reduction = "mean_with_sample_weight")
    )
  })
  # 64 samples in a batch, of which each device gets its share
  history <- model$fit(
    x, y,
    sample_weight = as.array(weight), batch_size = 64L, epochs = 5L, shuffle = FALSE, verbose = 0L
  )
  c(loss = tail(unlist(history$history$loss), 1), weight = as.numeric(model$get_weights()[[1]]))
}

one <- train("CPU:0")
two <- train(c("CPU:0", "CPU:1"))
print(rbind("one device" = one, "two devices" = two))
# Keras 3.7 trains the same, and reports the loss of one device's part.
stopifnot(all.equal(one[-1], two[-1], tolerance = 1e-5))
cat("The same, to rounding.\n")
