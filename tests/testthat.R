library(testthat)
library(lossbridge)

test_check("lossbridge")
