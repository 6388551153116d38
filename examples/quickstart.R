# A Keras model trained from R with a loss of lossbridge.
# After `make setup`: . scripts/env.sh && Rscript examples/quickstart.R

library(lossbridge)
keras <- reticulate::import("keras")

x <- scale(as.matrix(iris[, 1:4]))
y <- to_categorical(iris$Species) # a factor: one column per level

keras$utils$set_random_seed(1L)
model <- keras$Sequential(list(
  keras$layers$Dense(16L, activation = "relu"),
  keras$layers$Dense(3L, activation = "softmax")
))
model$compile(optimizer = "adam", loss = loss_categorical_crossentropy)
history <- model$fit(x, y, epochs = 50L, verbose = 0L)

pred <- as.array(model(x))
losses <- loss_categorical_crossentropy(y, pred) # one value per flower
mean(as.numeric(losses))
cce <- loss_categorical_crossentropy() # an object, which takes weights and gives the mean
cce(y, pred, sample_weight = ifelse(iris$Species == "setosa", 0, 1))
