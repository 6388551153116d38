# README.md is not part of the built R package: it is found where the tests run in the repository.
readme <- testthat::test_path("..", "..", "README.md")

r_examples <- function(path) {
  lines <- readLines(path, encoding = "UTF-8")
  starts <- grep("^```r$", lines)
  lapply(starts, function(start) {
    end <- start + which(lines[-seq_len(start)] == "```")[[1]]
    lines[seq(start + 1, end - 1)]
  })
}

test_that("the R in README.md runs", {
  skip_if_not(file.exists(readme), "README.md is not here")
  skip_if_no_python()
  examples <- r_examples(readme)
  expect_gt(length(examples), 0)
  for (example in examples) {
    expect_no_error(eval(parse(text = example), new.env(parent = globalenv())))
  }
})
