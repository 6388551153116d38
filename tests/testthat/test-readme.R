# README.md and docs/ are not part of the built R package: they are found where the tests run in the
# repository.
root <- testthat::test_path("..", "..")
pages <- c(
  file.path(root, "README.md"),
  list.files(file.path(root, "docs"), "[.]md$", full.names = TRUE)
)

r_examples <- function(path) {
  lines <- readLines(path, encoding = "UTF-8")
  starts <- grep("^ *```r$", lines)
  lapply(starts, function(start) {
    end <- start + which(trimws(lines[-seq_len(start)]) == "```")[[1]]
    lines[seq(start + 1, end - 1)]
  })
}

for (page in Filter(file.exists, pages)) {
  examples <- r_examples(page)
  if (basename(page) == "README.md" || length(examples) > 0) {
    test_that(paste("the R in", basename(page), "runs"), {
      skip_if_no_python()
      withr::local_pdf(NULL)
      expect_gt(length(examples), 0)
      for (example in examples) {
        expect_no_error(eval(parse(text = example), new.env(parent = globalenv())))
      }
    })
  }
}

test_that("the examples of the help run", {
  skip_if_no_python()
  withr::local_pdf(NULL)
  help <- tools::Rd_db("lossbridge")
  ran <- 0
  for (topic in names(help)) {
    script <- withr::local_tempfile(fileext = ".R")
    tools::Rd2ex(help[[topic]], script)
    if (!file.exists(script)) next
    expect_no_error(
      suppressMessages(capture.output(source(script, local = new.env(parent = globalenv()))))
    )
    ran <- ran + 1
  }
  expect_gt(ran, 20)
})
